"""What a seat in a training does to a calendar: it is judged like any other booking, by the rules of `scheduling`."""

from uuid import UUID

from models.organization import Facility
from models.shift import Modality
from models.training import TrainingSession
from scheduling import constraints
from scheduling import problem as values
from scheduling.interval import Interval
from services.errors import Broken, broken
from services.places import place_of
from services.roster import muster
from services.shift_values import problem_of
from services.unit import Unit


def judge_seat(unit: Unit, session: TrainingSession, volunteer_id: UUID) -> None:
    """Refuse a seat at a time that somebody has given away, and warn where she would have to hurry.

    Her row is locked. Raises `RulesBroken` (`ASG_OVERLAP`); too little time to travel warns (`ASG_TRAVEL`).
    """
    roster = muster(unit, [volunteer_id], history=False)
    person, shift = roster.volunteers[volunteer_id], _as_shift(unit, session)
    rules = problem_of(unit, roster, [shift]).rules
    calendar, nothing = roster.calendars[person.id], values.Need("", "")
    if clash := constraints.overlap(person, shift, nothing, calendar, rules):
        raise broken([Broken(clash.code, clash.rule_class, clash.facts)])
    if short := constraints.travel(person, shift, nothing, calendar, rules):
        unit.warn(short.code, **short.facts)


def _as_shift(unit: Unit, session: TrainingSession) -> values.Shift:
    place = _place(unit.session.get(Facility, session.facility_id) if session.facility_id else None)
    interval = Interval(session.starts_at, session.ends_at)
    return values.Shift(str(session.id), "", interval, place, "training", needs=())


def _place(facility: Facility | None) -> values.Place:
    if facility is None:
        return place_of(None, None, Modality.VIDEO, None, None)
    return place_of(facility.id, facility.district_code, Modality.ON_SITE, facility.latitude, facility.longitude)
