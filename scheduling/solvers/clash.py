"""No-overlap: for each person the maximal sets of pairs of which any two clash, by time and by the way between."""

from collections.abc import Iterator, Sequence

import numpy as np

from scheduling.constraints import buffer_minutes
from scheduling.place import Place
from scheduling.problem import Rules
from scheduling.solvers.core import Ints

MANY = 64
"""Sets of one person's stretch of clashing pairs beyond which single clashes are stated instead."""


def clashes(person: Ints, start: Ints, end: Ints, place: Ints, places: Sequence[Place], rules: Rules) -> Ints:
    """Return the pairs of pairs, one row each, that one person cannot do both; times are in seconds.

    Every two are compared, whatever lies between: ways need not obey the triangle inequality.
    """
    widest = 60 * _widest(rules)
    order = np.lexsort((start, person))
    found = [np.zeros((0, 2), dtype=np.int64)]
    one, step = np.arange(len(order)), 0
    longest = int((end - start).max(initial=0))
    while len(one):
        step += 1
        one = one[one + step < len(order)]
        left, right = order[one], order[one + step]
        near = (person[left] == person[right]) & (start[right] - start[left] < longest + widest)
        one, left, right = one[near], left[near], right[near]
        buffer = _buffers(place[left], place[right], places, rules) * 60
        # Sharing time clashes even where no buffer is asked for; touching then does not.
        clash = start[right] < end[left] + buffer
        found.append(np.stack((left[clash], right[clash]), axis=1))
    return np.concatenate(found)


def _widest(rules: Rules) -> int:
    ways = (minutes for row in rules.travel_minutes.values() for minutes in row.values())
    return max(rules.buffer_same_facility, rules.buffer_same_district, rules.buffer_elsewhere, *ways)


def _buffers(one: Ints, other: Ints, places: Sequence[Place], rules: Rules) -> Ints:
    """Ask the rule once for each two places, the earlier first."""
    both, inverse = np.unique(one * len(places) + other, return_inverse=True)
    asked = [buffer_minutes(places[code // len(places)], places[code % len(places)], rules) for code in both.tolist()]
    return np.array(asked, dtype=np.int64)[inverse]


def cliques(edges: Ints, person: Ints) -> Iterator[list[int]]:
    """Give the maximal cliques of each person's clashing pairs, each in order."""
    edges = edges[np.argsort(person[edges[:, 0]], kind="stable")]
    cuts = np.flatnonzero(np.diff(person[edges[:, 0]])) + 1
    for hers in np.split(edges, cuts):
        around: dict[int, set[int]] = {}
        for one, other in hers.tolist():
            around.setdefault(one, set()).add(other)
            around.setdefault(other, set()).add(one)
        for part in _connected(around):
            found = list(_maximal(part, around, MANY))
            yield from found if len(found) <= MANY else _single(part, around)


def _connected(around: dict[int, set[int]]) -> Iterator[list[int]]:
    seen: set[int] = set()
    for first in sorted(around):
        if first in seen:
            continue
        part, queue = [], [first]
        seen.add(first)
        while queue:
            one = queue.pop()
            part.append(one)
            queue += around[one] - seen
            seen |= around[one]
        yield sorted(part)


def _maximal(part: list[int], around: dict[int, set[int]], most: int) -> Iterator[list[int]]:
    """Enumerate by Bron and Kerbosch with a pivot; stop soon after `most`."""
    stack: list[tuple[list[int], set[int], set[int]]] = [([], set(part), set())]
    count = 0
    while stack and count <= most:
        chosen, may, done = stack.pop()
        if not may and not done:
            count += 1
            yield sorted(chosen)
        if not may:
            continue
        pivot = min(may | done, key=lambda one: (-len(around[one] & may), one))
        for one in sorted(may - around[pivot]):
            stack.append(([*chosen, one], may & around[one], done & around[one]))
            may, done = may - {one}, done | {one}


def _single(part: list[int], around: dict[int, set[int]]) -> Iterator[list[int]]:
    return ([one, other] for one in part for other in sorted(around[one]) if one < other)
