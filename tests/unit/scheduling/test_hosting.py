"""What must hold of any households and any guest; the rules one by one are tried through the API."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.hosting import POINTS, Household, Stay, match, suit
from scheduling.problem import Calendar
from tests.unit.scheduling.instances import DAY, REPEATABLE, TOKYO, held, rules, span, volunteer

TAGS = ("ja", "vi", "en")
NEXT = DAY + timedelta(days=1)
RULES = rules(neighbours={"east": frozenset({"north"})})

dates = st.lists(st.sampled_from([(DAY, DAY), (NEXT, NEXT), (DAY, NEXT)]), max_size=2).map(tuple)
households = st.builds(
    Household,
    id=st.uuids().map(str),
    head=st.sampled_from([volunteer(), volunteer(id="v2", status="on_leave"), volunteer(id="v3", insurance=())]),
    calendar=st.sampled_from([Calendar(), Calendar((held(930, 1030),))]),
    status=st.sampled_from(["active", "active", "paused"]),
    kinds=st.sampled_from([frozenset({"home_visit"}), frozenset({"homestay"}), frozenset({"home_visit", "homestay"})]),
    languages=st.frozensets(st.sampled_from(TAGS)),
    traits=st.frozensets(st.sampled_from(["cat", "smoking"])),
    capacity=st.integers(1, 4),
    district=st.sampled_from(["east", "north", "south"]),
    dates=dates,
    stays=st.integers(0, 5),
    unwilling=st.sampled_from([False, False, True]),
)
guests = st.builds(
    Stay,
    id=st.just("s1"),
    kind=st.sampled_from(["home_visit", "homestay"]),
    interval=st.sampled_from([span(1000, 1200), span(1300, 1500)]),
    guests=st.integers(1, 3),
    minors=st.booleans(),
    languages=st.lists(st.sampled_from(TAGS), min_size=1, unique=True).map(tuple),
    avoids=st.frozensets(st.sampled_from(["cat", "smoking"])),
    district=st.sampled_from([None, "east", "north"]),
)


@REPEATABLE
@given(st.lists(households, max_size=6, unique_by=lambda one: one.id), guests, st.randoms(use_true_random=False))
def test_the_order_is_of_the_households_alone(found: Sequence[Household], stay: Stay, chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert match(found, stay, RULES) == match(shuffled, stay, RULES)


@REPEATABLE
@given(st.lists(households, max_size=6, unique_by=lambda one: one.id), guests)
def test_whoever_is_barred_says_why_and_whoever_is_not_has_reasons(found: Sequence[Household], stay: Stay) -> None:
    ranked = match(found, stay, RULES)
    assert len(ranked) == len(found)
    assert [one.eligible for one in ranked] == sorted((one.eligible for one in ranked), reverse=True)
    scores = [one.score for one in ranked if one.score is not None]
    assert scores == sorted(scores, reverse=True)
    for one in ranked:
        assert one.eligible is not bool(one.violations)
        assert (one.score is None) is bool(one.violations)
        assert one.score is None or one.score == sum(reason.points for reason in one.reasons) <= sum(POINTS.values())


@REPEATABLE
@given(households, guests)
def test_more_guests_of_late_never_raise_the_score(household: Household, stay: Stay) -> None:
    fewer = suit(household, stay, RULES).score
    more = suit(replace(household, stays=household.stays + 1), stay, RULES).score
    assert (fewer is None and more is None) or (fewer is not None and more is not None and more <= fewer)


@REPEATABLE
@given(households, guests)
def test_a_home_that_suits_suits_as_well_without_what_is_avoided(household: Household, stay: Stay) -> None:
    if suit(household, stay, RULES).eligible:
        assert suit(replace(household, traits=frozenset()), stay, RULES).eligible


@pytest.mark.parametrize(
    ("told", "fits"),
    [([(DAY, DAY)], False), ([(DAY, DAY), (NEXT, NEXT)], True), ([(NEXT, NEXT)], False), ([], True)],
)
def test_every_day_of_a_stay_is_one_of_the_households(told: Sequence[tuple[object, object]], fits: bool) -> None:  # noqa: FBT001 - a parameter of the test
    household = Household(
        "h",
        volunteer(),
        Calendar(),
        "active",
        frozenset({"homestay"}),
        frozenset(),
        frozenset(),
        2,
        "east",
        tuple(told),  # type: ignore[arg-type]
    )
    night = span(1000, 1200)
    until = replace(night, end=night.end.astimezone(TOKYO) + timedelta(days=1))
    assert suit(household, Stay("s", "homestay", until, 1), RULES).eligible is fits


def test_her_own_stay_is_in_nobodys_way() -> None:
    booked = Calendar((held(1000, 1200, shift_id="s"),))
    home = Household("h", volunteer(), booked, "active", frozenset({"x"}), frozenset(), frozenset(), 2, "east")
    assert suit(home, Stay("s", "x", span(1000, 1200), 1), RULES).eligible
    assert not suit(home, Stay("t", "x", span(1000, 1200), 1), RULES).eligible
