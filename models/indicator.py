"""The plan's indicators: what each means, where it began, where it shall lead, and what was measured."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.fields import LOOSE, Day, Draft, Instant, Line, ObjectView, Patch, View


class IndicatorUnit(StrEnum):
    """What a value counts."""

    PERCENT = "percent"
    COUNT = "count"


class Source(StrEnum):
    """Where a value comes from: the product's own records, a survey, somebody else's count, or the plan's history."""

    COMPUTED = "computed"
    SURVEY = "survey"
    EXTERNAL = "external"
    FROZEN = "frozen"


class Indicator(Aggregate, table=True):
    """An indicator. One of source `computed` is counted from the records on any day from `computed_from` on: since then
    they are whole, as somebody who knows has said; before it, and until anybody says so, what was measured counts.

    `definition_version` grows with every change of what it means or aims at.
    """

    __table_args__ = (sa.CheckConstraint("baseline_on < target_on", name="line"),)

    code: str = Field(max_length=40, unique=True)
    position: int
    names: dict[str, str] = json_column(dict)
    definitions: dict[str, str] = json_column(dict)
    unit: IndicatorUnit = one_of(IndicatorUnit)
    source: Source = one_of(Source)
    baseline: float
    baseline_on: date
    target: float
    target_on: date
    computed_from: date | None = Field(default=None)
    definition_version: int = Field(default=1)


class Measurement(Row, table=True):
    """What an indicator was on a day. Nothing is overwritten: a correction is the next `revision`, with its reason."""

    __table_args__ = (sa.UniqueConstraint("indicator_id", "as_of", "revision"),)

    indicator_id: UUID = reference("indicator.id")
    as_of: date
    revision: int
    value: float
    source: Source = one_of(Source)
    definition_version: int
    reason: str | None = Field(default=None, max_length=120)
    measured_at: datetime = instant()
    measured_by: UUID | None = reference("account.id", nullable=True)


class IndicatorPatch(Patch):
    """Another aim, or since when the records are whole; the definition gets a new version."""

    target: float | None = Described(default=None, ge=0, le=1_000_000)
    target_on: Day | None = None
    computed_from: Day | None = Described(default=None, description="Only where it is counted from the records")


class MeasurementCreate(Draft):
    """A value by hand. For a day that has one already `reason` makes it a correction."""

    as_of: Day
    value: float = Described(ge=0, le=1_000_000)
    source: Annotated[Source, LOOSE]
    reason: Line | None = None


class Figure(View):
    """A value with all that it takes to read it."""

    value: float
    as_of: Day
    source: Source
    definition_version: int
    target_line: float | None = Described(
        description="Where the straight line from baseline to target stands on that day; null before the baseline"
    )
    revision: int | None = Described(default=None, description="Of the measurement; null where it is computed")


class MeasurementView(Figure):
    """A point of an indicator's history."""

    id: UUID | None = Described(default=None, description="Null where it is computed")
    reason: str | None = None
    measured_at: Instant


class IndicatorView(ObjectView):
    """An indicator as of a day."""

    code: str
    name: str
    definition: str
    definition_version: int
    unit: IndicatorUnit
    source: Source
    baseline: float
    baseline_on: Day
    target: float
    target_on: Day
    computed_from: Day | None
    current: Figure | None = Described(description="The value on the day asked for, today by default")


class IndicatorReport(View):
    """All indicators with their histories."""

    as_of: Instant
    on: Day
    indicators: list["IndicatorHistory"]


class IndicatorHistory(IndicatorView):
    """An indicator with what was measured until the day asked for."""

    history: list[MeasurementView]
