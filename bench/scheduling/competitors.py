"""Who competes: the engine, its greedy orders alone, and CP-SAT with a plain model of the same pairs.

All of them are given the same wall time, from the problem as a value to the plan as a value: finding the pairs and
building the model is in it.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, Final

import numpy as np

from scheduling.problem import Problem
from scheduling.solution import Plan, settle
from scheduling.solve import solve
from scheduling.solvers.core import Core, Mask
from scheduling.solvers.field import survey
from scheduling.solvers.greedy import ORDERS, greedy
from scheduling.stopping import Progress, TimeLimit

LANES: Final = 2


@dataclass
class Outcome:
    """A plan with its bounds where there are any, and how both moved over time."""

    plan: Plan
    fill_bound: int | None = None
    soft_bound: int | None = None
    fill_status: str = "none"
    soft_status: str = "none"
    trace: list[tuple[float, int, int | None, int, int | None]] = field(default_factory=list)


Competitor = Callable[[Problem, float, int], Outcome]


def engine(problem: Problem, seconds: float, seed: int, *, processes: bool = False) -> Outcome:
    began, trace = time.monotonic(), []

    def note(one: Progress) -> None:
        if one.fill_bound is not None:
            trace.append((time.monotonic() - began, one.fill, one.fill_bound, one.soft, one.soft_bound))

    stop = TimeLimit(seconds)
    if processes:
        with ProcessPoolExecutor(LANES, mp_context=get_context("spawn")) as pool:
            result = solve(problem, stop=stop, seed=seed, executor=pool, lanes=LANES, progress=note)
    else:
        result = solve(problem, stop=stop, seed=seed, progress=note)
    levels = result.fill, result.soft
    return Outcome(result.plan, *(one.bound for one in levels), *(one.status.value for one in levels), trace)


def together(problem: Problem, seconds: float, seed: int) -> Outcome:
    return engine(problem, seconds, seed, processes=True)


def greedy_by(name: str) -> Competitor:
    def compete(problem: Problem, seconds: float, seed: int) -> Outcome:  # noqa: ARG001 (greedy needs neither)
        settled = settle(problem).proposals
        pairs = survey(problem, settled)
        chosen = greedy(pairs.core, ORDERS[name](pairs.core))
        return Outcome(Plan((*settled, *pairs.proposals(problem, np.flatnonzero(chosen).tolist()))))

    return compete


def cp_sat(problem: Problem, seconds: float, seed: int) -> Outcome:
    """Maximise the fill for half of the time, then the soft points with the fill held."""
    until = time.monotonic() + seconds
    settled = settle(problem).proposals
    pairs = survey(problem, settled)
    chosen = _cp_sat(pairs.core, until, seed)
    return Outcome(Plan((*settled, *pairs.proposals(problem, np.flatnonzero(chosen).tolist()))))


def _cp_sat(core: Core, until: float, seed: int) -> Mask:
    from ortools.sat.python import cp_model  # noqa: PLC0415 (in the bench's own group)

    model = cp_model.CpModel()
    pair = [model.new_bool_var("") for _ in range(core.size)]
    for need, places in enumerate(core.places.tolist()):
        model.add(sum(pair[one] for one in np.flatnonzero(core.need == need).tolist()) <= places)
    for row, limit in enumerate(core.bounds.limit.tolist()):
        members = core.bounds.member[core.bounds.offset[row] : core.bounds.offset[row + 1]].tolist()
        model.add(sum(pair[one] for one in members) <= limit)
    fill = sum(weight * one for weight, one in zip(core.weight[core.need].tolist(), pair, strict=True))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = LANES, seed
    first = _maximised(model, fill, solver, (until - time.monotonic()) / 2, pair)
    model.add(fill >= core.worth(first).fill)
    for one, value in zip(pair, first.tolist(), strict=True):
        model.add_hint(one, value)
    second = _maximised(model, _soft(model, core, pair), solver, until - time.monotonic(), pair)
    return max((first, second), key=core.worth)


def _maximised(model: Any, goal: Any, solver: Any, seconds: float, pair: list[Any]) -> Mask:
    model.maximize(goal)
    solver.parameters.max_time_in_seconds = max(0.1, seconds)
    found = solver.solve(model) in {2, 4}  # feasible, optimal
    return np.array([found and solver.value(one) == 1 for one in pair], dtype=bool)


def _soft(model: Any, core: Core, pair: list[Any]) -> Any:
    earned = list((core.points + core.top).tolist())
    goal = sum(points * one for points, one in zip(earned, pair, strict=True))
    for person in range(len(core.load)):
        hers = np.flatnonzero(core.person == person).tolist()
        steps = [model.new_bool_var("") for _ in range(min(len(hers), int(core.capacity[person])))]
        model.add(sum(steps) <= sum(pair[one] for one in hers))
        goal += sum(int(core.marginal(core.load[person] + nth)) * step for nth, step in enumerate(steps))
    for couple in range(len(core.floor)):
        forgone = model.new_int_var(0, int(core.top.max()), "")
        for one in np.flatnonzero(core.couple == couple).tolist():
            model.add(forgone >= max(0, int(core.top[one] - core.floor[couple])) * pair[one])
        goal -= forgone
    return goal


COMPETITORS: Final[Mapping[str, Competitor]] = {
    "engine": engine,
    "engine, 2 processes": together,
    **{f"greedy by {name}": greedy_by(name) for name in ORDERS},
    "CP-SAT": cp_sat,
}
