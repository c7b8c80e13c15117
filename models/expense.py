"""Expenses of an activity: transport as claimed, an honorarium by a rate that is data; whole yen (domain.md §7)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, one_of, reference
from models.fields import Day, Draft, Id, Line, ObjectView, OnBehalf, Patch


class ExpenseStatus(StrEnum):
    """A volunteer submits, a coordinator proposes, an administrator approves and pays."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PROPOSED = "proposed"
    APPROVED = "approved"
    PAID = "paid"
    REJECTED = "rejected"


class HonorariumRate(Aggregate, table=True):
    """What a kind of service pays, in force from `valid_from` to `valid_to` (both included).

    `base_jpy` for the first `included_minutes`, and `extra_jpy` for each begun `per_minutes` after them; whole yen.
    """

    __tablename__ = "honorarium_rate"
    __table_args__ = (
        sa.UniqueConstraint("service_type", "valid_from"),
        sa.CheckConstraint("per_minutes > 0", name="per_minutes"),
        sa.CheckConstraint("base_jpy >= 0 AND included_minutes >= 0 AND extra_jpy >= 0", name="amounts"),
    )

    service_type: str = Field(max_length=40)
    valid_from: date
    valid_to: date | None = Field(default=None)
    base_jpy: int
    included_minutes: int
    extra_jpy: int
    per_minutes: int

    def amount(self, minutes: int) -> int:
        """Return the honorarium for so many minutes, in yen."""
        beyond = max(0, minutes - self.included_minutes)
        return self.base_jpy + -(-beyond // self.per_minutes) * self.extra_jpy


class ExpenseClaim(Aggregate, table=True):
    """What one assignment costs, whole yen; an assignment has one claim at most.

    `minutes` are those that the honorarium rests on, none where the activity did not take place; `activity_on` is the
    local day of the activity.
    """

    __tablename__ = "expense_claim"
    __table_args__ = (
        sa.CheckConstraint("transport_jpy >= 0 AND honorarium_jpy >= 0 AND minutes >= 0", name="amounts"),
        sa.Index("ix_expense_claim_volunteer_status", "volunteer_id", "status"),
    )

    assignment_id: UUID = reference("assignment.id", unique=True)
    volunteer_id: UUID = reference("volunteer.id", index=False)
    activity_on: date = Field(index=True)
    status: ExpenseStatus = one_of(ExpenseStatus, index=True)
    transport_jpy: int
    honorarium_jpy: int
    minutes: int
    status_reason: str | None = Field(default=None, max_length=120)


Yen = Annotated[int, Described(ge=0, le=100_000)]


class ExpenseCreate(Draft):
    """Claim what an activity cost, once it is done or was called off too late; the honorarium follows from its rate."""

    assignment_id: Id
    transport_jpy: Yen = 0
    on_behalf: OnBehalf | None = None


class ExpensePatch(Patch):
    """Correct the transport of a draft or of a rejected claim."""

    transport_jpy: Yen
    on_behalf: OnBehalf | None = None


class ExpenseVerb(Draft):
    """Hand the claim in."""

    on_behalf: OnBehalf | None = None


class ExpenseRejection(Draft):
    """Why a claim is not paid; the volunteer reads it."""

    reason: Line


class ExpenseView(ObjectView):
    """What an activity cost, whole yen."""

    collection: ClassVar[str] = "/v1/expense-claims"

    assignment_id: UUID
    volunteer_id: UUID
    activity_on: Day = Described(description="Local day of the activity")
    status: ExpenseStatus
    transport_jpy: int
    honorarium_jpy: int
    total_jpy: int
    minutes: int = Described(description="What the honorarium rests on; 0 where the activity did not take place")
    status_reason: str | None = Described(description="Why it was rejected")
