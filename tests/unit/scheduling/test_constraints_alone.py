"""Each hard rule, broken in any way and by any amount, is broken alone: all the others are silent."""

from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.constraints import HARD_RULES
from scheduling.interval import DateRange, Interval
from scheduling.people import Availability, Certificate, Gender, History, Level, Pledge, Steps
from scheduling.place import Place
from scheduling.problem import Commitment, Door
from tests.unit.scheduling.instances import (
    DAY,
    ELSEWHERE,
    NEXT_DOOR,
    PLEDGE,
    REPEATABLE,
    SINCE_APRIL,
    Case,
    answered,
    at,
    held,
    hours,
    named,
    span,
    speaks,
)

CENTRE: Final = Place("centre", "east")
BUFFERS: Final = {CENTRE: 15, NEXT_DOOR: 30, ELSEWHERE: 45}
LEVELS: Final = [level.code for level in Level]
few = st.integers(1, 4)


def hers(**traits: st.SearchStrategy[Any]) -> st.SearchStrategy[Case]:
    """Cases in which only the volunteer differs."""
    return st.fixed_dictionaries(traits).map(lambda volunteer: Case(volunteer=volunteer))


def before_or_after() -> st.SearchStrategy[DateRange]:
    """Days that end before the day of the shift or begin after it."""
    ended = st.integers(1, 200).map(lambda days: DateRange(SINCE_APRIL, DAY - timedelta(days=1 + days % 200)))
    to_come = st.integers(1, 200).map(lambda days: DateRange(DAY + timedelta(days=days)))
    return st.one_of(ended, to_come)


def on_days(days: list[date], number: int, **caps: int) -> Case:
    """A case in which she holds something on so many of the days, early in the morning."""
    return Case(volunteer=caps, held=tuple(held(600, 700, day=day) for day in days[:number]))


@st.composite
def overlapping(draw: st.DrawFn) -> Case:
    start, minutes = draw(st.integers(-300, 89)), draw(st.integers(1, 300))
    begins = at(10) + timedelta(minutes=min(start, 89))
    ends = max(begins + timedelta(minutes=minutes), at(10) + timedelta(minutes=1))
    return Case(
        held=(Commitment(Interval(begins, ends), draw(st.sampled_from(list(BUFFERS))), counts=draw(st.booleans())),)
    )


@st.composite
def hurried(draw: st.DrawFn) -> Case:
    where = draw(st.sampled_from(list(BUFFERS)))
    gap = timedelta(minutes=draw(st.integers(0, BUFFERS[where] - 1)))
    earlier, later = Interval(at(8), at(10) - gap), Interval(at(11, 30) + gap, at(14))
    return Case(held=(Commitment(draw(st.sampled_from([earlier, later])), where, counts=draw(st.booleans())),))


@st.composite
def weak(draw: st.DrawFn) -> Case:
    """Her best pair is below the level asked for, in the language or in Japanese."""
    asked = draw(st.integers(2, 7))
    low, high = draw(st.integers(1, asked - 1)), draw(st.integers(1, 7))
    vi, ja = draw(st.permutations([LEVELS[low - 1], LEVELS[high - 1]]))
    return Case(volunteer={"languages": speaks(vi=vi, ja=ja)}, need={"min_level": Level(asked)})


@st.composite
def green(draw: st.DrawFn) -> Case:
    """Too little done of what is asked, whatever she did elsewhere."""
    shadowings, pairings = draw(st.sampled_from([(1, 0), (0, 1), (3, 2)]))
    done = {"shadowed": draw(st.integers(0, 2)), "paired": draw(st.integers(0, max(0, pairings - 1)))}
    enough = done["shadowed"] + done["paired"] >= shadowings and done["paired"] >= pairings
    here = Steps("infant_checkup", "vi", **({} if enough else done))
    elsewhere = draw(st.sampled_from([Steps("infant_checkup", "en", 5, 5, 5), Steps("school_support", "vi", 5, 5, 5)]))
    return Case(volunteer={"steps": (here, elsewhere)}, need={"shadowings": shadowings, "pairings": pairings})


weeks = [DAY + timedelta(days=days) for days in (-3, -2, -1, 1, 2, 3)]
month = [date(2025, 11, day) for day in (3, 5, 7, 10, 12, 26, 28)]
BROKEN: Final[dict[str, st.SearchStrategy[Case]]] = {
    "ASG_STATUS": st.one_of(
        hers(status=st.sampled_from(["on_leave", "applied", "withdrawn"])),
        hers(registered_until=st.integers(1, 400).map(lambda days: DAY - timedelta(days=days))),
    ),
    "ASG_LANGUAGE": hers(
        languages=st.sampled_from([speaks(ja="native"), speaks(vi="C2"), speaks(en="C2", ja="C2"), {}])
    ),
    "ASG_LEVEL": weak(),
    "ASG_AGE": hers(
        birth_date=st.one_of(st.none(), st.dates(DAY.replace(year=DAY.year - 18) + timedelta(days=1), DAY))
    ),
    "ASG_NO_CERT": hers(
        certificates=st.lists(before_or_after().map(lambda valid: Certificate("checkup", valid)), max_size=3).map(tuple)
    ),
    "ASG_SKILL": hers(skills=st.frozensets(st.sampled_from(["early_childhood", "jltct"]))),
    "ASG_STEP": green(),
    "ASG_NO_PLEDGE": hers(
        pledges=st.lists(
            st.one_of(
                st.dates(SINCE_APRIL, DAY).map(lambda day: Pledge("2023", day)),
                st.dates(DAY + timedelta(days=1), date(2026, 3, 31)).map(lambda day: Pledge(PLEDGE, day)),
            ),
            max_size=3,
        ).map(tuple)
    ),
    "ASG_NO_INSURANCE": hers(insurance=st.lists(before_or_after(), max_size=3).map(tuple)),
    "CLS_SAFETY": st.one_of(
        hers(child_contact_ok=st.sampled_from([False])), hers(child_safety=st.one_of(st.none(), before_or_after()))
    ),
    "ASG_EXCLUDED": st.frozensets(st.sampled_from(["v2", "v3"])).map(
        lambda others: Case(shift={"excluded": others | {"v1"}})
    ),
    "ASG_GENDER": hers(gender=st.sampled_from([Gender.male, None])),
    "ASG_ACQUAINTED": st.frozensets(st.sampled_from(["v2", "v3"])).map(
        lambda others: Case(shift={"acquainted": others | {"v1"}})
    ),
    "ASG_OVERLAP": overlapping(),
    "ASG_UNAVAILABLE": hers(
        availability=st.sampled_from(
            [
                Availability(hours(1000, 1130)),
                Availability(hours(945, 1129)),
                Availability(hours(weekdays=[0, 1, 2, 4, 5, 6])),
                Availability(hours(), (span(900, 946),)),
                Availability(hours(), (span(1129, 1200),)),
                Availability(hours(), (), (answered(),)),
                Availability((), (), (answered(*named(DAY, starts=1000)),)),
            ]
        )
    ),
    "ASG_CAP_DAY": few.map(
        lambda cap: Case(
            volunteer={"max_per_day": cap, "max_per_month": 9},
            held=tuple(held(100 * hour, 100 * hour + 30) for hour in range(1, cap + 1)),
        )
    ),
    "ASG_CAP_WEEK": few.map(lambda cap: on_days(weeks, cap, max_per_week=cap, max_per_month=9)),
    "ASG_CAP": st.integers(0, 7).map(lambda cap: on_days(month, cap, max_per_month=cap)),
    "ASG_RADIUS": st.integers(0, 50).map(lambda km: Case(volunteer={"home": (36.1, 136.66), "max_travel_km": km})),
    "ASG_TRAVEL": hurried(),
    "ASG_ASKS": hers(
        history=st.one_of(
            st.integers(3, 9).map(lambda asks: History(asks_this_week=asks)),
            st.integers(3, 9).map(lambda asks: History(open_asks=asks)),
        )
    ),
}


@pytest.mark.parametrize("code", BROKEN)
@REPEATABLE
@given(st.data())
def test_a_rule_that_is_broken_is_broken_alone(code: str, data: st.DataObject) -> None:
    case = data.draw(BROKEN[code])

    assert {violation.code for violation in case.broken()} == {code}


def test_every_code_of_the_hard_rules_is_broken_somewhere() -> None:
    assert BROKEN.keys() == {rule.__doc__.partition(":")[0] for rule in HARD_RULES if rule.__doc__}


def test_of_unknown_hours_a_plan_alone_complains() -> None:
    unknown = Case(volunteer={"availability": Availability()}, door=Door.plan)

    assert {violation.code for violation in unknown.broken()} == {"ASG_UNAVAILABLE"}
