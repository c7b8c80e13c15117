"""Referrals from and to the public schools' classes of Japanese, with the guardian's consent (domain.md §1 row 10)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from models.base import Aggregate, instant, one_of, reference
from models.fields import LOOSE, Day, Draft, Id, Instant, ObjectView


class ReferralDirection(StrEnum):
    """Who sends the learner."""

    FROM_SCHOOL = "from_school"
    TO_SCHOOL = "to_school"


class SchoolReferralStatus(StrEnum):
    """Whether the receiving side has answered."""

    REFERRED = "referred"
    ANSWERED = "answered"


class SchoolReferralOutcome(StrEnum):
    """What came of it."""

    TAKEN_IN = "taken_in"
    NO_PLACE = "no_place"
    FAMILY_DECLINED = "family_declined"
    NOT_REACHED = "not_reached"


class SchoolReferral(Aggregate, table=True):
    """A learner sent from a school to a classroom, or the other way. `consent_id` is the consent it rests on."""

    __tablename__ = "school_referral"
    __table_args__ = (
        sa.CheckConstraint("(outcome IS NULL) = (outcome_on IS NULL)", name="outcome"),
        sa.Index(
            "uq_school_referral_learner_id_school_id_direction",
            "learner_id",
            "school_id",
            "direction",
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        ),
    )

    learner_id: UUID = reference("learner.id", index=False)
    school_id: UUID = reference("facility.id")
    classroom_id: UUID = reference("classroom.id")
    direction: ReferralDirection = one_of(ReferralDirection)
    consent_id: UUID = reference("guardian_consent.id")
    sent_at: datetime = instant()
    outcome: SchoolReferralOutcome | None = one_of(SchoolReferralOutcome, nullable=True)
    outcome_on: date | None = Field(default=None)

    @property
    def status(self) -> SchoolReferralStatus:
        """Whether the receiving side has answered."""
        return SchoolReferralStatus.REFERRED if self.outcome is None else SchoolReferralStatus.ANSWERED


class SchoolReferralCreate(Draft):
    """A learner is sent from a school to a classroom, or from a classroom to a school, now or lately."""

    direction: Annotated[ReferralDirection, LOOSE]
    school_id: Id
    classroom_id: Id
    sent_at: Instant | None = None


class SchoolReferralAnswer(Draft):
    """What came of it, and since when."""

    outcome: Annotated[SchoolReferralOutcome, LOOSE]
    outcome_on: Day


class SchoolReferralView(ObjectView):
    """A referral between a school and a classroom."""

    learner_id: UUID
    direction: ReferralDirection
    school_id: UUID
    school_name: str
    classroom_id: UUID
    classroom_name: str
    sent_at: Instant
    status: SchoolReferralStatus
    outcome: SchoolReferralOutcome | None
    outcome_on: Day | None
