"""From a problem to numbers: the pairs that may be, their points, caps and clashes."""
# ruff: noqa: ARG005 (every part of a shift has the one signature, whatever it reads)

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from scheduling import objective
from scheduling.horizon import Speakers, assent, interpreters, scarcity, stability, top_up
from scheduling.objective import SoftRule, fair_points
from scheduling.problem import Calendar, Commitment, Need, Problem, Proposal, Rules, Shift, Volunteer
from scheduling.solvers.caps import Caps
from scheduling.solvers.clash import clashes, cliques
from scheduling.solvers.core import NONE, Core, Ints, rows
from scheduling.solvers.eligible import Sieve

Part = Callable[[Shift, Need, Rules], Hashable]

READS: Final[Mapping[SoftRule, Part]] = {
    objective.continuity: lambda shift, need, rules: shift.id if shift.clients or shift.preferred_volunteers else None,
    objective.level: lambda shift, need, rules: (need.languages, need.min_level),
    objective.distance: lambda shift, need, rules: shift.place,
    objective.preference: lambda shift, need, rules: shift.interval,
    objective.response: lambda shift, need, rules: None,
    objective.experience: lambda shift, need, rules: shift.service,
}
"""What of a shift each criterion reads: shifts alike in this give a person the same points. Fairness counts loads."""


@dataclass(frozen=True)
class Field:
    """Pairs as (person, shift, need) by position in the problem, with the numbers that solvers work on."""

    pairs: Sequence[tuple[int, int, int]]
    core: Core

    def proposals(self, problem: Problem, chosen: Sequence[int]) -> list[Proposal]:
        """Return what a choice of pairs proposes, in the order of shifts."""
        found = []
        for position in chosen:
            person, at, which = self.pairs[position]
            shift = problem.shifts[at]
            found.append(Proposal(problem.volunteers[person].id, shift.id, shift.needs[which].id))
        return found


def survey(problem: Problem, settled: Sequence[Proposal]) -> Field:
    """Return every pair that may stand beside what is settled, with its numbers."""
    calendars = _calendars(problem, settled)
    sieve, points = Sieve(problem, calendars), Points(problem)
    taken = Counter((proposal.shift_id, proposal.need_id) for proposal in settled)
    found = _Found()
    for at, shift in enumerate(problem.shifts):
        for which, need in enumerate(shift.needs):
            left = need.open_places - taken[shift.id, need.id]
            people = sieve.people(shift, need) if left > 0 else []
            if people:
                found.pairs += [(person, at, which) for person in people]
                found.earned += points.of(people, shift, need)
                found.of_need += [len(found.needs)] * len(people)
                found.needs.append((at, which, left))
    return Field(found.pairs, _Builder(problem, settled, calendars, found).core())


@dataclass
class _Found:
    """Pairs with their points and what a series adds, the need of each; and the needs, with the places left."""

    pairs: list[tuple[int, int, int]] = field(default_factory=list)
    earned: list[tuple[int, int]] = field(default_factory=list)
    of_need: list[int] = field(default_factory=list)
    needs: list[tuple[int, int, int]] = field(default_factory=list)


def _calendars(problem: Problem, settled: Sequence[Proposal]) -> dict[str, Calendar]:
    """Return the calendars of those who are part of what is settled, with that in them."""
    held: dict[str, list[Commitment]] = defaultdict(list)
    for proposal in settled:
        shift = problem.shift(proposal.shift_id)
        held[proposal.volunteer_id].append(Commitment(shift.interval, shift.place, shift.id))
    return {one: Calendar((*problem.calendar(one).commitments, *more)) for one, more in held.items()}


class Points:
    """The points of pairs, each criterion asked once for a person and what it reads of a shift.

    The first of them, continuity, is what a series tops up (`scheduling.horizon.top_up`).
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._rules = problem.rules
        self._speakers: Speakers = interpreters(problem)
        self._published = {proposal.pair for proposal in problem.published}
        self._whole = self._rules.weights.get("continuity", 0)
        self._given: dict[tuple[object, Hashable], dict[int, int]] = {}

    def of(self, people: Sequence[int], shift: Shift, need: Need) -> list[tuple[int, int]]:
        """Return for each person the points of the pair, and what a series would add."""
        criteria = [(rule, self._memo(rule, part(shift, need, self._rules))) for rule, part in READS.items()]
        scarce, likely = self._memo(scarcity, need.languages), self._memo(assent, None)
        return [
            (
                sum(self._points(rule, memo, one, shift, need) for rule, memo in criteria)
                + self._scarcity(scarce, one, need)
                + self._assent(likely, one)
                + self._stability(one, shift, need),
                0 if shift.series is None else self._whole - self._points(*criteria[0], one, shift, need),
            )
            for one in people
        ]

    def _memo(self, criterion: object, part: Hashable) -> dict[int, int]:
        return self._given.setdefault((criterion, part), {})

    def _points(self, rule: SoftRule, memo: dict[int, int], one: int, shift: Shift, need: Need) -> int:
        if one not in memo:
            reason = rule(self._problem.volunteers[one], shift, need, self._rules)
            memo[one] = reason.points if reason else 0
        return memo[one]

    def _scarcity(self, memo: dict[int, int], one: int, need: Need) -> int:
        if one not in memo:
            reason = scarcity(self._problem.volunteers[one], need, self._speakers, self._rules)
            memo[one] = reason.points if reason else 0
        return memo[one]

    def _assent(self, memo: dict[int, int], one: int) -> int:
        if one not in memo:
            reason = assent(self._problem.volunteers[one], self._rules)
            memo[one] = reason.points if reason else 0
        return memo[one]

    def _stability(self, one: int, shift: Shift, need: Need) -> int:
        published = (self._problem.volunteers[one].id, shift.id, need.id) in self._published
        reason = stability(published=published, rules=self._rules)
        return reason.points if reason else 0


class _Builder:
    """Puts the arrays together."""

    def __init__(
        self, problem: Problem, settled: Sequence[Proposal], calendars: Mapping[str, Calendar], found: "_Found"
    ) -> None:
        self._problem, self._settled, self._calendars = problem, settled, calendars
        self._pairs, self._of_need, self._needs, self._earned = found.pairs, found.of_need, found.needs, found.earned
        pairs = found.pairs
        self._people = sorted({person for person, _, _ in pairs})
        self._number = {person: number for number, person in enumerate(self._people)}
        self._person = np.array([self._number[person] for person, _, _ in pairs], dtype=np.int64)
        self._shift = np.array([at for _, at, _ in pairs], dtype=np.int64)

    def core(self) -> Core:
        """Return the numbers of the problem."""
        couple, floor = self._couples()
        caps = self._caps()
        start, end = self._times()
        return Core(
            need=np.array(self._of_need, dtype=np.int64),
            person=self._person,
            points=np.array([points for points, _ in self._earned], dtype=np.int64),
            start=start,
            couple=couple,
            top=np.array([top for _, top in self._earned], dtype=np.int64),
            places=np.array([left for _, _, left in self._needs], dtype=np.int64),
            weight=np.array([self._problem.shifts[at].priority for at, _, _ in self._needs], dtype=np.int64),
            load=self._loads(),
            capacity=caps.capacity,
            floor=floor,
            fair=self._fair(),
            bounds=rows([*caps.binding, *((clique, 1) for clique in cliques(self._clashes(start, end), self._person))]),
        )

    def _volunteer(self, number: int) -> Volunteer:
        return self._problem.volunteers[self._people[number]]

    def _times(self) -> tuple[Ints, Ints]:
        shifts = self._problem.shifts
        starts = np.array([int(shift.interval.start.timestamp()) for shift in shifts], dtype=np.int64)
        ends = np.array([int(np.ceil(shift.interval.end.timestamp())) for shift in shifts], dtype=np.int64)
        return starts[self._shift], ends[self._shift]

    def _clashes(self, start: Ints, end: Ints) -> Ints:
        places = {shift.place: None for shift in self._problem.shifts}
        code = {place: number for number, place in enumerate(places)}
        of_shift = np.array([code[shift.place] for shift in self._problem.shifts], dtype=np.int64)
        return clashes(self._person, start, end, of_shift[self._shift], tuple(places), self._problem.rules)

    def _fair(self) -> Ints:
        points: list[int] = []
        while not points or points[-1] > 0:
            points.append(fair_points(len(points), self._problem.rules))
        return np.array(points, dtype=np.int64)

    def _loads(self) -> Ints:
        settled = Counter(proposal.volunteer_id for proposal in self._settled)
        people = [self._volunteer(number) for number in range(len(self._people))]
        return np.array([one.history.assignments_90d + settled[one.id] for one in people], dtype=np.int64)

    def _caps(self) -> Caps:
        days = [self._problem.rules.day_of(shift) for shift in self._problem.shifts]
        pairs: dict[tuple[int, date], list[int]] = defaultdict(list)
        for pair, (number, at) in enumerate(zip(self._person.tolist(), self._shift.tolist(), strict=True)):
            pairs[number, days[at]].append(pair)
        people = [self._volunteer(number) for number in range(len(self._people))]
        calendars = [self._calendars.get(one.id) or self._problem.calendar(one.id) for one in people]
        return Caps(list(zip(people, calendars, strict=True)), pairs, self._problem.rules.zone)

    def _couples(self) -> tuple[Ints, Ints]:
        """Return a number for each person in each series, and give what their settled assignments in it forgo."""
        number: dict[tuple[str, str], int] = {}
        couple = np.full(len(self._pairs), NONE, dtype=np.int64)
        for pair, (person, at, _) in enumerate(self._pairs):
            series = self._problem.shifts[at].series
            if series is not None:
                key = (self._problem.volunteers[person].id, series)
                couple[pair] = number.setdefault(key, len(number))
        floor = np.zeros(len(number), dtype=np.int64)
        for proposal in self._settled:
            shift = self._problem.shift(proposal.shift_id)
            known = number.get((proposal.volunteer_id, shift.series or ""))
            if known is not None:
                volunteer, need = self._problem.volunteer(proposal.volunteer_id), shift.need(proposal.need_id)
                floor[known] = max(floor[known], top_up(volunteer, shift, need, self._problem.rules))
        return couple, floor
