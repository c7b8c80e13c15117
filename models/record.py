"""What is written beside every change: audit rows, notices to be sent, idempotent answers, counters."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.base import Row, instant, json_column, one_of, reference
from models.fields import Instant, View
from models.guards import append_only


class AuditEvent(Row, table=True):
    """Who did what to which object, which fields it touched, and for what purpose; never the values."""

    __tablename__ = "audit_event"
    __table_args__ = (sa.Index("ix_audit_event_object", "object_type", "object_id"),)

    at: datetime = instant(index=True)
    actor_id: UUID | None = Field(default=None, index=True)
    roles: list[str] = json_column()
    action: str = Field(max_length=60)
    object_type: str = Field(max_length=40)
    object_id: UUID
    fields: list[str] = json_column()
    facts: dict[str, Any] = json_column(dict)
    purpose: str | None = Field(default=None, max_length=40)
    subject_volunteer_id: UUID | None = Field(default=None, index=True)
    on_behalf: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON, nullable=True)


AUDIT_GUARD = append_only("audit_event")
AUDIT_GUARD.attach()


class NoticeChannel(StrEnum):
    """How a notice travels; `to_phone` waits for somebody to call."""

    MAIL = "mail"
    TO_PHONE = "to_phone"


class NoticeStatus(StrEnum):
    """State of a notice; `failed` after the last try."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Notice(Row, table=True):
    """A message to be sent, written in the transaction that caused it. The text comes from the catalogue on sending.

    It goes to an account, a volunteer, or the guardian of a learner.

    `dedupe_key` names what must be said once only, however often a sweep comes by.
    """

    __table_args__ = (sa.Index("ix_notice_status_due_at", "status", "due_at"),)

    kind: str = Field(max_length=60)
    account_id: UUID | None = reference("account.id", nullable=True)
    volunteer_id: UUID | None = reference("volunteer.id", nullable=True)
    learner_id: UUID | None = reference("learner.id", nullable=True)
    language: str = Field(max_length=35)
    address: str | None = Field(default=None, max_length=254)
    channel: NoticeChannel = one_of(NoticeChannel)
    status: NoticeStatus = one_of(NoticeStatus)
    facts: dict[str, Any] = json_column(dict)
    object_type: str = Field(max_length=40)
    object_id: UUID
    created_at: datetime = instant()
    due_at: datetime = instant()
    leased_until: datetime | None = instant(nullable=True)
    attempts: int = Field(default=0)
    sent_at: datetime | None = instant(nullable=True)
    dedupe_key: str | None = Field(default=None, max_length=200, unique=True)


class IdempotentAnswer(Row, table=True):
    """The first success under an `Idempotency-Key`, answered again for 24 hours."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (sa.UniqueConstraint("account_id", "method", "path", "key"),)

    account_id: UUID = reference("account.id", index=False)
    method: str = Field(max_length=8)
    path: str = Field(max_length=400)
    key: str = Field(max_length=200)
    body_digest: str = Field(max_length=64)
    status: int = Field(default=0)
    headers: dict[str, str] = json_column(dict)
    body: str = Field(default="", sa_type=sa.Text)
    created_at: datetime = instant(index=True)


class Counter(SQLModel, table=True):
    """The last number given out in a series."""

    name: str = Field(primary_key=True, max_length=40)
    value: int


class AuditEventView(View):
    """An entry of the audit log. Values are never part of it."""

    id: UUID
    at: Instant
    actor_id: UUID | None
    actor_name: str | None
    roles: list[str]
    action: str
    object_type: str
    object_id: UUID
    fields: list[str]
    purpose: str | None
    on_behalf: dict[str, Any] | None
