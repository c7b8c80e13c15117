"""Kinds of service as versioned data, languages, skills, and the weights of the ranking: what coordinators change."""

from datetime import date
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field, SQLModel

from models.base import Aggregate, json_column, one_of
from models.competence import Level
from models.fields import Day, ObjectView, Patch, View
from models.shift import ClaimPolicy


class Language(SQLModel, table=True):
    """A language that can be asked for or offered; the tag is BCP 47."""

    tag: str = Field(primary_key=True, max_length=35)
    names: dict[str, str] = json_column(dict)
    position: int


class Skill(SQLModel, table=True):
    """A skill of the code list."""

    code: str = Field(primary_key=True, max_length=40)
    names: dict[str, str] = json_column(dict)
    position: int


class Weight(SQLModel, table=True):
    """Points that a soft criterion of the ranking can give."""

    criterion: str = Field(primary_key=True, max_length=40)
    points: int


class ServiceType(Aggregate, table=True):
    """One version of a kind of service, in force from `valid_from` to `valid_to` (both included).

    Minutes are minutes of service; `lead_business_days` counts business days of the office; ages are in months.
    `age_windows` maps `default` or a kind of check-up to `[first, last]` month; `age_window_binds` tells whether a
    child outside it needs an override (newborn visits) or only a warning (check-ups). `sensitive` services show to
    volunteers as a consultation until they are confirmed. `equivalents` says which tags meet a request for a tag.
    Who interprets must have watched `shadowings` times, and who does so alone have done so `pairings` times beside
    another, in the language; 0 asks for nothing.
    """

    __tablename__ = "service_type"
    __table_args__ = (sa.UniqueConstraint("code", "valid_from"),)

    code: str = Field(max_length=40, index=True)
    valid_from: date
    valid_to: date | None = Field(default=None)
    enabled: bool = Field(default=True)
    names: dict[str, str] = json_column(dict)
    default_minutes: int
    max_minutes: int
    hard_max_minutes: int
    office_hours_only: bool = Field(default=True)
    lead_business_days: int
    min_level: Level = one_of(Level)
    required_certs: list[str] = json_column()
    required_skills: list[str] = json_column()
    min_age: int = Field(default=18)
    claim_policy: ClaimPolicy = one_of(ClaimPolicy)
    at_home: bool = Field(default=False)
    staff_must_accompany: bool = Field(default=False)
    standby: bool = Field(default=False)
    sensitive: bool = Field(default=False)
    child_safety_required: bool = Field(default=False)
    allowed_venue_kinds: list[str] = json_column()
    age_windows: dict[str, list[int]] = json_column(dict)
    age_window_binds: bool = Field(default=False)
    equivalents: dict[str, list[str]] = json_column(dict)
    shadowings: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    pairings: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


Times = Annotated[int, Described(ge=0, le=99)]


class ServiceTypeView(View):
    """A kind of service and its rules; minutes, business days of the office, ages in months."""

    id: UUID
    version: int
    code: str
    name: str
    names: dict[str, str]
    valid_from: Day
    valid_to: Day | None
    enabled: bool
    default_minutes: int
    max_minutes: int
    hard_max_minutes: int
    office_hours_only: bool
    lead_business_days: int
    min_level: Level
    required_certs: list[str]
    required_skills: list[str]
    claim_policy: ClaimPolicy
    at_home: bool
    staff_must_accompany: bool
    standby: bool
    allowed_venue_kinds: list[str]
    age_windows: dict[str, list[int]]
    shadowings: int = Described(description="Times that somebody must have watched before she interprets")
    pairings: int = Described(description="Times beside another before she interprets alone")


class ServiceTypePatch(Patch):
    """The steps that a kind of service asks for; they hold at once, for shifts that are open already too."""

    shadowings: Times = 0
    pairings: Times = 0


class LanguageEntry(View):
    """A language of the list."""

    tag: str
    name: str = Described(description="In the caller's language where known")
    names: dict[str, str]


class SkillEntry(View):
    """A skill of the list."""

    code: str
    name: str
    names: dict[str, str]


class ServiceTypeDetail(ObjectView, ServiceTypeView):
    """A kind of service as a single object."""
