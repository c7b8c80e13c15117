"""What became of an activity: a report from each side, without a word about anybody's health (domain.md §3, §4.3)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, json_column, one_of, reference
from models.fallback import Serving
from models.fields import LOOSE, Draft, Instant, Line, Note, ObjectView, OnBehalf, View


class ReportKind(StrEnum):
    """Whose report it is."""

    VOLUNTEER = "volunteer"
    REQUESTER = "requester"


class ReportOutcome(StrEnum):
    """How the activity went, by code."""

    AS_PLANNED = "as_planned"
    SHORTER = "shorter"
    LONGER = "longer"
    BROKEN_OFF = "broken_off"
    NOT_NEEDED = "not_needed"


class Difficulty(StrEnum):
    """What made it hard, by code."""

    TERMINOLOGY = "terminology"
    DIALECT = "dialect"
    PACE = "pace"
    HEARING = "hearing"
    WAITING = "waiting"
    ROLE_UNCLEAR = "role_unclear"
    SIDE_REQUEST = "side_request"
    STRAIN = "strain"


class ActivityReport(Aggregate, table=True):
    """A report; `subject_id` is the assignment or the request it is about, which has one only. `minutes` are worked."""

    __tablename__ = "activity_report"
    __table_args__ = (sa.CheckConstraint("actual_start < actual_end", name="order"),)

    kind: ReportKind = one_of(ReportKind)
    subject_id: UUID = Field(unique=True)
    request_id: UUID | None = reference("dispatch_request.id", nullable=True)
    assignment_id: UUID | None = reference("assignment.id", nullable=True)
    actual_start: datetime = instant()
    actual_end: datetime = instant()
    minutes: int
    outcome: ReportOutcome = one_of(ReportOutcome)
    difficulties: list[str] = json_column()
    follow_up_wanted: bool = Field(default=False)
    coordinator_note: str = Field(default="", max_length=1000)


class ReportDraft(Draft):
    """When it really began and ended, and how it went; `coordinator_note` is for the office only."""

    actual_start: Instant
    actual_end: Instant
    outcome: Annotated[ReportOutcome, LOOSE] = ReportOutcome.AS_PLANNED
    difficulties: list[Annotated[Difficulty, LOOSE]] = Described(default_factory=list, max_length=10)
    follow_up_wanted: bool = False
    coordinator_note: Note = ""


class VolunteerReport(ReportDraft):
    """The volunteer's report of her assignment."""

    on_behalf: OnBehalf | None = None


class FamilyServed(Draft):
    """A family by its number on the request, and how it was served in the end."""

    n: int = Described(ge=1, le=1000)
    served: Annotated[Serving, LOOSE]


class RequesterReport(ReportDraft):
    """The institution's report of its request."""

    families: list[FamilyServed] = Described(default_factory=list, max_length=20)
    on_behalf: OnBehalf | None = None


class ReportWaiver(Draft):
    """Do without the report of one side, with the reason."""

    party: Annotated[ReportKind, LOOSE]
    reason: Line
    on_behalf: OnBehalf | None = None


class WaivedReport(View):
    """A report that was done without."""

    party: ReportKind
    reason: str
    at: Instant
    by: UUID | None = Described(default=None, description="Staff only")


class ReportView(ObjectView):
    """A report; the other side reads when it took place and how it went, and nothing more (docs/permissions.md)."""

    kind: ReportKind
    request_id: UUID | None
    assignment_id: UUID | None
    actual_start: Instant
    actual_end: Instant
    minutes: int
    outcome: ReportOutcome
    difficulties: list[Difficulty] | None = Described(default=None, description="Own side and staff only")
    follow_up_wanted: bool | None = Described(default=None, description="Own side and staff only")
    coordinator_note: str | None = Described(default=None, description="Own side and staff only")


def waived(entries: list[dict[str, Any]] | None) -> set[ReportKind]:
    """Return the sides whose report is done without."""
    return {ReportKind(entry["party"]) for entry in entries or []}
