"""What time does to trainings: offered seats run out, sessions begin and are held (domain.md §4.2)."""

import sqlalchemy as sa
from sqlmodel import col, select

from models.training import (
    ASKING,
    EnrollmentStatus,
    TrainingEnrollment,
    TrainingSession,
    TrainingStatus,
)
from services import training_states
from services.seats import move, tell
from services.unit import Unit

ANNOUNCED = frozenset({TrainingStatus.OPEN, TrainingStatus.FULL})


def due_sessions(unit: Unit) -> sa.ColumnElement[bool]:
    """The condition that something about a session is overdue."""
    asking = sa.exists().where(
        col(TrainingEnrollment.session_id) == TrainingSession.id, col(TrainingEnrollment.status).in_(sorted(ASKING))
    )
    unanswered = sa.exists().where(
        col(TrainingEnrollment.session_id) == TrainingSession.id,
        col(TrainingEnrollment.status) == EnrollmentStatus.OFFERED,
        col(TrainingEnrollment.respond_by) <= unit.now,
    )
    begun = sa.and_(col(TrainingSession.starts_at) <= unit.now, asking)
    announced = col(TrainingSession.status).in_(sorted(ANNOUNCED))
    over = sa.and_(col(TrainingSession.ends_at) <= unit.now, announced)
    forgotten = sa.and_(
        col(TrainingSession.starts_at) <= unit.now, col(TrainingSession.status) == TrainingStatus.PLANNED
    )
    return sa.or_(unanswered, begun, over, forgotten)


def catch_up(unit: Unit, session: TrainingSession) -> None:
    """Move a locked session, and whoever asks for it, to where the clock says that they are."""
    expire_offers(unit, session)
    if session.starts_at <= unit.now:
        _lapse(unit, session)
        if session.status is TrainingStatus.PLANNED:
            _move(unit, session, "lapse")
    if session.ends_at <= unit.now and session.status in ANNOUNCED:
        _move(unit, session, "hold")


def expire_offers(unit: Unit, session: TrainingSession) -> None:
    """Take back the seats of a locked session that nobody answered for in time; the next are asked."""
    overdue = select(TrainingEnrollment).where(
        TrainingEnrollment.session_id == session.id,
        TrainingEnrollment.status == EnrollmentStatus.OFFERED,
        col(TrainingEnrollment.respond_by) <= unit.now,
    )
    for enrollment in unit.session.exec(overdue.order_by(col(TrainingEnrollment.number))).all():
        _end(unit, session, enrollment, "expire", "training_offer_expired")


def _lapse(unit: Unit, session: TrainingSession) -> None:
    asking = select(TrainingEnrollment).where(
        TrainingEnrollment.session_id == session.id, col(TrainingEnrollment.status).in_(sorted(ASKING))
    )
    for enrollment in unit.session.exec(asking.order_by(col(TrainingEnrollment.number))).all():
        _end(unit, session, enrollment, "lapse", "training_declined")


def _end(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment, verb: str, kind: str) -> None:
    enrollment.status_reason = verb
    move(unit, session, enrollment, EnrollmentStatus(training_states.ENROLLMENT.next(enrollment.status, verb)))
    unit.audit(f"training_enrollment.{verb}", enrollment, subject=enrollment.volunteer_id)
    tell(unit, session, enrollment, kind)


def _move(unit: Unit, session: TrainingSession, verb: str) -> None:
    session.status = TrainingStatus(training_states.TRAINING.next(session.status, verb))
    session.touch(unit.now)
    unit.audit(f"training_session.{verb}", session)
