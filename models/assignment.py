"""Who stands on a shift, and the one calendar row of whatever takes a person's time."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.advisory_visit import VisitStatus, VisitTopic
from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.dispatch_request import Escort, OnsiteContact
from models.fields import LOOSE, Day, Draft, Id, Instant, Line, ObjectView, OnBehalf, Override, View
from models.guards import no_overlap
from models.host import HostKind
from models.host_stay import StayStatus
from models.shift import FacilityName, ShiftView
from models.training import EnrollmentStatus


class AssignmentStatus(StrEnum):
    """domain.md §0.1."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    STANDIN_WANTED = "standin_wanted"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


HOLDING = frozenset(
    {
        AssignmentStatus.TENTATIVE,
        AssignmentStatus.CONFIRMED,
        AssignmentStatus.STANDIN_WANTED,
        AssignmentStatus.CHECKED_IN,
        AssignmentStatus.COMPLETED,
    }
)
"""States that hold time and place."""

BRIEFED = HOLDING - {AssignmentStatus.TENTATIVE}
"""States in which the volunteer has been told the place: the briefing comes with the confirmation."""

ANNOUNCED = BRIEFED | {AssignmentStatus.NO_SHOW}
"""States in which the institution knows by badge name who comes, came, or should have come."""


RECONFIRM = "ASG_RECONFIRM"
"""The condition of somebody who is asked whether she keeps a place that has changed."""


class Via(StrEnum):
    """By which door somebody came to stand on a shift."""

    CLAIM = "claim"
    OFFER = "offer"
    HAND = "hand"
    PLAN = "plan"


BY_THE_OFFICE = frozenset({Via.HAND, Via.PLAN})
"""Doors at which she did not consent to anything by coming."""


CALLED_OFF = "cancelled"
"""`end_reason` of who was released because the whole shift was called off."""


class Assignment(Aggregate, table=True):
    """A person on a demand of a shift; `conditions` are `{code, due_on}` still to be met, `flags` the codes of rules
    that held when she came and hold no longer. Of a no-show, `end_reason` is the party that did not come and
    `before_no_show` the state that a correction leads back to."""

    __table_args__ = (
        sa.Index("ix_assignment_volunteer_status", "volunteer_id", "status"),
        sa.Index("ix_assignment_shift_status", "shift_id", "status"),
    )

    shift_id: UUID = reference("shift.id", index=False)
    demand_id: UUID = reference("demand.id")
    volunteer_id: UUID = reference("volunteer.id", index=False)
    via: Via = one_of(Via)
    status: AssignmentStatus = one_of(AssignmentStatus)
    conditions: list[dict[str, Any]] = json_column()
    overrides: list[dict[str, Any]] = json_column()
    consents: list[str] = json_column()
    substituted_for: UUID | None = reference("assignment.id", nullable=True)
    confirmed_at: datetime | None = instant(nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    end_reason: str | None = Field(default=None, max_length=40)
    flags: list[str] | None = Field(default=None, sa_type=sa.JSON, nullable=True)
    end_note: str | None = Field(default=None, max_length=120)
    checked_in_at: datetime | None = instant(nullable=True)
    completed_at: datetime | None = instant(nullable=True)
    before_no_show: str | None = Field(default=None, max_length=32)


class BookingSource(StrEnum):
    """What takes a person's time."""

    ASSIGNMENT = "assignment"
    ENROLLMENT = "enrollment"
    ADVISORY_VISIT = "advisory_visit"
    HOST_STAY = "host_stay"


class Booking(Row, table=True):
    """The one calendar: time taken from a person over `[starts_at, ends_at)`; the database forbids active overlap."""

    __table_args__ = (
        sa.UniqueConstraint("source_type", "source_id"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.Index("ix_booking_volunteer_active_starts", "volunteer_id", "active", "starts_at"),
    )

    volunteer_id: UUID = reference("volunteer.id", index=False)
    source_type: BookingSource = one_of(BookingSource)
    source_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    active: bool = Field(default=True)


BOOKING_GUARD = no_overlap("booking", key="volunteer_id", starts="starts_at", ends="ends_at", where="active")
BOOKING_GUARD.attach()


class ClaimCreate(Draft):
    """A volunteer takes a place. `consents` names the waivable rules she has read in a refusal and accepts."""

    demand_id: Id | None = None
    consents: list[str] = Described(default_factory=list, max_length=10)


class AssignmentCreate(Draft):
    """A coordinator assigns by hand. Waivable rules want an override with `consent_at`, the others a reason."""

    volunteer_id: Id
    demand_id: Id | None = None
    overrides: list[Override] = Described(default_factory=list, max_length=10)
    on_behalf: OnBehalf | None = None


class WithdrawReason(StrEnum):
    """Why a volunteer gives a place back; `acquaintance` is known to staff only and counts against nobody."""

    ILLNESS = "illness"
    ACQUAINTANCE = "acquaintance"
    OTHER = "other"


class Withdrawal(Draft):
    """Give the place back; it is free at once."""

    reason: Annotated[WithdrawReason, LOOSE] = WithdrawReason.OTHER
    on_behalf: OnBehalf | None = None


class AssignmentVerb(Draft):
    """A verb on an assignment that needs nothing more."""

    on_behalf: OnBehalf | None = None


class Keeping(AssignmentVerb):
    """Keep the place; `consents` names the waivable rules she accepts where it has changed."""

    consents: list[str] = Described(default_factory=list, max_length=10)


class Party(StrEnum):
    """One side of an activity: who comes to interpret, or for whom."""

    VOLUNTEER = "volunteer"
    CLIENT = "client"


class NoShow(Draft):
    """Somebody did not come, after a wait of 15 minutes."""

    party: Annotated[Party, LOOSE]
    on_behalf: OnBehalf | None = None


class NoShowCorrection(Draft):
    """Somebody came after all (`party` null), or it was the other side that did not."""

    party: Annotated[Party, LOOSE] | None
    reason: Line


class ConditionView(View):
    """Something to be mended before the date, or the place is released."""

    code: str
    due_on: Day
    detail: str


class AssignmentView(ObjectView):
    """A person on a shift, in short."""

    collection: ClassVar[str] = "/v1/assignments"

    shift_id: UUID
    demand_id: UUID
    volunteer_id: UUID | None = Described(description="Null for a requester, who sees the badge name only")
    badge_name: str
    status: AssignmentStatus
    via: Via
    conditions: list[ConditionView]
    substituted_for: UUID | None = None
    confirmed_at: Instant | None
    ended_at: Instant | None
    checked_in_at: Instant | None = None
    completed_at: Instant | None = None
    no_show_party: Party | None = Described(default=None, description="Of a no-show: who did not come")
    end_reason: str | None = Described(default=None, description="Staff and the volunteer herself only")
    end_note: str | None = Described(default=None, description="Why the office ended it, in words; staff only")
    overrides: list[dict[str, Any]] | None = Described(default=None, description="Staff only")
    flags: list[str] | None = Described(default=None, description="Staff only: rules that hold no longer, by code")


class ClientGlimpse(View):
    """What the confirmed volunteer knows of a family: reference, the child's age in months, time band."""

    client_ref: str
    age_months: int
    time_band: str | None


class Briefing(View):
    """What comes with the confirmation: place, contact, escort, ages. The home's address is a disclosure of its own."""

    meeting_point: str
    onsite_contact: OnsiteContact | None = Described(default=None, description="From 3 days before to 1 day after")
    escort: Escort | None = Described(default=None, description="From 3 days before to 1 day after")
    note: str
    topics: list[str]
    clients: list[ClientGlimpse]
    request_id: UUID | None


class AssignmentDetail(AssignmentView):
    """An assignment with its shift, and for those who need it the briefing."""

    shift: ShiftView
    briefing: Briefing | None = None


class OwnTraining(View):
    """A training in which somebody has her seat."""

    enrollment_id: UUID
    session_id: UUID
    title: str
    status: EnrollmentStatus
    facility: FacilityName | None = Described(description="Null where it is held online")
    online_url: str | None


class OwnStay(View):
    """Guests whom somebody said yes to, as head of her household."""

    stay_id: UUID
    kind: HostKind
    status: StayStatus
    guests: int
    minors: bool
    languages: list[str]


class OwnVisit(View):
    """A classroom that somebody visits as an expert."""

    visit_id: UUID
    classroom_name: str
    topics: list[VisitTopic]
    status: VisitStatus


class ScheduleEntry(View):
    """One entry of a volunteer's calendar, one of: an assignment with its shift, a training, guests, a visit as an expert."""

    starts_at: Instant
    ends_at: Instant
    assignment_id: UUID | None = None
    status: AssignmentStatus | None = None
    shift: ShiftView | None = None
    briefing: Briefing | None = None
    training: OwnTraining | None = None
    host_stay: OwnStay | None = None
    advisory_visit: OwnVisit | None = None
