"""The soft rules of a whole plan, each alone."""

from dataclasses import replace
from typing import Any, Final

import pytest

from scheduling.horizon import grounds, interpreters, scarcity, stability
from scheduling.objective import Reason
from scheduling.people import History
from scheduling.problem import PLAN_WEIGHTS, Problem, Rules, Volunteer
from scheduling.solution import Plan, score
from tests.unit.scheduling.instances import need, problem, rules, shift, span, speaks, volunteer
from tests.unit.scheduling.months import put

MORNING = shift(id="s1", interval=span(900, 1000))
NOON = shift(id="s2", interval=span(1100, 1200))
EVENING = shift(id="s3", interval=span(1500, 1600))
ALONE: Final[dict[str, Any]] = {"plan_weights": {}}
BOTH = volunteer(languages=speaks(vi="C1", en="C1", ja="native"))
ENGLISH = need(languages=("en",))


def given(month: Problem, *proposals: Any) -> list[dict[str, int]]:
    """The points of each proposal by criterion."""
    return [{reason.criterion: reason.points for reason in reasons} for reasons in grounds(month, proposals)]


def month(*volunteers: Volunteer, **over: Any) -> Problem:
    shifts, published = over.pop("shifts", (MORNING, NOON, EVENING)), over.pop("published", ())
    made = problem(*(volunteers or (volunteer(),)), shifts=shifts, **({"weights": {}, **ALONE} | over))
    return replace(made, published=published)


def test_each_further_assignment_gives_less_fairness_the_earlier_shift_first() -> None:
    loaded = month(volunteer(history=History(assignments_90d=10)), weights={"fairness": 120})

    assert given(loaded, put("v1", "s3"), put("v1", "s1"), put("v1", "s2")) == [{}, {"fairness": 20}, {"fairness": 10}]


def test_in_a_series_all_but_one_get_what_continuity_is_worth() -> None:
    weekly = tuple(replace(one, series="w") for one in (MORNING, NOON, EVENING))
    serial = month(volunteer(), volunteer(id="v2"), shifts=weekly, weights={"continuity": 250})

    assert given(serial, put("v1", "s1"), put("v1", "s2"), put("v2", "s3")) == [{}, {"series": 250}, {}]
    assert given(serial, put("v1", "s1"), put("v1", "s2"), put("v1", "s3")) == [{}, {"series": 250}, {"series": 250}]


def test_a_series_tops_up_what_continuity_gives_already() -> None:
    weekly = (
        replace(MORNING, series="w", preferred_volunteers=frozenset({"v1"})),
        replace(NOON, series="w", clients=frozenset({"c1", "c2"})),
        replace(EVENING, series="w"),
    )
    known = volunteer(history=History(clients=frozenset({"c1"})))
    serial = month(known, shifts=weekly, weights={"continuity": 250})

    assert given(serial, *(put("v1", one.id) for one in weekly)) == [
        {"continuity": 250},
        {"continuity": 125, "series": 125},
        {},  # the one to which the series would give most
    ]


def test_interpreters_are_active_and_speak_japanese() -> None:
    people = (
        BOTH,
        volunteer(id="v2", status="on_leave"),
        volunteer(id="v3", languages=speaks(vi="C1")),
        volunteer(id="v4", languages=speaks(en="A1", ja="B1")),
    )

    assert interpreters(problem(*people)) == {"vi": 1, "en": 2}


@pytest.mark.parametrize(
    ("speakers", "points"),
    [
        ({"vi": 1, "en": 9}, -150),
        ({"vi": 5, "en": 9}, -30),
        ({"vi": 6, "en": 9}, None),
        ({"vi": 2, "en": 2}, None),
        ({"vi": 3, "en": 2}, None),
    ],
)
def test_a_scarce_language_is_saved_from_requests_for_a_common_one(
    speakers: dict[str, int], points: int | None
) -> None:
    found = scarcity(BOTH, ENGLISH, speakers, rules())

    assert found == (points and Reason("scarcity", points, {"language": "vi", "interpreters": speakers["vi"]}))


def test_scarcity_without_a_weight_or_for_any_language() -> None:
    assert scarcity(BOTH, ENGLISH, {"vi": 1, "en": 9}, rules(**ALONE)) is None
    assert scarcity(BOTH, need(languages=()), {"vi": 1, "en": 9}, rules()) is not None
    assert scarcity(BOTH, need(), {"vi": 1, "en": 9}, rules()) is None


def test_who_does_not_interpret_a_scarce_language_loses_nothing_by_it() -> None:
    assert scarcity(volunteer(languages=speaks(vi="C1", en="C1")), ENGLISH, {"vi": 1, "en": 9}, rules()) is None


def test_what_was_published_weighs() -> None:
    published = month(published=(put("v1", "s1"),), plan_weights={"stability": 70})

    assert given(published, put("v1", "s1"), put("v1", "s2")) == [{"stability": 70}, {}]
    assert stability(published=True, rules=rules(**ALONE)) is None


def test_the_score_is_split_by_criterion_and_adds_up() -> None:
    plain = problem(volunteer(), shifts=(MORNING, NOON))

    graded = score(plain, Plan((put("v1", "s1"), put("v1", "s2"))))

    assert graded.parts["fairness"] == 200 + 183
    assert sum(graded.parts.values()) == graded.soft


@pytest.mark.parametrize("weights", [{"stability": -1}, {"level": 1}])
def test_plan_weights_are_those_of_a_plan_and_not_negative(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"negative|no such criterion"):
        rules(plan_weights=weights)
    assert Rules(zone=rules().zone, today=rules().today, pledge_version="1").plan_weights == PLAN_WEIGHTS
