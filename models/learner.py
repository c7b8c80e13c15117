"""Learners with the least that is needed of them, their guardian, and the guardian's consents (domain.md §3, §9)."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, json_column, one_of, reference
from models.fields import LOOSE, Day, Draft, Email, Id, LanguageTag, Line, ObjectView, Patch, Phone
from models.shift import GenderWanted


class SchoolStage(StrEnum):
    """Where somebody stands in school; all but adults need a guardian's consent."""

    PRESCHOOL = "preschool"
    ELEMENTARY = "elementary"
    JUNIOR_HIGH = "junior_high"
    HIGH_SCHOOL_AGE = "high_school_age"
    ADULT = "adult"


class PickupRule(StrEnum):
    """How a child goes home."""

    GUARDIAN = "guardian"
    NAMED_ADULT = "named_adult"
    GOES_ALONE = "goes_alone"


class ConsentScope(StrEnum):
    """What a guardian agrees to."""

    PARTICIPATION = "participation"
    PHOTO = "photo"
    EMERGENCY_CONTACT = "emergency_contact"
    SHARE_WITH_SCHOOL = "share_with_school"


class Goal(StrEnum):
    """What somebody learns for."""

    DAILY_LIFE = "daily_life"
    SCHOOL_SUBJECTS = "school_subjects"
    HIGH_SCHOOL = "high_school"
    WORK = "work"
    EXAM = "exam"


class Learner(Aggregate, table=True):
    """Somebody who learns at an institution's classrooms, by first name.

    `allergy` says that there is something to ask about, and never what. `tutor_gender` is a wish that weighs where tutors
    are proposed, and binds nobody. She is erased on `purge_on`, once she learns nowhere and waits for no place; what is left of her then is nobody's.
    """

    __table_args__ = (
        sa.CheckConstraint(
            "school_stage = 'adult' OR erased_on IS NOT NULL OR (guardian_name IS NOT NULL AND guardian_phone IS NOT NULL "
            "AND guardian_language IS NOT NULL)",
            name="guardian",
        ),
    )

    organization_id: UUID = reference("organization.id")
    first_name: str = Field(max_length=120)
    school_stage: SchoolStage = one_of(SchoolStage)
    native_language: str = Field(max_length=35)
    goals: list[str] = json_column()
    pickup_rule: PickupRule | None = one_of(PickupRule, nullable=True)
    allergy: bool = Field(default=False)
    tutor_gender: GenderWanted | None = one_of(GenderWanted, nullable=True)
    guardian_name: str | None = Field(default=None, max_length=120)
    guardian_phone: str | None = Field(default=None, max_length=20)
    guardian_language: str | None = Field(default=None, max_length=35)
    guardian_email: str | None = Field(default=None, max_length=254)
    purge_on: date | None = Field(default=None, index=True)
    erased_on: date | None = Field(default=None)


class GuardianConsent(Aggregate, table=True):
    """A guardian's yes to one thing, in force from the day it was signed to the day before it was taken back."""

    __tablename__ = "guardian_consent"
    __table_args__ = (sa.CheckConstraint("revoked_on >= signed_on", name="order"),)

    learner_id: UUID = reference("learner.id")
    scope: ConsentScope = one_of(ConsentScope)
    signed_on: date
    language: str = Field(max_length=35)
    revoked_on: date | None = Field(default=None)


class LearnerGuardianDraft(Draft):
    """Whom to telephone about a child, and in which language; with an address she is written to as well."""

    name: Line
    phone: Phone
    language: LanguageTag
    email: Email | None = None


class LearnerGuardianPatch(Patch):
    """A correction of whom to telephone; what is not sent stays. For another person say the address too, or null."""

    clearable = frozenset({"email"})

    name: Line | None = None
    phone: Phone | None = None
    language: LanguageTag | None = None
    email: Email | None = None


_WISH = "A wish for the tutor, told to nobody who teaches"


class LearnerCreate(Draft):
    """A learner. A child has a guardian and a way home."""

    organization_id: Id | None = Described(default=None, description="Needed from staff; else the caller's own")
    first_name: Line
    school_stage: Annotated[SchoolStage, LOOSE]
    native_language: LanguageTag
    goals: list[Annotated[Goal, LOOSE]] = Described(default_factory=list, max_length=5)
    pickup_rule: Annotated[PickupRule, LOOSE] | None = None
    allergy: bool = False
    tutor_gender: Annotated[GenderWanted, LOOSE] | None = Described(default=None, description=_WISH)
    guardian: LearnerGuardianDraft | None = None


class LearnerPatch(Patch):
    """A correction of what is known of a learner; a wish for the tutor is withdrawn with null."""

    clearable = frozenset({"tutor_gender"})

    first_name: Line | None = None
    native_language: LanguageTag | None = None
    goals: list[Annotated[Goal, LOOSE]] | None = Described(default=None, max_length=5)
    pickup_rule: Annotated[PickupRule, LOOSE] | None = None
    allergy: bool | None = None
    tutor_gender: Annotated[GenderWanted, LOOSE] | None = Described(default=None, description=_WISH)
    guardian: LearnerGuardianPatch | None = None


class ConsentCreate(Draft):
    """What a guardian signed, scope by scope, and in which language the form was."""

    scopes: list[Annotated[ConsentScope, LOOSE]] = Described(min_length=1, max_length=4)
    signed_on: Day
    language: LanguageTag


class GuardianView(Draft):
    """Whom to telephone about a child."""

    name: str
    phone: str
    language: str
    email: str | None


class ConsentView(ObjectView):
    """A guardian's consent to one thing."""

    scope: ConsentScope
    signed_on: Day
    language: str
    revoked_on: Day | None
    in_force: bool


class LearnerView(ObjectView):
    """A learner as those see her who run her classroom."""

    organization_id: UUID
    first_name: str
    school_stage: SchoolStage
    native_language: str
    goals: list[Goal]
    pickup_rule: PickupRule | None
    allergy: bool
    tutor_gender: GenderWanted | None
    guardian: GuardianView | None
    consents_in_force: list[ConsentScope]
