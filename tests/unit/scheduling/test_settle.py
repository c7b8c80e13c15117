"""What bounds a plan: locks, pins, people ruled out; each judged before any plan is made, and held by every plan."""

from dataclasses import replace
from typing import Any

from scheduling.problem import Problem, RuledOut
from scheduling.solution import Breach, Plan, check, settle
from tests.unit.scheduling.instances import problem, shift, span, volunteer
from tests.unit.scheduling.months import put

MORNING = shift(id="s1", interval=span(900, 1000))
NOON = shift(id="s2", interval=span(1100, 1200))
WITH_CAP = frozenset({"ASG_CAP"})


def month(**over: Any) -> Problem:
    return replace(problem(volunteer(max_per_month=1), volunteer(id="v2"), shifts=(MORNING, NOON)), **over)


def codes(breaches: tuple[Breach, ...]) -> list[tuple[str, str, str]]:
    return [(one.proposal.volunteer_id, one.proposal.shift_id, one.violation.code) for one in breaches]


def test_a_plan_holds_what_is_locked_and_pinned() -> None:
    bound = month(locked=(put("v1", "s1"),), pins=(put("v2", "s2"),))

    assert codes(check(bound, Plan())) == [("v1", "s1", "PLAN_LOCKED"), ("v2", "s2", "PLAN_PIN")]
    assert check(bound, Plan((put("v2", "s2"), put("v1", "s1")))) == ()
    assert settle(bound).proposals == (put("v1", "s1"), put("v2", "s2"))


def test_a_plan_proposes_nobody_who_is_ruled_out() -> None:
    bound = month(ruled_out=(RuledOut("v1", "s1"),))

    assert codes(check(bound, Plan((put("v1", "s1"),)))) == [("v1", "s1", "PLAN_RULED_OUT")]
    assert check(bound, Plan((put("v1", "s2"),))) == ()


def test_pins_are_refused_one_by_one() -> None:
    pins = (put("v1", "s1"), put("v1", "s2"), put("v9", "s1"), put("v2", "s9"), put("v2", "s1"), put("v2", "s2"))

    settled = settle(month(pins=pins))

    assert settled.proposals == (put("v1", "s1"), put("v2", "s2"))
    assert codes(settled.refused) == [
        ("v9", "s1", "PLAN_UNKNOWN"),
        ("v2", "s9", "PLAN_UNKNOWN"),
        ("v1", "s2", "ASG_CAP"),
        ("v1", "s2", "ASG_CAP"),  # for itself, and for the pin before it, which has no consent either
        ("v2", "s1", "ASG_FULL"),
    ]
    assert settled.faults == ()


def test_a_pin_that_would_break_what_stands_is_refused() -> None:
    pins = (put("v1", "s1"), put("v1", "s2", consents=WITH_CAP))

    assert codes(settle(month(pins=pins)).refused) == [("v1", "s2", "ASG_CAP")]
    assert settle(month(pins=(put("v1", "s1", consents=WITH_CAP), pins[1]))).refused == ()


def test_a_pin_of_what_is_locked_says_nothing_new() -> None:
    bound = month(locked=(put("v1", "s1"),), pins=(put("v1", "s1"), put("v1", "s1")))

    assert settle(bound).proposals == (put("v1", "s1"),)
    assert settle(bound).refused == ()


def test_what_is_locked_stands_with_its_faults_told() -> None:
    locked = (put("v1", "s1"), put("v1", "s2"), put("v1", "s7"))

    settled = settle(month(locked=locked))

    assert settled.proposals == locked[:2]
    assert codes(settled.faults) == [("v1", "s7", "PLAN_UNKNOWN"), ("v1", "s1", "ASG_CAP"), ("v1", "s2", "ASG_CAP")]
