"""When the office is closed, and the centres' calendar of infant check-ups."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, one_of, reference
from models.fields import LOOSE, Day, Draft, Id, Line, LocalTime, ObjectView, Override, Patch, View


class ClosedDay(Row, table=True):
    """A day the office is closed besides weekends and public holidays: one date, or the same day every year."""

    __tablename__ = "closed_day"
    __table_args__ = (
        sa.CheckConstraint("(day IS NULL) <> (month IS NULL)", name="one_form"),
        sa.CheckConstraint("(month IS NULL) = (day_of_month IS NULL)", name="yearly_whole"),
    )

    name: str = Field(max_length=120)
    day: date | None = Field(default=None)
    month: int | None = Field(default=None)
    day_of_month: int | None = Field(default=None)


class CheckupKind(StrEnum):
    """乳幼児健診: at 3 months, 18 months, 3 years."""

    CHECKUP_3M = "checkup_3m"
    CHECKUP_18M = "checkup_18m"
    CHECKUP_3Y = "checkup_3y"


class CheckupStatus(StrEnum):
    """State of a check-up session."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class CheckupSession(Aggregate, table=True):
    """One group check-up at a centre; reception hours are local times of that day."""

    __tablename__ = "checkup_session"
    __table_args__ = (
        sa.UniqueConstraint("facility_id", "kind", "held_on"),
        sa.CheckConstraint("reception_starts < reception_ends", name="order"),
    )

    facility_id: UUID = reference("facility.id")
    kind: CheckupKind = one_of(CheckupKind)
    held_on: date = Field(index=True)
    reception_starts: time
    reception_ends: time
    expected_families: int = Field(default=0)
    status: CheckupStatus = one_of(CheckupStatus)


class CheckupSessionCreate(Draft):
    """A check-up a centre will hold."""

    facility_id: Id
    kind: Annotated[CheckupKind, LOOSE]
    held_on: Day
    reception_starts: LocalTime
    reception_ends: LocalTime
    expected_families: int = Described(default=0, ge=0, le=500)


class CheckupMove(Patch):
    """Another day, hour or place, with the reason; staff name in `overrides` the rules that the new time breaks."""

    held_on: Day | None = None
    reception_starts: LocalTime | None = None
    reception_ends: LocalTime | None = None
    facility_id: Id | None = None
    reason: Line
    overrides: list[Override] = Described(default_factory=list, max_length=10)


class CheckupSessionView(ObjectView):
    """A check-up of a centre."""

    facility_id: UUID
    facility_name: str
    kind: CheckupKind
    held_on: Day
    reception_starts: LocalTime
    reception_ends: LocalTime
    expected_families: int
    status: CheckupStatus


class HolidayKind(StrEnum):
    """Why the office is closed."""

    PUBLIC_HOLIDAY = "public_holiday"
    CLOSED_DAY = "closed_day"


class HolidayView(View):
    """A public holiday or closed day of the office (weekends are not listed)."""

    day: Day
    name: str
    kind: HolidayKind
