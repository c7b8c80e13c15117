"""Organisations and their facilities, and the districts they lie in."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field, SQLModel

from models.base import Aggregate, Row, json_column, one_of, reference
from models.fields import LOOSE, Code, Day, Draft, Id, Kana, Line, ObjectView, Patch, View


class OrganizationKind(StrEnum):
    """Who takes part."""

    FOUNDATION = "foundation"
    CITY_SECTION = "city_section"
    HEALTH_CENTER = "health_center"
    SCHOOL = "school"
    BOARD = "board"
    UNIVERSITY = "university"
    NEIGHBORHOOD_ASSOCIATION = "neighborhood_association"
    NPO = "npo"
    EXCHANGE_GROUP = "exchange_group"
    HOSPITAL = "hospital"


class FacilityKind(StrEnum):
    """What a place is."""

    HEALTH_CENTER = "health_center"
    OFFICE = "office"
    COMMUNITY_HALL = "community_hall"
    CHILDRENS_HALL = "childrens_hall"
    ASSEMBLY_HALL = "assembly_hall"
    SCHOOL = "school"
    UNIVERSITY = "university"
    HOSPITAL = "hospital"


class District(SQLModel, table=True):
    """One of the plan's districts; coordinates (degrees) are a rough centre, for distances only."""

    code: str = Field(primary_key=True, max_length=40)
    names: dict[str, str] = json_column(dict)
    neighbours: list[str] = json_column()
    foreign_population: int
    as_of: date
    latitude: float
    longitude: float
    position: int


class PopulationStatistic(Row, table=True):
    """Residents of a language in a district on a day; below ten the district is withheld from volunteers."""

    __tablename__ = "population_statistic"
    __table_args__ = (sa.UniqueConstraint("language", "district_code", "as_of"),)

    language: str = Field(max_length=35)
    district_code: str = reference("district.code")
    as_of: date
    count: int


class Organization(Aggregate, table=True):
    """An institution: it asks for interpreters, lends rooms, sends students, or is the foundation itself."""

    name: str = Field(max_length=120, unique=True)
    kana: str = Field(default="", max_length=120)
    kind: OrganizationKind = one_of(OrganizationKind)
    lg_code: str | None = Field(default=None, max_length=6)


class Facility(Aggregate, table=True):
    """A place with a name; coordinates in degrees (WGS 84)."""

    organization_id: UUID = reference("organization.id")
    name: str = Field(max_length=120, unique=True)
    kana: str = Field(default="", max_length=120)
    kind: FacilityKind = one_of(FacilityKind)
    district_code: str = reference("district.code")
    address: str = Field(default="", max_length=200)
    latitude: float | None = Field(default=None)
    longitude: float | None = Field(default=None)
    capacity: int | None = Field(default=None)
    accessibility: list[str] = json_column()
    parking: bool = Field(default=False)
    meeting_point: str = Field(default="", max_length=120)


class OrganizationCreate(Draft):
    """An institution to be listed; `lg_code` has 6 digits with a check digit."""

    name: Line
    kana: Kana | None = None
    kind: Annotated[OrganizationKind, LOOSE]
    lg_code: str | None = Described(default=None, pattern=r"^[0-9]{6}$")


class OrganizationPatch(Patch):
    """A correction of an institution's entry."""

    clearable = frozenset({"lg_code"})

    name: Line | None = None
    kana: Kana | None = None
    lg_code: str | None = Described(default=None, pattern=r"^[0-9]{6}$")


class OrganizationView(ObjectView):
    """An institution."""

    name: str
    kana: str
    kind: OrganizationKind
    lg_code: str | None


class FacilityCreate(Draft):
    """A place of an institution; coordinates in degrees (WGS 84), both or neither."""

    organization_id: Id
    name: Line
    kana: Kana | None = None
    kind: Annotated[FacilityKind, LOOSE]
    district_code: Code
    address: Line | None = None
    latitude: float | None = Described(default=None, ge=-90, le=90)
    longitude: float | None = Described(default=None, ge=-180, le=180)
    capacity: int | None = Described(default=None, ge=1, le=100_000)
    accessibility: list[Code] = Described(default_factory=list, max_length=20)
    parking: bool = False
    meeting_point: Line | None = None


class FacilityPatch(Patch):
    """A correction of a place's entry. It cannot move to another district: what happened there would move along."""

    clearable = frozenset({"capacity", "latitude", "longitude"})

    name: Line | None = None
    kana: Kana | None = None
    address: Line | None = None
    latitude: float | None = Described(default=None, ge=-90, le=90)
    longitude: float | None = Described(default=None, ge=-180, le=180)
    capacity: int | None = Described(default=None, ge=1, le=100_000)
    accessibility: list[Code] | None = Described(default=None, max_length=20)
    parking: bool | None = None
    meeting_point: Line | None = None


class FacilityView(ObjectView):
    """A place."""

    organization_id: UUID
    name: str
    kana: str
    kind: FacilityKind
    district: str
    address: str
    latitude: float | None
    longitude: float | None
    capacity: int | None
    accessibility: list[str]
    parking: bool
    meeting_point: str


class DistrictView(View):
    """A district with its figures from the plan."""

    code: str
    name: str = Described(description="In the caller's language where known")
    names: dict[str, str]
    neighbours: list[str]
    foreign_population: int
    as_of: Day
