"""What an indicator is on a day: counted from the records as far as they reach back, else what was measured."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.base import UtcDateTime
from models.indicator import Figure, Indicator, Measurement, MeasurementView, Source
from models.membership import OrganizationMembership
from models.volunteer import Engagement, Volunteer, VolunteerStatus
from models.volunteer_history import StatusChange
from services.fiscal_years import first_day
from services.unit import Unit

REGISTERED: Final = (VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE)
MOST_QUARTERS: Final = 20
"""How many ends of quarters a computed history shows at most, beside the day asked for."""


@dataclass(frozen=True)
class Past:
    """What is known of some indicators until a day: measurements by indicator, newest last, and counts by code and day."""

    measured: Mapping[UUID, Sequence[Measurement]]
    counted: Mapping[tuple[str, date], int]


def read_past(unit: Unit, indicators: Sequence[Indicator], until: date, *, whole: bool = False) -> Past:
    """Return what is known until a day: the counts on it, and for a `whole` history those at the quarters' ends."""
    counted: dict[tuple[str, date], int] = {}
    for one in indicators:
        days = [day for day in (*_quarter_ends(until), until) if _reaches(one, day)]
        wanted = days if whole else days[-1:]
        counted |= {(one.code, day): number for day, number in count_on(unit, one.code, wanted).items()}
    return Past(_newest(unit, indicators, until), counted)


def current(indicator: Indicator, past: Past, on: date) -> Figure | None:
    """Return the value on a day, or nothing where none was ever measured."""
    if _reaches(indicator, on):
        return _computed(indicator, on, past.counted[indicator.code, on])
    measured = past.measured.get(indicator.id, ())
    return _measured(indicator, measured[-1]) if measured else None


def history(unit: Unit, indicator: Indicator, past: Past) -> list[MeasurementView]:
    """Return every point until the day that `past` was read for, oldest first."""
    points = [_point(indicator, row) for row in past.measured.get(indicator.id, ())]
    for (code, day), number in past.counted.items():
        if code == indicator.code:
            points.append(MeasurementView(**_computed(indicator, day, number).model_dump(), measured_at=unit.now))
    return sorted(points, key=lambda point: point.as_of)


def target_line(indicator: Indicator, on: date) -> float | None:
    """Return where the straight line from baseline to target stands on a day; after its end it stays at the target."""
    if on < indicator.baseline_on:
        return None
    gone = (on - indicator.baseline_on) / (indicator.target_on - indicator.baseline_on)
    return round(indicator.baseline + (indicator.target - indicator.baseline) * min(gone, 1.0), 1)


def all_points(unit: Unit, indicator: Indicator) -> list[MeasurementView]:
    """Return every measurement with those that were corrected since, oldest first."""
    return [_point(indicator, row) for row in unit.session.exec(_MEASUREMENTS.where(_of([indicator.id])))]


def _reaches(indicator: Indicator, on: date) -> bool:
    """Return whether the records reach back to a day."""
    return indicator.computed_from is not None and indicator.computed_from <= on


def _computed(indicator: Indicator, on: date, number: int) -> Figure:
    return Figure(
        value=number,
        as_of=on,
        source=Source.COMPUTED,
        definition_version=indicator.definition_version,
        target_line=target_line(indicator, on),
    )


def _measured(indicator: Indicator, row: Measurement) -> Figure:
    return Figure(
        **row.model_dump(include={"value", "as_of", "source", "definition_version", "revision"}),
        target_line=target_line(indicator, row.as_of),
    )


def _point(indicator: Indicator, row: Measurement) -> MeasurementView:
    figure = _measured(indicator, row)
    return MeasurementView(**figure.model_dump(), id=row.id, reason=row.reason, measured_at=row.measured_at)


_MEASUREMENTS = select(Measurement).order_by(
    col(Measurement.indicator_id), col(Measurement.as_of), col(Measurement.revision)
)


def _of(indicators: Collection[UUID]) -> Any:
    return col(Measurement.indicator_id).in_(indicators)


def _newest(unit: Unit, indicators: Sequence[Indicator], until: date) -> dict[UUID, list[Measurement]]:
    """Return the last revision for each day of each indicator."""
    wanted = _of([one.id for one in indicators])
    rows = unit.session.exec(_MEASUREMENTS.where(wanted, col(Measurement.as_of) <= until))
    found: dict[UUID, list[Measurement]] = {}
    for (indicator_id, _), revisions in groupby(rows, key=lambda row: (row.indicator_id, row.as_of)):
        found.setdefault(indicator_id, []).append([*revisions][-1])
    return found


def _quarter_ends(until: date) -> list[date]:
    """Return the last days of the quarters that ended before a day, oldest first."""
    begin = date(until.year, (until.month - 1) // 3 * 3 + 1, 1)
    return [begin - relativedelta(months=3 * back, days=1) for back in range(MOST_QUARTERS - 1, -1, -1)]


def quarter_end(year: int, quarter: int) -> date:
    """Return the last day of a quarter of a fiscal year; 1 is April to June."""
    return first_day(year) + relativedelta(months=3 * quarter) - timedelta(days=1)


def count_on(unit: Unit, code: str, days: Sequence[date]) -> dict[date, int]:
    """Return how many stood in the records at the end of each of the days, in one query."""
    if not days:
        return {}
    counts: list[tuple[int, int]] = list(unit.rows(_COUNTS[code](unit, days)))
    return {**dict.fromkeys(days, 0), **{days[at]: number for at, number in counts}}


def _members(_: Unit, days: Sequence[date]) -> Any:
    """Count the groups whose membership is valid on each day."""
    asked = _table(days, sa.Date())
    valid = sa.and_(
        col(OrganizationMembership.joined_on) <= asked.c.until,
        sa.or_(col(OrganizationMembership.left_on).is_(None), col(OrganizationMembership.left_on) > asked.c.until),
    )
    number = sa.func.count(sa.distinct(col(OrganizationMembership.organization_id)))
    return sa.select(asked.c.at, number).join(OrganizationMembership, valid).group_by(asked.c.at)


def _registered(unit: Unit, days: Sequence[date]) -> Any:
    """Count the volunteers whose last status before the end of each day is `active` or `on_leave`."""
    ends = [datetime.combine(day + timedelta(days=1), time(), unit.zone) for day in days]
    asked = _table(ends, UtcDateTime())
    later = aliased(StatusChange)
    superseded = sa.exists().where(
        col(later.volunteer_id) == col(StatusChange.volunteer_id),
        col(later.at) < asked.c.until,
        sa.tuple_(col(later.at), col(later.id)) > sa.tuple_(col(StatusChange.at), col(StatusChange.id)),
    )
    return (
        sa.select(asked.c.at, sa.func.count())
        .join(StatusChange, col(StatusChange.at) < asked.c.until)
        .join(Volunteer, col(Volunteer.id) == StatusChange.volunteer_id)
        .where(
            col(StatusChange.status).in_(REGISTERED),
            col(Volunteer.engagement) == Engagement.VOLUNTEER,
            ~superseded,
        )
        .group_by(asked.c.at)
    )


def _table(moments: Sequence[Any], kind: sa.types.TypeEngine[Any]) -> Any:
    """Return the moments as a table of the query, each with its place in the list."""
    rows = [
        sa.select(sa.literal(at, sa.Integer()).label("at"), sa.literal(moment, kind).label("until"))
        for at, moment in enumerate(moments)
    ]
    return sa.union_all(*rows).subquery("asked")


_COUNTS: Final[Mapping[str, Callable[[Unit, Sequence[date]], Any]]] = {
    "member_groups": _members,
    "volunteers": _registered,
}
"""The indicators that the records can tell."""
