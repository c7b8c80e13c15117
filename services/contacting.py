"""Calls that the office made: recorded with what came of them, and what follows from that (domain.md §0.1, §4.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from models.assignment import Assignment
from models.availability_call import AvailabilityCall
from models.classroom import Classroom
from models.contact_attempt import (
    CallDraft,
    ContactAttempt,
    ContactAttemptCreate,
    ContactAttemptView,
    ContactResult,
    ContactTopic,
    TopicView,
)
from models.dispatch_request import DispatchRequest
from models.learner import Learner
from models.offer import Offer
from models.organization import Organization
from models.person import Person
from models.record import Notice, NoticeChannel, NoticeStatus
from models.shift import Shift
from models.volunteer import Volunteer
from services import kept_safe
from services.acting_for import told_at
from services.erasing import put_off_erasing
from services.errors import invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.unit import Unit

CALL_BACK_WITHIN: Final = timedelta(days=30)
"""How far ahead it may be promised to call back: until then nobody is called about it."""
_TOPICS: Mapping[ContactTopic, Any] = {
    ContactTopic.ASSIGNMENT: Assignment,
    ContactTopic.AVAILABILITY_CALL: AvailabilityCall,
    ContactTopic.CLASSROOM: Classroom,
    ContactTopic.DISPATCH_REQUEST: DispatchRequest,
    ContactTopic.OFFER: Offer,
    ContactTopic.SHIFT: Shift,
}


@dataclass(frozen=True)
class AttemptFilters:
    """What a list of calls is narrowed to."""

    volunteer_id: UUID | None = None
    organization_id: UUID | None = None
    learner_id: UUID | None = None
    about_id: UUID | None = None


def list_attempts(unit: Unit, ask: Ask, filters: AttemptFilters) -> Page[ContactAttemptView]:
    """Return calls, newest first."""
    statement = select(ContactAttempt)
    for column, value in (
        (ContactAttempt.volunteer_id, filters.volunteer_id),
        (ContactAttempt.organization_id, filters.organization_id),
        (ContactAttempt.learner_id, filters.learner_id),
        (ContactAttempt.about_id, filters.about_id),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    order = Order((ContactAttempt.at, ContactAttempt.id), descending=True)
    return page(unit, ask, statement, order, _show_all, scope_of("contact_attempts", filters))


def read_attempt(unit: Unit, attempt_id: UUID) -> ContactAttemptView:
    """Return a call. Raises `NotFound`."""
    return _show(unit.get(ContactAttempt, attempt_id))


def record(unit: Unit, draft: ContactAttemptCreate) -> ContactAttemptView:
    """Record a call: what was told is said, what is to be told later waits, a wrong number is noted.

    Nothing else follows by itself: who is never reached appears on the worklist. Raises `InvalidFields`.
    """
    at = _time(unit, draft)
    volunteer = _party(unit, draft)
    _check_topic(unit, draft)
    learner = _take_learner(unit, draft.learner_id) if draft.learner_id else None  # before the letters to her guardian
    notices = _notices(unit, draft)
    attempt = _write(
        unit,
        draft,
        at,
        volunteer_id=draft.volunteer_id,
        organization_id=draft.organization_id,
        learner_id=draft.learner_id,
        about_type=draft.about.type if draft.about else None,
        about_id=draft.about.id if draft.about else None,
        notice_ids=[str(notice.id) for notice in notices],
    )
    _follow(unit, attempt, notices, volunteer)
    if learner is not None:
        put_off_erasing(unit, learner)
        _let_know(unit, attempt)
    return _show(attempt)


def _take_learner(unit: Unit, learner_id: UUID) -> Learner:
    learner = unit.lock(Learner, learner_id)
    if learner.erased_on is not None:  # nothing more is written of her
        raise invalid("/learner_id")
    return learner


def record_guardian(unit: Unit, classroom_id: UUID, learner: Learner, draft: CallDraft) -> ContactAttempt:
    """Record a call to a locked learner's guardian about a classroom. Raises `InvalidFields` for its times."""
    at = _time(unit, draft)
    about = {"about_type": ContactTopic.CLASSROOM, "about_id": classroom_id}
    put_off_erasing(unit, learner)
    attempt = _write(unit, draft, at, learner_id=learner.id, **about)
    _let_know(unit, attempt)
    return attempt


def _let_know(unit: Unit, attempt: ContactAttempt) -> None:
    """Let what a guardian was told about a classroom be known on its rolls, whoever called her."""
    if attempt.result is ContactResult.REACHED and attempt.about_type is ContactTopic.CLASSROOM:
        kept_safe.settle(unit, attempt)


def _write(unit: Unit, draft: CallDraft, at: datetime, **columns: Any) -> ContactAttempt:
    said = draft.model_dump(include={"result", "call_back_at", "note_code"})
    attempt = unit.add(ContactAttempt(**unit.stamp(), **said, at=at, **columns))
    unit.audit("contact_attempt.record", attempt, facts={"result": draft.result}, subject=attempt.volunteer_id)
    return attempt


def _time(unit: Unit, draft: CallDraft) -> datetime:
    at = told_at(unit, draft.at, "/at") if draft.at else unit.now
    if draft.result is not ContactResult.CALL_BACK:
        if draft.call_back_at is not None:
            raise invalid("/call_back_at", "FIELD_CONFLICT", other="result")
        return at
    if draft.call_back_at is None:
        raise invalid("/call_back_at", "FIELD_MISSING")
    if not at < draft.call_back_at <= at + CALL_BACK_WITHIN:
        raise invalid("/call_back_at", "FIELD_RANGE", min=at, max=at + CALL_BACK_WITHIN)
    return at


def _party(unit: Unit, draft: ContactAttemptCreate) -> Volunteer | None:
    """Return the volunteer who was called, if it was neither an institution nor a guardian."""
    named = [one for one in (draft.volunteer_id, draft.organization_id, draft.learner_id) if one is not None]
    if not named:
        raise invalid("/volunteer_id", "FIELD_MISSING")
    if len(named) > 1:
        raise invalid("/volunteer_id", "FIELD_CONFLICT", other="organization_id")
    for name, table in _OTHERS.items():
        row_id = getattr(draft, name)
        if row_id is not None:
            if unit.session.get(table, row_id) is None:
                raise invalid(f"/{name}")
            return None
    volunteer = unit.session.get(Volunteer, draft.volunteer_id)
    if volunteer is None:
        raise invalid("/volunteer_id")
    return volunteer


_OTHERS: Mapping[str, Any] = {"organization_id": Organization, "learner_id": Learner}


def _check_topic(unit: Unit, draft: ContactAttemptCreate) -> None:
    if draft.about is not None and unit.session.get(_TOPICS[draft.about.type], draft.about.id) is None:
        raise invalid("/about/id")


def _notices(unit: Unit, draft: ContactAttemptCreate) -> list[Notice]:
    """Return the named notices, locked: hers, for the telephone, and told by nobody yet."""
    found = {row.id: row for row in unit.session.exec(_hers(draft))}
    for position, notice_id in enumerate(draft.notice_ids):
        if notice_id not in found:
            raise invalid(f"/notice_ids/{position}")
    return [found[notice_id] for notice_id in dict.fromkeys(draft.notice_ids)]


def _hers(draft: ContactAttemptCreate) -> Any:
    column, whom = (
        (Notice.volunteer_id, draft.volunteer_id) if draft.volunteer_id else (Notice.learner_id, draft.learner_id)
    )
    return (
        select(Notice)
        .where(
            col(Notice.id).in_(draft.notice_ids),
            col(column).is_not(None),
            col(column) == whom,
            Notice.channel == NoticeChannel.TO_PHONE,
            Notice.status == NoticeStatus.PENDING,
        )
        .order_by(col(Notice.id))
        .with_for_update(key_share=True)
    )


def _follow(unit: Unit, attempt: ContactAttempt, notices: Sequence[Notice], volunteer: Volunteer | None) -> None:
    for notice in notices:
        if attempt.result is ContactResult.REACHED:
            notice.status, notice.sent_at = NoticeStatus.SENT, attempt.at
        elif attempt.call_back_at is not None:
            notice.due_at = attempt.call_back_at
        notice.attempts += 1
    if attempt.result is ContactResult.WRONG_NUMBER and volunteer is not None:
        person = unit.lock(Person, volunteer.person_id)
        person.phone_wrong_at = attempt.at
        person.touch(unit.now)


def _show(attempt: ContactAttempt) -> ContactAttemptView:
    about = TopicView(type=attempt.about_type, id=attempt.about_id) if attempt.about_type and attempt.about_id else None
    columns = ContactAttemptView.model_fields.keys() & ContactAttempt.model_fields.keys()
    return ContactAttemptView(**attempt.model_dump(include=columns), about=about, entered_by=attempt.created_by)


def _show_all(_: Unit, attempts: Sequence[ContactAttempt]) -> list[ContactAttemptView]:
    return [_show(attempt) for attempt in attempts]
