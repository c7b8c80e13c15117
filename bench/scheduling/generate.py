"""Problems made from a seed: a city, a prefecture or a nation, in a month with room or in a tight one.

The same size, tightness and seed make the same problem, byte for byte, on any machine.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from scheduling.interval import DateRange, Interval
from scheduling.people import Availability, AvailabilityRule, Certificate, Gender, History, Level, Pledge, Proficiency
from scheduling.place import Place
from scheduling.problem import Calendar, Commitment, Need, Problem, Proposal, RuledOut, Rules, Shift, Volunteer

TOKYO: Final = ZoneInfo("Asia/Tokyo")
FIRST: Final = date(2026, 6, 1)
DAYS: Final = 28
YEAR: Final = DateRange(date(2026, 4, 1), date(2027, 3, 31))
LANGUAGES: Final = (
    *("en", "zh", "vi", "pt", "ko", "tl", "ne", "id", "my"),
    *("es", "th", "ru", "fr", "bn", "si", "ur", "fa", "mn"),
)
SPOKEN: Final = tuple(1 / (rank + 1) for rank in range(len(LANGUAGES)))
ASKED: Final = tuple(1 / (rank + 2) for rank in range(len(LANGUAGES)))
HOURS: Final = ((9, 13), (13, 18), (9, 18), (8, 21), (17, 21))
SERVICES: Final = ("infant_checkup", "school_support", "medical", "city_office", "class")


@dataclass(frozen=True)
class Size:
    """How many people and shifts, in how many regions that share nobody.

    In one region a few homes are unknown and a few shifts are by telephone: whom that concerns fits everywhere.
    """

    name: str
    volunteers: int
    shifts: int
    regions: int = 1


SIZES: Final = {
    size.name: size
    for size in (Size("city", 200, 300), Size("prefecture", 2000, 3000), Size("nation", 20000, 50000, 47))
}


@dataclass(frozen=True)
class Site:
    """A facility, and the region in which it lies."""

    place: Place
    region: int


def generate(size: Size, *, tight: bool = False, seed: int = 1) -> Problem:
    """Return the problem of a size; in a tight month people have half the hours to give, and lower caps."""
    dice = random.Random(f"{size.name}/{tight}/{seed}")  # noqa: S311 (repeatable, not secret)
    sites = list(_sites(dice, size))
    volunteers = tuple(_volunteer(dice, number, size, tight=tight) for number in range(size.volunteers))
    shifts = tuple(_shifts(dice, size, sites))
    shifts = tuple(_with_bans(dice, shift, volunteers) for shift in shifts)
    return Problem(
        shifts,
        volunteers,
        {volunteer.id: _calendar(dice) for volunteer in volunteers if dice.random() < 0.15},
        Rules(zone=TOKYO, today=date(2026, 5, 20), pledge_version="2026"),
        pins=tuple(_pins(dice, shifts, volunteers)),
        ruled_out=tuple(_ruled_out(dice, shifts, volunteers)),
    )


def _centre(region: int) -> tuple[float, float]:
    """Return where a region lies: some 200 km from the next."""
    return 31.0 + 1.8 * (region % 7), 130.0 + 2.2 * (region // 7)


def _near(dice: random.Random, centre: tuple[float, float], spread_km: float) -> tuple[float, float]:
    north, east = dice.gauss(0, spread_km), dice.gauss(0, spread_km)
    return round(centre[0] + north / 111, 5), round(centre[1] + east / (111 * math.cos(math.radians(centre[0]))), 5)


def _spread(size: Size) -> float:
    """Return the spread of a region in km: a town for 200 people, wider for more."""
    return 4 * math.sqrt(size.volunteers / size.regions / 200)


def _district(point: tuple[float, float]) -> str:
    """Return the district: a square of some 8 km."""
    return f"d{round(point[0] * 14)}-{round(point[1] * 11)}"


def _sites(dice: random.Random, size: Size) -> Iterator[Site]:
    for number in range(max(8, size.shifts // 15)):
        region = number % size.regions
        point = _near(dice, _centre(region), _spread(size))
        yield Site(Place(f"f{number}", _district(point), point), region)


def _volunteer(dice: random.Random, number: int, size: Size, *, tight: bool) -> Volunteer:
    home = _near(dice, _centre(number % size.regions), _spread(size))
    return Volunteer(
        id=f"v{number:05}",
        number=f"V-{number:05}",
        engagement=dice.choices(("volunteer", "staff", "partner"), (90, 5, 5))[0],
        status="active" if dice.random() < 0.96 else "on_leave",
        registered_until=YEAR.ends_on,
        renewing=False,
        birth_date=date(dice.randint(1950, 2007), dice.randint(1, 12), dice.randint(1, 28)),
        gender=dice.choices((Gender.female, Gender.male, None), (62, 33, 5))[0],
        languages=_languages(dice),
        skills=frozenset(skill for skill in ("first_aid", "early_childhood") if dice.random() < 0.35),
        certificates=tuple(_certificates(dice)),
        pledges=(Pledge("2026", date(2026, 4, 10)),) if dice.random() < 0.97 else (),
        insurance=(YEAR,) if dice.random() < 0.98 else (),
        child_contact_ok=dice.random() < 0.8,
        child_safety=YEAR if dice.random() < 0.7 else None,
        home_district=_district(home),
        home=home if dice.random() < 0.97 or size.regions > 1 else None,
        max_travel_km=dice.choice((5, 8, 10, 15, 20, 30)) if dice.random() < 0.9 else 40,
        max_per_month=dice.randint(1, 2) if tight else dice.randint(2, 8),
        availability=_availability(dice, tight=tight),
        history=_history(dice, number),
    )


def _languages(dice: random.Random) -> dict[str, Proficiency]:
    count = dice.choices((1, 2, 3), (70, 24, 6))[0]
    tags = sorted(set(dice.choices(LANGUAGES, SPOKEN, k=count)))
    levels = (Level.A2, Level.B1, Level.B2, Level.C1, Level.C2, Level.NATIVE)
    spoken = {tag: dice.choices(levels, (5, 15, 30, 25, 10, 15))[0] for tag in tags}
    spoken["ja"] = dice.choices(levels[2:], (10, 20, 20, 50))[0]
    return {tag: Proficiency(level, level) for tag, level in spoken.items()}


def _certificates(dice: random.Random) -> Iterator[Certificate]:
    for code, share in (("checkup", 0.45), ("medical", 0.35)):
        if dice.random() < share:
            lapses = FIRST + timedelta(days=dice.randrange(DAYS)) if dice.random() < 0.1 else YEAR.ends_on
            yield Certificate(code, DateRange(date(2025, 4, 1), lapses))


def _availability(dice: random.Random, *, tight: bool) -> Availability:
    if dice.random() < 0.04:
        return Availability()
    days = sorted(dice.sample(range(7), dice.randint(1, 3) if tight else dice.randint(2, 5)))
    rules = []
    for day in days:
        starts, ends = dice.choice(HOURS)
        rules.append(AvailabilityRule(day, time(starts), time(ends), YEAR, dice.random() < 0.3))
    away = [_days_off(dice) for _ in range(dice.choice((0, 0, 1, 2)))]
    return Availability(tuple(rules), tuple(away))


def _days_off(dice: random.Random) -> Interval:
    first = FIRST + timedelta(days=dice.randrange(DAYS))
    return Interval(_at(first, 0), _at(first + timedelta(days=dice.randint(1, 5)), 0))


def _history(dice: random.Random, number: int) -> History:
    asked = dice.randint(0, 20)
    return History(
        assignments_90d=min(14, int(dice.expovariate(0.3))),
        asked=asked,
        answered=dice.randint(0, asked),
        by_service={service: dice.randint(1, 9) for service in SERVICES if dice.random() < 0.25},
        clients=frozenset({f"c{(number * 7 + step) % 5000}" for step in range(dice.choice((0, 0, 1, 3)))}),
    )


def _at(day: date, minute: int) -> datetime:
    return (datetime.combine(day, time(0), tzinfo=TOKYO) + timedelta(minutes=minute)).astimezone(UTC)


def _calendar(dice: random.Random) -> Calendar:
    start = _at(FIRST + timedelta(days=dice.randrange(DAYS)), dice.randrange(9, 18) * 60)
    return Calendar((Commitment(Interval(start, start + timedelta(minutes=90)), Place(), counts=dice.random() < 0.5),))


def _shifts(dice: random.Random, size: Size, sites: Sequence[Site]) -> Iterator[Shift]:
    """Give so many shifts; every fifth draw opens a weekly series of four."""
    made = 0
    while made < size.shifts:
        weeks = min(4, size.shifts - made) if dice.random() < 0.07 else 1
        first = _shift(dice, made, dice.choice(sites), size)
        for week in range(weeks):
            yield _repeated(first, made + week, week) if weeks > 1 else first
        made += weeks


def _shift(dice: random.Random, number: int, site: Site, size: Size) -> Shift:
    weekday = dice.choices(range(7), (20, 20, 20, 20, 20, 8, 4))[0]
    day = FIRST + timedelta(days=weekday + 7 * dice.randrange(4))
    start = 9 * 60 + 30 * dice.randrange(19)
    length = dice.choice((60, 60, 90, 90, 120, 180))
    remote = size.regions == 1 and dice.random() < 0.03
    return Shift(
        id=f"s{number:05}",
        label=f"shift {number}",
        interval=Interval(_at(day, start), _at(day, start + length)),
        place=Place(remote=True) if remote else site.place,
        service=dice.choice(SERVICES),
        needs=(_need(dice),),
        clients=frozenset({f"c{dice.randrange(5000)}"}) if dice.random() < 0.3 else frozenset(),
        priority=dice.choices((1, 2, 3, 5), (60, 25, 10, 5))[0],
    )


def _need(dice: random.Random) -> Need:
    language = dice.choices(LANGUAGES, ASKED)[0]
    return Need(
        id="n1",
        role="interpreter",
        languages=(language,) if dice.random() < 0.96 else tuple(sorted({language, "en"})),
        min_level=dice.choices((Level.B1, Level.B2, None), (45, 35, 20))[0],
        certifications=frozenset({dice.choice(("checkup", "medical"))}) if dice.random() < 0.2 else frozenset(),
        skills=frozenset({"first_aid"}) if dice.random() < 0.04 else frozenset(),
        gender=Gender.female if dice.random() < 0.05 else None,
        child_safety=dice.random() < 0.1,
        min_age=18 if dice.random() < 0.1 else 0,
        places=2 if dice.random() < 0.12 else 1,
    )


def _repeated(first: Shift, number: int, week: int) -> Shift:
    """Return the occurrence of a series in a week, the first in the first week."""
    day = FIRST + timedelta(days=first.interval.start.astimezone(TOKYO).weekday() + 7 * week)
    local = first.interval.start.astimezone(TOKYO)
    start = _at(day, local.hour * 60 + local.minute)
    return Shift(
        id=f"s{number:05}",
        label=first.label,
        interval=Interval(start, start + timedelta(minutes=first.interval.minutes)),
        place=first.place,
        service=first.service,
        needs=first.needs,
        clients=first.clients,
        priority=first.priority,
        series=first.id,
    )


def _with_bans(dice: random.Random, shift: Shift, volunteers: Sequence[Volunteer]) -> Shift:
    if dice.random() >= 0.04:
        return shift
    picked = [volunteer.id for volunteer in dice.sample(volunteers, 3)]
    fields = {name: getattr(shift, name) for name in shift.__slots__}
    return Shift(**{**fields, "excluded": frozenset(picked[:2]), "acquainted": frozenset(picked[2:])})


def _pins(dice: random.Random, shifts: Sequence[Shift], volunteers: Sequence[Volunteer]) -> Iterator[Proposal]:
    """Give pins for one shift in a hundred, some of which no rule allows: what people type by hand is like that."""
    for shift in dice.sample(shifts, len(shifts) // 100):
        speakers = [one for one in volunteers[:4000] if one.languages.keys() & set(shift.needs[0].languages)]
        if speakers:
            yield Proposal(dice.choice(speakers).id, shift.id, "n1", consents=frozenset({"ASG_RADIUS"}))


def _ruled_out(dice: random.Random, shifts: Sequence[Shift], volunteers: Sequence[Volunteer]) -> Iterator[RuledOut]:
    for shift in dice.sample(shifts, len(shifts) // 50):
        yield RuledOut(dice.choice(volunteers).id, shift.id)
