"""What the report on classrooms counts, read with a constant number of queries: each fact with where it belongs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment
from models.attendance import ATTENDING, Attendance, AttendanceStatus
from models.base import UtcDateTime
from models.class_session import ClassSession, ClassSessionStatus
from models.consultation import Consultation
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.enrollment_history import EnrollmentChange
from models.learner import Learner
from models.level_assessment import Instrument, LevelAssessment
from models.shift import TRAINEE, Demand, Shift
from services.fiscal_years import Half, end_of_half, first_of_half, half_year, halves
from services.office_days import at_local
from services.queries import SESSION_SOURCE
from services.unit import Unit

HELD = frozenset({ClassSessionStatus.HELD, ClassSessionStatus.RECORDED, ClassSessionStatus.CLOSED})
AWAY = frozenset({AttendanceStatus.ABSENT, AttendanceStatus.ABSENT_NOTIFIED})
_LEARNING = (ClassEnrollmentStatus.ENROLLED, ClassEnrollmentStatus.ON_BREAK)


@dataclass(frozen=True)
class Place:
    """Where a fact belongs: a half-year, a classroom, and the language of whom it is about, if it is about anybody."""

    half: Half
    classroom_id: UUID
    language: str | None = None


@dataclass
class Facts:
    """Facts of one group, or of all: what a figure counts stands in one of these."""

    sessions: list[ClassSessionStatus] = field(default_factory=list)
    tutors: int = 0
    learners: set[UUID] = field(default_factory=set)
    attendances: int = 0
    absences: int = 0
    waiting: int = 0
    moves: set[UUID] = field(default_factory=set)
    consultations: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Session:
    """A class session of the period, with how many tutors stood on its shift, trainees not counted."""

    status: ClassSessionStatus
    half: Half
    classroom_id: UUID
    tutors: int


@dataclass(frozen=True)
class Mark:
    """What is noted of a learner at a session."""

    place: Place
    learner_id: UUID
    status: AttendanceStatus


@dataclass(frozen=True)
class Span:
    """The days of a report, and the instants between which they lie, half-open."""

    first: date
    last: date
    since: datetime
    until: datetime


def span_of(unit: Unit, first: date, last: date) -> Span:
    """Return the instants of local days, both included."""
    return Span(first, last, at_local(unit, first, time.min), at_local(unit, last + timedelta(days=1), time.min))


def sessions_of(unit: Unit, span: Span) -> dict[UUID, Session]:
    """Return the sessions that begin in the days; what was postponed is counted as what took its place."""
    standing = (
        sa.select(col(Shift.source_id), sa.func.count(col(Assignment.id)).label("tutors"))
        .join(Assignment, col(Assignment.shift_id) == col(Shift.id))
        .join(Demand, sa.and_(col(Demand.id) == col(Assignment.demand_id), col(Demand.role) != TRAINEE))
        .where(col(Shift.source_type) == SESSION_SOURCE, col(Assignment.status).in_(sorted(HOLDING)))
        .group_by(col(Shift.source_id))
        .subquery()
    )
    statement = (
        sa.select(ClassSession, sa.func.coalesce(standing.c.tutors, 0))
        .join(standing, standing.c.source_id == col(ClassSession.id), isouter=True)
        .where(
            col(ClassSession.starts_at) >= span.since,
            col(ClassSession.starts_at) < span.until,
            col(ClassSession.status) != ClassSessionStatus.POSTPONED,
        )
    )
    return {
        one.id: Session(one.status, half_year(unit.local_day(one.starts_at)), one.classroom_id, tutors)
        for one, tutors in unit.session.execute(statement)
    }


def marks_of(unit: Unit, span: Span, sessions: Mapping[UUID, Session]) -> Iterator[Mark]:
    """Return what is noted on the rolls of the sessions that were held."""
    statement = (
        sa.select(col(Attendance.session_id), col(Attendance.learner_id), col(Attendance.status), _LANGUAGE)
        .join(Learner, col(Learner.id) == col(Attendance.learner_id))
        .join(ClassSession, col(ClassSession.id) == col(Attendance.session_id))
        .where(
            col(ClassSession.starts_at) >= span.since,
            col(ClassSession.starts_at) < span.until,
            col(ClassSession.status).in_(sorted(HELD)),
        )
    )
    for session_id, learner_id, status, language in unit.session.execute(statement):
        session = sessions[session_id]
        yield Mark(Place(session.half, session.classroom_id, language), learner_id, status)


_LANGUAGE = col(Learner.native_language)


def is_attended(mark: Mark) -> bool:
    """Return whether the learner came."""
    return mark.status in ATTENDING


def is_missed(mark: Mark) -> bool:
    """Return whether the learner stayed away; a child kept safe did neither come nor stay away."""
    return mark.status in AWAY


def registered(unit: Unit, span: Span) -> Iterator[tuple[Place, UUID]]:
    """Return who held a place on some of the days that have come, in each half in which she did."""
    last = min(span.last, unit.today)
    over = halves(span.first, last) if span.first <= last else []
    for place, (first, until) in _held(unit, span):
        for half in over:
            if first <= min(end_of_half(half), last) and until >= max(first_of_half(half), span.first):
                yield Place(half, place.classroom_id, place.native_language), place.learner_id


def _held(unit: Unit, span: Span) -> Iterator[tuple[Any, tuple[date, date]]]:
    """Return each time for which a place was held, by its first and last day, as the kept changes tell it."""
    changes = col(EnrollmentChange.at)
    statement = (
        sa.select(
            col(Enrollment.classroom_id),
            col(Enrollment.learner_id),
            _LANGUAGE,
            col(EnrollmentChange.status),
            changes,
            sa.func.lead(changes, type_=UtcDateTime())
            .over(partition_by=col(EnrollmentChange.enrollment_id), order_by=(changes, col(EnrollmentChange.id)))
            .label("until"),
        )
        .join(Enrollment, col(Enrollment.id) == col(EnrollmentChange.enrollment_id))
        .join(Learner, col(Learner.id) == col(Enrollment.learner_id))
        .where(changes < span.until)
    )
    for row in unit.session.execute(statement):
        if row.status in _LEARNING:
            yield row, (unit.local_day(row.at), unit.local_day(row.until) if row.until else span.last)


def waiting(unit: Unit, span: Span) -> Iterator[Place]:
    """Return who waits today for a place that she asked for in the days."""
    statement = _enrollments(span).where(
        col(Enrollment.status) == ClassEnrollmentStatus.WAITLISTED, col(Enrollment.created_at) >= span.since
    )
    for classroom_id, _, asked_at, language in unit.session.execute(statement):
        yield Place(half_year(unit.local_day(asked_at)), classroom_id, language)


def _enrollments(span: Span) -> Any:
    return (
        sa.select(col(Enrollment.classroom_id), col(Enrollment.learner_id), col(Enrollment.created_at), _LANGUAGE)
        .join(Learner, col(Learner.id) == col(Enrollment.learner_id))
        .where(col(Enrollment.created_at) < span.until)
    )


def moves(unit: Unit, span: Span) -> Iterator[tuple[UUID, UUID, Half]]:
    """Return the assessments of the days by which a learner stands higher than before by the same measure: who, which, when."""
    assessed_within = select(LevelAssessment.learner_id).where(col(LevelAssessment.assessed_on) >= span.first)
    statement = (
        select(LevelAssessment)
        .where(col(LevelAssessment.assessed_on) <= span.last, col(LevelAssessment.learner_id).in_(assessed_within))
        .order_by(col(LevelAssessment.assessed_on), col(LevelAssessment.id))
    )
    standing: dict[tuple[UUID, str], int] = {}
    for one in unit.session.exec(statement):
        measure = one.learner_id, _measure(one.instrument)
        before, now = standing.get(measure), _height(one.result)
        standing[measure] = now
        if before is not None and now > before and one.assessed_on >= span.first:
            yield one.learner_id, one.id, half_year(one.assessed_on)


def _measure(instrument: Instrument) -> str:
    """Can-do statements and interviews find a level of the same frame."""
    return Instrument.CAN_DO if instrument is Instrument.INTERVIEW else instrument


def _height(result: str) -> int:
    """Return a number that grows with the level: A1 to C2, N5 to N1, 1 to 6."""
    if result.startswith("N"):
        return -int(result[1:])
    return int(result) if result.isdigit() else "ABC".index(result[0]) * 2 + int(result[1])


def consultations_of(unit: Unit, sessions: Mapping[UUID, Session], span: Span) -> Iterator[tuple[Place, int]]:
    """Return the minutes of each consultation at a session of the days."""
    statement = (
        sa.select(col(Consultation.class_session_id), col(Consultation.language), col(Consultation.minutes))
        .join(ClassSession, col(ClassSession.id) == col(Consultation.class_session_id))
        .where(
            col(ClassSession.starts_at) >= span.since,
            col(ClassSession.starts_at) < span.until,
            col(ClassSession.status) != ClassSessionStatus.POSTPONED,
        )
    )
    for session_id, language, minutes in unit.session.execute(statement):
        session = sessions[session_id]
        yield Place(session.half, session.classroom_id, language), minutes
