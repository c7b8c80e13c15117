"""Business days, public holidays and closed days of the office, in the foundation's zone (domain.md §4.3, [F:KB])."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import holidays
from sqlmodel import select

from models.office import ClosedDay, HolidayKind, HolidayView
from services.unit import Unit

SATURDAY = 5


@lru_cache(maxsize=256)
def public_holidays(country: str, year: int, language: str = "ja") -> dict[date, str]:
    """Return the public holidays of a year with their names (library `holidays`)."""
    return dict(holidays.country_holidays(country, years=year, language="en_US" if language == "en" else "ja"))


def closed_days(unit: Unit, first: date, last: date) -> dict[date, str]:
    """Return the closed days of the office from `first` to `last`, both included; weekends and holidays apart."""
    return {day: name for day in _days(first, last) if (name := _closed_name(unit, day))}


def _closed_name(unit: Unit, day: date) -> str | None:
    rows: Mapping[Any, str] = unit.once("closed_days", lambda: _closed_by_day(unit))
    return rows.get(day) or rows.get((day.month, day.day))


def _closed_by_day(unit: Unit) -> Mapping[Any, str]:
    """Return the names of closed days, keyed by the one date or by the month and day of every year."""
    return {row.day or (row.month, row.day_of_month): row.name for row in unit.session.exec(select(ClosedDay))}


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


class OfficeCalendar:
    """The business days of the office."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def is_open(self, day: date) -> bool:
        """Return whether the office works on this day."""
        return day.weekday() < SATURDAY and not self.is_listed(day)

    def is_listed(self, day: date) -> bool:
        """Return whether the day is a public holiday or a closed day of the office; weekends are not listed."""
        return (
            day in public_holidays(self._unit.rules.holiday_country, day.year)
            or _closed_name(self._unit, day) is not None
        )

    def step(self, day: date, count: int) -> date:
        """Return the business day `count` business days before (negative) or after (positive) a day."""
        direction = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += direction
            left -= self.is_open(day)
        return day


def office_calendar(unit: Unit) -> OfficeCalendar:
    """Return the calendar of the office; its closed days are read once per unit of work."""
    return OfficeCalendar(unit)


def within_office_hours(unit: Unit, starts_at: datetime, ends_at: datetime) -> bool:
    """Return whether the time lies within office hours of one local day."""
    starts, ends = (instant.astimezone(unit.zone) for instant in (starts_at, ends_at))
    return (
        starts.date() == ends.date()
        and starts.time() >= unit.rules.office_opens
        and ends.time() <= unit.rules.office_closes
    )


def list_holidays(unit: Unit, first: date, last: date) -> list[HolidayView]:
    """Return public holidays and closed days from `first` to `last`, both included, in order."""
    closed = closed_days(unit, first, last)
    entries = [HolidayView(day=day, name=name, kind=HolidayKind.CLOSED_DAY) for day, name in closed.items()]
    for year in range(first.year, last.year + 1):
        named = public_holidays(unit.rules.holiday_country, year, unit.language)
        entries += [
            HolidayView(day=day, name=name, kind=HolidayKind.PUBLIC_HOLIDAY)
            for day, name in named.items()
            if first <= day <= last
        ]
    return sorted(entries, key=lambda entry: (entry.day, entry.kind))


def at_local(unit: Unit, day: date, hour: time) -> datetime:
    """Return the instant of a local wall-clock time."""
    return datetime.combine(day, hour, tzinfo=unit.zone)
