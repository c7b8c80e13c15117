"""A plan is mended with the fewest departures, and with none for the sake of points."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.problem import Problem
from scheduling.repair import changes, repair
from scheduling.solution import Plan, check, score
from scheduling.solve import solve
from tests.unit.scheduling.instances import REPEATABLE, need, problem, shift, span, speaks, volunteer
from tests.unit.scheduling.months import every_plan, months, pairs, put

MORNING = shift(id="s1", interval=span(900, 1000))
SAME = shift(id="s2", interval=span(900, 1000))
EN = need(languages=("en",))


def test_after_a_drop_out_the_others_stay_where_they_are() -> None:
    better = volunteer(id="v3", languages=speaks(vi="native", ja="native"))
    month = problem(volunteer(id="v1"), volunteer(id="v2"), shifts=(MORNING, SAME))
    published = solve(month).plan

    mended = repair(replace(month, volunteers=(month.volunteers[1], better)), published)

    assert {one.volunteer_id for one in mended.changes.kept} == {"v2"}
    assert {one.volunteer_id for one in mended.changes.removed} == {"v1"}
    assert {one.volunteer_id for one in mended.changes.added} == {"v3"}


def test_somebody_is_moved_where_that_fills_a_place() -> None:
    both = volunteer(id="v1", languages=speaks(vi="C1", en="C1", ja="native"))
    other = volunteer(id="v2", languages=speaks(vi="C1", ja="native"))
    before = problem(both, other, shifts=(MORNING,))
    after = replace(before, shifts=(MORNING, replace(SAME, needs=(EN,))))

    assert pairs(repair(after, Plan((put("v1", "s1"),))).result.plan) == {("v2", "s1"), ("v1", "s2")}


@settings(REPEATABLE, max_examples=25)
@given(months(bounded=False), st.integers(0, 2))
def test_no_plan_that_fills_as_much_departs_less(month: Problem, gone: int) -> None:
    published = solve(month).plan
    left = replace(month, volunteers=tuple(one for n, one in enumerate(month.volunteers) if n != gone))

    mended = repair(left, published)

    assert check(left, mended.result.plan) == ()
    fill = mended.result.fill.value
    others = [plan for plan in every_plan(left) if score(left, plan).weighted_fill >= fill]
    assert max(score(left, plan).weighted_fill for plan in others) == fill
    assert len(mended.changes.kept) == max(len(changes(published, plan).kept) for plan in others)
