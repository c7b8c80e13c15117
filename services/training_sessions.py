"""Sessions of a course as the office plans, opens and cancels them (domain.md §4.2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.account import Account, Role
from models.dispatch_request import Reason
from models.organization import Facility
from models.service_type import Language
from models.shift import Shift
from models.training import (
    EnrollmentStatus,
    LecturerWanted,
    SessionCreate,
    SessionPatch,
    SessionView,
    TrainingCourse,
    TrainingEnrollment,
    TrainingSession,
    TrainingStatus,
)
from services import training_states
from services.errors import Refused, invalid
from services.free_text import refuse_personal_details
from services.lecturing import end_lectures, open_lectures, shift_of
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import find
from services.seats import follow, move, tell
from services.showing_trainings import phase_at, show_session, show_sessions, visible_sessions
from services.unit import Unit


@dataclass(frozen=True)
class SessionFilters:
    """What a list of sessions is narrowed to; `starts_from` to `starts_to` bound the start."""

    course_id: UUID | None = None
    status: TrainingStatus | None = None
    starts_from: datetime | None = None
    starts_to: datetime | None = None


def list_sessions(unit: Unit, ask: Ask, filters: SessionFilters) -> Page[SessionView]:
    """Return sessions of the caller's scope, soonest first."""
    statement = visible_sessions(unit.actor).where(*_conditions(filters))
    order = Order((TrainingSession.starts_at, TrainingSession.id))
    return page(unit, ask, statement, order, show_sessions, scope_of("training_sessions", filters))


def _conditions(filters: SessionFilters) -> list[Any]:
    conditions: list[Any] = []
    if filters.starts_from is not None:
        conditions.append(col(TrainingSession.starts_at) >= filters.starts_from)
    if filters.starts_to is not None:
        conditions.append(col(TrainingSession.starts_at) < filters.starts_to)
    for column, value in (
        (TrainingSession.course_id, filters.course_id),
        (TrainingSession.status, filters.status),
    ):
        if value is not None:
            conditions.append(column == value)
    return conditions


def read_session(unit: Unit, session_id: UUID) -> SessionView:
    """Return a session of the caller's scope. Raises `NotFound`."""
    return show_session(unit, find(unit, visible_sessions(unit.actor), TrainingSession, session_id))


def plan_session(unit: Unit, draft: SessionCreate) -> SessionView:
    """Plan a session of a course; nobody can apply before it is opened.

    Raises `InvalidFields` for references that lead nowhere, a time that is past or ends before it starts, and a session
    that is held neither at a place nor online.
    """
    if unit.session.get(TrainingCourse, draft.course_id) is None:
        raise invalid("/course_id")
    _check_time_and_place(unit, draft)
    _check_trainer(unit, draft.trainer_id)
    _check_lecturer(unit, draft.lecturer)
    session = unit.add(TrainingSession(status=TrainingStatus.PLANNED, **draft.model_dump(), **unit.stamp()))
    unit.audit("training_session.create", session)
    return show_session(unit, session)


def _check_time_and_place(unit: Unit, draft: SessionCreate) -> None:
    if draft.starts_at <= unit.now:
        raise invalid("/starts_at", "FIELD_RANGE", min=unit.now)
    if draft.ends_at <= draft.starts_at:
        raise invalid("/ends_at", "FIELD_CONFLICT", other="starts_at")
    if (draft.facility_id is None) is (draft.online_url is None):
        raise invalid("/online_url", "FIELD_CONFLICT", other="facility_id")
    if draft.facility_id is not None and unit.session.get(Facility, draft.facility_id) is None:
        raise invalid("/facility_id")


def _check_trainer(unit: Unit, account_id: UUID | None) -> None:
    account = unit.session.get(Account, account_id) if account_id else None
    if account_id is not None and (account is None or Role.TRAINER not in account.roles):
        raise invalid("/trainer_id")


def _check_lecturer(unit: Unit, wanted: LecturerWanted | None) -> None:
    language = wanted.language if wanted else None
    if language is not None and unit.session.get(Language, language) is None:
        raise invalid("/lecturer/language", "LANG_TAG")


def change_session(unit: Unit, session_id: UUID, patch: SessionPatch) -> SessionView:
    """Change a session before its start; more seats go to those who wait, in order.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`, `Refused` (`CRS_CAPACITY`) for fewer seats than are held.
    """
    session = take_session(unit, session_id)
    training_states.TRAINING.timely(
        session.status, "cancel", phase_at(unit, session)
    )  # as long as it can be called off
    changes = patch.changes()
    if changes.get("online_url", ...) is None and session.facility_id is None:
        raise invalid("/online_url", "FIELD_CONFLICT", other="facility_id")
    _check_trainer(unit, changes.get("trainer_id"))
    if changes.get("capacity", session.capacity) < session.taken:
        raise Refused("CRS_CAPACITY")
    for name, value in changes.items():
        setattr(session, name, value)
    unit.audit("training_session.change", session, fields=list(changes))
    follow(unit, session)
    return show_session(unit, session)


def open_session(unit: Unit, session_id: UUID) -> SessionView:
    """Let people apply; where lecturers are wanted their shift opens. Raises `NotFound`, `Stale`, `WrongState`."""
    session = take_session(unit, session_id)
    status = training_states.TRAINING.timely(session.status, "open", phase_at(unit, session))
    session.status = TrainingStatus(status)
    session.touch(unit.now)
    unit.audit("training_session.open", session)
    open_lectures(unit, session)
    return show_session(unit, session)


def cancel_session(unit: Unit, session_id: UUID, draft: Reason) -> SessionView:
    """Call a session off before its start: everybody's time is free again, everybody is told, lecturers as well.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    found = find(unit, visible_sessions(unit.actor), TrainingSession, session_id)
    shift = shift_of(unit, found)
    if shift is not None:
        shift = unit.lock(Shift, shift.id)
    session = take_session(unit, session_id)
    status = training_states.TRAINING.timely(session.status, "cancel", phase_at(unit, session))
    session.status, session.status_reason = TrainingStatus(status), draft.reason
    session.touch(unit.now)
    unit.audit("training_session.cancel", session)
    _call_off(unit, session)
    if shift is not None:
        end_lectures(unit, shift)
    return show_session(unit, session)


def _call_off(unit: Unit, session: TrainingSession) -> None:
    live = [status for status in EnrollmentStatus if training_states.ENROLLMENT.leads(status, "call-off")]
    statement = select(TrainingEnrollment).where(
        TrainingEnrollment.session_id == session.id, col(TrainingEnrollment.status).in_(live)
    )
    for enrollment in unit.session.exec(statement.order_by(col(TrainingEnrollment.number))).all():
        enrollment.status_reason = "session_cancelled"
        move(
            unit, session, enrollment, EnrollmentStatus(training_states.ENROLLMENT.next(enrollment.status, "call-off"))
        )
        unit.audit("training_enrollment.call-off", enrollment, subject=enrollment.volunteer_id)
        tell(unit, session, enrollment, "training_cancelled")


def take_session(unit: Unit, session_id: UUID) -> TrainingSession:
    """Return the addressed session, locked. Raises `NotFound` outside the caller's scope, `Stale`."""
    session = find(unit, visible_sessions(unit.actor), TrainingSession, session_id, lock=True)
    unit.expect(session)
    return session
