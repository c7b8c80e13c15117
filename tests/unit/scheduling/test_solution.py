from typing import Any

import pytest

from scheduling.objective import appraise
from scheduling.problem import Availability, Door, Place, Problem, Shift, Volunteer
from scheduling.solution import Breach, Plan, Proposal, Score, check, score
from tests.unit.scheduling.instances import TODAY, held, need, problem, rules, shift, span, speaks, volunteer
from tests.unit.scheduling.months import put

MORNING = shift(id="s1", interval=span(1000, 1130))
NOON = shift(id="s2", interval=span(1130, 1230))
AFTERNOON = shift(id="s3", interval=span(1400, 1500), priority=3)


def city(*volunteers: Volunteer, shifts: tuple[Shift, ...] = (MORNING, NOON, AFTERNOON), **over: Any) -> Problem:
    return problem(*(volunteers or (volunteer(), volunteer(id="v2"))), shifts=shifts, **over)


def codes(breaches: tuple[Breach, ...]) -> list[tuple[str, str, str]]:
    return [(breach.proposal.volunteer_id, breach.proposal.shift_id, breach.violation.code) for breach in breaches]


def test_a_plan_that_keeps_every_rule_has_no_breach() -> None:
    assert check(city(), Plan((put("v1", "s1"), put("v2", "s2"), put("v1", "s3")))) == ()
    assert check(city(), Plan()) == ()


def test_each_proposal_is_judged_by_the_hard_rules() -> None:
    suspended = city(volunteer(status="suspended", pledges=()))

    assert codes(check(suspended, Plan((put("v1", "s1"),)))) == [
        ("v1", "s1", "ASG_STATUS"),
        ("v1", "s1", "ASG_NO_PLEDGE"),
    ]


def test_a_wanting_consent_is_a_breach_until_it_is_given() -> None:
    capped = city(volunteer(max_per_month=0))

    assert codes(check(capped, Plan((put("v1", "s1"),)))) == [("v1", "s1", "ASG_CAP")]
    assert check(capped, Plan((put("v1", "s1", consents=frozenset({"ASG_CAP"})),))) == ()


def test_a_level_one_step_below_is_a_breach_until_a_reason_is_given() -> None:
    below = city(volunteer(languages=speaks(vi="A2", ja="native")))

    assert codes(check(below, Plan((put("v1", "s1"),)))) == [("v1", "s1", "ASG_LEVEL")]
    assert check(below, Plan((put("v1", "s1", reasons=frozenset({"ASG_LEVEL"})),))) == ()


def test_a_condition_that_can_still_be_met_is_no_breach() -> None:
    assert check(city(volunteer(registered_until=TODAY)), Plan((put("v1", "s1"),))) == ()


def test_the_calendar_counts() -> None:
    busy = city(calendars={"v1": [held(1100, 1200)]})

    assert codes(check(busy, Plan((put("v1", "s1"), put("v2", "s2"))))) == [("v1", "s1", "ASG_OVERLAP")]


def test_proposals_for_one_person_are_held_against_each_other() -> None:
    breaches = check(city(), Plan((put("v1", "s1"), put("v1", "s2"))))

    assert codes(breaches) == [("v1", "s1", "ASG_TRAVEL"), ("v1", "s2", "ASG_TRAVEL")]


def test_the_way_between_two_proposals_counts() -> None:
    far = shift(id="s2", interval=span(1214, 1300), place=Place("hall", "south"))

    assert codes(check(city(shifts=(MORNING, far)), Plan((put("v1", "s1"), put("v1", "s2"))))) == [
        ("v1", "s1", "ASG_TRAVEL"),
        ("v1", "s2", "ASG_TRAVEL"),
    ]


def test_the_proposals_count_towards_the_cap() -> None:
    plan = Plan((put("v1", "s1"), put("v1", "s3")))

    assert check(city(volunteer(max_per_month=2)), plan) == ()
    assert codes(check(city(volunteer(max_per_month=1)), plan)) == [("v1", "s1", "ASG_CAP"), ("v1", "s3", "ASG_CAP")]


def test_a_repeated_proposal_is_held_already() -> None:
    roomy = city(shifts=(shift(needs=(need(places=2),)),))

    assert codes(check(roomy, Plan((put("v1", "s1"), put("v1", "s1"))))) == [("v1", "s1", "ASG_HELD")] * 2


def test_one_person_cannot_fill_two_needs_of_a_shift() -> None:
    two = city(shifts=(shift(needs=(need(), need(id="n2"))),))

    assert codes(check(two, Plan((put("v1", "s1"), Proposal("v1", "s1", "n2"))))) == [("v1", "s1", "ASG_HELD")] * 2


@pytest.mark.parametrize(
    ("places", "taken", "over"), [(2, 0, []), (2, 1, ["v2"]), (1, 0, ["v2"]), (1, 1, ["v1", "v2"])]
)
def test_who_finds_no_place_left_breaks_the_number_of_places(places: int, taken: int, over: list[str]) -> None:
    full = city(shifts=(shift(needs=(need(places=places, taken=taken),)),))

    breaches = check(full, Plan((put("v1", "s1"), put("v2", "s1"))))

    assert codes(breaches) == [(volunteer_id, "s1", "ASG_FULL") for volunteer_id in over]
    assert all(breach.violation.facts == {"places": places, "taken": taken} for breach in breaches)


def test_unknown_hours_are_refused_in_a_plan_but_not_in_an_offer() -> None:
    unknown, plan = city(volunteer(availability=Availability())), Plan((put("v1", "s1"),))

    assert codes(check(unknown, plan)) == [("v1", "s1", "ASG_UNAVAILABLE")]
    assert check(unknown, plan, Door.offer) == ()


@pytest.mark.parametrize("proposal", [put("v9", "s1"), put("v1", "s9"), Proposal("v1", "s1", "n9")])
def test_a_plan_names_only_what_is_in_the_problem(proposal: Proposal) -> None:
    with pytest.raises(KeyError, match="9"):
        check(city(), Plan((proposal,)))


def test_the_score_counts_places_weights_them_and_adds_the_points() -> None:
    plan = Plan((put("v1", "s1"), put("v2", "s3")))

    def points(volunteer_id: str, on: Shift) -> int:
        return sum(reason.points for reason in appraise(volunteer(id=volunteer_id), on, need(), rules()))

    assert score(city(), plan) == Score(filled=2, weighted_fill=4, soft=points("v1", MORNING) + points("v2", AFTERNOON))
    assert score(city(), Plan()) == Score(0, 0, 0)


def test_proposals_beyond_the_places_earn_nothing() -> None:
    one, both = Plan((put("v1", "s1"),)), Plan((put("v1", "s1"), put("v2", "s1")))

    assert score(city(), both) == score(city(), one)
