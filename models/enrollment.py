"""Enrollments: who learns in which classroom, who waits, whose turn it is (domain.md §4.5)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, one_of, reference
from models.fields import Draft, Id, Instant, ObjectView


class ClassEnrollmentStatus(StrEnum):
    """domain.md §4.5."""

    INQUIRY = "inquiry"
    INTERVIEW = "interview"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ENROLLED = "enrolled"
    ON_BREAK = "on_break"
    COMPLETED = "completed"
    LEFT = "left"


WITH_PLACE = frozenset({ClassEnrollmentStatus.ENROLLED, ClassEnrollmentStatus.ON_BREAK, ClassEnrollmentStatus.OFFERED})
"""States in which a place of the classroom is held; a learner on a break comes back to hers."""
OVER = frozenset({ClassEnrollmentStatus.COMPLETED, ClassEnrollmentStatus.LEFT})
"""States that nothing follows."""
ASKED = frozenset({ClassEnrollmentStatus.INQUIRY, ClassEnrollmentStatus.INTERVIEW})
"""States before anybody has decided on a place. Who waits on the list was promised the next one."""
_OVER = "('completed', 'left')"


class Enrollment(Aggregate, table=True):
    """A learner's way through a classroom. `waitlist_no` orders those who wait; `offer_until` bounds an offered place."""

    __table_args__ = (
        sa.Index(
            "uq_enrollment_classroom_id_learner_id",
            "classroom_id",
            "learner_id",
            unique=True,
            sqlite_where=sa.text(f"status NOT IN {_OVER}"),
            postgresql_where=sa.text(f"status NOT IN {_OVER}"),
        ),
        sa.CheckConstraint("(status = 'offered') = (offer_until IS NOT NULL)", name="offer"),
        sa.CheckConstraint("(status = 'waitlisted') = (waitlist_no IS NOT NULL)", name="waiting"),
    )

    classroom_id: UUID = reference("classroom.id", index=False)
    learner_id: UUID = reference("learner.id")
    status: ClassEnrollmentStatus = one_of(ClassEnrollmentStatus, index=True)
    waitlist_no: int | None = Field(default=None)
    offer_until: datetime | None = instant(nullable=True)


class ClassEnrollmentCreate(Draft):
    """Somebody asks for a place."""

    classroom_id: Id
    learner_id: Id


class ClassEnrollmentView(ObjectView):
    """An enrollment by the learner's first name."""

    classroom_id: UUID
    learner_id: UUID
    first_name: str
    status: ClassEnrollmentStatus
    waitlist_no: Annotated[int | None, Described(description="The order among those who wait; gaps mean nothing")]
    offer_until: Instant | None
