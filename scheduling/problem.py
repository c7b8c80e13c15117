"""The problem as a value: shifts with their needs, people, their calendars, and the numbers behind the rules.

Everything is named by id, never by position, and is immutable. What describes a person or a place is defined in
`scheduling.people` and `scheduling.place` and offered here as well, so that callers need one module.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from scheduling.interval import Interval, local_day
from scheduling.people import (
    Availability,
    AvailabilityRule,
    AvailabilityState,
    CallAnswer,
    Cap,
    Certificate,
    Gender,
    History,
    Level,
    Pledge,
    Proficiency,
    Steps,
    Volunteer,
)
from scheduling.place import Place

__all__ = [
    "DEFAULT_WEIGHTS",
    "PLAN_WEIGHTS",
    "Availability",
    "AvailabilityRule",
    "AvailabilityState",
    "Calendar",
    "CallAnswer",
    "Cap",
    "Certificate",
    "Commitment",
    "Door",
    "Gender",
    "History",
    "Level",
    "Need",
    "Place",
    "Pledge",
    "Problem",
    "Proficiency",
    "Proposal",
    "RuleClass",
    "RuledOut",
    "Rules",
    "Shift",
    "Steps",
    "Violation",
    "Volunteer",
]

DEFAULT_WEIGHTS: Final[Mapping[str, int]] = {
    "continuity": 250,
    "level": 200,
    "fairness": 200,
    "distance": 150,
    "preference": 100,
    "response": 50,
    "experience": 50,
}

PLAN_WEIGHTS: Final[Mapping[str, int]] = {"assent": 0, "scarcity": 150, "stability": 1000}
"""Criteria that only a whole plan knows. An assignment once published weighs as much as all the others together."""


class RuleClass(StrEnum):
    """Who may set a broken rule aside: nobody, the volunteer by consent, or a coordinator with a reason."""

    never = "never"
    with_consent = "with_consent"
    with_reason = "with_reason"


class Door(StrEnum):
    """The way by which a person comes to a shift; a few rules hold for one door only."""

    claim = "claim"
    offer = "offer"
    accept = "accept"
    hand = "hand"
    plan = "plan"


SILENT = frozenset({"ASG_ACQUAINTED", "ASG_EXCLUDED", "ASG_GENDER"})
"""Rules that exist for staff only: no volunteer may learn of them, in any form."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken: its code and class, and the numbers, days and codes behind it (wording is elsewhere).

    `mendable` means it lapses only later and can be put right before the day, so that an assignment may be tentative.
    """

    code: str
    rule_class: RuleClass
    facts: Mapping[str, object] = field(default_factory=dict)
    mendable: bool = False

    @property
    def silent(self) -> bool:
        """Whether no volunteer may learn of it."""
        return self.code in SILENT


@dataclass(frozen=True, slots=True)
class Commitment:
    """Time that a person has given away; `counts` says whether it counts towards her caps."""

    interval: Interval
    place: Place
    shift_id: str | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """All that takes one person's time."""

    commitments: tuple[Commitment, ...] = ()

    def overlapping(self, interval: Interval) -> tuple[Commitment, ...]:
        """Return what shares time with the interval, earliest first."""
        clashing = (commitment for commitment in self.commitments if commitment.interval.overlaps(interval))
        return tuple(sorted(clashing, key=_when))

    def without(self, shift_id: str) -> "Calendar":
        """Return the calendar as it would be if this shift were not in it: to judge anew who stands on it."""
        return Calendar(tuple(held for held in self.commitments if held.shift_id != shift_id))

    def count(self, within: Callable[[date], bool], zone: ZoneInfo) -> int:
        """Count the commitments that count and start on a local day for which `within` holds."""
        return sum(within(local_day(held.interval.start, zone)) for held in self.commitments if held.counts)


def _when(commitment: Commitment) -> Interval:
    return commitment.interval


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a place and means to keep it, and whether she has interpreted often enough to do so alone."""

    volunteer_id: str
    grown: bool


@dataclass(frozen=True, slots=True)
class Need:
    """What a shift needs: so many people of one kind. No `languages` means any; several mean any one of them.

    Who interprets must have watched `shadowings` times before, and who would have nobody grown beside her must have
    interpreted `pairings` times; 0 asks for nothing. `holders` need only be named where `pairings` are asked for.
    """

    id: str
    role: str
    languages: tuple[str, ...] = ()
    min_level: Level | None = None
    certifications: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    gender: Gender | None = None
    min_age: int = 0
    child_safety: bool = False
    places: int = 1
    taken: int = 0
    shadowings: int = 0
    pairings: int = 0
    holders: tuple[Holder, ...] = ()

    def __post_init__(self) -> None:
        if min(self.places, self.taken, self.min_age, self.shadowings, self.pairings) < 0:
            raise ValueError("places, places taken, the age limit and steps cannot be negative")

    def speaks_with(self, other: "Need") -> bool:
        """Tell whether those who serve both needs speak a language in common, or none is asked for."""
        return not self.languages or not other.languages or not set(self.languages).isdisjoint(other.languages)

    @property
    def open_places(self) -> int:
        """The places that nobody holds."""
        return max(0, self.places - self.taken)


@dataclass(frozen=True, slots=True)
class Shift:
    """A fixed time and place with its needs.

    `preferred_volunteers` are those with whom continuity is wished; `excluded` and `acquainted` are never told to
    anyone but staff. All three hold volunteer ids. Shifts of one `series` are better done by one person.
    `trainee_needs` are places to learn beside somebody: they fill nothing, so no plan and no ranking looks for them.
    """

    id: str
    label: str
    interval: Interval
    place: Place
    service: str
    needs: tuple[Need, ...]
    clients: frozenset[str] = frozenset()
    preferred_volunteers: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    acquainted: frozenset[str] = frozenset()
    priority: int = 1
    series: str | None = None
    trainee_needs: tuple[Need, ...] = ()

    def __post_init__(self) -> None:
        _check_unique(need.id for need in (*self.needs, *self.trainee_needs))
        if self.priority < 1:
            raise ValueError("the lowest priority is 1")

    def need(self, need_id: str) -> Need:
        """Return one of the needs; KeyError when it is not of this shift."""
        for need in (*self.needs, *self.trainee_needs):
            if need.id == need_id:
                return need
        raise KeyError(need_id)

    def company(self, need: Need) -> tuple[int, frozenset[Holder]]:
        """Return how many places there are for the language of a need, and who holds them."""
        beside = [other for other in self.needs if other.speaks_with(need)]
        return sum(other.places for other in beside), frozenset(one for other in beside for one in other.holders)

    def is_alone(self, need: Need, volunteer_id: str) -> bool:
        """Tell whether she would serve the need with nobody grown beside her, and no second place left for one."""
        places, holders = self.company(need)
        others = [one for one in holders if one.volunteer_id != volunteer_id]
        return places <= 1 or (not any(one.grown for one in others) and places - len(others) <= 1)


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers behind the rules, as the foundation sets them; times in minutes, `today` in its zone.

    `travel_minutes` gives what must lie between activities at two facilities, from the earlier to the later, in place of
    the buffers; a way that is told in one direction only takes as long in the other. It need not obey the triangle
    inequality. `neighbours` need only name each pair of districts once. A criterion without a weight gives no points;
    `plan_weights` are those that only a whole plan knows. With `ask_unknown` a plan may propose people of whose hours
    nothing is known: whoever carries it out asks them.
    """

    zone: ZoneInfo
    today: date
    pledge_version: str
    arrive_early_minutes: int = 15
    buffer_same_facility: int = 15
    buffer_same_district: int = 30
    buffer_elsewhere: int = 45
    asks_per_week: int = 3
    open_asks: int = 3
    ask_unknown: bool = False
    travel_minutes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    neighbours: Mapping[str, frozenset[str]] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    plan_weights: Mapping[str, int] = field(default_factory=lambda: dict(PLAN_WEIGHTS))

    def __post_init__(self) -> None:
        times = (self.arrive_early_minutes, self.buffer_same_facility, self.buffer_same_district, self.buffer_elsewhere)
        weights = (*self.weights.values(), *self.plan_weights.values())
        ways = [minutes for row in self.travel_minutes.values() for minutes in row.values()]
        if min(*times, self.asks_per_week, self.open_asks, *weights, *ways) < 0:
            raise ValueError("a time, limit or weight cannot be negative")
        unknown = (self.weights.keys() - DEFAULT_WEIGHTS.keys()) | (self.plan_weights.keys() - PLAN_WEIGHTS.keys())
        if unknown:
            raise ValueError(f"no such criterion: {sorted(unknown)}")

    def day_of(self, shift: Shift) -> date:
        """Return the local day on which the shift starts: the day for which papers, age and cap are judged."""
        return local_day(shift.interval.start, self.zone)

    def presence(self, shift: Shift) -> Interval:
        """Return the time for which a person must be there: from the early arrival to the end."""
        return shift.interval.earlier(self.arrive_early_minutes)

    def way(self, start: str | None, end: str | None) -> int | None:
        """Return the minutes from one facility to another by the table, None where it says nothing of the two."""
        if start is None or end is None:
            return None
        there = self.travel_minutes.get(start, {}).get(end)
        return self.travel_minutes.get(end, {}).get(start) if there is None else there

    def are_neighbours(self, one: str, other: str) -> bool:
        """Tell whether two districts border on each other."""
        return other in self.neighbours.get(one, ()) or one in self.neighbours.get(other, ())


@dataclass(frozen=True, slots=True)
class Proposal:
    """One person for one need of one shift, with the codes she consented to and those a reason was given for."""

    volunteer_id: str
    shift_id: str
    need_id: str
    consents: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()

    @property
    def pair(self) -> tuple[str, str, str]:
        """Who, on which shift, for which need; whatever was consented to."""
        return self.volunteer_id, self.shift_id, self.need_id


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A person whom the coordinator does not want on a shift, for this plan."""

    volunteer_id: str
    shift_id: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Shifts, volunteers, the volunteers' calendars by id, and the rules; and what bounds a plan.

    `locked` stand and are never moved, whatever the rules say of them now. `pins` are to be kept if the rules allow
    each. `ruled_out` may not be. `published` is the plan that people know of, from which a new one departs unwillingly.
    Locked and pinned proposals are not yet in the calendars nor in the places taken; the plan holds them.

    Raises
    ------
    ValueError
        If two shifts or two volunteers share an id.
    """

    shifts: tuple[Shift, ...]
    volunteers: tuple[Volunteer, ...]
    calendars: Mapping[str, Calendar]
    rules: Rules
    pins: tuple[Proposal, ...] = ()
    locked: tuple[Proposal, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    published: tuple[Proposal, ...] = ()
    _shifts: dict[str, Shift] = field(init=False, repr=False, compare=False)
    _volunteers: dict[str, Volunteer] = field(init=False, repr=False, compare=False)
    _ruled_out: frozenset[RuledOut] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_unique(shift.id for shift in self.shifts)
        _check_unique(volunteer.id for volunteer in self.volunteers)
        object.__setattr__(self, "_shifts", {shift.id: shift for shift in self.shifts})
        object.__setattr__(self, "_volunteers", {volunteer.id: volunteer for volunteer in self.volunteers})
        object.__setattr__(self, "_ruled_out", frozenset(self.ruled_out))

    def shift(self, shift_id: str) -> Shift:
        """Return a shift; KeyError when it is not in the problem."""
        return self._shifts[shift_id]

    def volunteer(self, volunteer_id: str) -> Volunteer:
        """Return a volunteer; KeyError when she is not in the problem."""
        return self._volunteers[volunteer_id]

    def rules_out(self, volunteer_id: str, shift_id: str) -> bool:
        """Tell whether the person is not wanted on the shift."""
        return bool(self._ruled_out) and RuledOut(volunteer_id, shift_id) in self._ruled_out

    def knows(self, proposal: Proposal) -> bool:
        """Tell whether the person, the shift and the need of a proposal are in the problem."""
        shift = self._shifts.get(proposal.shift_id)
        needs = () if shift is None else shift.needs
        return proposal.volunteer_id in self._volunteers and any(need.id == proposal.need_id for need in needs)

    def calendar(self, volunteer_id: str) -> Calendar:
        """Return a volunteer's calendar, an empty one when nothing takes her time."""
        return self.calendars.get(volunteer_id, Calendar())


def _check_unique(ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for an_id in ids:
        if an_id in seen:
            raise ValueError(f"two of one id: {an_id}")
        seen.add(an_id)
