"""Business days, public holidays and closed days of the office, in the foundation's zone (domain.md §4.3, [F:KB])."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache

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
    rows = unit.once("closed_days", lambda: unit.session.exec(select(ClosedDay)).all())
    found = {}
    for day in _days(first, last):
        for row in rows:
            if row.day == day or (row.month, row.day_of_month) == (day.month, day.day):
                found[day] = row.name
    return found


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


class OfficeCalendar:
    """Business days around a time, read once per unit of work."""

    def __init__(self, unit: Unit, first: date, last: date) -> None:
        self._country = unit.rules.holiday_country
        self._closed = closed_days(unit, first, last)

    def is_open(self, day: date) -> bool:
        """Return whether the office works on this day."""
        return (
            day.weekday() < SATURDAY and day not in public_holidays(self._country, day.year) and day not in self._closed
        )

    def business_days(self, after: date, until: date) -> int:
        """Count business days d with after < d ≤ until (domain.md §0.1)."""
        return sum(self.is_open(day) for day in _days(after + timedelta(days=1), until))

    def step(self, day: date, count: int) -> date:
        """Return the business day `count` business days before (negative) or after (positive) a day."""
        direction = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += direction
            left -= self.is_open(day)
        return day


def office_calendar(unit: Unit, *days: date) -> OfficeCalendar:
    """Return the calendar that covers these days and what business-day steps around them can reach."""
    margin = timedelta(days=40)
    return OfficeCalendar(unit, min(days) - margin, max(days) + margin)


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
