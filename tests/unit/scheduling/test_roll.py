"""The roll answers as the ranking does, whoever it leaves unasked."""

from dataclasses import replace
from datetime import date
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scheduling.generate import Size, generate
from scheduling import roll as rolling
from scheduling.columns import Band
from scheduling.interval import Interval
from scheduling.people import Availability, Gender, History, Volunteer
from scheduling.problem import DEFAULT_WEIGHTS, Door, Problem
from scheduling.ranking import assess, rank
from scheduling.roll import Roll
from tests.unit.scheduling.instances import (
    REPEATABLE,
    at,
    demanding_need,
    hours,
    need,
    problem,
    shift,
    span,
    speaks,
    volunteer,
)
from tests.unit.scheduling.months import months
from tests.unit.scheduling.test_properties import problems


@st.composite
def crowds(draw: st.DrawFn) -> Problem:
    """Sixty people in one region or three, and three shifts; some districts are neighbours, some people wished for."""
    made = generate(
        Size("crowd", 60, 3, draw(st.sampled_from([1, 3]))), tight=draw(st.booleans()), seed=draw(st.integers(0, 10**6))
    )
    anyone = st.sampled_from(made.volunteers)
    neighbours = {one.home_district or "": frozenset({draw(anyone).home_district or ""}) for one in made.volunteers[:5]}
    shifts = tuple(
        replace(
            where,
            clients=frozenset(sorted(draw(anyone).history.clients)[:1]) | {"c1"},
            preferred_volunteers=frozenset({draw(anyone).id, "a stranger"}),
        )
        for where in made.shifts
    )
    weights = draw(st.sampled_from([DEFAULT_WEIGHTS, {"level": 7, "distance": 900}, {}]))
    return replace(made, shifts=shifts, rules=replace(made.rules, neighbours=neighbours, weights=dict(weights)))


@REPEATABLE
@given(st.one_of(problems(), months()), st.integers(1, 3), st.sampled_from(Door))
def test_the_roll_ranks_as_the_ranking_does(month: Problem, limit: int, door: Door) -> None:
    same(month, limit, door)


def same(month: Problem, limit: int, door: Door) -> None:
    roll = Roll(month)

    for where in month.shifts:
        for wanted in where.needs:
            assert roll.rank(where, wanted, limit, door) == rank(month, where, wanted, limit=limit, door=door)


@settings(REPEATABLE, max_examples=20)
@given(months(), st.integers(1, 3), st.data())
def test_who_is_passed_over_is_as_if_she_were_not_there(month: Problem, limit: int, data: st.DataObject) -> None:
    out = data.draw(st.frozensets(st.sampled_from([one.id for one in month.volunteers]))) | {"a stranger"}
    rest = replace(month, volunteers=tuple(one for one in month.volunteers if one.id not in out))
    roll = Roll(month)

    for where in month.shifts:
        for wanted in where.needs:
            assert roll.rank(where, wanted, limit, without=out) == rank(rest, where, wanted, limit=limit)


def test_who_lives_too_far_away_or_is_never_there_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noting(among: Problem, one: Volunteer, *args: Any) -> Any:
        asked.append(one.id)
        return assess(among, one, *args)

    monkeypatch.setattr(rolling, "assess", noting)
    people = (
        volunteer(id="v1"),
        volunteer(id="far", home=(43.0, 141.3)),
        volunteer(id="away", availability=Availability(hours(1800, 2000))),
        volunteer(id="unknown", availability=Availability()),
        volunteer(id="other", languages=speaks(en="C1", ja="native")),
        volunteer(id="beginner", languages=speaks(vi="A1", ja="native")),
        volunteer(id="busy", history=History(asks_this_week=9)),
        volunteer(id="on leave", status="on_leave"),
        volunteer(id="child", birth_date=date(2010, 1, 1)),
        volunteer(id="man", gender=Gender.male),
        volunteer(id="untrained", certificates=()),
        volunteer(id="unskilled", skills=frozenset()),
        volunteer(id="unchecked", child_safety=None),
    )

    found = Roll(problem(*people)).rank(shift(), demanding_need(), limit=2)

    assert asked == ["v1", "unknown"]
    assert [one.volunteer_id for one in found] == ["v1", "unknown"]


def test_who_cannot_exceed_the_best_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noting(among: Problem, one: Volunteer, *args: Any) -> Any:
        asked.append(one.id)
        return assess(among, one, *args)

    monkeypatch.setattr(rolling, "assess", noting)
    people = [volunteer(id=f"v{n:02}", history=History(assignments_90d=n)) for n in range(12)]

    Roll(problem(*people)).rank(shift(), need(), limit=3)

    assert asked == ["v00", "v01", "v02"]


@pytest.mark.parametrize("first", [1, 2, 200])
def test_the_order_does_not_depend_on_how_many_are_sorted_at_first(monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    monkeypatch.setattr(rolling, "AT_FIRST", first)
    people = [volunteer(id=f"v{n:02}", history=History(assignments_90d=n * 7 % 12)) for n in range(12)]
    month = problem(*people)

    assert Roll(month).rank(shift(), need(), limit=5) == rank(month, shift(), need(), limit=5)


@pytest.mark.parametrize("day", [date(2025, 11, 1), date(2025, 11, 2)])
def test_clocks_that_change_nearby_and_nights_hide_nobody(day: date) -> None:
    night = shift(interval=span(2330, 2345, day=day) if day.day == 1 else span(100, 330, day=day))
    people = [volunteer(id="v1"), volunteer(id="v2", availability=Availability(hours(100, 400)))]
    month = problem(*people, shifts=(night,), zone=ZoneInfo("America/New_York"))

    assert Roll(month).rank(night, need(), limit=1) == rank(month, night, need(), limit=1)


def test_over_midnight_nobody_is_hidden() -> None:
    night = shift(interval=Interval(at(23), at(1, day=date(2025, 11, 21))))
    month = problem(volunteer(), shifts=(night,))

    assert Roll(month).rank(night, need(), limit=1) == rank(month, night, need(), limit=1)


@settings(REPEATABLE, max_examples=40)
@given(crowds(), st.integers(1, 4), st.sampled_from(Door))
def test_a_crowd_is_ranked_as_the_ranking_does(month: Problem, limit: int, door: Door) -> None:
    """Many people who differ in everything that a column holds, few of whom need no consent."""
    same(month, limit, door)


@settings(REPEATABLE, max_examples=40)
@given(crowds(), st.integers(1, 4))
def test_a_multitude_is_ranked_as_the_ranking_does(month: Problem, limit: int) -> None:
    with mock.patch.object(rolling, "MULTITUDE", 0):
        same(month, limit, Door.offer)


def test_at_a_pole_whoever_is_within_reach_of_the_latitude_may_be_near() -> None:
    north = np.radians([89.99, 89.99, 10.0])
    band = Band(np.array([0, 1, 2]), north, np.radians([0.0, 180.0, 0.0]), np.full(3, 5.0))
    near = band.near((89.99, 90.0))
    assert {int(person): bool(told) for person, told in zip(band.people, near, strict=True)} == {
        0: True,
        1: True,
        2: False,
    }
