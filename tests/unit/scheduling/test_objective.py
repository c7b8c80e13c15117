"""Each soft rule on its own: the points it gives at its edges, and the fact it gives with them."""

from typing import Any

import pytest

from scheduling.objective import (
    SOFT_RULES,
    Reason,
    SoftRule,
    appraise,
    continuity,
    distance,
    experience,
    fairness,
    level,
    preference,
    response,
)
from scheduling.problem import DEFAULT_WEIGHTS, Availability, History, Level, Place
from tests.unit.scheduling.instances import hours, need, rules, shift, span, speaks, volunteer

HERE = (36.56, 136.66)
TEN_KM_OFF = (36.65, 136.66)
TWENTY_KM_OFF = (36.74, 136.66)
PREFERRED = Availability((*hours(945, 1000), *hours(1000, 1130, preferred=True)))


def given(
    rule: SoftRule,
    she: dict[str, Any] | None = None,
    here: dict[str, Any] | None = None,
    what: dict[str, Any] | None = None,
    numbers: dict[str, Any] | None = None,
) -> Reason | None:
    """What a rule gives for the default values but for those that differ."""
    return rule(volunteer(**(she or {})), shift(**(here or {})), need(**(what or {})), rules(**(numbers or {})))


@pytest.mark.parametrize(
    ("clients", "served", "wished", "points"),
    [
        (set(), {"c1"}, False, 0),
        ({"c1"}, set(), False, 0),
        ({"c1"}, {"c1", "c9"}, False, 250),
        ({"c1", "c2", "c3"}, {"c1", "c9"}, False, 83),
        (set(), set(), True, 250),
        ({"c1", "c2"}, {"c1"}, True, 250),
    ],
    ids=["no clients", "unknown client", "known client", "one of three", "wished with her", "wished, half known"],
)
def test_continuity(clients: set[str], served: set[str], *, wished: bool, points: int) -> None:
    reason = given(
        continuity,
        {"history": History(clients=frozenset(served))},
        {"clients": frozenset(clients), "preferred_volunteers": frozenset({"v1"} if wished else {"v2"})},
    )

    facts = {"wished": wished, "clients_known": len(clients & served)}
    assert reason == (Reason("continuity", points, facts) if points else None)


@pytest.mark.parametrize(
    ("has", "minimum", "points"),
    [("B1", "B1", 0), ("B2", "B1", 66), ("C1", "B1", 133), ("C2", "B1", 200), ("native", "B1", 200), ("A1", "B1", 0)],
)
def test_level_above_the_minimum_saturates(has: str, minimum: str, points: int) -> None:
    reason = given(level, {"languages": speaks(vi=has, ja="native")}, what={"min_level": Level.parse(minimum)})

    assert reason == (Reason("level", points, {"language": "vi", "level": has}) if points else None)


def test_level_counts_from_a1_where_no_minimum_is_set() -> None:
    reason = given(level, {"languages": speaks(vi="A2", ja="native")}, what={"min_level": None})

    assert reason == Reason("level", 66, {"language": "vi", "level": "A2"})


def test_level_is_silent_where_no_language_is_asked() -> None:
    assert given(level, what={"languages": ()}) is None


@pytest.mark.parametrize(("count", "points"), [(0, 200), (1, 183), (6, 100), (11, 16), (12, 0), (30, 0)])
def test_fairness_falls_with_the_assignments_of_90_days(count: int, points: int) -> None:
    reason = given(fairness, {"history": History(assignments_90d=count)})

    assert reason == (Reason("fairness", points, {"assignments_90d": count}) if points else None)


@pytest.mark.parametrize(
    ("district", "home", "points", "facts"),
    [
        ("east", TWENTY_KM_OFF, 150, {"district": "same"}),
        ("south", HERE, 75, {"district": "neighbour"}),
        ("west", HERE, 75, {"km": 0.0}),
        ("west", TEN_KM_OFF, 37, {"km": 10.0}),
        ("west", TWENTY_KM_OFF, 0, {"km": 20.0}),
        (None, TEN_KM_OFF, 37, {"km": 10.0}),
        ("west", None, 37, {"district": "unknown"}),
        (None, None, 37, {"district": "unknown"}),
    ],
)
def test_distance(
    district: str | None, home: tuple[float, float] | None, points: int, facts: dict[str, object]
) -> None:
    reason = given(distance, {"home_district": district, "home": home})

    assert reason == (Reason("distance", points, facts) if points else None)


def test_districts_that_are_both_unknown_are_not_the_same() -> None:
    assert given(distance, {"home_district": None, "home": None}, {"place": Place()}) == Reason(
        "distance", 37, {"district": "unknown"}
    )


def test_distance_is_silent_for_a_remote_shift() -> None:
    assert given(distance, here={"place": Place(district="east", remote=True)}) is None


@pytest.mark.parametrize(
    ("availability", "points", "state"),
    [
        (PREFERRED, 100, "preferred"),
        (Availability(hours()), 60, "free"),
        (Availability(), 20, "unknown"),
        (Availability(hours(preferred=True), (span(1100, 1200),)), 0, "away"),
        (Availability(hours(1000, 1130, preferred=True)), 0, "away"),
    ],
    ids=["preferred hours, free before", "plainly free", "unknown", "an exception", "away for the early arrival"],
)
def test_preference(availability: Availability, points: int, state: str) -> None:
    reason = given(preference, {"availability": availability})

    assert reason == (Reason("preference", points, {"hours": state}) if points else None)


@pytest.mark.parametrize(
    ("asked", "answered", "points"), [(0, 0, 25), (1, 1, 33), (1, 0, 16), (98, 98, 49), (98, 0, 0), (8, 4, 25)]
)
def test_response_is_smoothed(asked: int, answered: int, points: int) -> None:
    reason = given(response, {"history": History(asked=asked, answered=answered)})

    assert reason == (Reason("response", points, {"asked": asked, "answered": answered}) if points else None)


@pytest.mark.parametrize(("count", "points"), [(0, 0), (1, 10), (4, 40), (5, 50), (50, 50)])
def test_experience_with_the_service_saturates(count: int, points: int) -> None:
    history = History(by_service={"infant_checkup": count, "newborn_home_visit": 9})

    reason = given(experience, {"history": history})

    assert reason == (Reason("experience", points, {"assignments": count}) if points else None)


def test_every_criterion_has_a_default_weight_and_the_reverse() -> None:
    assert [rule.__name__ for rule in SOFT_RULES] == list(DEFAULT_WEIGHTS)


def best() -> dict[str, Any]:
    """The volunteer with whom every criterion is met in full."""
    history = History(by_service={"infant_checkup": 5}, asked=10**6, answered=10**6)
    return {
        "languages": speaks(vi="C2", ja="C2"),
        "availability": Availability(hours(preferred=True)),
        "history": history,
    }


def test_the_weights_are_the_most_that_each_criterion_gives() -> None:
    wished = shift(preferred_volunteers=frozenset({"v1"}))

    points = {reason.criterion: reason.points for reason in appraise(volunteer(**best()), wished, need(), rules())}

    # Smoothing leaves the last point of response out of reach.
    assert points == dict(DEFAULT_WEIGHTS) | {"response": 49}


@pytest.mark.parametrize("criterion", DEFAULT_WEIGHTS)
def test_a_criterion_gives_points_by_its_own_weight_alone(criterion: str) -> None:
    wished = shift(preferred_volunteers=frozenset({"v1"}))

    reasons = appraise(volunteer(**best()), wished, need(), rules(weights={criterion: 1000}))

    assert [(reason.criterion, reason.points) for reason in reasons] == [
        (criterion, 999 if criterion == "response" else 1000)
    ]
