"""Visits of outside experts to classrooms, and what they found: each finding has an owner and a day (domain.md §1 row 8)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, json_column, one_of, reference
from models.fields import LOOSE, Day, Draft, Id, Instant, Line, Note, ObjectView, Patch


class VisitStatus(StrEnum):
    """A visit is closed once nothing that was found is left to do."""

    PLANNED = "planned"
    HELD = "held"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class VisitTopic(StrEnum):
    """What an expert is asked about."""

    TEACHING = "teaching"
    MATERIALS = "materials"
    LEVELS = "levels"
    RUNNING_A_CLASS = "running_a_class"
    WORK_WITH_SCHOOLS = "work_with_schools"
    TUTOR_TRAINING = "tutor_training"


class FindingStatus(StrEnum):
    """Whether what was found is seen to."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class AdvisoryVisit(Aggregate, table=True):
    """An expert at a classroom over `[starts_at, ends_at)`: somebody of the register, whose time it takes, or a guest by name."""

    __tablename__ = "advisory_visit"
    __table_args__ = (
        sa.CheckConstraint("(volunteer_id IS NULL) <> (expert_name IS NULL)", name="expert"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("(status = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled"),
    )

    classroom_id: UUID = reference("classroom.id")
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    volunteer_id: UUID | None = reference("volunteer.id", nullable=True)
    expert_name: str | None = Field(default=None, max_length=120)
    expert_organization: str = Field(default="", max_length=120)
    topics: list[str] = json_column()
    status: VisitStatus = one_of(VisitStatus)
    cancel_reason: str | None = Field(default=None, max_length=120)


class AdvisoryFinding(Aggregate, table=True):
    """Something to be done by the end of `due_on`. Its owner is reminded on `remind_on`, which moves on each time."""

    __tablename__ = "advisory_finding"
    __table_args__ = (
        sa.CheckConstraint("(status = 'open') = (settled_at IS NULL)", name="settled"),
        sa.CheckConstraint("status <> 'dropped' OR outcome IS NOT NULL", name="dropped"),
        sa.CheckConstraint("status = 'open' OR remind_on IS NULL", name="reminder"),
        sa.Index("ix_advisory_finding_status_due_on", "status", "due_on"),
    )

    visit_id: UUID = reference("advisory_visit.id")
    text: str = Field(max_length=1000)
    owner_id: UUID = reference("account.id")
    due_on: date
    status: FindingStatus = one_of(FindingStatus)
    remind_on: date | None = Field(default=None, index=True)
    settled_at: datetime | None = instant(nullable=True)
    outcome: str | None = Field(default=None, max_length=120)


Topics = Annotated[list[Annotated[VisitTopic, LOOSE]], Described(min_length=1, max_length=6)]


class AdvisoryVisitCreate(Draft):
    """A visit to come, or one to be written down late. The expert is a volunteer or partner, or a guest by name."""

    classroom_id: Id
    starts_at: Instant
    ends_at: Instant
    volunteer_id: Id | None = None
    expert_name: Line | None = None
    expert_organization: Annotated[str, Described(max_length=120, pattern=r"^[^\r\n]*$")] = ""
    topics: Topics


class AdvisoryVisitPatch(Patch):
    """Another time or other topics of a visit that is planned."""

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    topics: Topics | None = None


class VisitCalloff(Draft):
    """Why a visit does not take place."""

    reason: Line


class FindingCreate(Draft):
    """What was found and is to be done, by whom and until when. No names, numbers or health of anybody."""

    text: Annotated[Note, Described(min_length=1)]
    owner_id: Id = Described(description="Account of the office, or of a manager of the classroom's institution")
    due_on: Day


class FindingPatch(Patch):
    """Another wording, owner or day; a new owner or day is told as the first was."""

    text: Annotated[Note, Described(min_length=1)] | None = None
    owner_id: Id | None = None
    due_on: Day | None = None


class FindingDone(Draft):
    """What came of it."""

    outcome: Line | None = None


class FindingDropped(Draft):
    """Why it is not done."""

    reason: Line


class FindingView(ObjectView):
    """Something that was found and is to be done."""

    visit_id: UUID
    text: str
    owner_id: UUID
    owner_name: str
    due_on: Day
    status: FindingStatus
    overdue: bool
    settled_at: Instant | None
    outcome: str | None = Described(description="What came of it, or why it was dropped")


class AdvisoryVisitView(ObjectView):
    """A visit of an expert to a classroom."""

    classroom_id: UUID
    classroom_name: str
    starts_at: Instant
    ends_at: Instant
    volunteer_id: UUID | None
    expert_name: str = Described(description="Of somebody of the register the badge name")
    expert_organization: str
    topics: list[VisitTopic]
    status: VisitStatus
    cancel_reason: str | None
    findings: int
    open_findings: int
