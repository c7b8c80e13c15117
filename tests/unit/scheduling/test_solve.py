"""Plans are as good as they claim, hold every rule, and come back whatever the problem is."""

import threading
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from scheduling import solve as solving
from scheduling.interval import DateRange
from scheduling.people import Availability, History
from scheduling.place import Place
from scheduling.problem import Problem, RuledOut
from scheduling.solution import Plan, check, score
from scheduling.solve import Result, Unsound, solve
from scheduling.stopping import AnyOf, Cancelled, GapReached, Progress, Status, TimeLimit
from tests.unit.scheduling.instances import (
    DAY,
    ELSEWHERE,
    EVE,
    NEXT_DOOR,
    REPEATABLE,
    UNTIL_EVE,
    answered,
    hours,
    named,
    need,
    problem,
    rules,
    shift,
    span,
    speaks,
    volunteer,
)
from tests.unit.scheduling.months import best, months, pairs, put

SOON = settings(REPEATABLE, max_examples=40)
MORNING = shift(id="s1", interval=span(900, 1000))
NOON = shift(id="s2", interval=span(1100, 1200))


def held(problem: Problem, result: Result) -> Result:
    """Hold a result against the judges."""
    assert check(problem, result.plan) == ()
    graded = score(problem, result.plan)
    assert (result.fill.value, result.soft.value) == (graded.weighted_fill, graded.soft)
    assert result.fill.value <= result.fill.bound
    assert result.soft.value <= result.soft.bound
    return result


@SOON
@given(months())
def test_no_plan_is_better_at_either_level(month: Problem) -> None:
    result = solve(month)

    assert result.status in {Status.optimal, Status.infeasible}
    if result.status is Status.optimal:
        held(month, result)
        brute = best(month)
        assert (result.fill.value, result.soft.value) == (brute.weighted_fill, brute.soft)
        assert (result.fill.bound, result.soft.bound) == (brute.weighted_fill, brute.soft)
    else:
        assert result.faults


@SOON
@given(months())
def test_without_time_a_plan_holds_every_rule_all_the_same(month: Problem) -> None:
    result = solve(month, stop=TimeLimit(0))

    if not result.faults:
        held(month, result)


@SOON
@given(months(bounded=False))
def test_another_volunteer_never_worsens_the_fill(month: Problem) -> None:
    fewer = replace(month, volunteers=month.volunteers[1:])

    assert solve(fewer).fill.value <= solve(month).fill.value


def test_a_month_without_shifts_is_an_empty_plan() -> None:
    empty = Problem((), (volunteer(),), {}, rules())

    assert held(empty, solve(empty)) == solve(empty)
    assert solve(empty).status is Status.optimal
    assert solve(empty).plan == Plan()


def test_without_anybody_nothing_is_filled_and_that_is_proven() -> None:
    nobody = problem()

    assert solve(nobody).status is Status.optimal
    assert solve(nobody).fill.bound == 0


def test_a_shift_that_nobody_can_fill_leaves_the_others_filled() -> None:
    lonely = problem(volunteer(), shifts=(MORNING, shift(id="s2", needs=(need(languages=("mn",)),))))

    assert pairs(held(lonely, solve(lonely)).plan) == {("v1", "s1")}
    assert solve(lonely).status is Status.optimal


def test_priority_decides_who_is_served() -> None:
    urgent = shift(id="s2", interval=span(900, 1000), priority=3)

    assert pairs(solve(problem(volunteer(), shifts=(MORNING, urgent))).plan) == {("v1", "s2")}


def test_the_only_vietnamese_interpreter_is_not_spent_on_an_english_request() -> None:
    english = shift(id="s1", needs=(need(languages=("en",)),))
    both, other = (
        volunteer(id="v1", languages=speaks(vi="C2", en="C1", ja="native")),
        volunteer(id="v2", languages=speaks(en="B2", ja="native")),
    )
    many = [
        volunteer(id=f"w{n}", status="active", languages=speaks(en="B1", ja="native"), availability=Availability())
        for n in range(5)
    ]
    level_free = problem(both, other, *many, shifts=(english,), weights={"level": 10})

    assert pairs(solve(level_free).plan) == {("v2", "s1")}


def test_load_is_shared_by_who_had_less() -> None:
    busy, idle = volunteer(id="v1", history=History(assignments_90d=6)), volunteer(id="v2")
    month = problem(busy, idle, shifts=(MORNING, NOON), weights={"fairness": 200})

    assert pairs(solve(month).plan) == {("v2", "s1"), ("v2", "s2")}
    equal = problem(volunteer(id="v1"), idle, shifts=(MORNING, NOON), weights={"fairness": 200})
    assert {one for one, _ in pairs(solve(equal).plan)} == {"v1", "v2"}


def test_a_series_stays_with_one_person() -> None:
    weekly = tuple(replace(one, series="weekly") for one in (MORNING, NOON))
    two = problem(volunteer(id="v1"), volunteer(id="v2"), shifts=weekly)

    assert len({one for one, _ in pairs(solve(two).plan)}) == 1


def test_a_published_plan_is_kept_where_nothing_is_gained() -> None:
    better, worse = volunteer(id="v1"), volunteer(id="v2", languages=speaks(vi="B1", ja="B1"))
    month = problem(better, worse, shifts=(MORNING,))
    assert pairs(solve(month).plan) == {("v1", "s1")}

    published = replace(month, published=(put("v2", "s1"),))

    assert pairs(solve(published).plan) == {("v2", "s1")}


def test_nobody_is_assigned_to_hours_of_which_nothing_is_known() -> None:
    assert solve(problem(volunteer(availability=Availability()))).plan == Plan()


def test_who_named_her_days_is_assigned_on_them_and_no_more_than_she_said() -> None:
    she = volunteer(availability=Availability((), (), (answered(*named(DAY), at_most=1),)))
    month = problem(she, shifts=(MORNING, NOON))

    result = held(month, solve(month))

    assert result.fill.value == 1
    assert result.status is Status.optimal


def test_an_answer_for_part_of_a_month_caps_its_days_only() -> None:
    late = DateRange(DAY, date(2025, 12, 19))
    she = volunteer(availability=Availability(hours(), (), (answered(period=late, hours=None, at_most=1),)))
    eve = [shift(id=f"e{n}", interval=span(900 + 200 * n, 1000 + 200 * n, day=EVE)) for n in range(2)]
    month = problem(she, shifts=(*eve, MORNING, NOON))

    assert held(month, solve(month)).fill.value == 3


def test_a_condition_that_can_still_be_met_keeps_nobody_out_of_a_plan() -> None:
    month = problem(volunteer(insurance=(UNTIL_EVE,)), shifts=(MORNING,))

    assert held(month, solve(month)).fill.value == 1


def test_a_series_goes_on_with_whom_a_pin_began_it() -> None:
    weekly = [shift(id=f"s{n}", interval=span(900 + 200 * n, 1000 + 200 * n), series="weekly") for n in range(3)]
    month = problem(volunteer(), volunteer(id="v2", availability=Availability(hours(preferred=True))), shifts=weekly)
    pinned = replace(month, pins=(put("v1", "s1"),))

    assert pairs(held(month, solve(month)).plan) == {("v2", one.id) for one in weekly}
    assert pairs(held(pinned, solve(pinned)).plan) == {("v1", one.id) for one in weekly}


@pytest.mark.parametrize(("caps", "filled"), [({"max_per_day": 1}, 2), ({"max_per_week": 1}, 1), ({}, 4)])
def test_caps_of_the_day_and_the_week_are_kept(caps: dict[str, int], filled: int) -> None:
    shifts = [
        shift(id=f"{day}-{start}", interval=span(start, start + 100, day=day))
        for day in (EVE, DAY)
        for start in (900, 1400)
    ]
    month = problem(volunteer(**caps), shifts=shifts)

    result = held(month, solve(month))

    assert result.fill.value == filled
    assert result.status is Status.optimal


def test_a_table_of_ways_decides_in_which_order_two_sites_can_be_served() -> None:
    """The way there is long, the way back is short, and a stop between them is near to both."""
    ways = {"hall": {"centre": 90, "school": 5}, "centre": {"hall": 5, "school": 5}, "school": {"centre": 5, "hall": 5}}
    first, stop, last = span(900, 930), span(940, 950), span(1000, 1030)

    def filled(*places: Place) -> int:
        places_of = zip((first, stop, last), places, strict=True)
        shifts = [shift(id=f"s{n}", interval=when, place=place) for n, (when, place) in enumerate(places_of)]
        month = problem(volunteer(), shifts=shifts, travel_minutes=ways, arrive_early_minutes=0)
        return held(month, solve(month)).fill.value

    assert filled(ELSEWHERE, NEXT_DOOR, Place("centre", "east")) == 2
    assert filled(Place("centre", "east"), NEXT_DOOR, ELSEWHERE) == 3


def test_a_pin_is_kept_though_another_would_be_better() -> None:
    month = problem(volunteer(id="v1"), volunteer(id="v2", languages=speaks(vi="B1", ja="B1")), shifts=(MORNING,))

    result = solve(replace(month, pins=(put("v2", "s1"),)))

    assert pairs(result.plan) == {("v2", "s1")}
    assert pairs(solve(month, pinned=[put("v2", "s1")]).plan) == {("v2", "s1")}


def test_a_pin_that_breaks_a_rule_is_refused_and_leaves_its_neighbours_alone() -> None:
    bad, good = put("v1", "s1"), put("v2", "s2")
    month = problem(volunteer(id="v1", status="on_leave"), volunteer(id="v2"), shifts=(MORNING, NOON))

    result = held(month, solve(replace(month, pins=(bad, good))))

    assert [(one.proposal, one.violation.code) for one in result.refused] == [(bad, "ASG_STATUS")]
    assert pairs(result.plan) == {("v2", "s1"), ("v2", "s2")}
    assert result.status is Status.optimal


def test_a_pin_with_consent_goes_beyond_the_cap_and_nothing_else_does() -> None:
    pin = put("v1", "s1", consents=frozenset({"ASG_CAP"}))
    month = replace(problem(volunteer(max_per_month=0), shifts=(MORNING, NOON)), pins=(pin,))

    assert held(month, solve(month)).plan == Plan((pin,))


def test_a_locked_assignment_that_breaks_a_rule_stands_and_makes_the_result_infeasible() -> None:
    month = replace(
        problem(volunteer(status="on_leave"), volunteer(id="v2"), shifts=(MORNING, NOON)), locked=(put("v1", "s1"),)
    )

    result = solve(month)

    assert result.status is Status.infeasible
    assert result.soft.status is Status.infeasible
    assert [one.violation.code for one in result.faults] == ["ASG_STATUS"]
    assert pairs(result.plan) == {("v1", "s1"), ("v2", "s2")}


def test_who_is_ruled_out_is_not_proposed() -> None:
    month = replace(problem(volunteer(), shifts=(MORNING, NOON)), ruled_out=(RuledOut("v1", "s1"),))

    assert pairs(held(month, solve(month)).plan) == {("v1", "s2")}


def test_without_time_the_status_says_so() -> None:
    month = problem(volunteer(), shifts=(MORNING, NOON))

    result = held(month, solve(month, stop=TimeLimit(0)))

    assert result.status is Status.timed_out
    assert result.fill.status is Status.optimal  # every place is filled: that needs no proof
    assert result.soft.gap > 0


def test_a_cancelled_solve_keeps_the_best_so_far() -> None:
    flag = threading.Event()
    flag.set()

    month = problem(volunteer(), shifts=(MORNING, NOON))

    result = solve(month, stop=AnyOf((TimeLimit(60), Cancelled(flag))))

    assert result.status is Status.cancelled
    assert len(result.plan.proposals) == 2


def test_a_gap_that_is_small_enough_ends_the_search() -> None:
    result = solve(problem(volunteer(), shifts=(MORNING, NOON)), stop=GapReached(9.0))

    assert result.status is Status.feasible
    assert result.fill.status is Status.optimal


def test_a_known_plan_is_where_the_search_begins() -> None:
    month = problem(
        volunteer(id="v1"), volunteer(id="v2", languages=speaks(vi="native", ja="native")), shifts=(MORNING,)
    )
    known = Plan((put("v2", "s1"), put("v9", "s1")))

    assert pairs(solve(month, initial=known, stop=TimeLimit(0)).plan) == {("v2", "s1")}


def test_progress_tells_phases_parts_values_and_bounds() -> None:
    seen: list[Progress] = []

    solve(problem(volunteer(id="v1"), volunteer(id="v2")), progress=seen.append)

    assert list(dict.fromkeys(one.phase for one in seen)) == ["pairs", "greedy", "parts", "check", "done"]
    last = seen[-1]
    assert (last.done, last.parts, last.fill, last.fill_bound) == (1, 1, 1, 1)
    assert last.soft == last.soft_bound


def test_a_solver_that_claims_too_much_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "score", lambda problem, plan: replace(score(problem, plan), soft=len(plan.proposals)))

    with pytest.raises(Unsound, match="was claimed"):
        solve(problem(volunteer()))


def test_the_best_plan_so_far_can_be_had_while_it_is_made() -> None:
    month = problem(volunteer(id="v1"), shifts=(MORNING, NOON))
    kept: list[Plan] = []

    result = solve(month, keep=lambda best: kept.append(best()))

    assert all(check(month, plan) == () for plan in kept)
    assert kept[-1] == result.plan


def test_who_says_nothing_of_her_hours_is_proposed_where_she_may_be_asked() -> None:
    unknown, busy = volunteer(id="v1", availability=Availability()), volunteer(id="v2", max_per_month=1)
    month = problem(unknown, busy, shifts=(MORNING, NOON))

    assert {proposal.volunteer_id for proposal in solve(month).plan.proposals} == {"v2"}
    asking = replace(month, rules=replace(month.rules, ask_unknown=True))
    assert {proposal.volunteer_id for proposal in held(asking, solve(asking)).plan.proposals} == {"v1", "v2"}


def test_who_is_likely_to_say_yes_is_preferred_where_that_counts() -> None:
    wavering = volunteer(id="v1", history=History(asked=8, answered=8, accepted=1))
    willing = volunteer(id="v2", history=History(asked=8, answered=8, accepted=8))
    month = problem(wavering, willing, shifts=(MORNING,))
    counting = replace(month, rules=replace(month.rules, plan_weights={"assent": 200}))

    assert pairs(solve(month).plan) == {("v1", "s1")}
    assert pairs(held(counting, solve(counting)).plan) == {("v2", "s1")}
    assert score(counting, solve(counting).plan).parts["assent"] == 180
