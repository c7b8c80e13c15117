"""Seats of a training session: taken and freed by guarded updates; who waits first is offered what is freed (§4.2)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import Booking, BookingSource
from models.training import (
    BOOKED,
    SEATED,
    EnrollmentStatus,
    TrainingCourse,
    TrainingEnrollment,
    TrainingSession,
    TrainingStatus,
)
from models.volunteer import Volunteer
from services import training_states
from services.notifying import tell_volunteer
from services.unit import Unit


def _moved_by(by: int, guard: Any) -> Any:
    session = col(TrainingSession.id) == sa.bindparam("session_id")
    moved = sa.update(TrainingSession).where(session, guard).values(taken=TrainingSession.taken + by)
    return moved.returning(col(TrainingSession.id))


# Built once: building a statement costs as much as running it.
_TAKE = _moved_by(1, col(TrainingSession.taken) < col(TrainingSession.capacity))
_FREE = _moved_by(-1, col(TrainingSession.taken) > 0)
_NEXT = (
    select(TrainingEnrollment)
    .where(
        col(TrainingEnrollment.session_id) == sa.bindparam("session_id"),
        col(TrainingEnrollment.status) == EnrollmentStatus.WAITLISTED,
    )
    .order_by(col(TrainingEnrollment.number))
    .limit(1)
)


def take_seat(unit: Unit, session: TrainingSession) -> bool:
    """Take one seat of a locked session if one is left; the condition is part of the update."""
    taken = unit.rows(_TAKE, session_id=session.id).first() is not None
    _follow(unit, session)
    return taken


def move(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment, status: EnrollmentStatus) -> None:
    """Let a locked enrolment go on to a state; seat and calendar follow, and a freed seat is offered to who waits first.

    Whoever is to get a seat has taken it already.
    """
    had_seat, had_time = enrollment.status in SEATED, enrollment.status in BOOKED
    enrollment.status = status
    if status is not EnrollmentStatus.OFFERED:
        enrollment.respond_by = None
    enrollment.decided_at = unit.now
    enrollment.touch(unit.now)
    if status in BOOKED and not had_time:
        _book(unit, session, enrollment)
    if had_time and status not in BOOKED:
        _unbook(unit, enrollment)
    if had_seat and status not in SEATED:
        unit.rows(_FREE, session_id=session.id)
        _follow(unit, session)
        promote(unit, session)


def promote(unit: Unit, session: TrainingSession) -> None:
    """Offer the free seats of a locked session to those who wait, in order, until its start."""
    if session.status not in {TrainingStatus.OPEN, TrainingStatus.FULL} or session.starts_at <= unit.now:
        return
    while (waiting := unit.session.exec(_NEXT, params={"session_id": session.id}).first()) and take_seat(unit, session):
        _offer(unit, session, waiting)


def _offer(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment) -> None:
    status = EnrollmentStatus(training_states.ENROLLMENT.next(enrollment.status, "offer"))
    enrollment.respond_by = min(unit.now + timedelta(hours=session.answer_hours), session.starts_at)
    move(unit, session, enrollment, status)
    unit.session.flush()
    unit.audit("training_enrollment.offer", enrollment, subject=enrollment.volunteer_id)
    tell(unit, session, enrollment, "training_seat_offered")


def give_up_seats(unit: Unit, volunteer: Volunteer, reason: str) -> None:
    """End what a locked volunteer applied for or has a seat in, of sessions to come; those who wait are asked next."""
    open_ones = [one for one in EnrollmentStatus if training_states.ENROLLMENT.leads(one, "withdraw")]
    hers = select(TrainingEnrollment).where(
        TrainingEnrollment.volunteer_id == volunteer.id, col(TrainingEnrollment.status).in_(open_ones)
    )
    to_come = select(TrainingSession.id).where(
        col(TrainingSession.id).in_(hers.with_only_columns(col(TrainingEnrollment.session_id))),
        col(TrainingSession.starts_at) > unit.now,
    )
    for session_id in unit.session.exec(to_come.order_by(col(TrainingSession.id))).all():
        session = unit.lock(TrainingSession, session_id)
        here = hers.where(TrainingEnrollment.session_id == session_id).execution_options(populate_existing=True)
        for enrollment in unit.session.exec(here).all():  # as they are now that the session is locked
            enrollment.status_reason = reason
            move(unit, session, enrollment, EnrollmentStatus.WITHDRAWN)
            unit.audit("training_enrollment.withdraw", enrollment, subject=volunteer.id)


def tell(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment, kind: str) -> None:
    """Write a notice about an enrolment to whoever it is about."""
    course = unit.get(TrainingCourse, session.course_id)
    facts = {
        "title": course.title,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "respond_by": enrollment.respond_by,
        "link": f"{unit.rules.public_url}/v1/training-enrollments/{enrollment.id}",
    }
    tell_volunteer(unit, enrollment.volunteer_id, kind, enrollment, facts)


def _follow(unit: Unit, session: TrainingSession) -> None:
    """Let a session be full exactly while no seat is left; after its end it stays as it is."""
    unit.session.flush()
    unit.session.refresh(session, ["taken"])
    full = session.taken == session.capacity
    verb = "fill" if full else "free"
    if training_states.TRAINING.leads(session.status, verb):
        session.status = TrainingStatus(training_states.TRAINING.next(session.status, verb))
    session.touch(unit.now)


def follow(unit: Unit, session: TrainingSession) -> None:
    """Let a locked session whose capacity changed be open or full, and offer what is free to those who wait."""
    _follow(unit, session)
    promote(unit, session)


def _book(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment) -> None:
    unit.add(
        Booking(
            volunteer_id=enrollment.volunteer_id,
            source_type=BookingSource.ENROLLMENT,
            source_id=enrollment.id,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
        )
    )


def _unbook(unit: Unit, enrollment: TrainingEnrollment) -> None:
    booking = unit.session.exec(booking_of(enrollment.id)).one()
    booking.active = False


def booking_of(enrollment_id: UUID) -> Any:
    """Select the calendar row of an enrolment."""
    return select(Booking).where(
        Booking.source_type == BookingSource.ENROLLMENT, Booking.source_id == enrollment_id, col(Booking.active)
    )
