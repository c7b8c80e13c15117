"""Broadcasts to key persons or envoys: one purpose, a text per language, one delivery and acknowledgement per recipient."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from pydantic import StringConstraints
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.fields import LOOSE, Code, Draft, Instant, LanguageTag, Line, ObjectView, OnBehalf, Patch, Text, View
from models.key_person import ContactPurpose


class BroadcastStatus(StrEnum):
    """A draft until it is sent, once."""

    DRAFT = "draft"
    SENT = "sent"


class BroadcastAudience(StrEnum):
    """Who is written to: whoever passes word on to a community here, or who went home and stays in touch."""

    KEY_PERSONS = "key_persons"
    ENVOYS = "envoys"


class Broadcast(Aggregate, table=True):
    """A message for communities. `texts` maps languages to title and text; no `districts` means all of them."""

    audience: BroadcastAudience = one_of(BroadcastAudience)
    purpose: ContactPurpose = one_of(ContactPurpose)
    texts: dict[str, Any] = json_column(dict)
    districts: list[str] = json_column()
    status: BroadcastStatus = one_of(BroadcastStatus)
    sent_at: datetime | None = instant(nullable=True)


class BroadcastDelivery(Row, table=True):
    """The one message to a recipient, in one language; how it travels is told by its notice."""

    __tablename__ = "broadcast_delivery"
    __table_args__ = (sa.UniqueConstraint("broadcast_id", "volunteer_id"),)

    broadcast_id: UUID = reference("broadcast.id")
    volunteer_id: UUID = reference("volunteer.id")
    language: str = Field(max_length=35)
    acknowledged_at: datetime | None = instant(nullable=True)


class BroadcastText(Draft):
    """Title and text in one language."""

    title: Line
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000), Text]


Texts = Annotated[dict[LanguageTag, BroadcastText], Described(min_length=1, max_length=20, description="By language")]
Districts = Annotated[list[Code], Described(max_length=20, description="Only whoever knows people there; empty: all")]


class BroadcastCreate(Draft):
    """A message to be looked over before it is sent."""

    audience: Annotated[BroadcastAudience, LOOSE] = BroadcastAudience.KEY_PERSONS
    purpose: Annotated[ContactPurpose, LOOSE]
    texts: Texts
    districts: Districts = Described(default_factory=list)


class BroadcastPatch(Patch):
    """A correction before it is sent."""

    texts: Texts | None = None
    districts: Districts | None = None


class BroadcastSummary(ObjectView):
    """A broadcast in the log."""

    audience: BroadcastAudience
    purpose: ContactPurpose
    languages: list[str]
    districts: list[str]
    status: BroadcastStatus
    created_at: Instant
    created_by: UUID | None
    sent_at: Instant | None


class LanguageCount(View):
    """How a broadcast fares in one language; of a draft `recipients` says whom it would reach now."""

    language: str
    recipients: int
    sent: int = Described(description="Mails that left")
    to_phone: int = Described(description="Recipients without a mail address, whom the office calls")
    failed: int
    acknowledged: int


class TextView(View):
    """Title and text in one language."""

    title: str
    text: str


class BroadcastView(BroadcastSummary):
    """A broadcast with its texts and its count."""

    texts: dict[str, TextView]
    counts: list[LanguageCount]


class DeliveryView(View):
    """A recipient's message."""

    id: UUID
    volunteer_id: UUID
    display_name: str
    language: str
    channel: str
    status: str
    acknowledged_at: Instant | None


class OwnBroadcast(View):
    """A message as its recipient reads it; who else has it is not told."""

    id: UUID
    purpose: ContactPurpose
    language: str
    title: str
    text: str
    sent_at: Instant
    acknowledged_at: Instant | None


class Acknowledgement(Draft):
    """She has read it and passes it on."""

    on_behalf: OnBehalf | None = None
