"""Availability calls of the office: ask, see who answered, remind, close (domain.md §0.1, "Availability")."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.availability_call import (
    MOST_DAYS,
    AvailabilityCall,
    AvailabilityCallAnswer,
    AvailabilityCallCreate,
    AvailabilityCallView,
    CallStatus,
    WhoAnswered,
)
from models.person import Person
from models.volunteer import Volunteer, VolunteerActivity, VolunteerStatus
from services import states
from services.errors import invalid
from services.notifying import tell_volunteer
from services.office_days import at_local
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.unit import Unit

REMIND_BEFORE = timedelta(days=2)
_COLUMNS = AvailabilityCallView.model_fields.keys() & AvailabilityCall.model_fields.keys()


def ask(unit: Unit, draft: AvailabilityCallCreate) -> AvailabilityCallView:
    """Ask every active volunteer concerned on which days of a period she can come.

    Raises `InvalidFields` for a period that is over, out of order or too long, and for a deadline outside of
    now and the end of the period.
    """
    _check(unit, draft)
    call = unit.add(
        AvailabilityCall(
            **unit.stamp(),
            **draft.model_dump(include={"first_on", "last_on", "answer_by", "note"}),
            activities=sorted({str(kind) for kind in draft.activities}),
            status=CallStatus.OPEN,
            remind_at=_reminder(unit, draft.answer_by),
        )
    )
    unit.audit("availability_call.ask", call)
    for volunteer_id in _concerned(unit, call):
        unit.session.add(AvailabilityCallAnswer(call_id=call.id, volunteer_id=volunteer_id, **unit.stamp()))
        tell_volunteer(unit, volunteer_id, "availability_call", call, _facts(unit, call))
    return show_call(unit, call)


def _check(unit: Unit, draft: AvailabilityCallCreate) -> None:
    if draft.last_on < draft.first_on:
        raise invalid("/to", "FIELD_CONFLICT", other="from")
    first, last = max(draft.first_on, unit.today), draft.first_on + timedelta(days=MOST_DAYS - 1)
    if not first <= draft.last_on <= last:
        raise invalid("/to", "FIELD_RANGE", min=first, max=last)
    end = at_local(unit, draft.last_on + timedelta(days=1), time(0))
    if not unit.now < draft.answer_by <= end:
        raise invalid("/answer_by", "FIELD_RANGE", min=unit.now, max=end)


def _reminder(unit: Unit, answer_by: datetime) -> datetime:
    """Two days before the deadline; where that leaves little time after the question, half of the time there is."""
    return max(answer_by - REMIND_BEFORE, unit.now + (answer_by - unit.now) / 2)


def _concerned(unit: Unit, call: AvailabilityCall) -> Sequence[UUID]:
    statement = select(Volunteer.id).where(Volunteer.status == VolunteerStatus.ACTIVE)
    if call.activities:
        offering = select(VolunteerActivity.volunteer_id).where(col(VolunteerActivity.kind).in_(call.activities))
        statement = statement.where(col(Volunteer.id).in_(offering))
    return unit.session.exec(statement.order_by(col(Volunteer.volunteer_no))).all()


def _facts(unit: Unit, call: AvailabilityCall) -> dict[str, Any]:
    return {
        "first_on": call.first_on,
        "last_on": call.last_on,
        "answer_by": call.answer_by,
        "note": call.note or None,
        "link": f"{unit.rules.public_url}/v1/me/availability-calls/{call.id}",
    }


def due_reminders(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the calls of which the silent are to be reminded now."""
    return select(AvailabilityCall.id).where(
        AvailabilityCall.status == CallStatus.OPEN,
        col(AvailabilityCall.reminded_at).is_(None),
        col(AvailabilityCall.remind_at) <= unit.now,
        col(AvailabilityCall.answer_by) > unit.now,
    )


def remind(unit: Unit, call: AvailabilityCall) -> None:
    """Remind, once, those who are still active and have not answered; the row is locked by the caller.

    Nobody is reminded of a call that is closed, whose deadline has passed, or that is not due yet.
    """
    due = call.remind_at <= unit.now < call.answer_by
    if not due or call.reminded_at is not None or call.status is CallStatus.CLOSED:
        return
    call.reminded_at = unit.now
    for volunteer_id in _silent(unit, call):
        tell_volunteer(unit, volunteer_id, "availability_call_reminder", call, _facts(unit, call))
    unit.audit("availability_call.remind", call)


def _silent(unit: Unit, call: AvailabilityCall) -> Sequence[UUID]:
    return unit.session.exec(
        select(AvailabilityCallAnswer.volunteer_id)
        .join(Volunteer, col(Volunteer.id) == AvailabilityCallAnswer.volunteer_id)
        .where(
            AvailabilityCallAnswer.call_id == call.id,
            col(AvailabilityCallAnswer.answered_at).is_(None),
            Volunteer.status == VolunteerStatus.ACTIVE,
        )
        .order_by(col(Volunteer.volunteer_no))
    ).all()


def state_of(unit: Unit, call: AvailabilityCall) -> CallStatus:
    """Return whether answers are still taken: a call whose last day is over is closed, whoever closed it or not."""
    return CallStatus.CLOSED if call.last_on < unit.today else call.status


def close(unit: Unit, call_id: UUID) -> AvailabilityCallView:
    """Take no more answers; those given stay in force. Raises `NotFound`, `Stale`, `WrongState` (`CALL_STATE`)."""
    call = unit.lock(AvailabilityCall, call_id)
    unit.expect(call)
    call.status = CallStatus(states.CALL.next(state_of(unit, call), "close"))
    call.touch(unit.now)
    unit.audit("availability_call.close", call)
    return show_call(unit, call)


def list_calls(unit: Unit, ask: Ask, status: CallStatus | None) -> Page[AvailabilityCallView]:
    """Return calls, the latest period first."""
    statement = select(AvailabilityCall)
    if status is not None:
        is_open = sa.and_(AvailabilityCall.status == CallStatus.OPEN, col(AvailabilityCall.last_on) >= unit.today)  # type: ignore[arg-type]
        statement = statement.where(is_open if status is CallStatus.OPEN else ~is_open)
    order = Order((AvailabilityCall.first_on, AvailabilityCall.id), descending=True)
    return page(unit, ask, statement, order, show_calls, scope_of("availability_calls", status))


def read_call(unit: Unit, call_id: UUID) -> AvailabilityCallView:
    """Return a call. Raises `NotFound`."""
    return show_call(unit, unit.get(AvailabilityCall, call_id))


def list_answers(unit: Unit, ask: Ask, call_id: UUID, *, answered: bool | None) -> Page[WhoAnswered]:
    """Return who was asked and what they said, by number of the volunteer. Raises `NotFound`."""
    call = unit.get(AvailabilityCall, call_id)
    statement: Any = (
        select(AvailabilityCallAnswer, Volunteer.volunteer_no, Person)
        .join(Volunteer, col(Volunteer.id) == AvailabilityCallAnswer.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(AvailabilityCallAnswer.call_id == call.id)
    )
    if answered is not None:
        statement = statement.where(col(AvailabilityCallAnswer.answered_at).is_not(None) == answered)

    def show(_: Unit, rows: list[Any]) -> list[WhoAnswered]:
        return [_who(call, *row) for row in rows]

    order = Order((Volunteer.volunteer_no,))
    return page(unit, ask, statement, order, show, scope_of("availability_call_answers", call_id, answered))


def _who(call: AvailabilityCall, answer: AvailabilityCallAnswer, volunteer_no: str, person: Person) -> WhoAnswered:
    return WhoAnswered(
        volunteer_id=answer.volunteer_id,
        volunteer_no=volunteer_no,
        display_name=person.display_name,
        answered_at=answer.answered_at,
        late=is_late(call, answer),
        none_this_month=answer.none_this_month,
        at_most=answer.at_most,
        days_named=None if answer.days is None else len(answer.days),
        channel=answer.on_behalf["channel"] if answer.on_behalf else None,
    )


def is_late(call: AvailabilityCall, answer: AvailabilityCallAnswer) -> bool:
    """Return whether an answer came after its deadline; it counts all the same."""
    return answer.answered_at is not None and answer.answered_at > call.answer_by


def show_call(unit: Unit, call: AvailabilityCall) -> AvailabilityCallView:
    """Return a call with the counts of who was asked and who answered."""
    return show_calls(unit, [call])[0]


def show_calls(unit: Unit, calls: Sequence[AvailabilityCall]) -> list[AvailabilityCallView]:
    """Return calls, with a constant number of queries."""
    counts = _counts(unit, [call.id for call in calls])
    permissions = permissions_of(unit.actor.roles)
    views = []
    for call in calls:
        asked, answered = counts.get(call.id, (0, 0))
        state = state_of(unit, call)
        columns = {**call.model_dump(include=_COLUMNS), "status": state}
        actions = states.CALL.open_to(state, permissions)
        views.append(AvailabilityCallView(**columns, asked=asked, answered=answered, actions=actions))
    return views


def _counts(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, tuple[int, int]]:
    unit.session.flush()
    rows = unit.session.execute(
        select(
            AvailabilityCallAnswer.call_id,
            sa.func.count(),
            sa.func.count(col(AvailabilityCallAnswer.answered_at)),
        )
        .where(col(AvailabilityCallAnswer.call_id).in_(ids))
        .group_by(col(AvailabilityCallAnswer.call_id))
    )
    return {call_id: (asked, answered) for call_id, asked, answered in rows}
