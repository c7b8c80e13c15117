"""Who of the register may come to a classroom as an expert: the rules judge her as for anything else (docs/decisions/0028)."""

from uuid import UUID

from models.advisory_visit import AdvisoryVisit
from models.classroom import Classroom
from scheduling import constraints
from scheduling import problem as values
from scheduling.interval import Interval
from services.errors import Broken, broken
from services.roster import muster
from services.shift_values import problem_of
from services.unit import Unit


def refuse_barred(unit: Unit, visit: AdvisoryVisit, volunteer_id: UUID, *, mended: bool = False) -> None:
    """Refuse an expert whom a rule bars from a visit; her row is locked.

    What lapses before the day bars as well, for a visit does not stand under conditions. Where the time of a visit that
    is over is `mended`, what her status is by now says nothing of that day.
    Raises `RulesBroken` (`ASG_STATUS`, `ASG_NO_PLEDGE`, `ASG_NO_INSURANCE`, `CLS_SAFETY`, `ASG_OVERLAP`).
    """
    roster = muster(unit, [volunteer_id], history=False)
    person, (shift, need) = roster.volunteers[volunteer_id], _as_shift(unit, visit)
    calendar = roster.calendars[person.id].without(shift.id)
    rules = problem_of(unit, roster, [shift]).rules
    asked = [rule for rule in constraints.OF_WHOEVER_COMES if not (mended and rule is constraints.status)]
    found = [violation for rule in asked if (violation := rule(person, shift, need, calendar, rules)) is not None]
    if found:
        raise broken([Broken(one.code, one.rule_class, one.facts) for one in found])


def _as_shift(unit: Unit, visit: AdvisoryVisit) -> tuple[values.Shift, values.Need]:
    """Return a visit as `scheduling` sees it. Only where children learn their safety is asked for."""
    need = values.Need("", "expert", child_safety=unit.get(Classroom, visit.classroom_id).for_children)
    interval = Interval(visit.starts_at, visit.ends_at)
    return values.Shift(str(visit.id), "", interval, values.Place(), "advisory_visit", (need,)), need
