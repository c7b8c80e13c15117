"""What is known of the people who may be assigned: languages, papers, hours, history.

The values are plain and immutable and hold no field that no rule or text reads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
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
        return day.weekday() == self.weekday and self.valid.covers(day)

    def window(self, day: date, zone: ZoneInfo) -> Interval | None:
        """Return the hours on one day; None when the rule does not hold then or the clocks skip them."""
        if not self.holds_on(day):
            return None
        last_day = day + timedelta(days=1) if self.ends == time(0) else day
        start, end = local_instant(day, self.starts, zone), local_instant(last_day, self.ends, zone)
        return Interval(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What she said about the days of one period when she was asked; it stands above her weekly hours there.

    `hours` are those she named, each as a rule of one day; none at all means that she comes on no day, and None that
    her weekly hours hold. `at_most` is how many activities she takes in the month.
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

    def excepted(self, interval: Interval) -> bool:
        """Tell whether an exception takes any of the interval."""
        return any(absence.overlaps(interval) for absence in self.away)

    def state(self, interval: Interval, zone: ZoneInfo) -> AvailabilityState:
        """Judge the interval: away if any part is, else unknown if any local day has no rule in force, else free.

        On the days of an answer that names hours these alone count: free within them, away outside.
        """
        if self.excepted(interval):
            return AvailabilityState.away
        states = {self._on_day(day, part, zone) for day, part in by_day(interval, zone)}
        worst_first = (AvailabilityState.away, AvailabilityState.unknown, AvailabilityState.free)
        return next(state for state in worst_first if state in states)

    def preferred(self, interval: Interval, zone: ZoneInfo) -> bool:
        """Tell whether all of the interval lies in hours she marked as preferred, and she is free then."""
        liked = [rule for rule in self.rules if rule.preferred]
        covered = all(_covered(liked, day, part, zone) for day, part in by_day(interval, zone))
        return covered and self.state(interval, zone) is AvailabilityState.free

    def _on_day(self, day: date, part: Interval, zone: ZoneInfo) -> AvailabilityState:
        hours = self._hours_on(day)
        if hours is None:
            return AvailabilityState.unknown
        return AvailabilityState.free if _covered(hours, day, part, zone) else AvailabilityState.away

    def _hours_on(self, day: date) -> tuple[AvailabilityRule, ...] | None:
        """Return the hours that count on a day: named in an answer, else weekly; None when nothing is known."""
        answer = self.answer_on(day)
        if answer is not None and answer.hours is not None:
            return answer.hours
        return self.rules if any(rule.valid.covers(day) for rule in self.rules) else None


def _covered(rules: Iterable[AvailabilityRule], day: date, part: Interval, zone: ZoneInfo) -> bool:
    windows = (rule.window(day, zone) for rule in rules)
    return any(window.contains(part) for window in merge(window for window in windows if window is not None))


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
class Volunteer:
    """A person who may be assigned, volunteers, staff and partners alike; `home` is latitude, longitude in degrees."""

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

    def __post_init__(self) -> None:
        if self.engagement not in ENGAGEMENTS:
            raise ValueError(f"not an engagement: {self.engagement!r}")
        if self.max_per_month < 0 or (self.max_travel_km or 0) < 0:
            raise ValueError("a cap or radius cannot be negative")
        check_point(self.home)

    def cap_on(self, day: date) -> int:
        """Return how many activities she takes in the month of a day: as ever, or fewer where she answered so."""
        answer = self.availability.answer_on(day)
        if answer is None or answer.at_most is None:
            return self.max_per_month
        return min(self.max_per_month, answer.at_most)

    def best_pair(self, tags: Iterable[str]) -> tuple[str, Level] | None:
        """Return the tag she interprets best with its level, the first among equals; None when she has none.

        The level of a pair is `min(speaking, listening)` in the language *and* in Japanese.
        """
        japanese = self.languages.get(JAPANESE)
        if japanese is None:
            return None
        pairs = [(tag, min(self.languages[tag].level, japanese.level)) for tag in tags if tag in self.languages]
        return max(pairs, key=lambda pair: pair[1], default=None)
