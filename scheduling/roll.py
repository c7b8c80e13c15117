"""Ranking among very many: the same answer as `scheduling.ranking.rank`, without asking those who cannot be in it.

The roll is made once for a problem's people and asked for one need after the other. Columns of numbers leave out whom a
rule bars for sure and bound everybody's score; the people are then asked in the order of their bounds, until nobody who
is left could still be among the best.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scheduling import objective
from scheduling.columns import Band, Homes, Hours, Ints, Mask, Papers
from scheduling.people import Level
from scheduling.problem import Door, Need, Problem, Rules, Shift, Volunteer
from scheduling.ranking import Candidate, assess, order

AT_FIRST: Final = 128
"""People whom a ranking puts in order at first; the others only if these do not suffice."""
MULTITUDE: Final = 10_000
"""People far away beyond whom those near by are asked first, since what they reach tells at how many to look."""


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who interprets one of some languages; of everybody the level of the best of them, 0 for none.

    `place` tells where in the band a person stands, -1 for who is not in it. In the order of the band stand the levels
    and what each earns on any shift.
    """

    band: Band
    levels: Ints
    place: NDArray[np.int32]
    levels_there: Ints
    lasting_there: Ints


@dataclass(frozen=True, slots=True)
class Bounded:
    """People whom no paper bars for sure, each with a score that she does not exceed."""

    people: Ints
    bounds: Ints

    def where(self, mask: Mask) -> "Bounded":
        """Return those for whom the mask holds."""
        return Bounded(self.people[mask], self.bounds[mask])

    def and_(self, other: "Bounded") -> "Bounded":
        """Return both together."""
        return Bounded(np.concatenate((self.people, other.people)), np.concatenate((self.bounds, other.bounds)))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a ranking is for."""

    shift: Shift
    need: Need
    door: Door
    speakers: Speakers
    out: Mask | None
    known: Ints | None


class Roll:
    """The people of a problem by language, distance, papers and hours, with what bounds their scores."""

    def __init__(self, problem: Problem) -> None:
        people, rules = problem.volunteers, problem.rules
        self._problem = problem
        self._papers, self._hours, self._homes = Papers(people), Hours(people, rules), Homes(people, rules)
        self._number = {one.id: position for position, one in enumerate(people)}
        self._history = _History(people, rules, self._number)
        self._speakers: dict[tuple[str, ...], Speakers] = {}
        for languages in ((), *((tag,) for tag in sorted({tag for one in people for tag in one.languages}))):
            self._speaking(languages)

    def rank(
        self, shift: Shift, need: Need, limit: int, door: Door = Door.offer, *, without: Collection[str] = ()
    ) -> tuple[Candidate, ...]:
        """Return the best candidates of a need, as `rank` does; those named in `without` are passed over.

        Who needs no consent comes before who does. So if enough of those who may live near enough and be there need
        none, the others are not asked: they could only come after.
        """
        asked = _Asked(
            shift, need, door, self._speaking(need.languages), self._mask(without), self._history.known(shift, need)
        )
        best = _Best(self._problem, shift, need, door, limit)
        near = asked.speakers.band.near(None if shift.place.remote else shift.place.point)
        free, others = self._around(asked, asked.speakers.band.people[near])
        best.ask(free, free=True)
        if not best.suffice:
            if len(near) - np.count_nonzero(near) > MULTITUDE:
                best.ask(others, free=False)
                others = others.where(np.zeros(len(others.people), dtype=bool))
            best.ask(others.and_(self._afar(asked, ~near, best.least)), free=False)
        return best.candidates

    def _mask(self, without: Collection[str]) -> Mask | None:
        if not without:
            return None
        mask = np.zeros(len(self._problem.volunteers), dtype=bool)
        mask[[self._number[one] for one in without if one in self._number]] = True
        return mask

    def _speaking(self, languages: tuple[str, ...]) -> Speakers:
        if languages not in self._speakers:
            pairs = (volunteer.best_pair(languages) for volunteer in self._problem.volunteers)
            levels = np.array([0 if pair is None else pair[1] for pair in pairs], dtype=np.int64)
            able = (
                np.flatnonzero((levels > 0) & self._papers.active) if languages else np.flatnonzero(self._papers.active)
            )
            band = self._homes.band(able)
            place = np.full(len(levels), -1, dtype=np.int32)
            place[band.people] = np.arange(len(band.people), dtype=np.int32)
            lasting = self._history.lasting[band.people]
            self._speakers[languages] = Speakers(band, levels, place, levels[band.people], lasting)
        return self._speakers[languages]

    def _around(self, asked: "_Asked", people: Ints) -> tuple[Bounded, Bounded]:
        """Bound people near a place: those who may need no consent, and the others."""
        people = self._papers.keep(self._may(asked, people), asked.need, self._problem.rules.day_of(asked.shift))
        near, distance = self._homes.of(asked.shift, people)
        there, preference = self._hours.of(asked.shift, people)
        found = Bounded(people, self._earned(asked, people) + distance + preference)
        return found.where(near & there), found.where(~(near & there))

    def _afar(self, asked: "_Asked", far: Mask, least: int) -> Bounded:
        """Bound people who live outside the band around a place; leave out who surely has less than a score."""
        people = self._within_reach(asked, far, least)
        people = self._papers.keep(people, asked.need, self._problem.rules.day_of(asked.shift))
        points = self._earned(asked, people) + self._homes.far(asked.shift, people)
        hopeful = points >= least - self._hours.most
        people, points = people[hopeful], points[hopeful]
        return Bounded(people, points + self._hours.of(asked.shift, people)[1])

    def _within_reach(self, asked: "_Asked", far: Mask, least: int) -> Ints:
        """Leave out of those far away who has less than a score whatever her services and her district give her."""
        speakers, shift = asked.speakers, asked.shift
        given = self._hours.most + self._homes.most_afar(shift) + self._history.most_served(shift)
        if least <= given:
            return self._may(asked, speakers.band.people[far])
        hopeful: Mask = speakers.lasting_there + self._level_points(asked.need)[speakers.levels_there] >= least - given
        if asked.known is not None:  # continuity gives much to few
            known = speakers.place[np.flatnonzero(asked.known)]
            hopeful[known[known >= 0]] = True
        return self._may(asked, speakers.band.people[hopeful & far])

    def _may(self, asked: "_Asked", people: Ints) -> Ints:
        """Leave out who is passed over, whose level is too low, and who was asked too often."""
        if asked.out is not None:
            people = people[~asked.out[people]]
        if asked.need.languages and asked.need.min_level is not None:
            people = people[asked.speakers.levels[people] >= asked.need.min_level]
        return people[self._history.bearable[people]] if asked.door is Door.offer else people

    def _earned(self, asked: "_Asked", people: Ints) -> Ints:
        """Return what people earn whatever the day and the place."""
        level: Ints = self._level_points(asked.need)[asked.speakers.levels[people]]
        return level + self._history.points(asked, people)

    def _level_points(self, need: Need) -> Ints:
        """Return the points of `level` by level, none at 0."""
        least = need.min_level or Level.A1
        points = (objective.level_points(level - least, self._problem.rules) for level in Level)
        return np.array([0, *points], dtype=np.int64)


class _History:
    """What is behind people: fairness, response and experience as points, their clients, how often they were asked."""

    def __init__(self, people: Sequence[Volunteer], rules: Rules, number: Mapping[str, int]) -> None:
        self._people, self._rules, self._number = people, rules, number
        self.lasting: Ints = np.array([_lasting(one, rules) for one in people], dtype=np.int64)
        """What each earns on any shift."""
        self.bearable: Mask = np.array([_bearable(one, rules) for one in people], dtype=bool)
        """Who was not asked too often to be offered anything."""
        self._served: dict[str, Ints] = {}
        self._clients: dict[str, list[int]] = defaultdict(list)
        for position, one in enumerate(people):
            for client in one.history.clients:
                self._clients[client].append(position)
            for service, count in one.history.by_service.items():
                column = self._served.setdefault(service, np.zeros(len(people), dtype=np.int64))
                column[position] = objective.experience_points(count, rules)

    def points(self, asked: _Asked, people: Ints) -> Ints:
        """Return what people earn by what is behind them."""
        points: Ints = self.lasting[people]
        if asked.shift.service in self._served:
            points += self._served[asked.shift.service][people]
        return points if asked.known is None else points + asked.known[people]

    def most_served(self, shift: Shift) -> int:
        """Return what `experience` gives at most."""
        return int(self._served[shift.service].max()) if shift.service in self._served else 0

    def known(self, shift: Shift, need: Need) -> Ints | None:
        """Return the points of those who know the shift's clients, or are wished for; None where there are none."""
        found = dict(self._continuity(shift, need))
        if not found:
            return None
        points = np.zeros(len(self._people), dtype=np.int64)
        points[list(found)] = list(found.values())
        return points

    def _continuity(self, shift: Shift, need: Need) -> Iterator[tuple[int, int]]:
        known = {position for client in shift.clients for position in self._clients.get(client, ())}
        wished = {self._number[one] for one in shift.preferred_volunteers if one in self._number}
        for position in known | wished:
            reason = objective.continuity(self._people[position], shift, need, self._rules)
            if reason is not None:
                yield position, reason.points


def _lasting(volunteer: Volunteer, rules: Rules) -> int:
    """Return what she earns on any shift."""
    history = volunteer.history
    fair = objective.fair_points(history.assignments_90d, rules)
    return fair + objective.response_points(history.asked, history.answered, rules)


def _bearable(volunteer: Volunteer, rules: Rules) -> bool:
    return volunteer.history.asks_this_week < rules.asks_per_week and volunteer.history.open_asks < rules.open_asks


class _Best:
    """The best candidates so far of one need."""

    def __init__(self, problem: Problem, shift: Shift, need: Need, door: Door, limit: int) -> None:
        self._problem, self._shift, self._need, self._door, self._limit = problem, shift, need, door, limit
        self._found: list[tuple[Any, Candidate]] = []

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The best, as many as are wanted."""
        return tuple(candidate for _, candidate in self._found[: self._limit])

    @property
    def suffice(self) -> bool:
        """Tell whether there are enough who need no consent: nobody who does could come before them."""
        return self._last is not None and not self._last.verdict.consent_needed

    @property
    def _last(self) -> Candidate | None:
        return self._found[self._limit - 1][1] if len(self._found) >= self._limit else None

    @property
    def least(self) -> int:
        """The score that whoever needs consent must reach to be among the best; any score is, while there are too few."""
        last = self._last
        return 0 if last is None or last.score is None else last.score

    def ask(self, found: Bounded, *, free: bool) -> None:
        """Ask people, those of the highest bounds first, while the next of them could still be among the best.

        `free` are those who may need no consent: one who does need it cannot keep them from being asked.
        """
        for position, bound in _descending(found):
            if (self.suffice or not free) and self._beyond(bound):
                return
            volunteer = self._problem.volunteers[position]
            candidate = assess(self._problem, volunteer, self._shift, self._need, self._door)
            if candidate.verdict.eligible:
                insort(self._found, (order((volunteer, candidate)), candidate), key=_place)

    def _beyond(self, bound: int) -> bool:
        """Tell whether nobody with this bound can be among the best."""
        last = self._last
        return last is not None and last.score is not None and last.score > bound


def _place(found: tuple[Any, Candidate]) -> Any:
    return found[0]


def _descending(found: Bounded) -> Iterator[tuple[int, int]]:
    """Give people with their bounds, the highest first; most often the first few suffice."""
    if len(found.people) > AT_FIRST:
        first = np.zeros(len(found.people), dtype=bool)
        first[np.argpartition(-found.bounds, AT_FIRST)[:AT_FIRST]] = True
        yield from _sorted(found.where(first))
        found = found.where(~first)
    yield from _sorted(found)


def _sorted(found: Bounded) -> Iterator[tuple[int, int]]:
    falling = np.argsort(-found.bounds, kind="stable")
    return zip(found.people[falling].tolist(), found.bounds[falling].tolist(), strict=True)
