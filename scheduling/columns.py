"""People as columns of numbers: what bars a person for sure, and a score that she surely does not exceed.

Nothing here decides. It leaves out those whom a hard rule would bar in any case, and says in which order the others are
worth asking; `scheduling.constraints` and `scheduling.objective` have the last word on each.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scheduling import objective
from scheduling.interval import DateRange, local_day
from scheduling.people import ACTIVE, AvailabilityRule
from scheduling.place import EARTH_RADIUS_KM, Point
from scheduling.problem import Need, Rules, Shift, Volunteer

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEVER: Final = 10**7
"""A day after all days."""
DAY: Final = 24 * 60


class Span:
    """From the first to the last day of some ranges of each person; what lies between them may not be covered."""

    def __init__(self, ranges: Iterable[Sequence[DateRange]]) -> None:
        bounds = [(_first(some), _last(some)) for some in ranges]
        self._from, self._until = np.array(bounds, dtype=np.int32).reshape(-1, 2).T.copy()

    def may_cover(self, day: date, people: Ints) -> Mask:
        """Tell for some people whether a day may be covered; if not, it surely is not."""
        number = day.toordinal()
        found: Mask = (self._from[people] <= number) & (number <= self._until[people])
        return found


def _first(ranges: Sequence[DateRange]) -> int:
    return min((one.starts_on.toordinal() for one in ranges), default=NEVER)


def _last(ranges: Sequence[DateRange]) -> int:
    return max((NEVER if one.ends_on is None else one.ends_on.toordinal() for one in ranges), default=0)


class Papers:
    """What people have: certificates, skills, the check for work with children, gender, age."""

    def __init__(self, people: Sequence[Volunteer]) -> None:
        codes = {certificate.code for one in people for certificate in one.certificates}
        skills = {skill for one in people for skill in one.skills}
        self._certificates = {
            code: Span([[held.valid for held in one.certificates if held.code == code] for one in people])
            for code in sorted(codes)
        }
        self._skills = {skill: np.array([skill in one.skills for one in people]) for skill in sorted(skills)}
        cleared = (one.child_safety if one.child_contact_ok else None for one in people)
        self._children = Span([[] if check is None else [check] for check in cleared])
        self._gender = np.array([one.gender or "" for one in people])
        self._born = np.array([NEVER if one.birth_date is None else one.birth_date.year for one in people])
        self.active: Mask = np.array([one.status == ACTIVE for one in people], dtype=bool)
        """Who may come to anything at all."""
        self._nobody = Span([[]] * len(people))

    def keep(self, people: Ints, need: Need, day: date) -> Ints:
        """Leave out of active people whom a paper that is asked for bars for sure."""
        for code in sorted(need.certifications):
            people = people[self._certificates.get(code, self._nobody).may_cover(day, people)]
        for skill in sorted(need.skills):
            people = people[self._skills[skill][people]] if skill in self._skills else people[:0]
        if need.child_safety:
            people = people[self._children.may_cover(day, people)]
        if need.gender is not None:
            people = people[self._gender[people] == need.gender.value]
        if need.min_age:
            people = people[self._born[people] <= day.year - need.min_age]
        return people


class Hours:
    """When people may be there, and whether they may like it."""

    def __init__(self, people: Sequence[Volunteer], rules: Rules) -> None:
        self._rules = rules
        self._starts = np.full((7, len(people)), DAY, dtype=np.int16)
        self._ends = np.zeros((7, len(people)), dtype=np.int16)
        self._liked = np.zeros((7, len(people)), dtype=bool)
        for position, volunteer in enumerate(people):
            for hours in volunteer.availability.all_hours():
                self._note(position, hours)
        known = [max((rule.valid for rule in one.availability.rules), key=_days, default=None) for one in people]
        self._known = Span([[] if valid is None else [valid] for valid in known])
        shares = (objective.UNKNOWN_PERCENT, objective.FREE_PERCENT, objective.PREFERRED_PERCENT)
        self._unknown, self._free, self._best = (objective.preference_points(percent, rules) for percent in shares)
        self.most = self._best
        """What `preference` gives at most."""

    def _note(self, position: int, hours: AvailabilityRule) -> None:
        day = hours.weekday
        self._starts[day, position] = min(self._starts[day, position], _minute(hours.starts))
        self._ends[day, position] = max(self._ends[day, position], _minute(hours.ends) or DAY)
        self._liked[day, position] |= hours.preferred

    def of(self, shift: Shift, people: Ints) -> tuple[Mask, Ints]:
        """Tell who may be there, and give points of `preference` that each surely does not exceed."""
        presence, zone = self._rules.presence(shift), self._rules.zone
        day = local_day(presence.start, zone)
        first, last = (instant.astimezone(zone) for instant in (presence.start, presence.end - timedelta(minutes=1)))
        around = {(first + timedelta(hours=hours)).utcoffset() for hours in (-24, 0, 24)}
        if (
            last.date() != day or len(around) > 1
        ):  # over midnight, or the clocks change nearby: every hour may be another
            return np.ones(len(people), dtype=bool), np.full(len(people), self._best)
        weekday = day.weekday()
        free = (self._starts[weekday][people] <= _minute(first)) & (_minute(last) < self._ends[weekday][people])
        unknown = ~self._known.may_cover(day, people)
        points = np.where(self._liked[weekday][people], self._best, self._free)
        return free | unknown, np.where(free, points, np.where(unknown, self._unknown, 0))


def _days(valid: DateRange) -> int:
    return (NEVER if valid.ends_on is None else valid.ends_on.toordinal()) - valid.starts_on.toordinal()


def _minute(instant: Any) -> int:
    return int(instant.hour * 60 + instant.minute)


class Homes:
    """Where people live, and how far they go."""

    def __init__(self, people: Sequence[Volunteer], rules: Rules) -> None:
        self._rules = rules
        homes = [one.home or (np.nan, np.nan) for one in people]
        self._latitude, self._longitude = np.radians(np.array(homes, dtype=float).reshape(-1, 2)).T.copy()
        limits = [np.inf if one.max_travel_km is None else one.max_travel_km for one in people]
        self._limits = np.array(limits, dtype=float)
        codes: dict[str | None, int] = {}
        self._district = np.array([codes.setdefault(one.home_district, len(codes)) for one in people], dtype=np.int32)
        self._codes = codes
        self._of_district: dict[str, Ints] = {}
        self._near = np.array([objective.near_points(tenths, rules) for tenths in range(10 * objective.FAR_KM + 1)])

    def band(self, people: Ints) -> "Band":
        """Return some people, sorted so that those who may live near enough to a place are found at once."""
        return Band(people, self._latitude[people], self._longitude[people], self._limits[people])

    def of(self, shift: Shift, people: Ints) -> tuple[Mask, Ints]:
        """Tell who may live near enough, and give points of `distance` that each surely does not exceed."""
        place = shift.place
        if place.remote:
            return np.ones(len(people), dtype=bool), np.zeros(len(people), dtype=np.int64)
        near, points = self._measured(place.point, people)
        return near, self._by_district(place.district, people, points)

    def far(self, shift: Shift, people: Ints) -> Ints:
        """Give points of `distance` that people outside a band surely do not exceed."""
        return self._by_district(shift.place.district, people, np.zeros(len(people), dtype=np.int64))

    def most_afar(self, shift: Shift) -> int:
        """Give the most points of `distance` that anybody outside a band has."""
        here = shift.place.district
        return 0 if here is None or shift.place.remote else max(0, int(self._decided(here).max(initial=0)))

    def _decided(self, here: str) -> Ints:
        if here not in self._of_district:
            self._of_district[here] = self._district_points(here)
        return self._of_district[here]

    def _by_district(self, here: str | None, people: Ints, points: Ints) -> Ints:
        """Return the points where the district decides, else those given."""
        if here is None:
            return points
        decided = self._decided(here)[self._district[people]]
        return np.where(decided < 0, points, decided)

    def _district_points(self, here: str) -> Ints:
        """Return for each district of a home what it gives towards one of a shift, -1 where it does not decide."""
        points = np.full(len(self._codes), -1, dtype=np.int64)
        for home, code in self._codes.items():
            if home is not None and self._rules.are_neighbours(here, home):
                points[code] = objective.distance_points(1, 2, self._rules)
            if home == here:
                points[code] = objective.distance_points(1, 1, self._rules)
        return points

    def _measured(self, point: Point | None, people: Ints) -> tuple[Mask, Ints]:
        unknown = objective.distance_points(1, 4, self._rules)
        if point is None:
            return np.ones(len(people), dtype=bool), np.full(len(people), unknown)
        latitude, longitude = np.radians(point)
        north, east = self._latitude[people], self._longitude[people]
        chord = np.sin((north - latitude) / 2) ** 2
        chord += np.cos(north) * np.cos(latitude) * np.sin((east - longitude) / 2) ** 2
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
        homeless = np.isnan(km)
        tenths = np.where(homeless, 0, np.clip(10 * km - 1, 0, 10 * objective.FAR_KM)).astype(np.int64)
        return ~(km > self._limits[people] + 1), np.where(homeless, unknown, self._near[tenths])


class Band:
    """People by the latitude of their homes; who goes any way, or whose home is unknown, stands behind the others."""

    def __init__(self, people: Ints, latitude: Floats, longitude: Floats, limits: Floats) -> None:
        anywhere = np.isnan(latitude) | np.isinf(limits)
        order = np.argsort(np.where(anywhere, np.inf, latitude), kind="stable")
        self.people: Ints = people[order]
        self._homes = int(len(people) - anywhere.sum())
        self._latitude, self._longitude = latitude[order][: self._homes], longitude[order][: self._homes]
        self._reach = (limits[~anywhere].max(initial=objective.FAR_KM) + 1) / EARTH_RADIUS_KM

    def near(self, point: Point | None) -> Mask:
        """Tell of each who may live near enough to a point; the others live so far away that nearness gives them nothing."""
        found = np.ones(len(self.people), dtype=bool)
        if point is None:
            return found
        north, east = np.radians(point)
        first, last = np.searchsorted(self._latitude, (north - self._reach, north + self._reach))
        found[: self._homes] = False
        apart = np.abs(self._longitude[first:last] - east)
        found[first:last] = np.minimum(apart, 2 * np.pi - apart) <= self._width(north)
        return found

    def _width(self, north: float) -> float:
        """Return how far east or west somebody within reach of a latitude may be, in radians; any way near a pole."""
        beyond = abs(north) + self._reach
        if beyond >= np.pi / 2:
            return float(np.pi)
        share = np.sin(self._reach / 2) / np.sqrt(np.cos(north) * np.cos(beyond))
        return float(2 * np.arcsin(min(1.0, share))) + 1e-9
