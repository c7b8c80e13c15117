"""The soft rules: who should come, among those who may. Integer points, each with the fact behind it.

A rule that has nothing to give is silent, so the reasons of a score add up to it. Weights are data (`Rules.weights`).
"""
# ruff: noqa: ARG001 (every rule has the one signature, whatever it reads)

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from scheduling.people import AvailabilityState, Level
from scheduling.problem import Need, Rules, Shift, Volunteer

LEVEL_STEPS: Final = 3
"""Steps above the minimum at which a better level stops to matter."""
FAIR_ASSIGNMENTS: Final = 12
"""Assignments in 90 days at which fairness gives nothing: three months at the default cap of four."""
FAR_KM: Final = 20
"""Distance in km at which nearness gives nothing."""
EXPERIENCED: Final = 5
"""Assignments to one service after which more make nobody more experienced."""
PREFERRED_PERCENT: Final = 100
FREE_PERCENT: Final = 60
UNKNOWN_PERCENT: Final = 20


class Reason(NamedTuple):
    """Points for one criterion, and the numbers and codes behind them (wording is elsewhere)."""

    criterion: str
    points: int
    facts: Mapping[str, object] = {}


SoftRule = Callable[[Volunteer, Shift, Need, Rules], Reason | None]


def continuity(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> Reason | None:
    """Points `w` for whom continuity is wished with, else `w x known / clients` for the clients she has served."""
    wished = volunteer.id in shift.preferred_volunteers
    known, clients = len(shift.clients & volunteer.history.clients), len(shift.clients)
    part, whole = (1, 1) if wished else (known, max(1, clients))
    return _share("continuity", part, whole, rules, {"wished": wished, "clients_known": known})


def level(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> Reason | None:
    """Points `w x min(s, 3) / 3` for `s` steps of her best pair above the minimum (A1 where none is set)."""
    best = volunteer.best_pair(need.languages)
    if best is None:
        return None
    steps = best[1] - (need.min_level or Level.A1)
    return _given("level", level_points(steps, rules), {"language": best[0], "level": best[1].code})


def level_points(steps: int, rules: Rules) -> int:
    """Points of `level` for so many steps above the minimum."""
    return _points("level", min(steps, LEVEL_STEPS), LEVEL_STEPS, rules)


def fairness(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> Reason | None:
    """Points `w x (12 - n) / 12` for `n` assignments in 90 days: linear per place, hence convex over the load."""
    count = volunteer.history.assignments_90d
    return _given("fairness", fair_points(count, rules), {"assignments_90d": count})


def fair_points(count: int, rules: Rules) -> int:
    """Points of `fairness` for one more assignment on top of `count`: the more there are, the fewer, down to none."""
    return _points("fairness", FAIR_ASSIGNMENTS - count, FAIR_ASSIGNMENTS, rules)


def distance(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> Reason | None:
    """Points `w` in her district, `w / 2` next to it, else `w / 2 x (20 - km) / 20`; an unknown way gets `w / 4`.

    A remote shift costs nobody a way, so it prefers nobody.
    """
    if shift.place.remote:
        return None
    here, home = shift.place.district, volunteer.home_district
    if here is not None and here == home:
        return _given("distance", distance_points(1, 1, rules), {"district": "same"})
    if here is not None and home is not None and rules.are_neighbours(here, home):
        return _given("distance", distance_points(1, 2, rules), {"district": "neighbour"})
    km = shift.place.km_from(volunteer.home)
    if km is None:
        return _given("distance", distance_points(1, 4, rules), {"district": "unknown"})
    return _given("distance", near_points(round(km * 10), rules), {"km": km})


def distance_points(part: int, whole: int, rules: Rules) -> int:
    """Points of `distance` for a share of it."""
    return _points("distance", part, whole, rules)


def near_points(tenths: int, rules: Rules) -> int:
    """Points of `distance` for so many tenths of a km, where no district decides."""
    return distance_points(FAR_KM * 10 - tenths, 2 * FAR_KM * 10, rules)


def preference(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> Reason | None:
    """Points `w` in hours she prefers, 60 % when she is plainly free, 20 % when nothing is known, none when away."""
    state = volunteer.availability.state(rules.presence(shift), rules.zone)
    if state is AvailabilityState.away:
        return None
    if state is AvailabilityState.unknown:
        return _given("preference", preference_points(UNKNOWN_PERCENT, rules), {"hours": "unknown"})
    if volunteer.availability.preferred(shift.interval, rules.zone):
        return _given("preference", preference_points(PREFERRED_PERCENT, rules), {"hours": "preferred"})
    return _given("preference", preference_points(FREE_PERCENT, rules), {"hours": "free"})


def preference_points(percent: int, rules: Rules) -> int:
    """Points of `preference` for so many percent of it."""
    return _points("preference", percent, 100, rules)


def response(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> Reason | None:
    """Points `w x (answered + 1) / (asked + 2)`: smoothed, so that a newcomer gets half and one answer proves little."""
    asked, answered = volunteer.history.asked, volunteer.history.answered
    return _given("response", response_points(asked, answered, rules), {"asked": asked, "answered": answered})


def response_points(asked: int, answered: int, rules: Rules) -> int:
    """Points of `response` for so many answers to so many offers."""
    return _points("response", answered + 1, asked + 2, rules)


def experience(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> Reason | None:
    """Points `w x min(n, 5) / 5` for `n` assignments to the same service."""
    count = volunteer.history.by_service.get(shift.service, 0)
    return _given("experience", experience_points(count, rules), {"assignments": count})


def experience_points(count: int, rules: Rules) -> int:
    """Points of `experience` for so many assignments to the service."""
    return _points("experience", min(count, EXPERIENCED), EXPERIENCED, rules)


def _share(criterion: str, part: int, whole: int, rules: Rules, facts: Mapping[str, object]) -> Reason | None:
    return _given(criterion, _points(criterion, part, whole, rules), facts)


def _given(criterion: str, points: int, facts: Mapping[str, object]) -> Reason | None:
    return Reason(criterion, points, facts) if points > 0 else None


def _points(criterion: str, part: int, whole: int, rules: Rules) -> int:
    return max(0, rules.weights.get(criterion, 0) * part // whole)


SOFT_RULES: Final[tuple[SoftRule, ...]] = (continuity, level, fairness, distance, preference, response, experience)


def appraise(volunteer: Volunteer, shift: Shift, need: Need, rules: Rules) -> tuple[Reason, ...]:
    """Return the reasons for a person on a shift, in the order of `SOFT_RULES`; her score is the sum of their points."""
    given = [rule(volunteer, shift, need, rules) for rule in SOFT_RULES]
    return tuple([reason for reason in given if reason is not None])
