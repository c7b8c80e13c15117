"""The day of a class: open with enough adults and tutors, record, close; and what time does to sessions (domain.md §4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import Assignment
from models.attendance import ATTENDING, Attendance, AttendanceStatus
from models.class_session import (
    ClassSession,
    ClassSessionOpening,
    ClassSessionStatus,
    ClassSessionView,
    OpenMode,
)
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.person import Person
from models.shift import TRAINEE, Demand, Shift
from models.volunteer import Volunteer
from scheduling.constraints import age_on
from services import classroom_states
from services.changing import lock_people
from services.errors import Refused, invalid
from services.notifying import tell_managers
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import SESSION_SOURCE, find, managed_class_sessions, visible_class_sessions
from services.rejudging import verdicts
from services.showing_classes import COMING, show_session, show_sessions
from services.states import phase_of
from services.unit import Unit

ADULTS = 2
"""A class is never alone with one adult."""
OF_AGE = 18
LAPSED = "lapsed"


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


def open_session(unit: Unit, session_id: UUID, draft: ClassSessionOpening) -> ClassSessionView:
    """Open a session: two adults always, enough tutors unless reduced or merged, and every tutor cleared for children.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for the session it is merged with, `Refused`
    (`CLS_STAFF`, `CLS_SAFETY`). Too many learners for a tutor is a warning; two classes held together count together.
    """
    session, shift = take_session(unit, session_id)
    move(unit, session, "open")
    other = _merged_with(unit, session, draft)
    session.mode, session.merged_with_id = draft.mode, other.id if other else None
    session.venue_adults = draft.venue_adults
    rooms = [unit.get(Classroom, one.classroom_id) for one in (session, other) if one]
    coming = _coming(unit, [shift.id, *([shift_of(unit, other.id).id] if other else [])])
    venue_adults = len(draft.venue_adults) + (len(other.venue_adults) if other else 0)
    _check_staff(unit, rooms[0], session, coming, venue_adults)
    _check_safety(unit, coming)
    _warn_of_ratio(unit, rooms, _tutors(coming))
    return show_session(unit, session)


def _merged_with(unit: Unit, session: ClassSession, draft: ClassSessionOpening) -> ClassSession | None:
    """Return the session it is held with: an open one of the same institution that lasts as long as this one and longer.

    It is locked: whoever calls it off at this instant waits, and finds that this one depends on it.
    """
    if (draft.mode is OpenMode.MERGED_WITH) is not (draft.session_id is not None):
        raise invalid("/session_id", "FIELD_CONFLICT" if draft.session_id else "FIELD_MISSING", other="mode")
    if draft.session_id is None:
        return None
    other = unit.session.get(ClassSession, draft.session_id)
    home = unit.get(Classroom, session.classroom_id).organization_id
    if other is None or other.id == session.id or unit.get(Classroom, other.classroom_id).organization_id != home:
        raise invalid("/session_id")
    other = unit.lock(ClassSession, other.id)
    room, their_room = (unit.get(Classroom, one.classroom_id) for one in (session, other))
    if room.for_children is not their_room.for_children:
        raise Refused("CLS_ADULTS")
    covers = other.starts_at <= session.starts_at and session.ends_at <= other.ends_at
    if other.status is not ClassSessionStatus.OPEN or not covers:
        raise invalid("/session_id", "CLS_HOST", starts_at=session.starts_at, ends_at=session.ends_at)
    return other


@dataclass(frozen=True)
class _Coming:
    """Somebody who comes, whether she teaches or learns to, and her birth date, which says whether she counts as an adult."""

    assignment: Assignment
    teaches: bool
    birth_date: date | None


def _coming(unit: Unit, shift_ids: Sequence[UUID]) -> list[_Coming]:
    rows = unit.session.exec(
        select(Assignment, Demand.role, Person)
        .join(Demand, col(Demand.id) == Assignment.demand_id)
        .join(Volunteer, col(Volunteer.id) == Assignment.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Assignment.shift_id).in_(shift_ids), col(Assignment.status).in_(sorted(COMING)))
    )
    return [_Coming(assignment, role != TRAINEE, person.birth_date) for assignment, role, person in rows]


def _tutors(coming: Sequence[_Coming]) -> int:
    """A trainee is an adult in the room, and nobody who teaches yet."""
    return sum(one.teaches for one in coming)


def _check_staff(
    unit: Unit, classroom: Classroom, session: ClassSession, coming: Sequence[_Coming], venue_adults: int
) -> None:
    day = unit.local_day(session.starts_at)
    grown = sum(one.birth_date is not None and age_on(one.birth_date, day) >= OF_AGE for one in coming)
    adults = grown + venue_adults
    tutors, least = _tutors(coming), classroom.min_tutors if session.mode is OpenMode.FULL else 1
    if adults < ADULTS or tutors < least:
        raise Refused("CLS_STAFF", facts={"adults": adults, "tutors": tutors, "min": least})


def _check_safety(unit: Unit, coming: Sequence[_Coming]) -> None:
    """Refuse tutors whose check is not cleared (any more); the rule itself is the engine's."""
    judged = verdicts(unit, [one.assignment for one in coming])
    broken = {violation.code for verdict in judged.values() for violation in verdict.violations}
    if "CLS_SAFETY" in broken:
        raise Refused("CLS_SAFETY")


def _warn_of_ratio(unit: Unit, rooms: Sequence[Classroom], tutors: int) -> None:
    learners = sum(count_learners(unit, room.id) for room in rooms)
    if learners > tutors * min(room.learner_ratio for room in rooms):
        unit.warn("CLS_RATIO", learners=learners, tutors=tutors)


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
    tell_managers(unit, classroom.organization_id, "class_session_lapsed", session, facts)
