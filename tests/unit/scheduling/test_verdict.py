from typing import Any

import pytest

from scheduling.constraints import Verdict, judge
from scheduling.problem import Door, History, Volunteer
from tests.unit.scheduling.instances import DAY, TODAY, held, need, problem, shift, speaks, volunteer

SUSPENDED = {"status": "suspended"}
ONE_STEP_BELOW = {"languages": speaks(vi="A2", ja="native")}
TWO_STEPS_BELOW = {"languages": speaks(vi="A1", ja="native")}
CAPPED = {"max_per_month": 0}
LAPSING = {"registered_until": TODAY}
ASKED_OUT = {"history": History(open_asks=3)}
EVERY_CODE = frozenset({"ASG_STATUS", "ASG_LEVEL", "ASG_CAP", "ASG_ASKS", "ASG_OVERLAP", "ASG_TRAVEL"})


def verdict(she: Volunteer, **over: Any) -> Verdict:
    return judge(problem(she), she, shift(), need(), **over)


def codes(one: Verdict) -> tuple[list[str], list[str], list[str]]:
    """The codes that bar, that are conditions, and that need consent."""
    bars, conditions, consents = one.violations, one.conditions, one.consent_needed
    return [v.code for v in bars], [v.code for v in conditions], [v.code for v in consents]


@pytest.mark.parametrize(
    ("over", "expected", "eligible"),
    [
        ({}, ([], [], []), True),
        (SUSPENDED, (["ASG_STATUS"], [], []), False),
        (ONE_STEP_BELOW, (["ASG_LEVEL"], [], []), False),
        (ASKED_OUT, (["ASG_ASKS"], [], []), False),
        (LAPSING, ([], ["ASG_STATUS"], []), True),
        (CAPPED, ([], [], ["ASG_CAP"]), True),
        (LAPSING | CAPPED | ONE_STEP_BELOW, (["ASG_LEVEL"], ["ASG_STATUS"], ["ASG_CAP"]), False),
    ],
    ids=["nothing", "never", "level with reason", "asks with reason", "mendable", "consent", "one of each"],
)
def test_what_is_broken_is_sorted_by_what_follows(
    over: dict[str, Any], expected: tuple[list[str], list[str], list[str]], *, eligible: bool
) -> None:
    one = verdict(volunteer(**over))

    assert codes(one) == expected
    assert one.eligible is eligible


@pytest.mark.parametrize(
    ("over", "given", "expected"),
    [
        (CAPPED, {"consents": frozenset({"ASG_CAP"})}, ([], [], [])),
        (CAPPED, {"reasons": frozenset({"ASG_CAP"})}, ([], [], ["ASG_CAP"])),
        (CAPPED, {"consents": frozenset({"ASG_RADIUS"})}, ([], [], ["ASG_CAP"])),
        (ONE_STEP_BELOW, {"reasons": frozenset({"ASG_LEVEL"})}, ([], [], [])),
        (ONE_STEP_BELOW, {"consents": frozenset({"ASG_LEVEL"})}, (["ASG_LEVEL"], [], [])),
        (ASKED_OUT, {"reasons": frozenset({"ASG_ASKS"})}, ([], [], [])),
        (TWO_STEPS_BELOW, {"consents": EVERY_CODE, "reasons": EVERY_CODE}, (["ASG_LEVEL"], [], [])),
        (SUSPENDED, {"consents": EVERY_CODE, "reasons": EVERY_CODE}, (["ASG_STATUS"], [], [])),
        (LAPSING, {"consents": EVERY_CODE, "reasons": EVERY_CODE}, ([], ["ASG_STATUS"], [])),
    ],
    ids=[
        "consent given",
        "a reason is no consent",
        "consent to something else",
        "reason given",
        "consent is no reason",
        "reason to ask again",
        "two steps are never set aside",
        "status is never set aside",
        "a condition stays one",
    ],
)
def test_each_override_sets_aside_rules_of_its_own_class_only(
    over: dict[str, Any], given: dict[str, frozenset[str]], expected: tuple[list[str], list[str], list[str]]
) -> None:
    assert codes(verdict(volunteer(**over), **given)) == expected


def test_the_calendar_is_that_of_the_person_judged() -> None:
    she, other = volunteer(), volunteer(id="v2")
    one = problem(she, other, calendars={"v2": [held(1000, 1100, day=DAY)]})

    assert judge(one, she, shift(), need()).eligible
    assert not judge(one, other, shift(), need()).eligible


def test_the_door_is_an_offer_unless_said_otherwise() -> None:
    she = volunteer(**ASKED_OUT)

    assert not verdict(she).eligible
    assert verdict(she, door=Door.claim).eligible
