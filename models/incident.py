"""Incidents: what went wrong, told by whoever saw it, read by staff only; every word of it is sealed (domain.md §3)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from pydantic import StringConstraints
from sqlmodel import Field

from models.base import Aggregate, Row, instant, one_of, reference
from models.fields import LOOSE, Draft, Id, Instant, ObjectView, OnBehalf, Patch, Text, View


class IncidentAbout(StrEnum):
    """What an incident may be about."""

    ASSIGNMENT = "assignment"
    CLASS_SESSION = "class_session"
    DISPATCH_REQUEST = "dispatch_request"


class IncidentKind(StrEnum):
    """What went wrong."""

    ACCIDENT = "accident"
    COMPLAINT = "complaint"
    PRIVACY = "privacy"
    SAFEGUARDING = "safeguarding"


class IncidentStatus(StrEnum):
    """Open until somebody closes it with a reason."""

    OPEN = "open"
    CLOSED = "closed"


ALARMING = 3
"""From this severity on administrators and coordinators are told at once."""


class Incident(Aggregate, table=True):
    """Something that went wrong; `severity` from 1 (slight) to 4, `sealed` the report under the client keys."""

    __table_args__ = (
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
        sa.CheckConstraint("(about_type IS NULL) = (about_id IS NULL)", name="about"),
    )

    about_type: IncidentAbout | None = one_of(IncidentAbout, nullable=True)
    about_id: UUID | None = Field(default=None, index=True)
    kind: IncidentKind = one_of(IncidentKind)
    severity: int
    sealed: str = Field(sa_type=sa.Text)
    status: IncidentStatus = one_of(IncidentStatus, index=True)
    closed_at: datetime | None = instant(nullable=True)


class IncidentAction(Row, table=True):
    """What was done about an incident, or why it was closed; sealed like the report."""

    __tablename__ = "incident_action"

    incident_id: UUID = reference("incident.id")
    account_id: UUID | None = reference("account.id", nullable=True)
    verb: str = Field(max_length=16)
    sealed: str = Field(sa_type=sa.Text)
    at: datetime = instant()


Story = Annotated[str, StringConstraints(min_length=1, max_length=4000), Text]
Severity = Annotated[int, Described(ge=1, le=4, description="1 slight to 4; from 3 on the office is told at once")]


class IncidentSubject(Draft):
    """The assignment, class session or request that an incident is about."""

    type: Annotated[IncidentAbout, LOOSE]
    id: Id


class IncidentCreate(Draft):
    """Tell the office what went wrong. Only staff may leave out what it is about."""

    about: IncidentSubject | None = None
    kind: Annotated[IncidentKind, LOOSE]
    severity: Severity
    text: Story
    on_behalf: OnBehalf | None = None


class IncidentPatch(Patch):
    """Judge an incident anew."""

    kind: Annotated[IncidentKind, LOOSE] | None = None
    severity: Severity | None = None


class IncidentStep(Draft):
    """What was done about it."""

    text: Story


class IncidentClosing(Draft):
    """Why nothing is left to be done."""

    reason: Story


class IncidentReceipt(View):
    """What the reporter gets back."""

    id: UUID
    kind: IncidentKind
    severity: int
    status: IncidentStatus


class IncidentView(ObjectView):
    """An incident without a word of what is written in it; staff only."""

    about_type: IncidentAbout | None
    about_id: UUID | None
    kind: IncidentKind
    severity: int
    status: IncidentStatus
    created_at: Instant
    created_by: UUID | None = Described(description="Account of whoever told it")
    closed_at: Instant | None


class IncidentActionView(View):
    """One step: what was done, by whom, when."""

    verb: str
    text: str
    at: Instant
    account_id: UUID | None


class IncidentDetail(IncidentView):
    """An incident with its text and what was done; each reading is logged."""

    text: str
    log: list[IncidentActionView]
