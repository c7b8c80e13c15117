"""Groups that belong to the liaison council, and agreements with universities and neighbourhood associations."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, json_column, reference
from models.fields import Code, Day, Draft, Id, Line, Note, ObjectView, Patch


class MembershipStatus(StrEnum):
    """Whether a day of leaving is written."""

    MEMBER = "member"
    LEFT = "left"


class OrganizationMembership(Aggregate, table=True):
    """A group in the liaison council on the days of `[joined_on, left_on)`; indicator 3 counts these."""

    __tablename__ = "organization_membership"
    __table_args__ = (sa.CheckConstraint("left_on IS NULL OR joined_on < left_on", name="order"),)

    organization_id: UUID = reference("organization.id")
    joined_on: date
    left_on: date | None = Field(default=None)

    @property
    def status(self) -> MembershipStatus:
        """Whether it has left, or is to leave."""
        return MembershipStatus.MEMBER if self.left_on is None else MembershipStatus.LEFT

    def holds_on(self, day: date) -> bool:
        """Return whether the group is a member on a day."""
        return self.joined_on <= day and (self.left_on is None or day < self.left_on)


class PartnerAgreement(Aggregate, table=True):
    """What a university or neighbourhood association promised, on the days of `[starts_on, ends_on)`."""

    __tablename__ = "partner_agreement"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR starts_on < ends_on", name="order"),
        sa.CheckConstraint("volunteers >= 0", name="volunteers"),
    )

    organization_id: UUID = reference("organization.id")
    title: str = Field(max_length=120)
    starts_on: date
    ends_on: date | None = Field(default=None)
    volunteers: int = Field(default=0)
    districts: list[str] = json_column()
    note: str = Field(default="", max_length=1000)


class MembershipCreate(Draft):
    """A group that joins, or joined earlier; the day of leaving where it has left since."""

    organization_id: Id
    joined_on: Day
    left_on: Day | None = Described(default=None, description="The first day on which it is no member any more")


class MembershipPatch(Patch):
    """A correction of the days; null takes a day of leaving back."""

    clearable = frozenset({"left_on"})

    joined_on: Day | None = None
    left_on: Day | None = None


class MembershipEnd(Draft):
    """From which day on a group is no member any more."""

    left_on: Day


class MembershipView(ObjectView):
    """The membership of a group in the liaison council."""

    organization_id: UUID
    organization: str = Described(description="Its name")
    joined_on: Day
    left_on: Day | None
    status: MembershipStatus


Volunteers = Annotated[int, Described(ge=0, le=10_000, description="How many volunteers the partner sends at a time")]
Districts = Annotated[list[Code], Described(max_length=20)]


class AgreementCreate(Draft):
    """An agreement with a university or a neighbourhood association."""

    organization_id: Id
    title: Line
    starts_on: Day
    ends_on: Day | None = Described(default=None, description="The first day on which it does not hold any more")
    volunteers: Volunteers = 0
    districts: Districts = Described(default_factory=list)
    note: Note = ""


class AgreementPatch(Patch):
    """A correction, or the end of an agreement."""

    clearable = frozenset({"ends_on"})

    title: Line | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    volunteers: Volunteers | None = None
    districts: Districts | None = None
    note: Note | None = None


class AgreementView(ObjectView):
    """An agreement with a partner."""

    organization_id: UUID
    organization: str = Described(description="Its name")
    title: str
    starts_on: Day
    ends_on: Day | None
    in_force: bool = Described(description="Whether it holds today")
    volunteers: int
    districts: list[str]
    note: str
