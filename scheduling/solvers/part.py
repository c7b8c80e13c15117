"""One independent part of a problem: prove the fill, then the soft points, then search around the best plan.

Every step reports what it found, so that whoever waits may end the process at any time and keep it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scheduling.solvers.core import Core, Mask, Worth
from scheduling.solvers.model import TINY, Answer, Level, Model
from scheduling.solvers.neighbours import Search
from scheduling.stopping import Deadline

SMALL: Final = 3000
"""Pairs up to which the full model is solved to the end; beyond, its relaxation bounds a search."""
NODES: Final = 2000
"""Nodes of branching after which the full model of a small part is left to the search: a count, so that it repeats."""


@dataclass(frozen=True, slots=True)
class State:
    """The best choice of a part, its worth, and what is known of the best there can be.

    The soft bound holds among choices that fill as much as this one. `settled` means that more time would not help.
    """

    chosen: Mask
    worth: Worth
    fill_bound: int
    soft_bound: int
    settled: bool = False

    @property
    def fill_proven(self) -> bool:
        """Tell whether no choice fills more."""
        return self.worth.fill >= self.fill_bound

    @property
    def proven(self) -> bool:
        """Tell whether no choice is better at either level."""
        return self.fill_proven and self.worth.soft >= self.soft_bound

    def within(self, gap: float) -> bool:
        """Tell whether the fill is proven and the soft points are near enough to their bound."""
        return self.fill_proven and self.soft_bound - self.worth.soft <= gap * abs(self.worth.soft)


Report = Callable[[State], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A part to work on: what is known of it already, and when it is good enough."""

    number: int
    core: Core
    state: State
    seed: int
    gap: float = 0.0


def begin(core: Core, chosen: Mask) -> State:
    """Return the state of a part with a choice made for it, bounded by what needs no solver."""
    return State(chosen, core.worth(chosen), core.ceiling(), soft_ceiling(core))


def soft_ceiling(core: Core) -> int:
    """Return soft points that no choice exceeds: each place with the pair that would give most, alone."""
    most = core.points + core.top + core.marginal(core.load[core.person])
    order = np.lexsort((-most, core.need))
    need = core.need[order]
    first = np.searchsorted(need, need)
    counted = np.arange(core.size) - first < core.places[need]
    return int(np.maximum(0, most[order][counted]).sum())


def improve(task: Task, seconds: float, report: Report) -> State:
    """Work on a part until it is proven, near enough, not getting better, or out of time; report every step."""
    work = _Work(task, Deadline(seconds), report)
    small = (work.fill, work.shares, work.full, work.search)
    large = (work.fill, work.relax, work.shares, work.search)
    for step in small if task.core.size <= SMALL else large:
        if work.over():
            break
        step()
    return work.finish()


class _Work:
    """The steps on one part."""

    def __init__(self, task: Task, deadline: Deadline, report: Report) -> None:
        self._task, self._deadline, self._report = task, deadline, report
        self._core = task.core
        self.state = replace(task.state, settled=False)

    def over(self) -> bool:
        """Tell whether there is nothing left to do, or no time to do it."""
        return self._enough() or self._deadline.passed()

    def _enough(self) -> bool:
        return self.state.proven or self.state.within(self._task.gap)

    def finish(self) -> State:
        """Return the state; a part that was not cut short has had its time."""
        self.state = replace(self.state, settled=not self._deadline.passed() or self._enough())
        self._report(self.state)
        return self.state

    def fill(self) -> None:
        """Find the most that can be filled, and prove it; of such choices, the one nearest to what is known."""
        if self.state.fill_proven:
            return
        self._bound_fill(Model(self._core, Level.fill).relax(self._deadline.left(), self._task.seed))
        if not self.state.fill_proven:
            model = Model(self._core, Level.fill, near=self.state.chosen)
            answer = model.solve(self.state.chosen, self._deadline.left(), self._task.seed)
            self._take(answer)
            self._bound_fill(answer, model.unit)

    def shares(self) -> None:
        """Solve the model in which series are shared out: quick, and near the truth."""
        answer = self._soft(shares=True).solve(self.state.chosen, self._deadline.left(), self._task.seed)
        self._take(answer)
        self._bound_soft(answer)

    def relax(self) -> None:
        """Bound the soft points by the relaxation of the full model: there is no better bound in so short a time."""
        self._bound_soft(self._soft(shares=False).relax(self._deadline.left(), self._task.seed))

    def full(self) -> None:
        """Solve the full model."""
        answer = self._soft(shares=False).solve(self.state.chosen, self._deadline.left(), self._task.seed, nodes=NODES)
        self._take(answer)
        self._bound_soft(answer)

    def search(self) -> None:
        """Search around the best choice on the true points."""
        for chosen in Search(self._core, self.state.chosen, self._task.seed, self._deadline).improvements():
            self._offer(chosen)
            if self._enough():
                return

    def _soft(self, *, shares: bool) -> Model:
        return Model(self._core, Level.soft, fill=self.state.worth.fill, shares=shares)

    def _take(self, answer: Answer) -> None:
        if answer.chosen is not None and self._core.holds(answer.chosen):
            self._offer(answer.chosen)

    def _offer(self, chosen: Mask) -> None:
        """Keep a choice if it is better; one that fills more leaves nothing known of the soft points."""
        worth = self._core.worth(chosen)
        if worth > self.state.worth:
            more = worth.fill > self.state.worth.fill
            bound = soft_ceiling(self._core) if more else self.state.soft_bound
            self._tell(replace(self.state, chosen=chosen, worth=worth, soft_bound=max(bound, worth.soft)))

    def _bound_fill(self, answer: Answer, unit: int = 1) -> None:
        if answer.bound is not None:
            bound = max(self.state.worth.fill, int(np.floor(answer.bound / unit + TINY / unit)))
            self._tell(replace(self.state, fill_bound=min(self.state.fill_bound, bound)))

    def _bound_soft(self, answer: Answer) -> None:
        if answer.bound is not None:
            bound = max(self.state.worth.soft, int(np.floor(answer.bound + TINY * max(1.0, abs(answer.bound)))))
            self._tell(replace(self.state, soft_bound=min(self.state.soft_bound, bound)))

    def _tell(self, state: State) -> None:
        self.state = state
        self._report(state)
