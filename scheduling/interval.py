"""Half-open intervals of time and closed ranges of days: the values in which every rule about time is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open stretch of time `[start, end)`, kept in UTC, ordered by start and then by end.

    Raises
    ------
    ValueError
        If an end carries no offset, or `end` is not after `start`.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or self.end.utcoffset() is None:
            raise ValueError("an interval needs instants with an offset")
        if self.start.tzinfo is UTC and self.end.tzinfo is UTC:
            self._check_order()
            return
        # Within one zone Python compares and subtracts wall clocks, an hour wrong across a change of the clocks.
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        self._check_order()

    def _check_order(self) -> None:
        if self.end <= self.start:
            raise ValueError("an interval must end after it starts")

    @property
    def minutes(self) -> float:
        """Length in minutes."""
        return (self.end - self.start).total_seconds() / 60

    def earlier(self, minutes: int) -> "Interval":
        """Return the interval begun so many minutes earlier."""
        return _begun_earlier(self, minutes)

    def overlaps(self, other: "Interval") -> bool:
        """Tell whether the two share time; intervals that only touch do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Interval") -> bool:
        """Tell whether all of `other` lies within this interval."""
        return self.start <= other.start and other.end <= self.end

    def gap_minutes(self, other: "Interval") -> float | None:
        """Return the minutes between two disjoint intervals, 0 when they touch; None when they overlap."""
        if self.overlaps(other):
            return None
        earlier, later = sorted((self, other))
        return (later.start - earlier.end).total_seconds() / 60


@lru_cache(maxsize=2**14)  # the presence at a shift is held against the hours of many people
def _begun_earlier(interval: Interval, minutes: int) -> Interval:
    return Interval(interval.start - timedelta(minutes=minutes), interval.end)


def merge(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the union as the fewest disjoint intervals, in order; those that touch become one."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, interval.end))
        else:
            merged.append(interval)
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class DateRange:
    """A range of days closed at both ends; without `ends_on` it never ends.

    Raises
    ------
    ValueError
        If the last day is before the first.
    """

    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError("a range of days must not end before it starts")

    def covers(self, day: date) -> bool:
        """Tell whether `day` is in the range; both ends are."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@lru_cache(maxsize=2**16)  # every rule about papers asks it of the same shift
def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of an instant in the zone."""
    return instant.astimezone(zone).date()


@lru_cache(maxsize=2**14)  # a month of days by the hours that people write down
def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks of the zone show `at` on `day` (the first of two)."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def since(given: datetime | date, zone: ZoneInfo) -> datetime:
    """Return the instant from which on something counts: the first one of a day."""
    return given if isinstance(given, datetime) else whole_day(given, zone).start


def until(given: datetime | date, zone: ZoneInfo) -> datetime:
    """Return the instant before which something counts: of a day its end, so that the day is included."""
    return given if isinstance(given, datetime) else whole_day(given, zone).end


def whole_day(day: date, zone: ZoneInfo) -> Interval:
    """Return a local day from midnight to midnight; it is longer or shorter where the clocks change."""
    return Interval(local_instant(day, time(0), zone), local_instant(day + timedelta(days=1), time(0), zone))


@lru_cache(maxsize=2**14)  # the same shift is held against the hours of many people
def by_day(interval: Interval, zone: ZoneInfo) -> tuple[tuple[date, Interval], ...]:
    """Cut an interval at the zone's midnights and return each local day with its part."""
    return tuple(_days_of(interval, zone))


def _days_of(interval: Interval, zone: ZoneInfo) -> Iterator[tuple[date, Interval]]:
    start = interval.start
    while start < interval.end:
        day = local_day(start, zone)
        end = min(local_instant(day + timedelta(days=1), time(0), zone), interval.end)
        yield day, Interval(start, end)
        start = end
