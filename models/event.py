"""Events: a time and place to which people are invited, with the shifts of those who help (domain.md §1, rows 9, 12, 23, 24, 36, 39)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.change_rule import Effect
from models.fields import LOOSE, ChangedView, Code, Draft, Id, Instant, Line, Note, ObjectView, Patch, View
from models.shift import ClaimPolicy, DemandDraft, DemandView, FacilityName, ShiftStatus


class EventKind(StrEnum):
    """What the event is."""

    FESTIVAL = "festival"
    CAMP = "camp"
    STUDENT_ORIENTATION = "student_orientation"
    TRAINEE_ORIENTATION = "trainee_orientation"
    DISASTER_DRILL = "disaster_drill"
    CHILDREN_EXCHANGE = "children_exchange"
    LIAISON_MEETING = "liaison_meeting"
    GUIDANCE_EVENT = "guidance_event"


class EventStatus(StrEnum):
    """From the plan to the last note."""

    PLANNED = "planned"
    OPEN = "open"
    HELD = "held"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Event(Aggregate, table=True):
    """One event. What it asks of everybody who helps: `required_certifications`, and the certificates of the bundle of
    courses in `required_courses`. `meeting_point` and `note` are for those who are confirmed. `visitors` came."""

    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("visitors >= 0", name="visitors"),
        sa.Index("ix_event_status_ends_at", "status", "ends_at"),
    )

    kind: EventKind = one_of(EventKind)
    title: str = Field(max_length=120)
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    facility_id: UUID | None = reference("facility.id", nullable=True)
    district_code: str | None = reference("district.code", nullable=True)
    meeting_point: str = Field(default="", max_length=120)
    note: str = Field(default="", max_length=1000)
    for_children: bool = Field(default=False)
    claim_policy: ClaimPolicy = one_of(ClaimPolicy)
    required_certifications: list[str] = json_column()
    required_courses: list[str] = json_column()
    status: EventStatus = one_of(EventStatus)
    status_reason: str | None = Field(default=None, max_length=120)
    visitors: int | None = Field(default=None)


class MeetingAttendance(Row, table=True):
    """A member group that was at a meeting of the liaison council, with how many people."""

    __tablename__ = "meeting_attendance"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "organization_id"),
        sa.CheckConstraint("persons >= 1", name="persons"),
    )

    event_id: UUID = reference("event.id", index=False)
    organization_id: UUID = reference("organization.id")
    persons: int = Field(default=1)


Codes = Annotated[list[Code], Described(max_length=10)]


class EventCreate(Draft):
    """An event that is planned; `demands` ask for those who help during the whole of it, further turns are shifts of their
    own (`POST /v1/shifts`). One demand for each language lets a plan fill all its tables together."""

    kind: Annotated[EventKind, LOOSE]
    title: Line
    starts_at: Instant
    ends_at: Instant
    facility_id: Id | None = None
    district: Code | None = Described(default=None, description="Where it has no facility, or is held in many places")
    meeting_point: Annotated[str, Described(max_length=120)] = ""
    note: Note = ""
    for_children: bool = Described(default=False, description="Only who is cleared for work with children may help")
    claim_policy: Annotated[ClaimPolicy, LOOSE] = ClaimPolicy.OPEN
    required_certifications: Codes = Described(default_factory=list, description="Asked of everybody who helps")
    required_courses: Codes = Described(
        default_factory=list, description="A bundle of courses, by code: the certificate of each is asked for"
    )
    demands: list[DemandDraft] = Described(default_factory=list, max_length=20)


class EventPatch(Patch):
    """A change before the end. Its shifts move with it, and whoever is coming is treated by the rules of change."""

    clearable = frozenset({"facility_id", "district"})

    title: Line | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    facility_id: Id | None = None
    district: Code | None = None
    meeting_point: Annotated[str, Described(max_length=120)] | None = None
    note: Note | None = None


class EventClosing(Draft):
    """How many people came, as far as anybody counted."""

    visitors: int | None = Described(default=None, ge=0, le=1_000_000)


class EventShift(View):
    """One of the event's shifts, with what it asks for and how many places are held."""

    id: UUID
    title: str | None
    starts_at: Instant
    ends_at: Instant
    status: ShiftStatus
    demands: list[DemandView]


class EventView(ObjectView):
    """An event with its shifts; `places` and `taken` add them up."""

    kind: EventKind
    title: str
    starts_at: Instant
    ends_at: Instant
    facility: FacilityName | None
    district: str | None
    meeting_point: str
    note: str
    for_children: bool
    claim_policy: ClaimPolicy
    required_certifications: list[str]
    required_courses: list[str]
    status: EventStatus
    status_reason: str | None
    visitors: int | None
    places: int
    taken: int
    shifts: list[EventShift]


class TouchedHelper(View):
    """Somebody who stands on a shift that changes, and what the change does to her; `because` are rules she would not meet."""

    assignment_id: UUID
    volunteer_id: UUID
    badge_name: str
    effect: Effect
    because: list[str]


class MovedShift(View):
    """What became of one shift, or would become of it."""

    shift_id: UUID
    starts_at: Instant
    ends_at: Instant
    status: ShiftStatus
    people: list[TouchedHelper]
    offers_withdrawn: int


class EventChanges(ChangedView):
    """The event as it is now, or would be, and what happens on the shifts that a change touches."""

    about = "event"

    event: EventView
    shifts: list[MovedShift]


class GroupPresent(Draft):
    """A member group at a meeting."""

    organization_id: Id
    persons: int = Described(default=1, ge=1, le=100)


class MeetingAttendancePut(Draft):
    """Everybody who was there, all of it anew."""

    items: list[GroupPresent] = Described(max_length=500)


class MeetingLine(View):
    """A group that was a member on the day: whether it came, and with how many people."""

    organization_id: UUID
    organization: str = Described(description="Its name")
    attended: bool
    persons: int


class MeetingAttendanceView(ObjectView):
    """Who was at a meeting, of the groups that were members on its day."""

    members: int
    attended: int
    persons: int
    share: float | None = Described(description="Groups that came, of those that were members")
    items: list[MeetingLine]
