"""Quarterly reviews: the indicators' values as they were, what is said of them, and what shall be done by whom."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, one_of, reference
from models.fields import Code, Day, Draft, Id, Instant, Line, Note, ObjectView, Patch, View
from models.indicator import Figure, Source


class ReviewStatus(StrEnum):
    """Open until it is closed; an action likewise."""

    OPEN = "open"
    CLOSED = "closed"


class ReviewCycle(Aggregate, table=True):
    """The review of a quarter of a fiscal year (1 is April to June)."""

    __tablename__ = "review_cycle"
    __table_args__ = (
        sa.UniqueConstraint("fiscal_year", "quarter"),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
    )

    fiscal_year: int
    quarter: int
    as_of: date
    status: ReviewStatus = one_of(ReviewStatus)
    comment: str = Field(default="", max_length=1000)
    closed_at: datetime | None = instant(nullable=True)


class ReviewValue(Row, table=True):
    """An indicator's value as it was when the review began; later corrections do not reach it."""

    __tablename__ = "review_value"
    __table_args__ = (sa.UniqueConstraint("review_cycle_id", "indicator_id"),)

    review_cycle_id: UUID = reference("review_cycle.id")
    indicator_id: UUID = reference("indicator.id")
    value: float | None = Field(default=None)
    measured_on: date | None = Field(default=None)
    source: Source | None = one_of(Source, nullable=True)
    definition_version: int
    target_line: float | None = Field(default=None)
    revision: int | None = Field(default=None)
    comment: str = Field(default="", max_length=1000)


class ReviewAction(Row, table=True):
    """Something to be done; it is carried into every later review until it is closed."""

    __tablename__ = "review_action"

    review_cycle_id: UUID = reference("review_cycle.id")
    indicator_id: UUID | None = reference("indicator.id", nullable=True)
    text: str = Field(max_length=120)
    owner_id: UUID = reference("account.id")
    due_on: date
    status: ReviewStatus = one_of(ReviewStatus, index=True)
    made_at: datetime = instant()
    closed_at: datetime | None = instant(nullable=True)
    outcome: str | None = Field(default=None, max_length=120)


class ReviewCreate(Draft):
    """Begin the review of a quarter that is over: the values are frozen as of its last day."""

    fiscal_year: int = Described(ge=2000, le=2100)
    quarter: int = Described(ge=1, le=4, description="1 is April to June")


class ReviewPatch(Patch):
    """What is said of the quarter and of single indicators."""

    comment: Note | None = None
    comments: dict[Code, Note] | None = Described(default=None, max_length=20, description="By the indicator's code")


class ActionCreate(Draft):
    """Something to be done, by whom and until when."""

    text: Line
    owner_id: Id = Described(description="Account of an administrator or coordinator")
    due_on: Day
    indicator: Code | None = None


class ActionClosing(Draft):
    """What came of it."""

    outcome: Line


class ReviewValueView(View):
    """A frozen value and what is said of it."""

    code: str
    name: str
    figure: Figure | None
    comment: str


class ReviewActionView(View):
    """Something to be done; `carried` where it was decided in an earlier review."""

    id: UUID
    text: str
    indicator: str | None
    owner_id: UUID
    due_on: Day
    status: ReviewStatus
    carried: bool
    closed_at: Instant | None
    outcome: str | None


Values = Annotated[list[ReviewValueView], Described(description="In the plan's order")]


class ReviewSummary(ObjectView):
    """A review in a list."""

    fiscal_year: int
    quarter: int
    as_of: Day
    status: ReviewStatus
    comment: str
    closed_at: Instant | None


class ReviewView(ReviewSummary):
    """A review, whole."""

    values: Values
    review_actions: list[ReviewActionView]
