"""The demo's days: everything is counted in business days from the clock, so that it looks alike on any day."""

from datetime import date, datetime, time, timedelta

from services.office_days import office_calendar
from services.unit import Unit

REACH_DAYS = 60
"""No date of the demo lies further from the clock than this."""


class DemoDays:
    """Business days around `unit.today`: -1 is the last one before it, 1 the first one after; 0 is never used."""

    def __init__(self, unit: Unit) -> None:
        self.today = unit.today
        self._zone = unit.zone
        self._calendar = office_calendar(unit)

    def day(self, offset: int) -> date:
        """Return the business day so many steps from today."""
        return self._calendar.step(self.today, offset)

    def at(self, offset: int, hour: time) -> datetime:
        """Return the instant of a local time on that business day."""
        return datetime.combine(self.day(offset), hour, tzinfo=self._zone)

    def fiscal_years(self) -> list[int]:
        """Return the fiscal years (from April) that the demo's dates fall in: one, or two around 31 March."""
        return sorted({self._fiscal_year(-REACH_DAYS), self._fiscal_year(REACH_DAYS)})

    def registration_end(self, years_on: int = 0) -> date:
        """Return the first 31 March beyond the demo's dates, or the one so many years later or earlier."""
        return date(self._fiscal_year(REACH_DAYS) + 1 + years_on, 3, 31)

    def _fiscal_year(self, days_from_now: int) -> int:
        day = self.today + timedelta(days=days_from_now)
        return day.year - (day.month < 4)  # noqa: PLR2004 - April
