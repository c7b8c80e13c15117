"""Availability calls: once a month volunteers are asked on which days they can come, and what they answer."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, json_column, one_of, reference
from models.fields import LOOSE, Channel, Day, Draft, Instant, LocalTime, Note, ObjectView, OnBehalf, View
from models.volunteer import ActivityKind

MOST_DAYS = 62
"""Days that one call may ask about: two months."""


class CallStatus(StrEnum):
    """Whether answers are still taken."""

    OPEN = "open"
    CLOSED = "closed"


class AvailabilityCall(Aggregate, table=True):
    """A question to volunteers about the days from `first_on` to `last_on`, both included, to be answered by an instant.

    `activities` are the kinds whose volunteers were asked; none means everybody. `remind_at` is when those who have
    not answered are reminded, `reminded_at` when they were.
    """

    __tablename__ = "availability_call"
    __table_args__ = (sa.CheckConstraint("first_on <= last_on", name="order"),)

    first_on: date
    last_on: date = Field(index=True)
    answer_by: datetime = instant()
    activities: list[str] = json_column()
    note: str = Field(default="", max_length=1000)
    status: CallStatus = one_of(CallStatus)
    remind_at: datetime = instant(index=True)
    reminded_at: datetime | None = instant(nullable=True)


class AvailabilityCallAnswer(Aggregate, table=True):
    """What one volunteer said; without `answered_at` she was asked and has not answered yet.

    `days` are `{day, starts, ends}` in local time, null for an open end; null instead of a list leaves her weekly
    hours as they are. `on_behalf` tells how the answer came where staff entered it.
    """

    __tablename__ = "availability_call_answer"
    __table_args__ = (
        sa.UniqueConstraint("call_id", "volunteer_id"),
        sa.CheckConstraint("at_most >= 0", name="at_most"),
    )

    call_id: UUID = reference("availability_call.id", index=False)
    volunteer_id: UUID = reference("volunteer.id")
    answered_at: datetime | None = instant(nullable=True)
    none_this_month: bool = Field(default=False)
    at_most: int | None = Field(default=None)
    days: list[dict[str, Any]] | None = Field(default=None, sa_type=sa.JSON, nullable=True)
    on_behalf: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON, nullable=True)

    @property
    def etag(self) -> str:
        """The entity tag under which she finds it: the call's id with the version of her own answer."""
        return f'"{self.call_id}.{self.version}"'


class AvailabilityCallCreate(Draft):
    """Ask for the days `from` to `to`, both included; without `activities` every active volunteer is asked."""

    first_on: Day = Described(alias="from")
    last_on: Day = Described(alias="to")
    answer_by: Instant
    activities: list[Annotated[ActivityKind, LOOSE]] = Described(default_factory=list, max_length=len(ActivityKind))
    note: Note = ""


class NamedDay(Draft):
    """A day on which she can come: the whole day, or from and until a local time. A day may be named twice."""

    day: Day
    starts: LocalTime | None = None
    ends: LocalTime | None = None


class CallAnswerDraft(Draft):
    """An answer, which replaces the one before. Days that are not named count as away; without `days` the weekly hours
    hold. `none_this_month` stands alone."""

    none_this_month: bool = False
    at_most: int | None = Described(default=None, ge=1, le=31, description="Most activities in the month")
    days: list[NamedDay] | None = Described(default=None, min_length=1, max_length=4 * MOST_DAYS)


class EnteredAnswerDraft(CallAnswerDraft):
    """An answer that reached the office by telephone, fax, paper or at the desk."""

    on_behalf: OnBehalf


class AvailabilityCallView(ObjectView):
    """A call as the office sees it."""

    first_on: Day = Described(serialization_alias="from")
    last_on: Day = Described(serialization_alias="to")
    answer_by: Instant
    activities: list[ActivityKind]
    note: str
    status: CallStatus
    asked: int = Described(description="How many were asked")
    answered: int = Described(description="How many of them have answered")
    reminded_at: Instant | None


class WhoAnswered(View):
    """One who was asked, and what she answered, if she did."""

    volunteer_id: UUID
    volunteer_no: str
    display_name: str
    answered_at: Instant | None
    late: bool = Described(description="Answered after `answer_by`")
    none_this_month: bool
    at_most: int | None
    days_named: int | None = Described(description="Null where the weekly hours hold")
    channel: Channel | None = Described(description="How it reached the office, where staff entered it")


class WeeklyHours(View):
    """Hours that she has told for every week."""

    starts: LocalTime
    ends: LocalTime
    preferred: bool


class CallDay(View):
    """A day that is asked about, with what is known of her time already."""

    day: Day
    weekly: list[WeeklyHours]
    away: bool = Described(description="A time away that she told before takes some of the day")


class NamedDayView(View):
    """A day that she named."""

    day: Day
    starts: LocalTime | None
    ends: LocalTime | None


class OwnCallSummary(View):
    """A call that waits for the caller, or that she has answered and may still change."""

    id: UUID
    version: int
    first_on: Day = Described(serialization_alias="from")
    last_on: Day = Described(serialization_alias="to")
    answer_by: Instant
    answered_at: Instant | None


class CallAnswerView(ObjectView):
    """A call as one volunteer sees it, with her answer. `id` is the call's; `version` counts her own answers."""

    volunteer_id: UUID
    first_on: Day = Described(serialization_alias="from")
    last_on: Day = Described(serialization_alias="to")
    answer_by: Instant
    note: str
    status: CallStatus
    calendar: list[CallDay]
    answered_at: Instant | None
    late: bool
    none_this_month: bool
    at_most: int | None
    days: list[NamedDayView] | None = Described(description="Null where the weekly hours hold, or nothing was answered")


def named_hours(entry: dict[str, Any]) -> tuple[date, time | None, time | None]:
    """Return a stored day of an answer as values."""
    starts, ends = (time.fromisoformat(entry[end]) if entry[end] else None for end in ("starts", "ends"))
    return date.fromisoformat(entry["day"]), starts, ends
