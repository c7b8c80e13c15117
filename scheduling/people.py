"""What is known of the people who may be assigned: languages, papers, hours, history.

The values are plain and immutable and hold no field that no rule or text reads.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from scheduling.interval import DateRange, Interval, by_day, local_instant, merge
from scheduling.place import Point, check_point

JAPANESE: Final = "ja"
ACTIVE: Final = "active"
STAFF: Final = "staff"
ENGAGEMENTS: Final = frozenset({"volunteer", STAFF, "partner"})


class Gender(StrEnum):
    """What a gender requirement can ask for."""

    female = "female"
    male = "male"


class AvailabilityState(StrEnum):
    """What a volunteer's own calendar says: free, no word for that period, or away."""

    free = "free"
    unknown = "unknown"
    away = "away"


class Level(IntEnum):
    """A level of the reference frame for languages; native speakers stand above C2."""

    A1 = 1
    A2 = 2
    B1 = 3
    B2 = 4
    C1 = 5
    C2 = 6
    NATIVE = 7

    @classmethod
    def parse(cls, text: str) -> "Level":
        """Read "A1" to "C2" or "native"; anything else is a ValueError."""
        for level in cls:
            if level.code == text:
                return level
        raise ValueError(f"not a level: {text!r}")

    @property
    def code(self) -> str:
        """The spelling used outside: "A1" to "C2" or "native"."""
        return "native" if self is Level.NATIVE else self.name


@dataclass(frozen=True, slots=True)
class Proficiency:
    """How well a person speaks and understands one language."""

    speaking: Level
    listening: Level

    @property
    def level(self) -> Level:
        """The lower of the two: interpreting needs both."""
        return min(self.speaking, self.listening)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certification by its code, with the days on which it is valid."""

    code: str
    valid: DateRange


@dataclass(frozen=True, slots=True)
class Pledge:
    """A signed pledge of confidentiality."""

    version: str
    signed_on: date


@dataclass(frozen=True, slots=True)
class AvailabilityRule:
    """Weekly hours in local time; `ends` at 0:00 means midnight at the end of the day, Monday is 0."""

    weekday: int
    starts: time
    ends: time
    valid: DateRange
    preferred: bool = False

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise ValueError("a weekday is 0 (Monday) to 6 (Sunday)")
        if time(0) < self.ends <= self.starts:
            raise ValueError("weekly hours must end after they start")

    def holds_on(self, day: date) -> bool:
        """Tell whether these are hours of that day."""
        return self.weekday == day.weekday() and self.valid.covers(day)

    def window(self, day: date, zone: ZoneInfo) -> Interval | None:
        """Return the hours on one day; None when the rule does not hold then or the clocks skip them."""
        return _between(day, self.starts, self.ends, zone) if self.holds_on(day) else None


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What she said about the days of one period when she was asked; it stands above her weekly hours there.

    `hours` are those she named, each as a rule of one day; none at all means that she comes on no day, and None that
    her weekly hours hold. `at_most` is how many activities she takes in each month on the days she was asked about.
    """

    period: DateRange
    hours: tuple[AvailabilityRule, ...] | None = None
    at_most: int | None = None

    def __post_init__(self) -> None:
        if self.at_most is not None and self.at_most < 0:
            raise ValueError("a cap cannot be negative")


@dataclass(frozen=True, slots=True)
class Availability:
    """A volunteer's weekly hours, the exceptions during which she is away whatever the hours say, and her answers.

    Of two answers about one day the later in the tuple holds.
    """

    rules: tuple[AvailabilityRule, ...] = ()
    away: tuple[Interval, ...] = ()
    answers: tuple[CallAnswer, ...] = ()

    def answer_on(self, day: date) -> CallAnswer | None:
        """Return what she answered for a day, if she did."""
        return next((answer for answer in reversed(self.answers) if answer.period.covers(day)), None)

    def all_hours(self) -> Iterator[AvailabilityRule]:
        """Give her weekly hours and those she named in answers, whichever hold on a day."""
        yield from self.rules
        for answer in self.answers:
            yield from answer.hours or ()

    def excepted(self, interval: Interval) -> bool:
        """Tell whether an exception takes any of the interval."""
        return any(absence.overlaps(interval) for absence in self.away)

    def state(self, interval: Interval, zone: ZoneInfo) -> AvailabilityState:
        """Judge the interval: away if any part is, else unknown if any local day has no rule in force, else free.

        On the days of an answer that names hours these alone count: free within them, away outside.
        """
        if self.away and self.excepted(interval):
            return AvailabilityState.away
        days = by_day(interval, zone)
        if len(days) == 1:
            return self._on_day(*days[0], zone)
        states = [self._on_day(day, part, zone) for day, part in days]
        worst_first = (AvailabilityState.away, AvailabilityState.unknown)
        return next((state for state in worst_first if state in states), AvailabilityState.free)

    def preferred(self, interval: Interval, zone: ZoneInfo) -> bool:
        """Tell of an interval in which she is free whether all of it lies in hours that she marked as preferred."""
        liked = [rule for rule in self.rules if rule.preferred]
        return bool(liked) and all(_covered(liked, day, part, zone) for day, part in by_day(interval, zone))

    def _on_day(self, day: date, part: Interval, zone: ZoneInfo) -> AvailabilityState:
        hours = self._hours_on(day)
        if hours is None:
            return AvailabilityState.unknown
        return AvailabilityState.free if _covered(hours, day, part, zone) else AvailabilityState.away

    def _hours_on(self, day: date) -> tuple[AvailabilityRule, ...] | None:
        """Return the hours that count on a day: named in an answer, else weekly; None when nothing is known."""
        answer = self.answer_on(day) if self.answers else None
        if answer is not None and answer.hours is not None:
            return answer.hours
        for rule in self.rules:  # a loop, for most often the first is in force, and thousands of people are asked
            if rule.valid.covers(day):
                return self.rules
        return None


def _covered(rules: Iterable[AvailabilityRule], day: date, part: Interval, zone: ZoneInfo) -> bool:
    weekday = day.weekday()
    those = [rule.window(day, zone) for rule in rules if rule.weekday == weekday]
    windows = [window for window in those if window is not None]
    if len(windows) == 1:
        return windows[0].contains(part)
    return any(window.contains(part) for window in merge(windows))


@lru_cache(maxsize=2**14)  # a month of days by the hours that people write down, asked for each of them
def _between(day: date, starts: time, ends: time, zone: ZoneInfo) -> Interval | None:
    last_day = day + timedelta(days=1) if ends == time(0) else day
    start, end = local_instant(day, starts, zone), local_instant(last_day, ends, zone)
    return Interval(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class History:
    """What is behind a volunteer: work of the last 90 days, answers to offers, services and clients she knows."""

    assignments_90d: int = 0
    last_assigned_at: datetime | None = None
    last_asked_at: datetime | None = None
    by_service: Mapping[str, int] = field(default_factory=dict)
    asked: int = 0
    answered: int = 0
    accepted: int = 0
    asks_this_week: int = 0
    open_asks: int = 0
    clients: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        counts = (self.assignments_90d, self.accepted, self.asks_this_week, self.open_asks, *self.by_service.values())
        if min(counts) < 0:
            raise ValueError("a count cannot be negative")
        if not self.accepted <= self.answered <= self.asked:
            raise ValueError("more offers answered than asked, or more accepted than answered")


@dataclass(frozen=True, slots=True)
class Steps:
    """How often she watched, interpreted beside another, and alone: in one kind of service and one language, or none."""

    service: str
    language: str | None = None
    shadowed: int = 0
    paired: int = 0
    alone: int = 0

    def __post_init__(self) -> None:
        if min(self.shadowed, self.paired, self.alone) < 0:
            raise ValueError("a count cannot be negative")

    @property
    def served(self) -> int:
        """How often she interpreted, beside another or alone."""
        return self.paired + self.alone


def steps_in(steps: Iterable[Steps], service: str, languages: Iterable[str]) -> Steps:
    """Return what somebody did in a kind of service, in any of the languages; in whichever where none is named."""
    tags = frozenset(languages)
    done = [one for one in steps if one.service == service and (not tags or one.language in tags)]
    counts = [sum(column) for column in zip(*((one.shadowed, one.paired, one.alone) for one in done), strict=True)]
    return Steps(service, None, *counts)


@dataclass(frozen=True, slots=True)
class Cap:
    """How many activities a person takes on the days of one span; days have equal caps if they share them."""

    limit: int
    span: Hashable


@dataclass(frozen=True, slots=True)
class Volunteer:
    """A person who may be assigned, volunteers, staff and partners alike; `home` is latitude, longitude in degrees.

    Without `max_per_day` or `max_per_week` (of local days, from Monday) only the month bounds how much she does.
    `steps` are those of the kinds of service that ask for any.
    """

    id: str
    number: str
    engagement: str
    status: str
    registered_until: date | None
    renewing: bool
    birth_date: date | None
    gender: Gender | None
    languages: Mapping[str, Proficiency]
    skills: frozenset[str]
    certificates: tuple[Certificate, ...]
    pledges: tuple[Pledge, ...]
    insurance: tuple[DateRange, ...]
    child_contact_ok: bool
    child_safety: DateRange | None
    home_district: str | None
    home: Point | None
    max_travel_km: int | None
    max_per_month: int
    availability: Availability
    history: History
    max_per_day: int | None = None
    max_per_week: int | None = None
    steps: tuple[Steps, ...] = ()

    def __post_init__(self) -> None:
        if self.engagement not in ENGAGEMENTS:
            raise ValueError(f"not an engagement: {self.engagement!r}")
        limits = (self.max_per_day, self.max_per_week, self.max_per_month, self.max_travel_km)
        if min(limit or 0 for limit in limits) < 0:
            raise ValueError("a cap or radius cannot be negative")
        check_point(self.home)

    def caps_per_day(self, day: date) -> tuple[Cap, ...]:
        """Return her cap for a day, if she has one."""
        return () if self.max_per_day is None else (Cap(self.max_per_day, day),)

    def caps_per_week(self, day: date) -> tuple[Cap, ...]:
        """Return her cap for the week of a day, if she has one."""
        return () if self.max_per_week is None else (Cap(self.max_per_week, day.isocalendar()[:2]),)

    def caps_per_month(self, day: date) -> tuple[Cap, ...]:
        """Return her caps for the month of a day: what she answered for it, if she did, and the one that she always has."""
        month, answer = (day.year, day.month), self.availability.answer_on(day)
        ever = Cap(self.max_per_month, month)
        if answer is None or answer.at_most is None:
            return (ever,)
        return Cap(answer.at_most, (month, answer.period)), ever

    def steps_in(self, service: str, languages: Iterable[str]) -> Steps:
        """Return what she did so far; see the function of that name."""
        return steps_in(self.steps, service, languages)

    def best_pair(self, tags: Iterable[str]) -> tuple[str, Level] | None:
        """Return the tag she interprets best with its level, the first among equals; None when she has none.

        The level of a pair is `min(speaking, listening)` in the language *and* in Japanese.
        """
        japanese = self.languages.get(JAPANESE)
        if japanese is None:
            return None
        best: tuple[str, Level] | None = None
        for tag in tags:
            spoken = self.languages.get(tag)
            if spoken is not None:
                level = min(spoken.level, japanese.level)
                best = (tag, level) if best is None or level > best[1] else best
        return best
