"""Minutes attended, results, and what completing a course does (domain.md §4.2)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.training import (
    AttendanceDraft,
    Attended,
    EnrollmentStatus,
    EnrollmentVerb,
    EnrollmentView,
    RollView,
    TrainingAttendance,
    TrainingCourse,
    TrainingEnrollment,
    TrainingSession,
)
from services import training_states
from services.certifying import grant_for, take_back
from services.enrolling import take_enrollment
from services.errors import Forbidden, Refused, invalid
from services.seats import move, tell
from services.showing_trainings import phase_at, show_enrollment, show_enrollments, trains
from services.training_sessions import take_session
from services.unit import Unit


def record_attendance(unit: Unit, session_id: UUID, draft: AttendanceDraft) -> RollView:
    """Take the roll of a session, from its start on: its own participants, and who makes up for another of the course.

    Raises `NotFound`, `Stale`, `WrongState`, `Forbidden` to a trainer of another session, `InvalidFields` for somebody
    who does not belong on this roll, is named twice, or has more minutes than the session.
    """
    session = take_session(unit, session_id)
    if not (unit.actor.is_staff or trains(unit.actor, session)):
        raise Forbidden
    training_states.TRAINING.timely(session.status, "attendance", phase_at(unit, session))
    course = unit.get(TrainingCourse, session.course_id)
    _refuse_doubles(draft.items)
    for position, item in enumerate(draft.items):
        _attend(unit, session, course, item, f"/items/{position}")
    session.touch(unit.now)
    unit.audit("training_session.attendance", session, facts={"items": len(draft.items)})
    return RollView(items=show_enrollments(unit, _roll(unit, session)))


def _refuse_doubles(items: Sequence[Attended]) -> None:
    ids = [item.enrollment_id for item in items]
    for position, one in enumerate(ids):
        if one in ids[:position]:
            raise invalid(f"/items/{position}/enrollment_id", "FIELD_DUPLICATE")


def _attend(unit: Unit, session: TrainingSession, course: TrainingCourse, item: Attended, pointer: str) -> None:
    enrollment = _on_the_roll(unit, session, item, pointer)
    longest = int((session.ends_at - session.starts_at).total_seconds() // 60)
    if item.minutes > longest:
        raise invalid(f"{pointer}/minutes", "FIELD_RANGE", max=longest)
    if item.score is not None and course.pass_score is None:
        raise invalid(f"{pointer}/score", "FIELD_CONFLICT", other="pass_score")
    _note_minutes(unit, session, course, enrollment, item.minutes)
    if item.score is not None:
        enrollment.score = item.score
    if item.minutes:
        enrollment.status = EnrollmentStatus(training_states.ENROLLMENT.next(enrollment.status, "attend"))
    enrollment.touch(unit.now)
    unit.audit("training_enrollment.attend", enrollment, subject=enrollment.volunteer_id)


def _on_the_roll(unit: Unit, session: TrainingSession, item: Attended, pointer: str) -> TrainingEnrollment:
    enrollment = unit.session.get(TrainingEnrollment, item.enrollment_id)
    if enrollment is None:
        raise invalid(f"{pointer}/enrollment_id")
    enrollment = unit.lock(TrainingEnrollment, enrollment.id)
    if enrollment.session_id != session.id:
        other = unit.get(TrainingSession, enrollment.session_id)
        makes_up = other.course_id == session.course_id and other.starts_at < session.starts_at
        if not makes_up or enrollment.status is not EnrollmentStatus.INCOMPLETE:
            raise invalid(f"{pointer}/enrollment_id")
    training_states.ENROLLMENT.next(enrollment.status, "attend")
    return enrollment


def _note_minutes(
    unit: Unit, session: TrainingSession, course: TrainingCourse, enrollment: TrainingEnrollment, minutes: int
) -> None:
    """Write the minutes of this session; all together count up to what the course requires."""
    hers = select(TrainingAttendance).where(TrainingAttendance.enrollment_id == enrollment.id)
    rows = {row.session_id: row for row in unit.session.exec(hers)}
    row = rows.setdefault(session.id, TrainingAttendance(enrollment_id=enrollment.id, session_id=session.id, minutes=0))
    row.minutes = minutes
    unit.add(row)
    enrollment.minutes = min(sum(one.minutes for one in rows.values()), course.required_minutes)


def _roll(unit: Unit, session: TrainingSession) -> Sequence[TrainingEnrollment]:
    elsewhere = select(TrainingAttendance.enrollment_id).where(TrainingAttendance.session_id == session.id)
    statement = select(TrainingEnrollment).where(
        sa.or_(
            sa.and_(col(TrainingEnrollment.session_id) == session.id, col(TrainingEnrollment.status).in_(_on_roll())),
            col(TrainingEnrollment.id).in_(elsewhere),
        )
    )
    return unit.session.exec(
        statement.order_by(col(TrainingEnrollment.session_id), col(TrainingEnrollment.number))
    ).all()


def _on_roll() -> Iterable[EnrollmentStatus]:
    return [status for status in EnrollmentStatus if training_states.ENROLLMENT.leads(status, "attend")]


def complete(unit: Unit, enrollment_id: UUID, draft: EnrollmentVerb) -> EnrollmentView:
    """Complete a course after its session: the certificate is granted, or follows the one in force without a gap.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`CERT_MINUTES`, `CERT_SCORE`).
    """
    session, enrollment = take_enrollment(unit, enrollment_id, "complete")
    course = unit.get(TrainingCourse, session.course_id)
    if enrollment.minutes < course.least_minutes:
        raise Refused("CERT_MINUTES", {"minutes": enrollment.minutes, "needed": course.least_minutes})
    if course.pass_score is not None and (enrollment.score or 0) < course.pass_score:
        raise Refused("CERT_SCORE", {"score": enrollment.score, "needed": course.pass_score})
    move(unit, session, enrollment, EnrollmentStatus.COMPLETED)
    unit.audit("training_enrollment.complete", enrollment, subject=enrollment.volunteer_id, on_behalf=draft.on_behalf)
    grant_for(unit, session, enrollment, course)
    return show_enrollment(unit, enrollment)


def mark_incomplete(unit: Unit, enrollment_id: UUID, draft: EnrollmentVerb) -> EnrollmentView:
    """Note that somebody did not complete the course; a make-up session may still mend it.

    Of a completion that was recorded in error the certificate is revoked; that is for who may revoke.
    Raises `NotFound`, `Stale`, `WrongState`, `Forbidden`.
    """
    session, enrollment = take_enrollment(unit, enrollment_id, "mark-incomplete")
    completed = enrollment.status is EnrollmentStatus.COMPLETED
    move(unit, session, enrollment, EnrollmentStatus.INCOMPLETE)
    unit.audit(
        "training_enrollment.mark-incomplete",
        enrollment,
        subject=enrollment.volunteer_id,
        on_behalf=draft.on_behalf,
    )
    if completed:
        take_back(unit, enrollment)
    tell(unit, session, enrollment, "training_incomplete")
    return show_enrollment(unit, enrollment)
