"""Guests and the households they come to: from the wish to the day it was held, and by whose consent."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.client import DisclosurePurpose
from models.fields import LOOSE, Code, Day, Draft, Id, Instant, LanguageTag, Line, ObjectView, Patch, Phone, View
from models.host import HomeTrait, HostKind, Traits
from models.shift import WhyNot


class StayStatus(StrEnum):
    """Asked for, proposed to a household, accepted by it, confirmed by the office, held; or what else became of it."""

    REQUESTED = "requested"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    HELD = "held"
    CANCELLED = "cancelled"
    DECLINED = "declined"


WITH_HOST = frozenset({StayStatus.PROPOSED, StayStatus.ACCEPTED, StayStatus.CONFIRMED})
"""A household knows of the guest: only with the guest's consent in force."""
TAKES_TIME = frozenset({StayStatus.ACCEPTED, StayStatus.CONFIRMED, StayStatus.HELD})
"""From her yes on the time is the head's commitment."""
OVER = frozenset({StayStatus.HELD, StayStatus.CANCELLED, StayStatus.DECLINED})
"""Nobody needs to reach the guest any more."""


def _listed(states: frozenset[StayStatus]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


class HostStay(Aggregate, table=True):
    """A visit or a stay, in `[starts_at, ends_at)`. `guests` counts everybody who comes, `minors` says whether some are children.

    The consent is the guest's, to be told to a household; the guest's name is a row apart.
    """

    __tablename__ = "host_stay"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("guests BETWEEN 1 AND 10", name="guests"),
        sa.CheckConstraint(
            f"status NOT IN ({_listed(WITH_HOST)}) OR (consented_on IS NOT NULL AND consent_revoked_on IS NULL)",
            name="consent",
        ),
        sa.CheckConstraint(
            f"(status IN ({_listed(WITH_HOST | {StayStatus.HELD})}) AND host_id IS NOT NULL)"
            " OR (status IN ('cancelled', 'declined', 'requested') AND host_id IS NULL)",
            name="host",
        ),
    )

    kind: HostKind = one_of(HostKind)
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    guests: int
    minors: bool = Field(default=False)
    languages: list[str] = json_column()
    avoids: list[str] = json_column()
    district_code: str | None = Field(default=None, max_length=40, foreign_key="district.code", ondelete="RESTRICT")
    status: StayStatus = one_of(StayStatus, index=True)
    host_id: UUID | None = reference("host.id", nullable=True)
    consented_on: date | None = Field(default=None)
    consent_revoked_on: date | None = Field(default=None)
    end_reason: str | None = Field(default=None, max_length=120)

    @property
    def may_be_told(self) -> bool:
        """Whether the guest's consent is in force."""
        return self.consented_on is not None and self.consent_revoked_on is None


class HostAnswer(StrEnum):
    """What a household said to a guest it was asked for; `released` where it was not its own doing."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    GIVEN_BACK = "given_back"
    RELEASED = "released"


UNWILLING = frozenset({HostAnswer.DECLINED, HostAnswer.GIVEN_BACK})
"""Whoever said so is not asked again for the same guest."""


class HostProposal(Row, table=True):
    """A household that was asked for a guest, and what it said."""

    __tablename__ = "host_proposal"

    stay_id: UUID = reference("host_stay.id")
    host_id: UUID = reference("host.id")
    proposed_at: datetime = instant()
    answer: HostAnswer | None = one_of(HostAnswer, nullable=True)
    answered_at: datetime | None = instant(nullable=True)


class GuestIdentity(Row, table=True):
    """A guest's name and telephone, encrypted; purged as clients' are, 30 days after the stay (domain.md §9 rule 9)."""

    __tablename__ = "guest_identity"

    stay_id: UUID = reference("host_stay.id", unique=True)
    sealed: str = Field(sa_type=sa.Text)
    written_at: datetime = instant()
    purge_on: date | None = Field(default=None, index=True)


Guests = Annotated[int, Described(ge=1, le=10, description="Everybody who comes")]
Languages = Annotated[list[LanguageTag], Described(min_length=1, max_length=10, description="Of the guests")]


class StayCreate(Draft):
    """A guest who would like to come; who it is is written by its own path."""

    kind: Annotated[HostKind, LOOSE]
    starts_at: Instant
    ends_at: Instant
    guests: Guests
    minors: bool = Described(default=False, description="Children among the guests")
    languages: Languages
    avoids: Traits = Described(default_factory=list)
    district_code: Code | None = Described(default=None, description="Where the guest would like to be")


class StayPatch(Patch):
    """A correction before any household is asked."""

    clearable = frozenset({"district_code"})

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    guests: Guests | None = None
    minors: bool | None = None
    languages: Languages | None = None
    avoids: Traits | None = None
    district_code: Code | None = None


class GuestConsent(Draft):
    """The guest agreed to be told to a household, or (null) takes it back."""

    signed_on: Day | None


class GuestDraft(Draft):
    """Who the guest is; written here, never echoed."""

    name: Line
    phone: Phone | None = None


class GuestDisclosure(Draft):
    """Why the identity is read; a missing purpose is refused with `PRIV_PURPOSE`."""

    purpose: Annotated[DisclosurePurpose, LOOSE] | None = None


class GuestView(View):
    """A disclosed identity; the reading has been logged."""

    name: str
    phone: str | None


class StayProposal(Draft):
    """Which household is asked."""

    host_id: Id


class HostReason(View):
    """Points for one criterion, and the fact behind them."""

    criterion: str
    points: int
    detail: str


class HostCandidate(View):
    """A household ranked for a guest, or barred and by what."""

    host_id: UUID
    volunteer_id: UUID
    display_name: str
    eligible: bool
    score: int | None
    reasons: list[HostReason]
    violations: list[WhyNot]
    conditions: list[WhyNot] = Described(description="What must be mended before it is confirmed")


class StayView(ObjectView):
    """A visit or stay. The head of its household sees what she needs to receive the guest."""

    kind: HostKind
    starts_at: Instant
    ends_at: Instant
    guests: int
    minors: bool
    languages: list[str]
    avoids: list[HomeTrait]
    status: StayStatus
    host_id: UUID | None
    answer_by: Instant | None = Described(
        default=None, description="While a household is asked: until when its answer is hoped for"
    )
    district_code: str | None = Described(default=None, description="Staff only")
    consented_on: Day | None = Described(default=None, description="Staff only")
    consent_revoked_on: Day | None = Described(default=None, description="Staff only")
    identity_on_file: bool | None = Described(default=None, description="Staff only")
    end_reason: str | None = Described(default=None, description="Staff only")
