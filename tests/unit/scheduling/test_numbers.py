"""The numbers behind a plan: the same pairs, worth and clashes as the judge sees, and what greed makes of them."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.constraints import DOORS, HARD_RULES, judge
from scheduling.interval import DateRange
from scheduling.objective import SOFT_RULES, fairness
from scheduling.people import Availability, AvailabilityRule
from scheduling.place import Place
from scheduling.problem import Door, Problem, Proposal
from scheduling.solution import Plan, check, score, settle
from scheduling.solvers import clash, part
from scheduling.solvers.clash import cliques
from scheduling.solvers.core import parts, restricted
from scheduling.solvers.eligible import CALENDAR, GROUPS, WANTS
from scheduling.solvers.field import READS, survey
from scheduling.solvers.greedy import ORDERS, best_greedy, greedy
from tests.unit.scheduling.instances import DAY, at, need, problem, rules, shift, span, speaks, volunteer
from tests.unit.scheduling.months import months
from tests.unit.scheduling.test_properties import problems
from tests.unit.scheduling.weeks import SOON, chosen, numbers, week


def test_every_rule_of_a_plan_is_asked_and_every_criterion_read() -> None:
    asked = [*WANTS, *CALENDAR, *(rule for rules in GROUPS.values() for rule in rules)]

    assert len(asked) == len(set(asked))
    assert set(asked) == {rule for rule in HARD_RULES if Door.plan in DOORS.get(rule, frozenset(Door))}
    assert {*READS, fairness} == set(SOFT_RULES)


@SOON
@given(st.one_of(months(), problems()))
def test_the_pairs_are_those_that_the_judge_lets_pass_beside_what_is_settled(month: Problem) -> None:
    settled = settle(month).proposals
    faulty = {breach.proposal for breach in check(month, Plan(settled))}
    field = survey(month, settled)
    found = {(one.volunteer_id, one.shift_id) for one in field.proposals(month, range(field.core.size))}

    for one, where in product(month.volunteers, month.shifts):
        tried = Proposal(one.id, where.id, where.needs[0].id)
        others = [breach for breach in check(month, Plan((*settled, tried))) if breach.proposal == tried]
        if tried.pair not in {proposal.pair for proposal in settled} and not faulty:
            assert ((one.id, where.id) in found) == (not others)


@SOON
@given(months(), st.integers(0, 2**18))
def test_a_choice_is_worth_what_the_judge_says_and_holds_when_he_says_so(month: Problem, bits: int) -> None:
    settled = settle(month)
    field = survey(month, settled.proposals)
    choice = chosen(field.core, bits)
    plan = Plan((*settled.proposals, *field.proposals(month, np.flatnonzero(choice).tolist())))
    if settled.faults:
        return

    assert field.core.holds(choice) == (check(month, plan) == ())
    if field.core.holds(choice):
        before, after = score(month, Plan(settled.proposals)), score(month, plan)
        gained = (after.weighted_fill - before.weighted_fill, after.soft - before.soft)
        assert field.core.worth(choice) == gained
        assert gained <= (field.core.ceiling(), part.soft_ceiling(field.core)) or gained[0] < field.core.ceiling()


@SOON
@given(months(), st.integers(0, 2**18), st.integers(0, 2**18))
def test_what_is_left_beside_a_choice_is_worth_the_rest(month: Problem, bits: int, more: int) -> None:
    core = numbers(month).core
    standing = chosen(core, bits)
    if not core.holds(standing):
        return
    smaller, kept = restricted(core, np.ones(core.size, dtype=bool), standing)
    rest = chosen(smaller, more)
    whole = standing.copy()
    whole[kept[rest]] = True

    assert core.holds(whole) == smaller.holds(rest)
    if smaller.holds(rest):
        (fill, soft), (more_fill, more_soft) = core.worth(standing), smaller.worth(rest)
        assert core.worth(whole) == (fill + more_fill, soft + more_soft)


def test_parts_share_neither_needs_nor_people() -> None:
    core = numbers(
        problem(
            volunteer(id="v1"),
            volunteer(id="v2", languages=speaks(en="C1", ja="native")),
            volunteer(id="v3", languages=speaks(pt="C1", ja="native")),
            volunteer(id="v4", languages=speaks(pt="C1", en="C1", ja="native")),
            shifts=[shift(id=tag, needs=(need(languages=(tag,)),)) for tag in ("vi", "en", "pt")],
        )
    ).core

    assert [pairs.tolist() for pairs in parts(core)] == [[0], [1, 2, 3, 4]]


def test_cliques_are_the_maximal_sets_of_clashing_pairs() -> None:
    edges = np.array([[0, 1], [0, 2], [1, 2], [2, 3], [4, 5]])

    assert sorted(cliques(edges, np.array([0, 0, 0, 0, 1, 1]))) == [[0, 1, 2], [2, 3], [4, 5]]


def test_where_cliques_are_many_single_clashes_are_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clash, "MANY", 1)
    edges = np.array([[0, 1], [0, 2], [1, 2], [2, 3]])

    assert sorted(cliques(edges, np.zeros(4, dtype=np.int64))) == [[0, 1], [0, 2], [1, 2], [2, 3]]


def test_a_call_between_two_sites_does_not_shorten_the_way() -> None:
    """The clash graph is real: the first and the last clash though both go with the call between them."""
    far, other = Place("hall", "south"), Place("centre", "east")
    month = problem(
        volunteer(home=None),
        shifts=(
            shift(id="s1", interval=span(900, 920), place=far),
            shift(id="s2", interval=span(935, 936), place=Place(remote=True)),
            shift(id="s3", interval=span(951, 1030), place=other),
        ),
    )
    core = numbers(month).core

    assert [core.holds(chosen(core, bits)) for bits in (0b011, 0b110, 0b101)] == [True, True, False]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_a_greedy_plan_holds_and_nothing_can_be_added(order: Any) -> None:
    core = numbers(week()).core
    plan = greedy(core, order(core))

    assert core.holds(plan)
    for pair in np.flatnonzero(~plan):
        fuller = plan.copy()
        fuller[pair] = True
        assert not core.holds(fuller)
    assert best_greedy(core)[1] >= core.worth(plan)


def test_a_greedy_plan_keeps_what_it_can_of_another() -> None:
    core = numbers(week()).core
    everything = np.ones(core.size, dtype=bool)

    assert core.holds(greedy(core, ORDERS["time"](core), everything))


def test_clocks_that_change_nearby_hide_nobody() -> None:
    berlin = rules().zone.__class__("Europe/Berlin")
    sunday = DAY.replace(year=2026, month=3, day=29)
    always = AvailabilityRule(6, at(1).time().replace(hour=1), at(1).time().replace(hour=9), DateRange(sunday))
    early = shift(interval=span(1000, 1030, day=sunday))
    month = problem(
        volunteer(availability=Availability((always,)), registered_until=None, insurance=(DateRange(DAY),)),
        shifts=(early,),
        zone=berlin,
    )

    assert len(numbers(month).pairs) == int(
        judge(month, month.volunteers[0], early, early.needs[0], Door.plan).eligible
        and not judge(month, month.volunteers[0], early, early.needs[0], Door.plan).consent_needed
    )


def test_a_need_for_any_language_asks_everybody() -> None:
    anyone = shift(needs=(need(languages=(), min_level=None),))

    assert numbers(problem(volunteer(languages={}), shifts=(anyone,))).core.size == 1
