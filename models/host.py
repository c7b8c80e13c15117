"""Households that invite guests: for some hours (home visit) or for nights (homestay)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, json_column, one_of, reference
from models.fields import LOOSE, Code, Day, Draft, Id, LanguageTag, ObjectView, OnBehalf, Patch, View


class HostKind(StrEnum):
    """How long a guest stays: some hours of a day, or nights."""

    HOME_VISIT = "home_visit"
    HOMESTAY = "homestay"


class HostStatus(StrEnum):
    """Registered until the office has seen the home; guests come to an active one alone."""

    REGISTERED = "registered"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class HomeTrait(StrEnum):
    """What some guests cannot live with; nothing else of a home is written down."""

    CAT = "cat"
    DOG = "dog"
    OTHER_PET = "other_pet"
    SMOKING = "smoking"


class Host(Aggregate, table=True):
    """A household with a volunteer as its head. `dates` holds pairs of first and last day (ISO); none: not told yet.

    `home_seen_on` is when the office last saw the home. `capacity` counts the guests of one stay.
    """

    __table_args__ = (
        sa.CheckConstraint("household_size >= 1", name="household_size"),
        sa.CheckConstraint("capacity BETWEEN 1 AND 10", name="capacity"),
        sa.CheckConstraint("home_seen_on IS NOT NULL OR status <> 'active'", name="seen"),
        sa.CheckConstraint("district_code IS NOT NULL OR status = 'ended'", name="district"),
        sa.Index(
            "uq_host_volunteer_id",
            "volunteer_id",
            unique=True,
            sqlite_where=sa.text("status <> 'ended'"),
            postgresql_where=sa.text("status <> 'ended'"),
        ),
    )

    volunteer_id: UUID = reference("volunteer.id", index=False)
    kinds: list[str] = json_column()
    household_size: int
    has_children: bool
    languages: list[str] = json_column()
    traits: list[str] = json_column()
    capacity: int
    district_code: str | None = Field(default=None, max_length=40, foreign_key="district.code", ondelete="RESTRICT")
    dates: list[Any] = json_column()
    status: HostStatus = one_of(HostStatus, index=True)
    home_seen_on: date | None = Field(default=None)

    def offers(self) -> list[tuple[date, date]]:
        """Return the first and last day of each time at which guests may come."""
        return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in self.dates]


Kinds = Annotated[list[Annotated[HostKind, LOOSE]], Described(min_length=1, max_length=len(HostKind))]
Size = Annotated[int, Described(ge=1, le=20, description="Everybody who lives there")]
Tongues = Annotated[list[LanguageTag], Described(min_length=1, max_length=10, description="Spoken by somebody there")]
Traits = Annotated[list[Annotated[HomeTrait, LOOSE]], Described(max_length=len(HomeTrait))]
Capacity = Annotated[int, Described(ge=1, le=10, description="Guests at one time")]


class OpenDates(Draft):
    """Days on which guests may come, both included."""

    first_on: Day
    last_on: Day


class OpenDatesList(Draft):
    """All the times at which a household can host; an empty list says that nothing is known."""

    items: list[OpenDates] = Described(max_length=60)


class HostCreate(Draft):
    """A household to be registered; its head offers the activity `home_visit_host`."""

    volunteer_id: Id
    kinds: Kinds
    household_size: Size
    has_children: bool
    languages: Tongues
    traits: Traits = Described(default_factory=list)
    capacity: Capacity
    district_code: Code


class HostPatch(Patch):
    """A correction of a household."""

    kinds: Kinds | None = None
    household_size: Size | None = None
    has_children: bool | None = None
    languages: Tongues | None = None
    traits: Traits | None = None
    capacity: Capacity | None = None
    district_code: Code | None = None


class HostActivation(Draft):
    """The office has seen the home."""

    home_seen_on: Day


class HostVerb(Draft):
    """A verb of the head's own, or entered by staff for her."""

    on_behalf: OnBehalf | None = None


class OpenDatesView(View):
    """Days on which guests may come, both included."""

    first_on: Day
    last_on: Day


class HostView(ObjectView):
    """A household, without its address."""

    volunteer_id: UUID
    display_name: str
    kinds: list[HostKind]
    household_size: int
    has_children: bool
    languages: list[str]
    traits: list[HomeTrait]
    capacity: int
    district_code: str | None = Described(description="Null once nothing of the head may be kept any more")
    dates: list[OpenDatesView]
    status: HostStatus
    home_seen_on: Day | None
