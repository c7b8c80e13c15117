"""Greedy plans: needs in an order, each taking the people who earn most as things stand. Quick, and never undone."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from scheduling.solvers.core import NONE, Core, Ints, Mask, Worth

Order = Callable[[Core], Ints]


def by_priority(core: Core) -> Ints:
    """Take the weightiest needs first, and of those the ones with the fewest candidates."""
    return np.lexsort((_candidates(core), -core.weight))


def by_scarcity(core: Core) -> Ints:
    """Take the needs with the fewest candidates first, and of those the weightiest."""
    return np.lexsort((-core.weight, _candidates(core)))


def by_time(core: Core) -> Ints:
    """Take the earliest first, as they come in over the month."""
    first = np.full(len(core.places), np.iinfo(np.int64).max)
    np.minimum.at(first, core.need, core.start)
    return np.argsort(first, kind="stable")


ORDERS: Final[Mapping[str, Order]] = {"priority": by_priority, "scarcity": by_scarcity, "time": by_time}


def _candidates(core: Core) -> Ints:
    return np.bincount(core.need, minlength=len(core.places))


def best_greedy(core: Core) -> tuple[Mask, Worth]:
    """Return the best of the three orders, the first of them among equals."""
    plans = [greedy(core, order(core)) for order in ORDERS.values()]
    worths = [core.worth(plan) for plan in plans]
    best = max(range(len(plans)), key=lambda one: (worths[one], -one))
    return plans[best], worths[best]


def greedy(core: Core, order: Ints, start: Mask | None = None) -> Mask:
    """Return a plan filled in an order of needs, on top of what of another choice can be kept."""
    hand = _Hand(core)
    for pair in np.flatnonzero(start).tolist() if start is not None else ():
        hand.keep(pair)
    by_need = np.split(np.argsort(core.need, kind="stable"), np.cumsum(_candidates(core))[:-1])
    for need in order.tolist():
        hand.fill(need, by_need[need].tolist())
    return hand.chosen


class _Hand:
    """The state of a plan while it grows."""

    def __init__(self, core: Core) -> None:
        self.chosen: Mask = np.zeros(core.size, dtype=bool)
        self._left = core.bounds.limit.tolist()
        self._places = core.places.tolist()
        self._rows = _rows_of(core)
        self._points, self._top = core.points.tolist(), core.top.tolist()
        self._person, self._couple, self._need = core.person.tolist(), core.couple.tolist(), core.need.tolist()
        self._load, self._fair = core.load.tolist(), core.fair.tolist()
        self._begun = [floor > 0 for floor in core.floor.tolist()]

    def fill(self, need: int, pairs: list[int]) -> None:
        """Fill a need's places with the pairs that earn most, while any can be taken."""
        while self._places[need] > 0:
            takable = [pair for pair in pairs if self._fits(pair)]
            if not takable:
                return
            self.take(max(takable, key=lambda pair: (self._gain(pair), -pair)))

    def keep(self, pair: int) -> None:
        """Choose a pair if it can be taken."""
        if self._places[self._need[pair]] > 0 and self._fits(pair):
            self.take(pair)

    def take(self, pair: int) -> None:
        """Choose a pair."""
        self.chosen[pair] = True
        self._places[self._need[pair]] -= 1
        self._load[self._person[pair]] += 1
        for row in self._rows[pair]:
            self._left[row] -= 1
        if self._couple[pair] != NONE:
            self._begun[self._couple[pair]] = True

    def _fits(self, pair: int) -> bool:
        return not self.chosen[pair] and all(self._left[row] > 0 for row in self._rows[pair])

    def _gain(self, pair: int) -> int:
        load = min(self._load[self._person[pair]], len(self._fair) - 1)
        again = self._couple[pair] != NONE and self._begun[self._couple[pair]]
        return int(self._points[pair] + self._fair[load] + (self._top[pair] if again else 0))


def _rows_of(core: Core) -> list[list[int]]:
    """Return the bounds in which each pair stands."""
    found: list[list[int]] = [[] for _ in range(core.size)]
    for row, pair in zip(core.bounds.of.tolist(), core.bounds.member.tolist(), strict=True):
        found[pair].append(row)
    return found
