"""Short messages between the two sides of an activity, by code: nobody exchanges addresses (domain.md §4.3)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from pydantic import StringConstraints
from sqlmodel import Field

from models.base import Row, instant, one_of, reference
from models.fields import LOOSE, Draft, Instant, OnBehalf, Text, View


class MessageCode(StrEnum):
    """What there is to say on the day; `other` needs words."""

    LATE_10 = "late_10"
    LATE_20 = "late_20"
    LOST = "lost"
    ARRIVED = "arrived"
    FINISHED_EARLY = "finished_early"
    OTHER = "other"


class MessageSide(StrEnum):
    """Who speaks, and to whom."""

    VOLUNTEER = "volunteer"
    REQUESTER = "requester"
    STAFF = "staff"


class AssignmentMessage(Row, table=True):
    """A message about an assignment, from one side to another; staff read all of them."""

    __tablename__ = "assignment_message"
    __table_args__ = (
        sa.Index("ix_assignment_message_assignment_sent_at", "assignment_id", "sent_at"),
        sa.CheckConstraint("sender <> receiver", name="other_side"),
    )

    assignment_id: UUID = reference("assignment.id", index=False)
    sender: MessageSide = Field(
        sa_type=sa.Enum(
            MessageSide,
            native_enum=False,
            create_constraint=True,
            length=16,
            name="sender",
            values_callable=lambda sides: [side.value for side in sides],
        )
    )
    receiver: MessageSide = one_of(MessageSide)
    sender_account_id: UUID | None = reference("account.id", nullable=True)
    code: MessageCode = one_of(MessageCode)
    text: str | None = Field(default=None, max_length=400)
    sent_at: datetime = instant()


Words = Annotated[str, StringConstraints(min_length=1, max_length=400), Text]


class MessageCreate(Draft):
    """Tell the other side something; staff name the side in `to`. No telephone numbers or mail addresses."""

    code: Annotated[MessageCode, LOOSE]
    text: Words | None = None
    to: Annotated[MessageSide, LOOSE] | None = Described(
        default=None, description="Staff only: volunteer or requester, which is whoever runs the class where it is one"
    )
    on_behalf: OnBehalf | None = None


class MessageView(View):
    """A message as both sides and staff read it."""

    id: UUID
    sender: MessageSide
    receiver: MessageSide
    code: MessageCode
    text: str | None
    sent_at: Instant
