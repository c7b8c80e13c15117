"""Shifts and their demands: the one unit that people are matched to."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field, SQLModel

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.cascade import CascadeView
from models.competence import Level
from models.fields import LOOSE, Code, Draft, Id, Instant, LanguageTag, Line, ObjectView, Places, View


class ShiftKind(StrEnum):
    """What opened the shift."""

    ACTIVITY = "activity"
    CLASS_SESSION = "class_session"
    DISPATCH = "dispatch"
    EVENT = "event"
    LECTURE = "lecture"
    TRAINING = "training"


class ShiftRole(StrEnum):
    """What people do on a shift that the office opens itself."""

    INTERPRETER = "interpreter"
    HELPER = "helper"
    GUIDE = "guide"
    LECTURER = "lecturer"
    READER = "reader"
    TUTOR = "tutor"


class Modality(StrEnum):
    """How the interpreter takes part."""

    ON_SITE = "on_site"
    PHONE = "phone"
    VIDEO = "video"


class ClaimPolicy(StrEnum):
    """Whether volunteers may take a place themselves."""

    OPEN = "open"
    APPROVAL = "approval"
    OFFER_ONLY = "offer_only"


class ShiftStatus(StrEnum):
    """domain.md §0.1."""

    PLANNED = "planned"
    OPEN = "open"
    FILLED = "filled"
    IN_PROGRESS = "in_progress"
    ENDED = "ended"
    CANCELLED = "cancelled"


HAS_COMPANY = frozenset({ShiftStatus.OPEN, ShiftStatus.FILLED})
"""Shifts to come beside whose people somebody may learn."""
TRAINEE = "trainee"
"""The role of a demand whose places are for learning beside somebody: they fill nothing (domain.md §0)."""


class GenderWanted(StrEnum):
    """A requirement that narrows matching and is never shown to volunteers."""

    FEMALE = "female"
    MALE = "male"


class Shift(Aggregate, table=True):
    """A fixed time and place. `source_id` names the row of `source_type` that opened it, `turn` which of its shifts it is.

    `title` says what it is where the kind alone would not. Offers of waves before `asks_from_wave` asked for something else: they keep nobody from being asked again.
    """

    __table_args__ = (
        sa.UniqueConstraint("source_type", "source_id", "turn"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("turn >= 1", name="turn"),
        sa.Index("ix_shift_status_starts_at", "status", "starts_at"),
    )

    kind: ShiftKind = one_of(ShiftKind)
    source_type: str = Field(max_length=40)
    source_id: UUID
    turn: int = Field(default=1)
    title: str | None = Field(default=None, max_length=120)
    service_type_id: UUID | None = reference("service_type.id", nullable=True)
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    facility_id: UUID | None = reference("facility.id", nullable=True)
    district_code: str | None = reference("district.code", nullable=True)
    modality: Modality = one_of(Modality)
    claim_policy: ClaimPolicy = one_of(ClaimPolicy)
    status: ShiftStatus = one_of(ShiftStatus)
    asks_from_wave: int | None = Field(default=None)


class Demand(Row, table=True):
    """Places of a shift and what each needs. `taken` counts the assignments that hold a place."""

    __table_args__ = (
        sa.CheckConstraint("taken >= 0 AND taken <= places", name="taken"),
        sa.CheckConstraint("places >= 1", name="places"),
    )

    shift_id: UUID = reference("shift.id")
    role: str = Field(max_length=40)
    places: int
    taken: int = Field(default=0)
    language: str | None = Field(default=None, max_length=35)
    min_level: str | None = Field(default=None, max_length=8)
    certifications: list[str] = json_column()
    skills: list[str] = json_column()
    gender_requirement: GenderWanted | None = one_of(GenderWanted, nullable=True)
    min_age: int = Field(default=18)
    child_safety: bool = Field(default=False)


class DemandLanguage(SQLModel, table=True):
    """A tag that meets a demand: the one asked for, and those the service type counts as equal."""

    __tablename__ = "demand_language"

    demand_id: UUID = Field(foreign_key="demand.id", primary_key=True)
    tag: str = Field(max_length=35, primary_key=True, index=True)


class TraineePlaces(Draft):
    """Places to learn on a shift, beside those who hold places of one of its demands."""

    demand_id: Id
    places: Places


Heads = Annotated[int, Described(ge=1, le=200)]


class DemandPlaces(Draft):
    """How many places one of a shift's demands has from now on."""

    demand_id: Id
    places: Heads


class DemandDraft(Draft):
    """Places of one role and what each needs; `min_age` below 18 is for minors, whose guardians agreed on registration."""

    role: Annotated[ShiftRole, LOOSE]
    places: Heads
    language: LanguageTag | None = None
    min_level: Annotated[Level, LOOSE] | None = None
    skills: list[Code] = Described(default_factory=list, max_length=10)
    certifications: list[Code] = Described(default_factory=list, max_length=10)
    min_age: int = Described(default=18, ge=16, le=20)


Demands = Annotated[list[DemandDraft], Described(min_length=1, max_length=20)]


class ShiftCreate(Draft):
    """A shift that no request opens: a turn of an event, or another activity with a title of its own.

    Time and place of a turn are those of its event where they are not given. It is planned until it is opened; the turn
    of an event that is open is open at once.
    """

    event_id: Id | None = None
    title: Line | None = Described(default=None, description="Needed unless it is the turn of an event")
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    facility_id: Id | None = None
    district: Code | None = None
    modality: Annotated[Modality, LOOSE] = Modality.ON_SITE
    claim_policy: Annotated[ClaimPolicy, LOOSE] = ClaimPolicy.OPEN
    for_children: bool = Described(default=False, description="Only who is cleared for work with children may come")
    demands: Demands


class DemandView(View):
    """Places of one role in one language."""

    id: UUID
    role: str
    language: str | None
    min_level: str | None
    places: int
    taken: int | None = Described(description="Null with an assignment that has ended")
    certifications: list[str]


class FacilityName(View):
    """A place by name."""

    id: UUID
    name: str


class WhyNot(View):
    """A rule that keeps this caller from the shift, or wants a consent first: code, class, wording, facts."""

    code: str
    rule_class: str = Described(serialization_alias="class")
    detail: str


class ShiftView(ObjectView):
    """A shift as this caller may see it; what need-to-know withholds is null or absent (docs/permissions.md)."""

    kind: ShiftKind
    title: str | None = Described(default=None, description="What it is, where the kind alone does not say it")
    service_type: str = Described(description="`consultation` where the kind is withheld until confirmation")
    starts_at: Instant
    ends_at: Instant
    district: str | None
    facility: FacilityName | None
    modality: Modality
    claim_policy: ClaimPolicy
    status: ShiftStatus | None = Described(
        description="Null with an assignment that has ended: what became of the shift is told at the shift, if at all"
    )
    demands: list[DemandView]
    request_id: UUID | None = Described(default=None, description="Staff and the requester only")
    event_id: UUID | None = Described(default=None, description="Staff only: the event whose turn it is")
    engagement_id: UUID | None = Described(default=None, description="Staff only: the lecture that it is for")
    cascades: list[CascadeView] = Described(
        default_factory=list, description="Staff only: the latest waves of each demand"
    )
    why_not: list[WhyNot] = Described(default_factory=list, description="For a volunteer: what bars her")
    consent_needed: list[str] = Described(
        default_factory=list, description="For a volunteer: rules she may waive by naming them in `consents`"
    )
