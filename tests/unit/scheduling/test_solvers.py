"""The numbers behind a plan: the same pairs, worth and clashes as the judges see, and searches that only ever gain."""

import contextlib
import threading
from dataclasses import replace
from itertools import pairwise, product
from multiprocessing import Pipe
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.constraints import DOORS, HARD_RULES, judge
from scheduling.interval import DateRange
from scheduling.objective import SOFT_RULES, fairness
from scheduling.people import Availability, AvailabilityRule, History
from scheduling.place import Place
from scheduling.problem import Door, Problem, Proposal
from scheduling.solution import Plan, check, score, settle
from scheduling.solvers import clash, lane, neighbours, part
from scheduling.solvers.clash import cliques
from scheduling.solvers.core import Core, Mask, Worth, parts, restricted
from scheduling.solvers.eligible import CALENDAR, GROUPS, WANTS
from scheduling.solvers.field import READS, Field, survey
from scheduling.solvers.greedy import ORDERS, best_greedy, greedy
from scheduling.solvers.model import Answer, Level, Model
from scheduling.solvers.neighbours import Search
from scheduling.solvers.part import State, Task, begin, improve
from scheduling.stopping import AnyOf, Deadline, GapReached, Never, Progress, Status, TimeLimit
from tests.unit.scheduling.instances import (
    DAY,
    REPEATABLE,
    at,
    need,
    problem,
    rules,
    shift,
    span,
    speaks,
    volunteer,
)
from tests.unit.scheduling.months import months
from tests.unit.scheduling.test_properties import problems

SOON = settings(REPEATABLE, max_examples=40)


def numbers(problem: Problem) -> Field:
    return survey(problem, settle(problem).proposals)


def week(people: int = 6, shifts: int = 12, **over: Any) -> Problem:
    """A week with more work than people have time for, each second shift in a series."""
    days = [DAY.replace(day=17 + number % 5) for number in range(shifts)]
    return problem(
        *(
            volunteer(
                id=f"v{n:02}",
                max_per_month=2,
                history=History(assignments_90d=n),
                languages=speaks(**{("vi", "en")[n % 2]: "C1"}, **({"pt": "B1"} if n % 3 else {}), ja="native"),
            )
            for n in range(people)
        ),
        shifts=tuple(
            shift(
                id=f"s{n:02}",
                interval=span(900 + 100 * (n % 3), 1030 + 100 * (n % 3), day=days[n]),
                needs=(need(languages=(("vi", "en", "pt")[n % 3],)),),
                series=f"w{n % 3}" if n % 2 else None,
                priority=1 + n % 2,
            )
            for n in range(shifts)
        ),
        **over,
    )


def chosen(core: Core, bits: int) -> Mask:
    return np.array([bool(bits >> pair & 1) for pair in range(core.size)], dtype=bool)


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


def brute(core: Core) -> Worth:
    return max(core.worth(choice) for bits in range(2**core.size) if core.holds(choice := chosen(core, bits)))


def test_the_steps_of_a_part_lead_to_the_best_there_is() -> None:
    core = numbers(week(people=4, shifts=7)).core
    assert 8 <= core.size <= 16
    seen: list[State] = []

    state = improve(Task(0, core, begin(core, np.zeros(core.size, dtype=bool)), seed=1), 60, seen.append)

    assert state.worth == brute(core)
    assert state.proven
    assert state.settled
    assert all(earlier.worth <= later.worth for earlier, later in pairwise(seen))
    assert all(one.fill_bound >= brute(core).fill for one in seen)
    assert seen[-1] == state


def test_a_large_part_is_bounded_by_its_relaxation_and_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "SMALL", 0)
    core = numbers(week(people=4, shifts=7)).core

    state = improve(Task(0, core, begin(core, np.zeros(core.size, dtype=bool)), seed=1), 60, lambda _: None)

    assert state.worth == brute(core)
    assert state.soft_bound >= state.worth.soft
    assert state.settled


def clashing_series() -> Core:
    """Two shifts of a series at one time: shared out, continuity forgoes half; in truth, all of it."""
    twice = [shift(id=f"s{n}", interval=span(900, 1000), series="w") for n in range(2)]
    return numbers(problem(volunteer(), shifts=[*twice, shift(id="s2", interval=span(1200, 1300))])).core


@pytest.mark.parametrize(("small", "proven"), [(part.SMALL, True), (0, False)])
def test_the_full_model_proves_what_shares_cannot_and_its_relaxation_need_not(
    monkeypatch: pytest.MonkeyPatch, small: int, *, proven: bool
) -> None:
    monkeypatch.setattr(part, "SMALL", small)
    core = clashing_series()

    state = improve(Task(0, core, begin(core, best_greedy(core)[0]), seed=1), 60, lambda _: None)

    assert state.worth == brute(core)
    assert state.proven is proven
    assert state.settled


@pytest.mark.parametrize(("gap", "filled"), [(0.0, 2), (9.0, 1)])
def test_a_search_within_a_part_ends_when_it_is_good_enough(
    monkeypatch: pytest.MonkeyPatch, gap: float, filled: int
) -> None:
    found = [np.array([True, False, False]), np.array([True, False, True])]
    monkeypatch.setattr(part, "SMALL", 0)
    monkeypatch.setattr(Model, "solve", lambda *_, **__: Answer())
    monkeypatch.setattr(Search, "improvements", lambda _: iter(found))
    core = clashing_series()
    empty = replace(begin(core, np.zeros(3, dtype=bool)), fill_bound=1, worth=Worth(0, 0))

    state = improve(Task(0, core, empty, seed=1, gap=gap), 60, lambda _: None)

    assert state.worth.fill == filled


def test_a_solver_that_finds_nothing_leaves_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "solve", lambda *_, **__: Answer())
    monkeypatch.setattr(Model, "relax", lambda *_: Answer())
    core = clashing_series()
    known = begin(core, best_greedy(core)[0])

    for small in (part.SMALL, 0):
        monkeypatch.setattr(part, "SMALL", small)
        state = improve(Task(0, core, known, seed=1), 60, lambda _: None)
        assert (state.worth, state.soft_bound, state.settled) == (known.worth, known.soft_bound, True)


def test_a_piece_for_which_nobody_is_free_stays_as_it_is() -> None:
    core = numbers(problem(volunteer(max_per_month=1), shifts=[shift(id="s1"), shift(id="s2")])).core
    standing = np.array([True, False])

    assert Search(core, standing, 1, Deadline(60))._rebuilt(np.array([1])) == (None, True)


def test_a_need_for_any_language_asks_everybody() -> None:
    anyone = shift(needs=(need(languages=(), min_level=None),))

    assert numbers(problem(volunteer(languages={}), shifts=(anyone,))).core.size == 1


def test_a_search_finds_what_is_better_in_either_level() -> None:
    core = numbers(week()).core
    start = np.zeros(core.size, dtype=bool)

    found = list(Search(core, start, 1, Deadline(60)).improvements())

    worths = [core.worth(start), *map(core.worth, found)]
    assert worths == sorted(set(worths))
    assert all(map(core.holds, found))
    model = Model(core, Level.fill).solve(None, 60, 1)
    assert model.bound is not None
    assert worths[-1].fill == round(model.bound)


def test_a_search_of_small_pieces_goes_on_until_it_is_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "FIRST", 2)
    monkeypatch.setattr(neighbours, "PATIENCE", 4)
    core = numbers(week()).core
    best = best_greedy(core)[0]

    found = list(Search(core, best, 3, Deadline(60)).improvements())

    assert all(core.worth(one) > core.worth(best) for one in found)
    assert list(Search(core, best, 3, Deadline(0)).improvements()) == []


def test_a_piece_that_is_too_hard_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "PATIENCE", 3)
    core = numbers(week()).core
    sizes: list[int] = []
    pieces = Search._piece

    def piece(self: Search, size: int) -> Any:
        sizes.append(size)
        return pieces(self, size)[:1]

    monkeypatch.setattr(Search, "_piece", piece)
    monkeypatch.setattr(Search, "_solved", lambda *given: (given[2], False))

    list(Search(core, best_greedy(core)[0], 1, Deadline(60)).improvements())

    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) > 1


def test_of_choices_that_fill_as_much_the_nearest_is_taken() -> None:
    month = problem(volunteer(id="v1"), volunteer(id="v2"), shifts=[shift(id="s1"), shift(id="s2")])
    core = numbers(month).core

    for bits in (0b1001, 0b0110):
        known = chosen(core, bits)
        assert core.holds(known)
        found = Model(core, Level.fill, near=known).solve(None, 60, 1)
        assert found.chosen is not None
        assert (found.chosen == known).all()


def test_a_relaxation_that_is_cut_short_says_nothing() -> None:
    core = numbers(week()).core

    answer = Model(core, Level.soft).relax(0, 1)

    assert answer.bound is None
    assert Model(core, Level.soft).solve(None, 0, 1).proven is False


def test_a_part_out_of_time_is_not_settled() -> None:
    core = numbers(week()).core

    state = improve(Task(0, core, begin(core, best_greedy(core)[0]), seed=1), 0, lambda _: None)

    assert not state.settled


def task(**over: Any) -> Task:
    core = numbers(week(people=4, shifts=7)).core
    return Task(0, core, begin(core, np.zeros(core.size, dtype=bool)), seed=1, **over)


def go_on() -> bool:
    return False


def test_a_child_reports_step_by_step_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "INLINE", 0)
    seen: list[State] = []

    state = lane.work(task(), 60, seen.append, go_on)

    assert state.proven
    assert len(seen) > 1


def test_a_child_sends_every_step_and_says_which_is_the_last() -> None:
    receiver, sender = Pipe(duplex=False)

    lane._child(sender, task(), 60)

    sent = []
    with contextlib.suppress(EOFError):
        while True:
            sent.append(receiver.recv())
    assert [finished for _, finished in sent] == [False] * (len(sent) - 1) + [True]
    assert sent[-1][0].proven


def test_a_child_is_ended_when_it_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "INLINE", 0)
    waiting = task()

    assert lane.work(waiting, 0, lambda _: None, go_on) is waiting.state
    assert lane.work(waiting, 60, lambda _: None, lambda: True) is waiting.state


def test_what_a_child_reported_before_it_died_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "INLINE", 0)
    monkeypatch.setattr(lane, "_child", _dying)
    waiting = task()

    state = lane.work(waiting, 60, lambda _: None, go_on)

    assert (state.worth, state.settled) == (Worth(1, 1), True)


def _dying(sender: Any, job: Task, _: float) -> None:
    sender.send((State(job.state.chosen, Worth(1, 1), 9, 9), False))
    sender.close()
    raise SystemExit(0)


@pytest.mark.parametrize("inline", [lane.INLINE, 0])
def test_an_executor_runs_a_part_without_a_word(monkeypatch: pytest.MonkeyPatch, inline: int) -> None:
    monkeypatch.setattr(lane, "INLINE", inline)

    assert lane.remote(task(), 60).proven


def test_a_deadline_passes() -> None:
    assert Deadline(0).passed()
    assert Deadline(60).left() > 0


def test_criteria_tell_why_to_stop() -> None:
    open_gap = Progress("parts", fill=1, fill_bound=1, soft=100, soft_bound=110)
    event = threading.Event()

    assert Never().reached(open_gap) is None
    assert TimeLimit(0).reached(open_gap) is Status.timed_out
    assert TimeLimit(60).reached(open_gap) is None
    assert GapReached(0.1).reached(open_gap) is Status.feasible
    assert GapReached(0.01).reached(open_gap) is None
    assert GapReached(0.1).reached(Progress("pairs")) is None
    both = AnyOf((TimeLimit(0), GapReached(0.1)))
    assert both.reached(open_gap) is Status.timed_out
    assert both.soft_gap() == 0.1
    assert both.remaining() <= 0
    assert AnyOf(()).remaining() == float("inf")
    assert not event.is_set()
