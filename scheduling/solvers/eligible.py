"""Which people may take which need: every pair that a plan may contain, by the hard rules of `scheduling.constraints`.

A nation has a thousand million pairs. Rules are therefore grouped by what of a shift they read, asked once per person
for each such thing, and a person who lives too far away or is never there on that weekday is not asked at all.
"""
# ruff: noqa: ARG001 (every part of a shift has the one signature, whatever it reads)

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scheduling import constraints as rule
from scheduling.constraints import Rule, weigh
from scheduling.interval import local_day
from scheduling.place import EARTH_RADIUS_KM, Place
from scheduling.problem import Calendar, Need, Problem, Rules, Shift, Volunteer

Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]

Part = Callable[[Shift, Need, Rules], Hashable]
"""What of a shift a rule reads: shifts alike in this are alike to the rule."""


def _wants(shift: Shift, need: Need, rules: Rules) -> Hashable:
    return need.languages, need.min_level, need.skills, need.gender


def _papers(shift: Shift, need: Need, rules: Rules) -> Hashable:
    asks = need.min_age or need.certifications or need.child_safety
    return (need.min_age, need.certifications, need.child_safety, rules.day_of(shift)) if asks else None


def _day(shift: Shift, need: Need, rules: Rules) -> Hashable:
    return rules.day_of(shift)


def _hours(shift: Shift, need: Need, rules: Rules) -> Hashable:
    return shift.interval


def _place(shift: Shift, need: Need, rules: Rules) -> Hashable:
    return shift.place


def _growing(shift: Shift, need: Need, rules: Rules) -> Hashable:
    asks = need.shadowings or need.pairings
    return (shift.service, need.languages, need.shadowings, need.pairings, shift.company(need)) if asks else None


def _itself(shift: Shift, need: Need, rules: Rules) -> Hashable:
    return shift.id if shift.excluded or shift.acquainted else None


def _capped(shift: Shift, need: Need, rules: Rules) -> Hashable:
    return rules.day_of(shift), "caps"


def _time_and_place(shift: Shift, need: Need, rules: Rules) -> Hashable:
    return shift.id


WANTS: Final = (rule.language, rule.level, rule.skills, rule.gender)
"""What a need asks for as such: settled for all people at once."""
CAPS: Final = (rule.daily_cap, rule.weekly_cap, rule.monthly_cap)
"""How much she does; the same for all shifts of a day while she has no commitment."""
CALENDAR: Final = (rule.overlap, *CAPS, rule.travel)
"""What other commitments of hers allow."""
GROUPS: Final[Mapping[Part, tuple[Rule, ...]]] = {
    _papers: (rule.age, rule.certificates, rule.child_safety),
    _day: (rule.status, rule.pledge, rule.insurance),
    _place: (rule.radius,),
    _growing: (rule.steps,),
    _itself: (rule.exclusion, rule.acquaintance),
    _hours: (rule.availability, rule.known_hours),
}


class Sieve:
    """Finds the people for a need; `calendars` hold what is settled beside what the problem's own hold."""

    def __init__(self, problem: Problem, calendars: Mapping[str, Calendar]) -> None:
        self._problem = problem
        self._rules = problem.rules
        self._people = problem.volunteers
        self._calendars = [calendars.get(one.id) or problem.calendar(one.id) for one in problem.volunteers]
        self._free = [not calendar.commitments for calendar in self._calendars]
        self._wanted: dict[Hashable, Indices] = {}
        self._asked: dict[tuple[Part, Hashable], dict[int, bool]] = {}
        self._speakers = speakers(problem.volunteers)
        self._nearness = Nearness(problem.volunteers)
        self._weekly = Weekly(problem.volunteers, problem.rules)

    def people(self, shift: Shift, need: Need) -> list[int]:
        """Return the positions of the people who may take the need, in the order of the problem."""
        able = self._able(shift, need)
        near = able[self._nearness.mask(shift.place)[able]]
        there = near[self._there(self._rules.presence(shift).start)[near]].tolist()
        for part, rules in GROUPS.items():
            there = self._kept(there, part, rules, shift, need)
        booked = self._kept([one for one in there if not self._free[one]], _time_and_place, CALENDAR, shift, need)
        unbooked = self._kept([one for one in there if self._free[one]], _capped, CAPS, shift, need)
        return [one for one in sorted(booked + unbooked) if not self._out(one, shift)]

    def _there(self, start: datetime) -> Mask:
        """Tell for each person whether her weekly hours may let her come, or nothing is known and she may be asked."""
        mask = self._weekly.mask(start)
        return mask | self._weekly.unknown(local_day(start, self._rules.zone)) if self._rules.ask_unknown else mask

    def _out(self, one: int, shift: Shift) -> bool:
        return self._problem.rules_out(self._people[one].id, shift.id)

    def _able(self, shift: Shift, need: Need) -> Indices:
        """Return those who have what the need as such asks for."""
        key = _wants(shift, need, self._rules)
        if key not in self._wanted:
            bucket = self._speakers(need.languages)
            self._wanted[key] = np.array([one for one in bucket if self._may(one, WANTS, shift, need)], dtype=np.int64)
        return self._wanted[key]

    def _kept(self, people: list[int], part: Part, rules: Sequence[Rule], shift: Shift, need: Need) -> list[int]:
        answers = self._asked.setdefault((part, part(shift, need, self._rules)), {})
        for one in people:
            if one not in answers:
                answers[one] = self._may(one, rules, shift, need)
        return [one for one in people if answers[one]]

    def _may(self, one: int, rules: Iterable[Rule], shift: Shift, need: Need) -> bool:
        """Tell whether the rules leave a person on a shift with nobody's consent or reason."""
        volunteer, calendar = self._people[one], self._calendars[one]
        for each in rules:
            broken = each(volunteer, shift, need, calendar, self._rules)
            if broken is not None:
                verdict = weigh((broken,), frozenset(), frozenset())
                if verdict.violations or verdict.consent_needed:
                    return False
        return True


def speakers(people: Sequence[Volunteer]) -> Callable[[tuple[str, ...]], list[int]]:
    """Return a function that gives who has one of the languages at all, everybody where none is asked for."""
    by_language: dict[str, list[int]] = {}
    for position, volunteer in enumerate(people):
        for tag in volunteer.languages:
            by_language.setdefault(tag, []).append(position)

    def among(languages: tuple[str, ...]) -> list[int]:
        if not languages:
            return list(range(len(people)))
        return sorted({position for tag in languages for position in by_language.get(tag, ())})

    return among


class Nearness:
    """Leaves out who surely lives too far away; who is a few steps beyond is left to the rule."""

    def __init__(self, people: Sequence[Volunteer]) -> None:
        homes = [volunteer.home or (np.nan, np.nan) for volunteer in people]
        self._homes = np.radians(np.array(homes, dtype=float).reshape(len(people), 2))
        limits = [np.inf if one.max_travel_km is None else one.max_travel_km for one in people]
        self._limits = np.array(limits, dtype=float)
        self._masks: dict[Place, Mask] = {}

    def mask(self, place: Place) -> Mask:
        """Tell for each person whether the place may be near enough."""
        if place not in self._masks:
            self._masks[place] = self._measured(place)
        return self._masks[place]

    def _measured(self, place: Place) -> Mask:
        if place.remote or place.point is None:
            return np.ones(len(self._limits), dtype=bool)
        here = np.radians(np.array(place.point))
        half = np.sin((self._homes - here) / 2) ** 2
        chord = half[:, 0] + np.cos(self._homes[:, 0]) * np.cos(here[0]) * half[:, 1]
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
        far: Mask = km > self._limits + 1
        return ~far


class Weekly:
    """Leaves out who has no hours in force at the minute at which she would have to be there, weekly or named."""

    def __init__(self, people: Sequence[Volunteer], rules: Rules) -> None:
        self._zone = rules.zone
        self._count = len(people)
        flat = [
            (
                position,
                hours.weekday,
                hours.starts.hour * 60 + hours.starts.minute,
                (hours.ends.hour * 60 + hours.ends.minute + (hours.ends.second > 0)) or 24 * 60,
                hours.valid.starts_on.toordinal(),
                10**7 if hours.valid.ends_on is None else hours.valid.ends_on.toordinal(),
                number < len(volunteer.availability.rules),
            )
            for position, volunteer in enumerate(people)
            for number, hours in enumerate(volunteer.availability.all_hours())
        ]
        self._owner, self._weekday, self._starts, self._ends, self._from, self._until, self._usual = (
            np.array(flat, dtype=np.int64).reshape(len(flat), 7).T
        )
        self._masks: dict[datetime, Mask] = {}

    def mask(self, instant: datetime) -> Mask:
        """Tell for each person whether she may have hours in force at the instant."""
        if instant not in self._masks:
            self._masks[instant] = self._open_at(instant)
        return self._masks[instant]

    def unknown(self, day: date) -> Mask:
        """Tell for each person whether nothing may be known of her hours on a day, whatever she answered once."""
        found = np.ones(self._count, dtype=bool)
        in_force = (self._from <= day.toordinal()) & (day.toordinal() <= self._until)
        found[self._owner[in_force & (self._usual > 0)]] = False
        return found

    def _open_at(self, instant: datetime) -> Mask:
        local, day = instant.astimezone(self._zone), local_day(instant, self._zone)
        around = {(local + timedelta(hours=hours)).utcoffset() for hours in (-24, 0, 24)}
        if len(around) > 1:  # the clocks change nearby: every hour may be another
            return np.ones(self._count, dtype=bool)
        minute = local.hour * 60 + local.minute
        open_then = (self._weekday == day.weekday()) & (self._starts <= minute) & (minute < self._ends)
        in_force = (self._from <= day.toordinal()) & (day.toordinal() <= self._until)
        found = np.zeros(self._count, dtype=bool)
        found[self._owner[open_then & in_force]] = True
        return found
