"""The linear model of a plan, for HiGHS: places, caps, clashes, the fairness of each further assignment, series.

Columns are the pairs, then the steps of fairness, then what each couple forgoes in its series. Fairness falls with every
step, so its columns need not be whole numbers; nor need the couples' be, being a maximum that is paid for.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import highspy
import numpy as np
from numpy.typing import NDArray

from scheduling.solvers.core import NONE, Core, Ints, Mask

Floats = NDArray[np.float64]

WHOLE: Final = 0.9
"""A gap below one proves a whole number."""
TINY: Final = 1e-6


class Solver(highspy.Highs):
    """HiGHS without a word: making one with callbacks, none of which are used here, prints a line on the console."""

    def enableCallbacks(self) -> None:  # noqa: N802 (the name of the base)
        """Enable none."""


class Level(StrEnum):
    """What a model maximises."""

    fill = "fill"
    soft = "soft"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found: a choice or none, a bound or none, and the duals where a relaxation was solved to the end."""

    chosen: Mask | None = None
    bound: float | None = None
    proven: bool = False
    values: Floats | None = None
    reduced: Floats | None = None


class Model:
    """A core as a model of one level.

    For the soft level, at least `fill` must be filled. `shares` states series by an upper bound that needs no rows:
    each pair bears an equal share, of the most assignments there can be, of what the couple forgoes. For the fill, a
    choice to stay `near` decides among those that fill as much: each pair of it counts one, a filled place `unit`.
    """

    def __init__(
        self, core: Core, level: Level, *, fill: int = 0, shares: bool = False, near: Mask | None = None
    ) -> None:
        self._core, self._level, self._shares = core, level, shares
        self._near = np.zeros(core.size, dtype=bool) if near is None else near
        self.unit = 1 + int(self._near.sum())
        self._soft = level is Level.soft
        self._steps = _steps(core) if self._soft else np.zeros((0, 2), dtype=np.int64)
        self._forgone = _forgone(core)
        self._couples = self._coupled()
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._rows = 0
        self._limit_places()
        self._add(core.bounds.of, core.bounds.member, np.ones(len(core.bounds.member)), core.bounds.limit)
        self._state_soft(fill)

    def relax(self, seconds: float, seed: int) -> Answer:
        """Solve the relaxation: a bound, fractional values of the pairs, and their reduced costs."""
        solver = self._solver(seconds, seed, whole=False)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return Answer()
        solution = solver.getSolution()
        values, reduced = (np.array(one)[: self._core.size] for one in (solution.col_value, solution.col_dual))
        return Answer(bound=float(solver.getInfo().objective_function_value), values=values, reduced=reduced)

    def solve(self, start: Mask | None, seconds: float, seed: int, *, nodes: int | None = None) -> Answer:
        """Solve in whole numbers, from a choice that is known."""
        solver = self._solver(seconds, seed, whole=True)
        if nodes is not None:
            solver.setOptionValue("mip_max_nodes", nodes)
        if start is not None:
            pairs = np.arange(self._core.size, dtype=np.int32)
            solver.setSolution(len(pairs), pairs, start.astype(float))
        solver.run()
        info = solver.getInfo()
        found = info.primal_solution_status == highspy.kSolutionStatusFeasible
        chosen = np.array(solver.getSolution().col_value)[: self._core.size] > 0.5 if found else None  # noqa: PLR2004
        bound = float(info.mip_dual_bound)
        proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return Answer(chosen, bound if abs(bound) < highspy.kHighsInf else None, proven)

    def _solver(self, seconds: float, seed: int, *, whole: bool) -> Any:
        solver: Any = Solver()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("parallel", "off"),
            ("random_seed", seed % 2**31),
            ("time_limit", max(0.0, seconds)),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", WHOLE),
        ):
            solver.setOptionValue(option, value)
        solver.passModel(self._lp(whole=whole))
        return solver

    def _lp(self, *, whole: bool) -> Any:
        row, column, value = (np.concatenate(parts) for parts in zip(*self._entries, strict=True))
        order = np.lexsort((column, row))
        lp = highspy.HighsLp()
        costs, uppers = self._costs(), self._uppers()
        lp.num_col_, lp.num_row_ = len(costs), self._rows
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = costs, np.zeros(len(costs)), uppers
        lp.row_lower_, lp.row_upper_ = np.concatenate(self._lower), np.concatenate(self._upper)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=self._rows))))
        lp.a_matrix_.index_, lp.a_matrix_.value_ = column[order], value[order]
        lp.sense_ = highspy.ObjSense.kMaximize
        if whole:
            kinds = highspy.HighsVarType
            lp.integrality_ = [kinds.kInteger] * self._core.size + [kinds.kContinuous] * (len(costs) - self._core.size)
        return lp

    def _add(self, row: Ints, column: Ints, value: Floats, upper: Ints | Floats, lower: Floats | None = None) -> None:
        """Add rows, numbered from 0 among themselves."""
        self._entries.append((row + self._rows, column, value))
        self._upper.append(np.asarray(upper, dtype=float))
        self._lower.append(np.full(len(upper), -np.inf) if lower is None else lower)
        self._rows += len(upper)

    def _limit_places(self) -> None:
        """No more people than places, where there are more."""
        core = self._core
        crowded = np.bincount(core.need, minlength=len(core.places)) > core.places
        number = np.cumsum(crowded) - 1
        pairs = np.flatnonzero(crowded[core.need])
        self._add(number[core.need[pairs]], pairs, np.ones(len(pairs)), core.places[crowded])

    def _state_soft(self, fill: int) -> None:
        if not self._soft:
            return
        core = self._core
        if fill > 0:
            pairs = np.arange(core.size)
            weight = core.weight[core.need].astype(float)
            self._add(np.zeros(core.size, dtype=np.int64), pairs, weight, np.array([np.inf]), np.array([float(fill)]))
        self._count_steps()
        self._bear_series()

    def _count_steps(self) -> None:
        """As many steps of fairness as assignments: `steps - pairs <= 0` for each person who has steps."""
        people, number = np.unique(self._steps[:, 0], return_inverse=True)
        of_person = np.full(len(self._core.load), NONE, dtype=np.int64)
        of_person[people] = np.arange(len(people))
        pairs = np.flatnonzero(of_person[self._core.person] != NONE)
        row = np.concatenate((number, of_person[self._core.person[pairs]]))
        column = np.concatenate((self._core.size + np.arange(len(self._steps)), pairs))
        value = np.concatenate((np.ones(len(self._steps)), -np.ones(len(pairs))))
        self._add(row, column, value, np.zeros(len(people)))

    def _coupled(self) -> Ints:
        """Return the couples that get a column of their own: those with several pairs."""
        if not self._soft or self._shares:
            return np.zeros(0, dtype=np.int64)
        paying = self._core.couple[self._forgone > 0]
        return np.flatnonzero(np.bincount(paying, minlength=len(self._core.floor)) > 1)

    def _bear_series(self) -> None:
        """Let a couple forgo what each of its pairs would: `top x pair - column <= 0`."""
        number = np.full(len(self._core.floor) + 1, NONE, dtype=np.int64)
        number[self._couples] = np.arange(len(self._couples))
        pairs = np.flatnonzero((self._forgone > 0) & (number[self._core.couple] != NONE))
        row = np.arange(len(pairs))
        first = self._core.size + len(self._steps)
        column = np.concatenate((pairs, first + number[self._core.couple[pairs]]))
        value = np.concatenate((self._forgone[pairs].astype(float), -np.ones(len(pairs))))
        self._add(np.concatenate((row, row)), column, value, np.zeros(len(pairs)))
        row, own = number[self._core.couple[pairs]], np.arange(len(self._couples))
        column = np.concatenate((pairs, first + own))
        value = np.concatenate((self._forgone[pairs] / self._sharers()[pairs], -np.ones(len(own))))
        self._add(np.concatenate((row, own)), column, value, np.zeros(len(own)))

    def _costs(self) -> Floats:
        core = self._core
        if not self._soft:
            return (core.weight[core.need] * self.unit + self._near).astype(float)
        pairs = core.points + core.top - self._borne()
        return np.concatenate((pairs, self._steps[:, 1], -np.ones(len(self._couples))))

    def _borne(self) -> Floats:
        """Return what each pair bears itself of what its couple forgoes: nothing where the couple has a column."""
        alone = np.append(np.ones(len(self._core.floor)), 0.0)
        alone[self._couples] = 0.0
        borne: Floats = self._forgone * alone[self._core.couple] / self._sharers()
        return borne

    def _sharers(self) -> Floats:
        """Return the most assignments that forgo something which each pair's couple can have."""
        core = self._core
        count = np.bincount(core.couple[self._forgone > 0], minlength=len(core.floor))
        most = np.minimum(np.append(count, 1)[core.couple], core.capacity[core.person])
        sharers: Floats = np.maximum(1, most).astype(float)
        return sharers

    def _uppers(self) -> Floats:
        return np.concatenate((np.ones(self._core.size + len(self._steps)), np.full(len(self._couples), np.inf)))


def _steps(core: Core) -> Ints:
    """Return the steps of fairness that still give something: the person and the points of each."""
    pairs = np.bincount(core.person, minlength=len(core.load))
    most = np.minimum(np.minimum(pairs, core.capacity), np.maximum(0, len(core.fair) - core.load))
    person = np.repeat(np.arange(len(core.load)), most)
    nth = np.arange(len(person)) - np.repeat(np.cumsum(most) - most, most)
    points = core.marginal(core.load[person] + nth)
    return np.stack((person, points), axis=1)[points > 0]


def _forgone(core: Core) -> Ints:
    """Return what each pair makes its couple forgo if it is the one that gives most."""
    floor = np.append(core.floor, 0)[core.couple]
    return np.where(core.couple == NONE, 0, np.maximum(0, core.top - floor))
