"""The problem as numbers: pairs that may be, what each fills and earns, and which cannot be together.

Everything here is arrays of positions, plain enough to be sent to another process or machine. The same plan is worth
the same here as in `scheduling.solution.score`; a test holds the two against each other.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NONE: Final = -1


class Worth(NamedTuple):
    """Both levels of a plan, compared one after the other."""

    fill: int
    soft: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Sets of pairs of which no more than `limit` may be chosen: `member[offset[r]:offset[r + 1]]` is row r."""

    offset: Ints
    member: Ints
    limit: Ints

    @property
    def of(self) -> Ints:
        """The row of each entry of `member`."""
        return np.repeat(np.arange(len(self.limit)), np.diff(self.offset))

    def used(self, chosen: Mask) -> Ints:
        """Count for each row the chosen pairs."""
        return np.bincount(self.of, weights=chosen[self.member], minlength=len(self.limit)).astype(np.int64)


def rows(sets: list[tuple[list[int], int]]) -> Rows:
    """Return rows from lists of pairs with their limits."""
    offset = np.cumsum([0, *(len(members) for members, _ in sets)], dtype=np.int64)
    member = np.array([pair for members, _ in sets for pair in members], dtype=np.int64)
    return Rows(offset, member, np.array([limit for _, limit in sets], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Core:
    """Pairs by position; needs, people and couples (a person in a series) by theirs.

    `points` are soft points of the pair itself; `top` is what a series adds when the pair is not the couple's first,
    and `floor` the most that a couple's settled pairs forgo. `fair` gives the points of one more assignment by load;
    its last entry, 0, holds for every greater load. `bounds` are caps and sets of pairs that clash.
    """

    need: Ints
    person: Ints
    points: Ints
    start: Ints
    couple: Ints
    top: Ints
    places: Ints
    weight: Ints
    load: Ints
    capacity: Ints
    floor: Ints
    fair: Ints
    bounds: Rows

    @property
    def size(self) -> int:
        """The number of pairs."""
        return len(self.need)

    def marginal(self, load: Ints) -> Ints:
        """Return the fairness of one more assignment for loads."""
        return self.fair[np.minimum(load, len(self.fair) - 1)]

    def worth(self, chosen: Mask) -> Worth:
        """Return what a choice of pairs fills and earns."""
        fill = int(self.weight[self.need[chosen]].sum())
        return Worth(fill, int(self.points[chosen].sum()) + self._fairness(chosen) + self._repeats(chosen))

    def _fairness(self, chosen: Mask) -> int:
        given = np.bincount(self.person[chosen], minlength=len(self.load))
        paid = np.concatenate(([0], np.cumsum(self.fair)))
        before, after = (np.minimum(load, len(self.fair)) for load in (self.load, self.load + given))
        return int((paid[after] - paid[before]).sum())

    def _repeats(self, chosen: Mask) -> int:
        serial = chosen & (self.couple != NONE)
        most = self.floor.copy()
        np.maximum.at(most, self.couple[serial], self.top[serial])
        return int(self.top[serial].sum() - (most - self.floor).sum())

    def holds(self, chosen: Mask) -> bool:
        """Tell whether a choice keeps every limit."""
        filled = np.bincount(self.need[chosen], minlength=len(self.places))
        return bool((filled <= self.places).all() and (self.bounds.used(chosen) <= self.bounds.limit).all())

    def ceiling(self) -> int:
        """Return a fill that no choice exceeds, whatever the people do."""
        wanted = np.minimum(np.bincount(self.need, minlength=len(self.places)), self.places)
        return int((wanted * self.weight).sum())


def restricted(core: Core, free: Mask, standing: Mask) -> tuple[Core, Ints]:
    """Return the problem left when only `free` pairs may still be chosen beside `standing` ones, which are settled.

    The second value gives for each pair of the smaller problem its position in the larger.
    """
    places = core.places - np.bincount(core.need[standing], minlength=len(core.places))
    given = np.bincount(core.person[standing], minlength=len(core.load))
    limit = core.bounds.limit - core.bounds.used(standing)
    open_rows = limit > 0
    alive = free & ~standing & (places[core.need] > 0)
    alive[core.bounds.member[~open_rows[core.bounds.of]]] = False
    kept = np.flatnonzero(alive)
    floor = core.floor.copy()
    serial = standing & (core.couple != NONE)
    np.maximum.at(floor, core.couple[serial], core.top[serial])
    needs, need = np.unique(core.need[kept], return_inverse=True)
    people, person = np.unique(core.person[kept], return_inverse=True)
    couples, couple = _compact(core.couple[kept])
    smaller = Core(
        need=need,
        person=person,
        points=core.points[kept],
        start=core.start[kept],
        couple=couple,
        top=core.top[kept],
        places=places[needs],
        weight=core.weight[needs],
        load=(core.load + given)[people],
        capacity=(core.capacity - given)[people],
        floor=floor[couples],
        fair=core.fair,
        bounds=_cut(core.bounds, kept, limit, core.size),
    )
    return smaller, kept


def _compact(couple: Ints) -> tuple[Ints, Ints]:
    """Return the couples that are left and their new numbers; NONE stays as it is."""
    couples, number = np.unique(couple[couple != NONE], return_inverse=True)
    compact = np.full(len(couple), NONE, dtype=np.int64)
    compact[couple != NONE] = number
    return couples, compact


def _cut(bounds: Rows, kept: Ints, limit: Ints, size: int) -> Rows:
    """Keep of each row what is left, and of the rows those that still bind."""
    position = np.full(size, NONE, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    member, of = position[bounds.member], bounds.of
    left = np.bincount(of[member != NONE], minlength=len(limit))
    binding = left > limit
    stays = (member != NONE) & binding[of]
    return Rows(np.concatenate(([0], np.cumsum(left[binding]))), member[stays], limit[binding])


def parts(core: Core) -> list[Ints]:
    """Return the pairs of each independent part of the problem: parts share neither needs nor people."""
    needs, people = len(core.places), len(core.load)
    of_need, of_person = np.arange(needs), np.full(people, needs)
    while True:
        np.minimum.at(of_person, core.person, of_need[core.need])
        narrowed = of_need.copy()
        np.minimum.at(narrowed, core.need, of_person[core.person])
        narrowed = narrowed[narrowed]
        if (narrowed == of_need).all():
            break
        of_need = narrowed
    label = of_need[core.need]
    order = np.argsort(label, kind="stable")
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return [part for part in np.split(order, cuts) if len(part)]
