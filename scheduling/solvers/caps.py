"""Caps: how many of a person's pairs may be chosen within a day, a week, a month."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from scheduling.people import Cap, Volunteer
from scheduling.problem import Calendar
from scheduling.solvers.core import Ints

Family = Callable[[Volunteer, date], tuple[Cap, ...]]

FAMILIES: Final[tuple[Family, ...]] = (Volunteer.caps_per_day, Volunteer.caps_per_week, Volunteer.caps_per_month)
"""Of the caps that one of these gives for a day, the last is that of all days alike."""


class Caps:
    """The caps of people, given with their calendars; `days` holds the pairs of each of them by day."""

    def __init__(
        self,
        people: Sequence[tuple[Volunteer, Calendar]],
        days: Mapping[tuple[int, date], Sequence[int]],
        zone: ZoneInfo,
    ) -> None:
        self._people, self._days, self._zone = people, days, zone
        self._limits: list[tuple[list[int], int]] = []
        pairs = self._total((number, len(pairs)) for (number, _), pairs in days.items())
        self.capacity = np.minimum.reduce([pairs, *map(self._most, FAMILIES)])
        """The most assignments that each person can have."""

    @property
    def binding(self) -> list[tuple[list[int], int]]:
        """The sets of pairs that share a cap and are more than it allows, with what is left of it."""
        return [(members, limit) for members, limit in self._limits if limit < len(members)]

    def _most(self, family: Family) -> Ints:
        """Return how many assignments each person can have by one family; keep its limits."""
        sharing: dict[tuple[int, Cap], list[int]] = defaultdict(list)
        always: dict[tuple[int, Cap], None] = {}
        free = []
        for (number, day), pairs in self._days.items():
            caps = family(self._people[number][0], day)
            for cap in caps:
                sharing[number, cap] += pairs
            if caps:
                always[number, caps[-1]] = None
            else:
                free.append((number, len(pairs)))
        left = {key: self._left(*key, family) for key in sharing}
        self._limits += [(members, left[key]) for key, members in sharing.items()]
        return self._total([*free, *((key[0], min(left[key], len(sharing[key]))) for key in always)])

    def _left(self, number: int, cap: Cap, family: Family) -> int:
        """Return what is left of a cap beside her commitments."""
        volunteer, calendar = self._people[number]
        return max(0, cap.limit - calendar.count(lambda day: cap in family(volunteer, day), self._zone))

    def _total(self, counts: Iterable[tuple[int, int]]) -> Ints:
        most = np.zeros(len(self._people), dtype=np.int64)
        for number, count in counts:
            most[number] += count
        return most
