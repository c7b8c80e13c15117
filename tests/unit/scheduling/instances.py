"""Small values for tests of scheduling: by default everybody may do everything, so a test changes what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import settings

from scheduling.constraints import Rule, broken_rules
from scheduling.interval import DateRange, Interval
from scheduling.problem import (
    Availability,
    AvailabilityRule,
    Calendar,
    CallAnswer,
    Certificate,
    Commitment,
    Door,
    Gender,
    History,
    Level,
    Need,
    Place,
    Pledge,
    Problem,
    Proficiency,
    Rules,
    Shift,
    Violation,
    Volunteer,
)

TOKYO: Final = ZoneInfo("Asia/Tokyo")
TODAY: Final = date(2025, 11, 10)
DAY: Final = date(2025, 11, 20)
"""The day of the default shift, a Thursday."""
YEAR: Final = DateRange(date(2025, 4, 1), date(2026, 3, 31))
PLEDGE: Final = "2025"
REPEATABLE: Final = settings(derandomize=True, database=None, deadline=None, max_examples=60)
"""Properties are tried on the same examples each time: a red run can be run again."""

EVE = DAY - timedelta(days=1)
SINCE_APRIL = date(2025, 4, 1)
UNTIL_EVE = DateRange(SINCE_APRIL, EVE)
UNTIL_DAY = DateRange(SINCE_APRIL, DAY)
LONG_OVER = DateRange(date(2024, 4, 1), date(2025, 3, 31))
ELSEWHERE = Place("hall", "south")
NEXT_DOOR = Place("school", "east")
ON_THE_PHONE = Place(remote=True)
NOWHERE_KNOWN = Place()


def at(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    """Return an instant in Tokyo."""
    return datetime.combine(day, time(hour, minute), tzinfo=TOKYO)


def span(start: int, end: int, *, day: date = DAY) -> Interval:
    """Return an interval between two hours in Tokyo, each written as 930 for 9:30."""
    return Interval(at(start // 100, start % 100, day=day), at(end // 100, end % 100, day=day))


def speaks(**levels: str) -> dict[str, Proficiency]:
    """Return proficiencies with speaking and listening alike, `speaks(vi="B2", ja="native")`."""
    return {tag: Proficiency(Level.parse(text), Level.parse(text)) for tag, text in levels.items()}


def hours(
    starts: int = 0,
    ends: int = 0,
    *,
    weekdays: Sequence[int] = range(7),
    valid: DateRange = YEAR,
    preferred: bool = False,
) -> tuple[AvailabilityRule, ...]:
    """Return weekly hours for the weekdays, the whole day by default; hours are written as 930 for 9:30."""
    start, end = time(starts // 100, starts % 100), time(ends // 100, ends % 100)
    return tuple(AvailabilityRule(weekday, start, end, valid, preferred) for weekday in weekdays)


DECEMBER: Final = DateRange(date(2025, 12, 1), date(2025, 12, 31))
NOVEMBER: Final = DateRange(date(2025, 11, 1), date(2025, 11, 30))


def named(*days: date, starts: int = 0, ends: int = 0) -> tuple[AvailabilityRule, ...]:
    """Return hours of single days as an answer names them, whole days by default; written as 930 for 9:30."""
    one_by_one = (hours(starts, ends, weekdays=[day.weekday()], valid=DateRange(day, day)) for day in days)
    return tuple(rule for rules in one_by_one for rule in rules)


def answered(*named_hours: AvailabilityRule, **over: Any) -> CallAnswer:
    """Return an answer for November that names these hours and no others."""
    fields: dict[str, Any] = {"period": NOVEMBER, "hours": named_hours} | over
    return CallAnswer(**fields)


def volunteer(**over: Any) -> Volunteer:
    """Return a volunteer whom no rule bars from the default shift, whatever it needs."""
    fields: dict[str, Any] = {
        "id": "v1",
        "engagement": "volunteer",
        "status": "active",
        "registered_until": YEAR.ends_on,
        "renewing": False,
        "birth_date": date(1990, 5, 17),
        "gender": Gender.female,
        "languages": speaks(vi="C1", ja="native"),
        "skills": frozenset({"first_aid"}),
        "certificates": (Certificate("checkup", YEAR),),
        "pledges": (Pledge(PLEDGE, date(2025, 4, 1)),),
        "insurance": (YEAR,),
        "child_contact_ok": True,
        "child_safety": YEAR,
        "home_district": "east",
        "home": (36.56, 136.66),
        "max_travel_km": 10,
        "max_per_month": 4,
        "availability": Availability(hours()),
        "history": History(),
    } | over
    return Volunteer(**({"number": f"V-{fields['id']}"} | fields))


def need(**over: Any) -> Need:
    """Return a need of one Vietnamese interpreter at B1."""
    fields: dict[str, Any] = {"id": "n1", "role": "interpreter", "languages": ("vi",), "min_level": Level.B1} | over
    return Need(**fields)


def demanding_need(**over: Any) -> Need:
    """Return a need that asks for all that a need can ask for; the default volunteer meets it."""
    fields: dict[str, Any] = {
        "certifications": frozenset({"checkup"}),
        "skills": frozenset({"first_aid"}),
        "gender": Gender.female,
        "min_age": 18,
        "child_safety": True,
    }
    return need(**(fields | over))


def shift(**over: Any) -> Shift:
    """Return a check-up on 20 November 2025, 10:00 to 11:30, with the default need."""
    fields: dict[str, Any] = {
        "id": "s1",
        "label": "check-up",
        "interval": span(1000, 1130),
        "place": Place("centre", "east", (36.56, 136.66)),
        "service": "infant_checkup",
        "needs": (need(),),
    }
    return Shift(**(fields | over))


def rules(**over: Any) -> Rules:
    """Return the default rules as of `TODAY`; east borders on south, nothing else on anything."""
    fields: dict[str, Any] = {
        "zone": TOKYO,
        "today": TODAY,
        "pledge_version": PLEDGE,
        "neighbours": {"east": frozenset({"south"})},
    }
    return Rules(**(fields | over))


def held(start: int, end: int, *, day: date = DAY, place: Place | None = None, **over: Any) -> Commitment:
    """Return a commitment at the default shift's own facility."""
    return Commitment(span(start, end, day=day), place or Place("centre", "east"), **over)


def problem(
    *volunteers: Volunteer,
    shifts: Sequence[Shift] = (),
    calendars: Mapping[str, Sequence[Commitment]] | None = None,
    **over: Any,
) -> Problem:
    """Return a problem of the default shift (or those given) and the volunteers; `over` changes the rules."""
    by_id = {volunteer_id: Calendar(tuple(commitments)) for volunteer_id, commitments in (calendars or {}).items()}
    return Problem(tuple(shifts) or (shift(),), volunteers, by_id, rules(**over))


def utc(instant: datetime) -> datetime:
    """Return the same instant in UTC, as intervals and facts hold it."""
    return instant.astimezone(UTC)


@dataclass(frozen=True)
class Case:
    """What differs from the default, a need that asks for everything and is met by a volunteer who has it."""

    volunteer: dict[str, Any] = field(default_factory=dict)
    shift: dict[str, Any] = field(default_factory=dict)
    need: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    held: tuple[Commitment, ...] = ()
    door: Door = Door.offer

    def broken(self) -> tuple[Violation, ...]:
        """Judge the case by all hard rules of its door."""
        return broken_rules(*self._values(), self.door)

    def breaks(self, rule: Rule) -> bool:
        """Tell whether one rule is broken, whatever the door."""
        return rule(*self._values()) is not None

    def _values(self) -> tuple[Volunteer, Shift, Need, Calendar, Rules]:
        here, what = shift(**self.shift), demanding_need(**self.need)
        return volunteer(**self.volunteer), here, what, Calendar(self.held), rules(**self.rules)


def of(**over: Any) -> Case:
    """A case in which only the volunteer differs."""
    return Case(volunteer=over)


def holding(*commitments: Commitment, **over: Any) -> Case:
    """A case in which she holds something already."""
    return Case(held=commitments, **over)


def four_held(*, day: date = date(2025, 11, 3), **over: Any) -> tuple[Commitment, ...]:
    """Return commitments on four days in a row, in November 2025 by default."""
    return tuple(held(900, 1000, day=day + timedelta(days=step), **over) for step in range(4))
