"""Making a plan: as many places filled as can be, by priority, and among such plans the one that serves people best.

Whatever happens on the way, a plan comes back, with its value, its bound and its status at both levels. Every plan goes
through `check` and `score`, which know nothing of solvers, before it leaves.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from math import isinf
from typing import Final

import numpy as np

from scheduling.problem import Problem, Proposal
from scheduling.solution import Breach, Plan, Score, Settled, check, score, settle
from scheduling.solvers.core import Ints, Mask, Worth, parts, restricted
from scheduling.solvers.field import Field, survey
from scheduling.solvers.greedy import best_greedy, by_priority, greedy
from scheduling.solvers.part import State, begin
from scheduling.solvers.team import Member, Team
from scheduling.stopping import Never, Progress, Status, Stop

BATCH: Final = 1500
"""Pairs up to which small independent parts are worked on together."""

Watch = Callable[[Progress], None]
Keep = Callable[[Callable[[], Plan]], None]
"""Is told that there is a best plan so far, and may ask for it: to write it down takes time."""


class Unsound(Exception):
    """A plan was refused by the judges: a fault of the solver, never of the problem."""


@dataclass(frozen=True, slots=True)
class LevelResult:
    """What a plan reaches at one level, what no plan exceeds, and how far that was proven."""

    value: int
    bound: int
    status: Status

    @property
    def gap(self) -> float:
        """The share of the value by which a better plan could exceed it."""
        return (self.bound - self.value) / max(1, abs(self.value))


@dataclass(frozen=True, slots=True)
class Result:
    """A plan with its grades.

    The bound of `soft` holds among plans that fill as much. `refused` are pins that could not be kept, each with the
    rule it breaks; `faults` are rules that locked assignments break, which makes the result `infeasible`.
    """

    plan: Plan
    score: Score
    fill: LevelResult
    soft: LevelResult
    refused: tuple[Breach, ...] = ()
    faults: tuple[Breach, ...] = ()

    @property
    def status(self) -> Status:
        """The status of the whole: that of the first level which is not optimal."""
        return self.fill.status if self.fill.status is not Status.optimal else self.soft.status


def solve(  # noqa: PLR0913 (what bounds a solve, each by name)
    problem: Problem,
    *,
    stop: Stop | None = None,
    seed: int = 0,
    initial: Plan | None = None,
    pinned: Iterable[Proposal] = (),
    executor: Executor | None = None,
    lanes: int = 1,
    progress: Watch | None = None,
    keep: Keep | None = None,
) -> Result:
    """Return the best plan found before `stop`, by default the best there is as far as that can be found.

    `initial` is where to begin, beside what greedy orders find. `pinned` are pins beside those of the problem.
    Independent parts are worked on by `executor` if there is one, of which `lanes` run at a time; `progress` is told
    how things stand, `keep` that there is a plan so far. The same problem and seed give the same plan, as long as no time limit cuts the work short.
    """
    bound = replace(problem, pins=(*problem.pins, *pinned))
    return _Solve(bound, stop or Never(), seed, progress or _nobody, keep or _forget).run(initial, executor, lanes)


def _nobody(progress: Progress) -> None:
    """Tell nobody."""


def _forget(best: Callable[[], Plan]) -> None:
    """Ask for nothing."""


class _Solve:
    """One solve, from the pairs to the checked plan."""

    def __init__(self, problem: Problem, stop: Stop, seed: int, watch: Watch, keep: Keep) -> None:
        self._problem, self._stop, self._seed, self._watch, self._keep = problem, stop, seed, watch, keep
        self._settled: Settled = settle(problem)
        self._before = score(problem, Plan(self._settled.proposals))

    def run(self, initial: Plan | None, executor: Executor | None, lanes: int) -> Result:
        """Make the plan."""
        self._watch(Progress("pairs"))
        field = survey(self._problem, self._settled.proposals)
        self._watch(Progress("greedy"))
        members = self._members(field, initial)
        reserve = self._rehearse(field, members)
        team = Team(members, self._before, self._stop, self._watcher(field, members), self._seed, reserve)
        why = team.work(executor, lanes)
        self._watch(replace(team.progress(), phase="check"))
        result = self._result(field, team.members, why)
        self._watch(replace(team.progress(), phase="done"))
        return result

    def _watcher(self, field: Field, members: Sequence[Member]) -> Watch:
        def watch(progress: Progress) -> None:
            self._watch(progress)
            self._keep(lambda: self._plan(field, members))

        return watch

    def _rehearse(self, field: Field, members: Sequence[Member]) -> float:
        """Judge the plan that cost no search; return the seconds that took, which the judges will need again."""
        left = self._stop.remaining()
        self._graded(self._plan(field, members), members)
        return 0.0 if isinf(left) else left - self._stop.remaining()

    def _members(self, field: Field, initial: Plan | None) -> list[Member]:
        """Cut the problem into parts, each with the best plan that costs no search."""
        core, known = field.core, self._known(field, initial)
        nothing = np.zeros(core.size, dtype=bool)
        members = []
        for pairs in _batches(parts(core)):
            within = nothing.copy()
            within[pairs] = True
            part, kept = restricted(core, within, nothing)
            state = begin(part, best_greedy(part)[0])
            for choice in known:
                state = _better(state, begin(part, greedy(part, by_priority(part), choice[kept])))
            members.append(Member(part, kept, state))
        return members

    def _known(self, field: Field, initial: Plan | None) -> list[Mask]:
        """Return plans that are known already as choices of pairs: the one to begin with, and the published one."""
        plans = [initial.proposals if initial else (), self._problem.published]
        return [self._chosen(field, {proposal.pair for proposal in plan}) for plan in plans if plan]

    def _chosen(self, field: Field, pairs: set[tuple[str, str, str]]) -> Mask:
        everything = field.proposals(self._problem, range(field.core.size))
        return np.array([proposal.pair in pairs for proposal in everything], dtype=bool)

    def _result(self, field: Field, members: Sequence[Member], why: Status) -> Result:
        plan = self._plan(field, members)
        graded = self._graded(plan, members)
        fill_bound = self._before.weighted_fill + sum(member.state.fill_bound for member in members)
        soft_bound = self._before.soft + sum(member.state.soft_bound for member in members)
        fill = LevelResult(graded.weighted_fill, fill_bound, self._status(graded.weighted_fill, fill_bound, why))
        soft = LevelResult(graded.soft, soft_bound, self._status(graded.soft, soft_bound, why))
        if fill.status is not Status.optimal:
            soft = replace(soft, status=fill.status)
        return Result(plan, graded, fill, soft, self._settled.refused, self._settled.faults)

    def _status(self, value: int, bound: int, why: Status) -> Status:
        if self._settled.faults:
            return Status.infeasible
        return Status.optimal if value >= bound else why

    def _plan(self, field: Field, members: Sequence[Member]) -> Plan:
        """Return what is settled and what was chosen, in the order of shifts."""
        chosen = [int(pair) for member in members for pair in member.pairs[member.state.chosen]]
        return Plan((*self._settled.proposals, *field.proposals(self._problem, sorted(chosen))))

    def _graded(self, plan: Plan, members: Sequence[Member]) -> Score:
        """Let the judges have the last word."""
        faults = {(breach.proposal, breach.violation.code) for breach in self._settled.faults}
        breaches = [one for one in check(self._problem, plan) if (one.proposal, one.violation.code) not in faults]
        graded = score(self._problem, plan)
        worths = [member.state.worth for member in members]
        claimed = Worth(
            self._before.weighted_fill + sum(worth.fill for worth in worths),
            self._before.soft + sum(worth.soft for worth in worths),
        )
        if breaches or claimed != (graded.weighted_fill, graded.soft):
            raise Unsound(f"{claimed} was claimed, {graded} is true; breaches: {breaches[:3]}")
        return graded


def _better(one: State, other: State) -> State:
    return other if other.worth >= one.worth else one


def _batches(found: Sequence[Ints]) -> list[Ints]:
    """Put small parts together, so that a thousand of them are not a thousand models."""
    batches: list[list[Ints]] = []
    room = 0
    for part in sorted(found, key=len):
        if len(part) > room:
            batches.append([])
            room = BATCH
        batches[-1].append(part)
        room -= len(part)
    return [np.sort(np.concatenate(batch)) for batch in batches]
