"""Class sessions as they run: list, read, move, close; and what time does to them (domain.md §4.5).

How they open is in `services/opening_classes.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.attendance import ATTENDING, Attendance, AttendanceStatus
from models.class_session import (
    ClassSession,
    ClassSessionStatus,
    ClassSessionView,
)
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.shift import Shift
from services import classroom_states
from services.changing import lock_people
from services.notifying import managers_of, tell_managers, tell_office
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import SESSION_SOURCE, find, managed_class_sessions, visible_class_sessions
from services.showing_classes import LAPSED, show_session, show_sessions
from services.states import phase_of
from services.unit import Unit


@dataclass(frozen=True)
class SessionFilters:
    """What a list of sessions is narrowed to; `starts_from`, `starts_to` bound the start, half-open."""

    classroom_id: UUID | None = None
    status: ClassSessionStatus | None = None
    starts_from: datetime | None = None
    starts_to: datetime | None = None


def list_sessions(unit: Unit, ask: Ask, filters: SessionFilters) -> Page[ClassSessionView]:
    """Return sessions of the caller's scope, soonest first."""
    statement = visible_class_sessions(unit.actor)
    if filters.classroom_id:
        statement = statement.where(col(ClassSession.classroom_id) == filters.classroom_id)
    if filters.status:
        statement = statement.where(col(ClassSession.status) == filters.status)
    if filters.starts_from:
        statement = statement.where(col(ClassSession.starts_at) >= filters.starts_from)
    if filters.starts_to:
        statement = statement.where(col(ClassSession.starts_at) < filters.starts_to)
    order = Order((ClassSession.starts_at, ClassSession.id))
    return page(unit, ask, statement, order, show_sessions, scope_of("class_sessions", filters))


def read_session(unit: Unit, session_id: UUID) -> ClassSessionView:
    """Return a session of the caller's scope. Raises `NotFound`."""
    return show_session(unit, find(unit, visible_class_sessions(unit.actor), ClassSession, session_id))


def take_session(unit: Unit, session_id: UUID) -> tuple[ClassSession, Shift]:
    """Return the addressed session and its shift, locked in the order people, shift, session.

    Raises `NotFound` outside the caller's scope, `Stale`.
    """
    find(unit, managed_class_sessions(unit.actor), ClassSession, session_id)
    shift_id = shift_of(unit, session_id).id
    lock_people(unit, [shift_id])
    shift = unit.lock(Shift, shift_id)
    session = unit.lock(ClassSession, session_id)
    unit.expect(session)
    return session, shift


def shift_of(unit: Unit, session_id: UUID) -> Shift:
    """Return the shift that a session opened."""
    return unit.session.exec(
        select(Shift).where(Shift.source_type == SESSION_SOURCE, Shift.source_id == session_id)
    ).one()


def move(unit: Unit, session: ClassSession, verb: str) -> None:
    """Move a locked session by a verb. Raises `WrongState` in another state, and at another time."""
    phase = phase_of(session.starts_at, session.ends_at, unit.now)
    session.status = ClassSessionStatus(classroom_states.CLASS_SESSION.timely(session.status, verb, phase))
    session.touch(unit.now)
    unit.audit(f"class_session.{verb}", session)


def count_learners(unit: Unit, classroom_id: UUID) -> int:
    """Return how many are enrolled in a classroom."""
    statement = select(sa.func.count(col(Enrollment.id))).where(
        Enrollment.classroom_id == classroom_id, Enrollment.status == ClassEnrollmentStatus.ENROLLED
    )
    return unit.session.exec(statement).one()


def close(unit: Unit, session_id: UUID) -> ClassSessionView:
    """Close a recorded session: its roll is fixed. Raises `NotFound`, `Stale`, `WrongState`."""
    session, _ = take_session(unit, session_id)
    move(unit, session, "close")
    return show_session(unit, session)


def follow_clock(unit: Unit, session: ClassSession) -> None:
    """Move a locked session to where the clock says that it is: held at its end, or called off if nobody opened it."""
    if session.ends_at > unit.now:
        return
    if session.status is ClassSessionStatus.OPEN or (
        session.status is ClassSessionStatus.PLANNED and was_met(unit, session)
    ):
        _move_by_time(unit, session, "hold")
    elif session.status is ClassSessionStatus.PLANNED:
        _lapse(unit, session)


def was_met(unit: Unit, session: ClassSession) -> bool:
    """Tell whether somebody came to a session: what was open and is planned again may have begun to fill by then."""
    here = ATTENDING | {AttendanceStatus.KEPT_SAFE}
    came = select(Attendance.id).where(Attendance.session_id == session.id, col(Attendance.status).in_(sorted(here)))
    return unit.session.exec(came.limit(1)).first() is not None


def _move_by_time(unit: Unit, session: ClassSession, verb: str) -> None:
    session.status = ClassSessionStatus(classroom_states.CLASS_SESSION.next(session.status, verb))
    session.touch(unit.now)
    unit.audit(f"class_session.{verb}", session)


def _lapse(unit: Unit, session: ClassSession) -> None:
    session.status_reason = LAPSED
    _move_by_time(unit, session, "lapse")
    classroom = unit.get(Classroom, session.classroom_id)
    facts = {"classroom": classroom.name, "starts_at": session.starts_at}
    if managers_of(unit, classroom.organization_id):
        tell_managers(unit, classroom.organization_id, "class_session_lapsed", session, facts)
    else:
        tell_office(unit, "class_session_lapsed", session, facts)
