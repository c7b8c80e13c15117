"""Trainings: courses, their sessions, who takes part."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from models.assignment import Booking, BookingSource
from models.training import (
    BOOKED,
    SEATED,
    EnrollmentStatus,
    TrainingCourse,
    TrainingEnrollment,
    TrainingKind,
    TrainingSession,
    TrainingStatus,
)
from models.volunteer import Volunteer
from services.unit import Unit
from tests.makers.people import facility, nth

LESSON = datetime.fromisoformat("2025-11-22T13:00:00+09:00")
"""A Saturday, twelve days after the clock of the tests."""


def course(unit: Unit, /, *, code: str | None = None, **over: Any) -> TrainingCourse:
    """A course of two hours, of which 80 % must be attended."""
    columns = {
        "title": "架空研修",
        "kind": TrainingKind.BASIC,
        "required_minutes": 120,
        "prerequisites": [],
        **over,
    }
    return unit.add(TrainingCourse(code=code or f"course_{nth(unit)}", **columns, **unit.stamp()))


def training(
    unit: Unit,
    /,
    *,
    of: TrainingCourse | None = None,
    starts_at: datetime = LESSON,
    minutes: int = 120,
    capacity: int = 20,
    status: TrainingStatus = TrainingStatus.OPEN,
    **over: Any,
) -> TrainingSession:
    """An open session of a course, at a place unless it is online."""
    if "online_url" not in over and "facility_id" not in over:
        over["facility_id"] = facility(unit).id
    return unit.add(
        TrainingSession(
            course_id=(of or course(unit)).id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            capacity=capacity,
            status=status,
            **over,
            **unit.stamp(),
        )
    )


def enrollment(
    unit: Unit,
    /,
    session: TrainingSession,
    volunteer: Volunteer,
    status: EnrollmentStatus = EnrollmentStatus.ACCEPTED,
    **over: Any,
) -> TrainingEnrollment:
    """Somebody's part in a session, with the seat and the calendar row that go with the state."""
    row = unit.lock(TrainingSession, session.id)
    row.last_number += 1
    if status in SEATED:
        row.taken += 1
    if row.taken == row.capacity and row.status is TrainingStatus.OPEN:
        row.status = TrainingStatus.FULL
    if status is EnrollmentStatus.OFFERED:
        over.setdefault("respond_by", unit.now + timedelta(hours=48))
    made = unit.add(
        TrainingEnrollment(
            session_id=row.id, volunteer_id=volunteer.id, number=row.last_number, status=status, **over, **unit.stamp()
        )
    )
    if status in BOOKED:
        unit.add(
            Booking(
                volunteer_id=volunteer.id,
                source_type=BookingSource.ENROLLMENT,
                source_id=made.id,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )
        )
    return made


def booked(unit: Unit, /, volunteer: Volunteer) -> int:
    """How many active rows her calendar has."""
    rows = unit.session.exec(select(Booking).where(Booking.volunteer_id == volunteer.id)).all()
    return sum(row.active for row in rows)
