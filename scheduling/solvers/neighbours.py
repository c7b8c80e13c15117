"""Search around a plan: take a piece of it apart, put it together as well as can be, keep what is better."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from scheduling.solvers.core import NONE, Core, Ints, Mask, restricted
from scheduling.solvers.model import Level, Model
from scheduling.stopping import Deadline

FIRST: Final = 40
"""Needs taken apart at first; more when that is easy, fewer when it is hard."""
NODES: Final = 300
PATIENCE: Final = 60
"""Pieces tried in vain after which a plan counts as settled; pieces grow meanwhile."""


class Search:
    """A search from a choice, the same for the same seed as long as time does not cut it short."""

    def __init__(self, core: Core, chosen: Mask, seed: int, deadline: Deadline) -> None:
        self._core, self._chosen, self._deadline = core, chosen, deadline
        self._dice = np.random.default_rng(seed)
        self._seed = seed
        self._by_need = _grouped(core.need, len(core.places))
        self._by_person = _grouped(core.person, len(core.load))
        self._by_couple = _grouped(np.where(core.couple == NONE, len(core.floor), core.couple), len(core.floor) + 1)

    def improvements(self) -> Iterator[Mask]:
        """Give one better choice after the other."""
        size, vain = FIRST, 0
        while vain < PATIENCE and not self._deadline.passed():
            needs = self._piece(size)
            better, easy = self._rebuilt(needs)
            size = min(len(self._core.places), size + size // 4 + 1) if easy else max(FIRST // 2, size * 2 // 3)
            vain += 1
            if better is not None:
                self._chosen, vain = better, 0
                yield better
            if easy and len(needs) == len(self._core.places):
                return

    def _piece(self, size: int) -> Ints:
        """Return needs that hang together: those of a person in a series or near in time, and so on outwards."""
        core = self._core
        first = int(self._dice.integers(core.size))
        if self._dice.random() < 1 / 3:
            nearest = np.argsort(np.abs(core.start - core.start[first]), kind="stable")
            return np.unique(core.need[nearest[: size * max(1, core.size // len(core.places))]])[:size]
        found: dict[int, None] = {}
        queue = [first]
        seen: set[int] = set()
        while queue and len(found) < size:
            pair = queue.pop(0)
            found[int(core.need[pair])] = None
            person = int(core.person[pair])
            if person in seen:
                continue
            seen.add(person)
            queue += self._next(pair, person)
        return np.array(sorted(found)[:size], dtype=np.int64)

    def _next(self, pair: int, person: int) -> list[int]:
        """Return pairs that have to do with this one: its series first, then who holds or could take what she could."""
        core = self._core
        serial = self._by_couple[core.couple[pair]].tolist() if core.couple[pair] != NONE else []
        hers = self._by_person[person]
        held = hers[self._chosen[hers]].tolist()
        others = [
            int(self._dice.choice(self._by_need[core.need[one]])) for one in self._dice.permutation(hers)[:8].tolist()
        ]
        holders = [one for other in others for one in self._holders(int(core.need[other]))]
        return [*serial, *held, *holders, *others]

    def _holders(self, need: int) -> list[int]:
        pairs = self._by_need[need]
        chosen: list[int] = pairs[self._chosen[pairs]].tolist()
        return chosen

    def _rebuilt(self, needs: Ints) -> tuple[Mask | None, bool]:
        """Return the choice with these needs filled anew, if that is better, and whether it was solved to the end."""
        core = self._core
        within = np.zeros(len(core.places), dtype=bool)
        within[needs] = True
        free = within[core.need]
        smaller, kept = restricted(core, free, self._chosen & ~free)
        if not smaller.size:
            return None, True
        known = self._chosen[kept]
        found, easy = self._solved(smaller, known)
        if smaller.worth(found) <= smaller.worth(known):
            return None, easy
        rebuilt = self._chosen & ~free
        rebuilt[kept[found]] = True
        return rebuilt, easy

    def _solved(self, smaller: Core, known: Mask) -> tuple[Mask, bool]:
        """Return the best found for a piece, both levels one after the other."""
        fill = Model(smaller, Level.fill, near=known).solve(known, self._deadline.left(), self._seed, nodes=NODES)
        start = known if fill.chosen is None else _better(smaller, known, fill.chosen)
        least = smaller.worth(start).fill
        soft = Model(smaller, Level.soft, fill=least).solve(start, self._deadline.left(), self._seed, nodes=NODES)
        found = start if soft.chosen is None else _better(smaller, start, soft.chosen)
        return found, fill.proven and soft.proven


def _better(core: Core, one: Mask, other: Mask) -> Mask:
    """Return the better of two choices, the first unless the second keeps every limit."""
    return other if core.holds(other) and core.worth(other) > core.worth(one) else one


def _grouped(label: Ints, count: int) -> list[Ints]:
    """Return the positions of each label."""
    return np.split(np.argsort(label, kind="stable"), np.cumsum(np.bincount(label, minlength=count))[:-1])
