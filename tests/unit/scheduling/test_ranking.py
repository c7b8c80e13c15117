from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from scheduling.objective import appraise
from scheduling.problem import Door, History, Volunteer
from scheduling.ranking import Candidate, rank
from tests.unit.scheduling.instances import TODAY, at, held, need, problem, rules, shift, speaks, volunteer

EARLIER, LATER = at(9, day=TODAY - timedelta(days=9)), at(9, day=TODAY - timedelta(days=2))
LEVEL_ONLY = {"level": 200}


def order(*volunteers: Volunteer, **over: Any) -> list[str]:
    return [candidate.volunteer_id for candidate in rank(problem(*volunteers), shift(), need(), **over)]


def test_a_candidate_carries_her_verdict_score_and_reasons() -> None:
    she = volunteer(number="V-0042-5")

    (candidate,) = rank(problem(she), shift(), need())

    assert candidate.volunteer_id == "v1"
    assert candidate.number == "V-0042-5"
    assert candidate.verdict.eligible
    assert candidate.reasons == appraise(she, shift(), need(), rules())
    assert candidate.score == 133 + 200 + 150 + 60 + 25


def test_the_higher_score_comes_first() -> None:
    assert order(volunteer(id="a"), volunteer(id="b", languages=speaks(vi="native", ja="native"))) == ["b", "a"]


def test_who_must_consent_comes_after_who_need_not_whatever_the_score() -> None:
    capped = volunteer(id="a", languages=speaks(vi="native", ja="native"), max_per_month=0)

    assert order(capped, volunteer(id="b")) == ["b", "a"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (History(assignments_90d=1, last_asked_at=LATER), History(assignments_90d=2)),
        (History(), History(last_asked_at=EARLIER)),
        (History(last_asked_at=EARLIER, last_assigned_at=LATER), History(last_asked_at=LATER)),
        (History(), History(last_assigned_at=EARLIER)),
        (History(last_assigned_at=EARLIER), History(last_assigned_at=LATER)),
    ],
    ids=["fewer assignments", "never asked", "asked longer ago", "never assigned", "assigned longer ago"],
)
def test_equal_scores_are_told_apart_by_history(first: History, second: History) -> None:
    volunteers = (volunteer(id="a", history=second), volunteer(id="b", history=first))
    equal = problem(*volunteers, weights=LEVEL_ONLY)

    assert [candidate.volunteer_id for candidate in rank(equal, shift(), need())] == ["b", "a"]


def test_the_id_decides_last() -> None:
    assert order(volunteer(id="b", number="1"), volunteer(id="a", number="2")) == ["a", "b"]


def test_the_ineligible_are_left_out_unless_asked_for() -> None:
    volunteers = (volunteer(id="a", status="on_leave"), volunteer(id="b"))

    assert order(*volunteers) == ["b"]
    assert order(*volunteers, include_ineligible=True) == ["b", "a"]


def test_the_ineligible_have_no_score_and_no_reasons() -> None:
    (candidate,) = rank(problem(volunteer(status="on_leave")), shift(), need(), include_ineligible=True)

    assert candidate.score is None
    assert candidate.reasons == ()
    assert [violation.code for violation in candidate.verdict.violations] == ["ASG_STATUS"]


def test_the_ineligible_follow_by_fewest_violations_and_then_number() -> None:
    two = volunteer(id="a", number="1", status="on_leave", pledges=())
    later, sooner = volunteer(id="b", number="3", pledges=()), volunteer(id="c", number="2", status="on_leave")

    assert order(two, later, sooner, include_ineligible=True) == ["c", "b", "a"]


def test_who_has_the_language_comes_before_who_lacks_it_among_the_ineligible() -> None:
    lacking = volunteer(id="a", number="V-1", languages=speaks(en="C1", ja="native"))
    barred_twice = volunteer(id="b", number="V-2", status="on_leave", pledges=())

    ranked = rank(problem(lacking, barred_twice), shift(), need(), include_ineligible=True)

    assert [candidate.volunteer_id for candidate in ranked] == ["b", "a"]


def test_the_limit_keeps_the_best() -> None:
    volunteers = [volunteer(id=str(one)) for one in range(4)]

    assert order(*volunteers, limit=2) == ["0", "1"]
    assert order(*volunteers, limit=0) == []
    assert order(*volunteers, limit=9) == ["0", "1", "2", "3"]


def test_the_door_is_an_offer_unless_said_otherwise() -> None:
    asked_out = volunteer(history=History(open_asks=3))

    assert order(asked_out) == []
    assert order(asked_out, door=Door.claim) == ["v1"]


def better(one: tuple[Volunteer, Candidate], other: tuple[Volunteer, Candidate]) -> int:
    """Compare two candidates rule by rule, as the rule is told rather than as it is coded: -1 when `one` is first."""
    (she, mine), (he, theirs) = one, other
    if mine.verdict.eligible != theirs.verdict.eligible:
        return -1 if mine.verdict.eligible else 1
    if not mine.verdict.eligible:
        return -1 if (len(mine.verdict.violations), she.number) < (len(theirs.verdict.violations), he.number) else 1
    if bool(mine.verdict.consent_needed) != bool(theirs.verdict.consent_needed):
        return 1 if mine.verdict.consent_needed else -1
    if mine.score != theirs.score:
        return -1 if (mine.score or 0) > (theirs.score or 0) else 1
    return -1 if she.id < he.id else 1


def test_brute_force_finds_no_other_order() -> None:
    volunteers = (
        volunteer(id="a", max_per_month=0),
        volunteer(id="b", languages=speaks(vi="B1", ja="native")),
        volunteer(id="c", status="on_leave"),
        volunteer(id="d", languages=speaks(vi="native", ja="native")),
        volunteer(id="e", status="on_leave", pledges=()),
        volunteer(id="f"),
    )
    calendars = {"f": [held(900, 959)]}
    by_id = {one.id: one for one in volunteers}

    ranked = rank(problem(*volunteers, calendars=calendars), shift(), need(), include_ineligible=True)

    pairs = [(by_id[candidate.volunteer_id], candidate) for candidate in ranked]
    consistent = [
        tried
        for tried in permutations(pairs)
        if all(better(tried[i], tried[j]) < 0 for i in range(len(tried)) for j in range(i + 1, len(tried)))
    ]
    assert consistent == [tuple(pairs)]
    assert [one.id for one, _ in pairs] == ["d", "b", "a", "f", "c", "e"]
