"""Searches within a part of a plan: they only ever gain, and say how good what they found is."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from scheduling.solvers import neighbours, part
from scheduling.solvers.core import Worth
from scheduling.solvers.greedy import best_greedy
from scheduling.solvers.model import Answer, Level, Model
from scheduling.solvers.neighbours import Search
from scheduling.solvers.part import State, Task, begin, improve
from scheduling.stopping import Deadline
from tests.unit.scheduling.instances import problem, shift, volunteer
from tests.unit.scheduling.weeks import brute, chosen, clashing_series, numbers, week


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
