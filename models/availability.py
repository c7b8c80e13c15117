"""When a volunteer can come: weekly rules, and exceptions that override them."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, one_of, reference
from models.fields import LOOSE, Day, Draft, Instant, LocalTime, ObjectView, OnBehalf, View, Warned


class AvailabilityKind(StrEnum):
    """Whether an hour is merely possible or liked."""

    AVAILABLE = "available"
    PREFERRED = "preferred"


class AwayReason(StrEnum):
    """Why somebody is away; `illness` is a word, never a diagnosis."""

    VACATION = "vacation"
    EXAM = "exam"
    ILLNESS = "illness"
    OTHER = "other"


class AvailabilityRule(Aggregate, table=True):
    """A weekly window in the foundation's local time, valid from one day to another (both included)."""

    __tablename__ = "availability_rule"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint("starts < ends", name="order"),
    )

    volunteer_id: UUID = reference("volunteer.id")
    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_to: date | None = Field(default=None)
    kind: AvailabilityKind = one_of(AvailabilityKind)


class AvailabilityException(Aggregate, table=True):
    """A time when the weekly rule does not hold: she is away over `[starts_at, ends_at)`."""

    __tablename__ = "availability_exception"
    __table_args__ = (sa.CheckConstraint("starts_at < ends_at", name="order"),)

    volunteer_id: UUID = reference("volunteer.id")
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    reason: AwayReason = one_of(AwayReason)
    exam_period_id: UUID | None = reference("exam_period.id", nullable=True)


class RuleChange(Draft):
    """A weekly window; Monday is 0; `starts` before `ends`, local time."""

    weekday: int = Described(ge=0, le=6)
    starts: LocalTime
    ends: LocalTime
    valid_from: Day
    valid_to: Day | None = None
    kind: Annotated[AvailabilityKind, LOOSE] = AvailabilityKind.AVAILABLE


class RuleDraft(RuleChange):
    """A new weekly window, told by herself or taken down by staff."""

    on_behalf: OnBehalf | None = None


class ExceptionDraft(Draft):
    """A time away, told by herself or taken down by staff."""

    starts_at: Instant
    ends_at: Instant
    reason: Annotated[AwayReason, LOOSE] = AwayReason.OTHER
    on_behalf: OnBehalf | None = None


class MonthOff(Draft):
    """Nothing in a month, such as `2025-12`; told by herself or taken down by staff."""

    month: str = Described(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2025-12"])
    on_behalf: OnBehalf | None = None


class HoursPreview(View):
    """What a change would touch; nothing was saved."""

    warnings: list[Warned]


class RuleView(ObjectView):
    """A weekly window."""

    weekday: int
    starts: LocalTime
    ends: LocalTime
    valid_from: Day
    valid_to: Day | None
    kind: AvailabilityKind


class ExceptionView(ObjectView):
    """A time away."""

    starts_at: Instant
    ends_at: Instant
    reason: AwayReason


class AvailabilityView(View):
    """Everything a volunteer has said about her time that still matters."""

    rules: list[RuleView]
    exceptions: list[ExceptionView]
