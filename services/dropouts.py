"""What somebody who drops out sets off: the next people are asked, and the office knows how urgent it is (domain.md §4.4)."""

from uuid import UUID

from models.shift import TRAINEE, Demand, Shift
from services.cascading import resume
from services.concerned import role_of, tell_concerned, tell_institution
from services.office_days import office_calendar
from services.unit import Unit


def free_again(unit: Unit, shift: Shift, demand_id: UUID) -> None:
    """Let the next people be asked for a place that was given back; whom it concerns is told, the requester too."""
    sought = _ask_others(unit, shift, demand_id, "office_place_freed", "office_place_freed_urgent")
    if sought and shift.starts_at > unit.now:
        tell_institution(unit, shift, "place_reopened")


def let_go(unit: Unit, shift: Shift, demand_id: UUID) -> None:
    """Let the next people be asked for a place that was never confirmed; no requester knew of it."""
    _ask_others(unit, shift, demand_id, "office_place_freed", "office_place_freed_urgent")


def standin_wanted(unit: Unit, shift: Shift, demand_id: UUID) -> None:
    """Let others be asked for a place that is covered until one of them takes it; the office is told."""
    _ask_others(unit, shift, demand_id, "office_standin_wanted", "office_standin_urgent")


def _ask_others(unit: Unit, shift: Shift, demand_id: UUID, calm: str, urgent: str) -> bool:
    """Resume the waves and tell whom it concerns, with urgency where fewer than 3 business days are left.

    Nobody is looked for in place of who learns.
    """
    if unit.get(Demand, demand_id).role == TRAINEE:
        return False
    facts = {"waves": resume(unit, shift, demand_id), "role": role_of(unit, demand_id)}
    tell_concerned(unit, shift, urgent if _is_short_notice(unit, shift) else calm, facts)
    return True


def _is_short_notice(unit: Unit, shift: Shift) -> bool:
    """Return whether fewer business days remain than a drop-out may be left to the waves alone."""
    earliest = office_calendar(unit).step(unit.today, unit.rules.calm_dropout_business_days)
    return unit.local_day(shift.starts_at) < earliest
