"""Ranking among very many: the same answer as `scheduling.ranking.rank`, without asking those who cannot be in it.

The roll is made once for a problem's people and asked for one need after the other.
"""

import numpy as np

from scheduling.interval import local_day
from scheduling.problem import Door, Need, Problem, Shift
from scheduling.ranking import Candidate, rank
from scheduling.solvers.eligible import Indices, Nearness, Weekly, speakers


class Roll:
    """The people of a problem by language, distance and hours."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._speakers = speakers(problem.volunteers)
        self._by_languages: dict[tuple[str, ...], Indices] = {}
        self._nearness = Nearness(problem.volunteers)
        self._weekly = Weekly(problem.volunteers, problem.rules)

    def rank(self, shift: Shift, need: Need, limit: int, door: Door = Door.offer) -> tuple[Candidate, ...]:
        """Return the best candidates of a need, as `rank` does.

        Who needs no consent comes before who does. So if enough of those who live near enough and are there need
        none, the others are not asked: they could only come after.
        """
        able = self._able(need)
        near = able[self._nearness.mask(shift.place)[able]]
        start = self._problem.rules.presence(shift).start
        there = self._weekly.mask(start) | self._weekly.unknown(local_day(start, self._problem.rules.zone))
        best = self._ranked(near[there[near]].tolist(), shift, need, limit, door)
        if len(best) == limit and not any(one.verdict.consent_needed for one in best):
            return best
        return self._ranked(able.tolist(), shift, need, limit, door)

    def _able(self, need: Need) -> Indices:
        """Return who has an accepted language at all: nobody else can be eligible."""
        if need.languages not in self._by_languages:
            self._by_languages[need.languages] = np.array(self._speakers(need.languages), dtype=np.int64)
        return self._by_languages[need.languages]

    def _ranked(self, people: list[int], shift: Shift, need: Need, limit: int, door: Door) -> tuple[Candidate, ...]:
        volunteers = tuple(self._problem.volunteers[one] for one in people)
        among = Problem((shift,), volunteers, self._problem.calendars, self._problem.rules)
        return rank(among, shift, need, limit=limit, door=door)
