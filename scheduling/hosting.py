"""Which household suits a guest: who is barred and by what, and how well the others suit, with reasons.

The head of a household is judged by the rules of `scheduling.constraints`, as for any other activity; what is said here
is about the home.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from scheduling import constraints
from scheduling.interval import Interval, local_day
from scheduling.objective import Reason
from scheduling.place import Place
from scheduling.problem import Calendar, Need, RuleClass, Rules, Shift, Violation, Volunteer

ACTIVE: Final = "active"
POINTS: Final = {"language": 300, "load": 250, "district": 150, "dates": 150, "capacity": 100}
"""The most that each criterion gives."""


@dataclass(frozen=True, slots=True)
class Household:
    """A home and its head. `dates` are pairs of first and last day; none means that nothing was told.

    `stays` counts the guests' visits and stays of the last year; `unwilling` is whether it declined this guest.
    """

    id: str
    head: Volunteer
    calendar: Calendar
    status: str
    kinds: frozenset[str]
    languages: frozenset[str]
    traits: frozenset[str]
    capacity: int
    district: str
    dates: tuple[tuple[date, date], ...] = ()
    stays: int = 0
    unwilling: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """A guest's wish: what kind, when, how many; `languages` of the guests, `avoids` traits of homes."""

    id: str
    kind: str
    interval: Interval
    guests: int
    minors: bool = False
    languages: tuple[str, ...] = ()
    avoids: frozenset[str] = frozenset()
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Suited:
    """A household before a stay: barred by `violations`, or with a score and the reasons that make it up.

    `conditions` lapse only before the day and can be mended until the stay is confirmed.
    """

    household: Household
    violations: tuple[Violation, ...]
    conditions: tuple[Violation, ...]
    score: int | None
    reasons: tuple[Reason, ...]

    @property
    def eligible(self) -> bool:
        """Tell whether nothing bars the household."""
        return not self.violations


def match(households: Iterable[Household], stay: Stay, rules: Rules) -> tuple[Suited, ...]:
    """Return every household, the best suited first, then those that are barred, by the fewest bars.

    Among equals comes first who had fewer guests, and then the id: the order does not depend on that of the input.
    """
    return tuple(sorted((suit(one, stay, rules) for one in households), key=_order))


def _order(one: Suited) -> tuple[Any, ...]:
    return len(one.violations), -(one.score or 0), one.household.stays, one.household.id


def suit(household: Household, stay: Stay, rules: Rules) -> Suited:
    """Judge one household, and where nothing bars it tell how well it suits."""
    found = tuple(bars(household, stay, rules))
    conditions = tuple(violation for violation in found if violation.mendable)
    if violations := tuple(violation for violation in found if not violation.mendable):
        return Suited(household, violations, conditions, None, ())
    reasons = tuple(reason for rule in _SOFT if (reason := rule(household, stay, rules)) is not None)
    return Suited(household, (), conditions, sum(reason.points for reason in reasons), reasons)


def bars(household: Household, stay: Stay, rules: Rules) -> Iterator[Violation]:
    """Give what bars a household, the home first and then its head; its own calendar row of this very stay does not."""
    yield from (Violation(code, RuleClass.never, facts) for code, facts in _of_the_home(household, stay, rules))
    need = Need(stay.id, "host", child_safety=stay.minors)
    shift = Shift(stay.id, stay.kind, stay.interval, Place(district=household.district), stay.kind, (need,))
    calendar = household.calendar.without(stay.id)
    for rule in constraints.OF_WHOEVER_COMES:
        violation = rule(household.head, shift, need, calendar, rules)
        if violation is not None:
            yield violation


def _of_the_home(household: Household, stay: Stay, rules: Rules) -> Iterator[tuple[str, dict[str, object]]]:
    if household.status != ACTIVE:
        yield "HST_PAUSED", {"status": household.status}
    if stay.kind not in household.kinds:
        yield "HST_KIND", {"kind": stay.kind}
    if household.capacity < stay.guests:
        yield "HST_CAPACITY", {"capacity": household.capacity, "guests": stay.guests}
    if household.dates and not _covered(household, stay, rules):
        yield "HST_DATES", {}
    if avoided := household.traits & stay.avoids:
        yield "HST_AVOIDED", {"traits": tuple(sorted(avoided))}
    if household.unwilling:
        yield "HST_DECLINED", {}


def _covered(household: Household, stay: Stay, rules: Rules) -> bool:
    """Tell whether guests may come on each local day of the stay; times that adjoin count together."""
    day, last = (
        local_day(stay.interval.start, rules.zone),
        local_day(stay.interval.end - timedelta(microseconds=1), rules.zone),
    )
    while day <= last:
        ends = [until for since, until in household.dates if since <= day <= until]
        if not ends:
            return False
        day = max(ends) + timedelta(days=1)
    return True


def language(household: Household, stay: Stay, rules: Rules) -> Reason:  # noqa: ARG001 - the rules have one signature
    """All points for the guests' first language in common, two thirds for another one, none for none."""
    common = [tag for tag in stay.languages if tag in household.languages]
    points = 0 if not common else POINTS["language"] if common[0] == stay.languages[0] else POINTS["language"] * 2 // 3
    return Reason("host_language", points, {"languages": tuple(common)})


def load(household: Household, stay: Stay, rules: Rules) -> Reason:  # noqa: ARG001
    """All points divided by one more than the guests of the last year."""
    return Reason("host_load", POINTS["load"] // (1 + household.stays), {"stays": household.stays})


def district(household: Household, stay: Stay, rules: Rules) -> Reason | None:
    """All points in the district the guest wishes for, half in a neighbouring one; nothing where there is no wish."""
    if stay.district is None:
        return None
    share = 2 if household.district == stay.district else int(rules.are_neighbours(household.district, stay.district))
    return Reason("host_district", POINTS["district"] * share // 2, {"district": household.district})


def dates(household: Household, stay: Stay, rules: Rules) -> Reason:  # noqa: ARG001
    """All points where the household said that guests may come then; of whose days nothing is known, none."""
    return Reason("host_dates_known", POINTS["dates"]) if household.dates else Reason("host_dates_unknown", 0)


def capacity(household: Household, stay: Stay, rules: Rules) -> Reason:  # noqa: ARG001
    """All points for a home that is filled, less for one that would be better kept for more guests."""
    points = POINTS["capacity"] * stay.guests // household.capacity
    return Reason("host_capacity", points, {"guests": stay.guests, "capacity": household.capacity})


_SOFT: Final[tuple[Callable[[Household, Stay, Rules], Reason | None], ...]] = (
    language,
    load,
    district,
    dates,
    capacity,
)
