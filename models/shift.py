"""Shifts and their demands: the one unit that people are matched to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field, SQLModel

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.cascade import CascadeView
from models.fields import Draft, Id, Instant, ObjectView, Places, View


class ShiftKind(StrEnum):
    """What opened the shift."""

    CLASS_SESSION = "class_session"
    DISPATCH = "dispatch"
    TRAINING = "training"


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


TRAINEE = "trainee"
"""The role of a demand whose places are for learning beside somebody: they fill nothing (domain.md §0)."""


class GenderWanted(StrEnum):
    """A requirement that narrows matching and is never shown to volunteers."""

    FEMALE = "female"
    MALE = "male"


class Shift(Aggregate, table=True):
    """A fixed time and place. `source_id` names the row of `source_type` that opened it.

    Offers of waves before `asks_from_wave` asked for something else: they keep nobody from being asked again.
    """

    __table_args__ = (
        sa.UniqueConstraint("source_type", "source_id"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.Index("ix_shift_status_starts_at", "status", "starts_at"),
    )

    kind: ShiftKind = one_of(ShiftKind)
    source_type: str = Field(max_length=40)
    source_id: UUID
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
    cascades: list[CascadeView] = Described(
        default_factory=list, description="Staff only: the latest waves of each demand"
    )
    why_not: list[WhyNot] = Described(default_factory=list, description="For a volunteer: what bars her")
    consent_needed: list[str] = Described(
        default_factory=list, description="For a volunteer: rules she may waive by naming them in `consents`"
    )
