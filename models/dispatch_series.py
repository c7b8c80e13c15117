"""Dispatch series: the same request on many days by a rule, such as school mornings of a term."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from pydantic import StringConstraints
from sqlmodel import Field

from models.base import Aggregate, json_column, one_of, reference
from models.change_rule import TouchedOffer, TouchedPerson
from models.dispatch_request import ContentPatch, DispatchRequestSummary, RequestContent, RequestStatus
from models.fields import Day, LocalTime, ObjectView, PartsView, View
from models.request_batch import RequestResult


class SeriesStatus(StrEnum):
    """A series is cancelled once none of its occurrences is still to come."""

    ACTIVE = "active"
    CANCELLED = "cancelled"


class DispatchSeries(Aggregate, table=True):
    """A rule and the request it repeats; each of its days has one `DispatchRequest`, written when the series is.

    `starts`, `ends` are local wall-clock times, so that no change of the clocks moves the hour. `excluded` holds the
    days of the rule (ISO dates) that were left out. `template` is what was asked for, as JSON; `split_from` the series
    this one was the later part of.
    """

    __tablename__ = "dispatch_series"
    __table_args__ = (
        sa.CheckConstraint("starts < ends", name="order"),
        sa.Index("ix_dispatch_series_organization_starts_on", "organization_id", "starts_on"),
    )

    organization_id: UUID = reference("organization.id", index=False)
    service_type: str = Field(max_length=40)
    status: SeriesStatus = one_of(SeriesStatus)
    rule: str = Field(max_length=200)
    starts_on: date = Field(index=True)
    starts: time
    ends: time
    excluded: list[str] = json_column()
    template: dict[str, Any] = json_column(dict)
    split_from: UUID | None = reference("dispatch_series.id", nullable=True)


Rule = Annotated[
    str,
    StringConstraints(min_length=1, max_length=160, pattern=r"^[!-~]+$"),
    Described(
        description="RFC 5545 recurrence rule: FREQ (DAILY, WEEKLY, MONTHLY), INTERVAL, BYDAY, BYMONTHDAY, BYSETPOS, "
        "WKST, and COUNT or UNTIL (a local day); at most six months and 60 occurrences",
        examples=["FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20260320"],
    ),
]


class DispatchSeriesCreate(RequestContent):
    """A request on every day of a rule, counted from `starts_on`; times are local wall-clock times."""

    rule: Rule
    starts_on: Day
    starts: LocalTime
    ends: LocalTime
    skip_closed_days: bool = Described(
        default=True, description="Leave out public holidays and closed days of the office"
    )
    excluded: list[Day] = Described(default_factory=list, max_length=60, description="Days of the rule to leave out")
    submit: bool = Described(default=False, description="Hand the requests in at once")


class DispatchSeriesPatch(ContentPatch):
    """A change of one occurrence, of one and all later ones, or of all."""

    starts: LocalTime | None = None
    ends: LocalTime | None = None


class DispatchSeriesSummary(View):
    """A series in a list."""

    id: UUID
    version: int
    status: SeriesStatus
    service_type: str
    organization_id: UUID
    rule: str
    starts_on: Day
    starts: LocalTime
    ends: LocalTime
    first_on: Day = Described(description="The day of the first occurrence by the rule")
    last_on: Day = Described(description="The day of the last occurrence by the rule")
    by_status: dict[RequestStatus, int] = Described(description="How many occurrences stand in each state")


class DispatchSeriesView(ObjectView, DispatchSeriesSummary):
    """A series with its occurrences, soonest first."""

    excluded: list[Day]
    template: dict[str, Any]
    split_from: UUID | None
    occurrences: list[DispatchRequestSummary]


class SeriesChange(View):
    """One field of an occurrence before and after."""

    field: str
    before: Any
    after: Any


class SeriesResult(RequestResult):
    """What became of one occurrence, or would become of it."""

    occurrence_on: Day
    series_id: UUID | None = Described(default=None, description="The series it belongs to now; absent in a preview")
    changes: list[SeriesChange] = Described(default_factory=list)
    people: list[TouchedPerson] = Described(
        default_factory=list, description="Who is on its shift, and what became of her"
    )
    offers: list[TouchedOffer] = Described(default_factory=list, description="Who need not answer any more; staff only")


class SeriesResults(PartsView):
    """The occurrences aimed at, soonest first."""

    items: list[SeriesResult]
