"""Answers to an availability call: her own from a phone, or entered by staff for somebody who called."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.availability_call import (
    AvailabilityCall,
    AvailabilityCallAnswer,
    CallAnswerDraft,
    CallAnswerView,
    CallDay,
    CallStatus,
    EnteredAnswerDraft,
    NamedDay,
    NamedDayView,
    OwnCallSummary,
    WeeklyHours,
    named_hours,
)
from models.fields import OnBehalf
from models.volunteer import Volunteer
from scheduling.interval import whole_day
from scheduling.people import Availability
from services import states
from services.acting_for import arrival_of_volunteer
from services.availability_calls import is_late, state_of
from services.errors import NotFound, invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.roster import muster
from services.unit import Unit

_PERIOD = {"first_on", "last_on", "answer_by"}


def list_own(unit: Unit, ask: Ask) -> Page[OwnCallSummary]:
    """Return the open calls that the caller was asked in, soonest period first."""
    statement: Any = (
        select(AvailabilityCall, AvailabilityCallAnswer)
        .join(AvailabilityCallAnswer, col(AvailabilityCallAnswer.call_id) == AvailabilityCall.id)
        .where(
            AvailabilityCallAnswer.volunteer_id == unit.actor.volunteer_id,
            AvailabilityCall.status == CallStatus.OPEN,
            col(AvailabilityCall.last_on) >= unit.today,
        )
    )
    order = Order((AvailabilityCall.first_on, AvailabilityCall.id))
    return page(unit, ask, statement, order, _summaries, scope_of("own_availability_calls"))


def _summaries(_: Unit, rows: Sequence[Any]) -> list[OwnCallSummary]:
    return [
        OwnCallSummary(
            id=call.id,
            version=answer.version,
            **call.model_dump(include=_PERIOD),
            answered_at=answer.answered_at,
        )
        for call, answer in rows
    ]


def read_own(unit: Unit, call_id: UUID) -> CallAnswerView:
    """Return a call the caller was asked in, with her answer and her weekly hours. Raises `NotFound`."""
    return _read(unit, call_id, unit.actor.volunteer_id)


def read_answer(unit: Unit, call_id: UUID, volunteer_id: UUID) -> CallAnswerView:
    """Return a call as one who was asked sees it. Raises `NotFound`."""
    return _read(unit, call_id, volunteer_id)


def _read(unit: Unit, call_id: UUID, volunteer_id: UUID | None) -> CallAnswerView:
    answer = _answer_of(unit, call_id, volunteer_id)
    if answer is None:
        raise NotFound
    return _show(unit, unit.get(AvailabilityCall, call_id), answer)


def _answer_of(unit: Unit, call_id: UUID, volunteer_id: UUID | None) -> AvailabilityCallAnswer | None:
    return unit.session.exec(
        select(AvailabilityCallAnswer).where(
            AvailabilityCallAnswer.call_id == call_id, AvailabilityCallAnswer.volunteer_id == volunteer_id
        )
    ).one_or_none()


def answer_own(unit: Unit, call_id: UUID, draft: CallAnswerDraft) -> CallAnswerView:
    """Answer a call, or replace one's answer; after the deadline it is taken still, and marked late.

    Raises `NotFound` for one who was not asked, `Stale`, `InvalidFields`, `WrongState` (`CALL_STATE`).
    """
    answer = _answer_of(unit, call_id, unit.actor.volunteer_id)
    if answer is None:
        raise NotFound
    unit.lock(Volunteer, answer.volunteer_id)
    return _take_down(unit, unit.lock(AvailabilityCallAnswer, answer.id), draft, None)


def enter(unit: Unit, call_id: UUID, volunteer_id: UUID, draft: EnteredAnswerDraft) -> CallAnswerView:
    """Enter somebody's answer as it reached the office; one who was not asked is asked by it.

    Raises `NotFound`, `Stale`, `InvalidFields`, `WrongState` (`CALL_STATE`).
    """
    unit.lock(Volunteer, volunteer_id)
    call = unit.get(AvailabilityCall, call_id)
    answer = _answer_of(unit, call_id, volunteer_id) or unit.add(
        AvailabilityCallAnswer(call_id=call.id, volunteer_id=volunteer_id, **unit.stamp())
    )
    return _take_down(unit, unit.lock(AvailabilityCallAnswer, answer.id), draft, draft.on_behalf)


def _take_down(
    unit: Unit, answer: AvailabilityCallAnswer, draft: CallAnswerDraft, on_behalf: OnBehalf | None
) -> CallAnswerView:
    call = unit.get(AvailabilityCall, answer.call_id)
    unit.expect(answer)
    states.CALL.next(state_of(unit, call), "answer")
    _check(call, draft)
    answer.answered_at = arrival_of_volunteer(unit, answer.volunteer_id, on_behalf, since=call.created_at)
    answer.none_this_month, answer.at_most = draft.none_this_month, draft.at_most
    answer.days = None if draft.days is None else [day.model_dump(mode="json") for day in draft.days]
    answer.on_behalf = on_behalf.model_dump(mode="json") if on_behalf else None
    answer.touch(unit.now)
    unit.audit("availability_call.answer", answer, subject=answer.volunteer_id, on_behalf=on_behalf)
    return _show(unit, call, answer)


def _check(call: AvailabilityCall, draft: CallAnswerDraft) -> None:
    for other in ("at_most", "days"):
        if draft.none_this_month and getattr(draft, other) is not None:
            raise invalid("/none_this_month", "FIELD_CONFLICT", other=other)
    for position, named in enumerate(draft.days or ()):
        _check_day(call, named, f"/days/{position}")


def _check_day(call: AvailabilityCall, named: NamedDay, at: str) -> None:
    if not call.first_on <= named.day <= call.last_on:
        raise invalid(f"{at}/day", "FIELD_RANGE", min=call.first_on, max=call.last_on)
    if named.ends is not None and (named.starts or named.ends.min) >= named.ends:
        raise invalid(f"{at}/ends", "FIELD_CONFLICT", other="starts")


def _show(unit: Unit, call: AvailabilityCall, answer: AvailabilityCallAnswer) -> CallAnswerView:
    state = state_of(unit, call)
    return CallAnswerView(
        id=call.id,
        version=answer.version,
        volunteer_id=answer.volunteer_id,
        **call.model_dump(include=_PERIOD),
        note=call.note,
        status=state,
        calendar=_calendar(unit, call, answer.volunteer_id),
        answered_at=answer.answered_at,
        late=is_late(call, answer),
        none_this_month=answer.none_this_month,
        at_most=answer.at_most,
        days=None if answer.days is None else [_named(entry) for entry in answer.days],
        actions=[verb for verb in states.CALL.verbs(state) if verb == "answer"],  # whoever sees it may
    )


def _named(entry: dict[str, Any]) -> NamedDayView:
    day, starts, ends = named_hours(entry)
    return NamedDayView(day=day, starts=starts, ends=ends)


def _calendar(unit: Unit, call: AvailabilityCall, volunteer_id: UUID) -> list[CallDay]:
    """Return the days asked about with her weekly hours, so that a phone shows them at once."""
    known = muster(unit, [volunteer_id], history=False).volunteers[volunteer_id].availability
    days = [call.first_on + timedelta(days=step) for step in range((call.last_on - call.first_on).days + 1)]
    return [
        CallDay(day=day, weekly=_weekly(known, day), away=known.excepted(whole_day(day, unit.zone))) for day in days
    ]


def _weekly(known: Availability, day: date) -> list[WeeklyHours]:
    hours = sorted((rule.starts, rule.ends, rule.preferred) for rule in known.rules if rule.holds_on(day))
    return [WeeklyHours(starts=starts, ends=ends, preferred=preferred) for starts, ends, preferred in hours]
