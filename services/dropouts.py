"""What somebody who drops out sets off: the next people are asked, and the office knows how urgent it is (domain.md §4.4)."""

from typing import Any
from uuid import UUID

from models.dispatch_request import DispatchRequest
from models.shift import TRAINEE, Demand, Shift
from services.cascading import resume
from services.filling import request_of
from services.notifying import tell_office, tell_requester
from services.office_days import office_calendar
from services.unit import Unit


def free_again(unit: Unit, shift: Shift, demand_id: UUID) -> None:
    """Let the next people be asked for a place that was given back; the office and the requester are told."""
    request = _ask_others(unit, shift, demand_id, "office_place_freed", "office_place_freed_urgent")
    if request is not None and shift.starts_at > unit.now:
        facts = {"no": request.request_no, "starts_at": shift.starts_at, "language": request.languages[0]}
        tell_requester(unit, request.organization_id, "place_reopened", request, facts)


def let_go(unit: Unit, shift: Shift, demand_id: UUID) -> None:
    """Let the next people be asked for a place that was never confirmed; only the office knew of it."""
    _ask_others(unit, shift, demand_id, "office_place_freed", "office_place_freed_urgent")


def standin_wanted(unit: Unit, shift: Shift, demand_id: UUID) -> None:
    """Let others be asked for a place that is covered until one of them takes it; the office is told."""
    _ask_others(unit, shift, demand_id, "office_standin_wanted", "office_standin_urgent")


def _ask_others(unit: Unit, shift: Shift, demand_id: UUID, calm: str, urgent: str) -> DispatchRequest | None:
    """Resume the waves; with fewer than 3 business days left the office is alerted as well."""
    if unit.get(Demand, demand_id).role == TRAINEE:
        return None  # nobody is looked for in place of who learns
    waves = resume(unit, shift, demand_id)
    request = request_of(unit, shift)
    if request is not None:
        facts: dict[str, Any] = {
            "no": request.request_no,
            "starts_at": shift.starts_at,
            "language": request.languages[0],
            "waves": waves,
        }
        tell_office(unit, urgent if _is_short_notice(unit, shift) else calm, request, facts)
    return request


def _is_short_notice(unit: Unit, shift: Shift) -> bool:
    """Return whether fewer business days remain than a drop-out may be left to the waves alone."""
    earliest = office_calendar(unit).step(unit.today, unit.rules.calm_dropout_business_days)
    return unit.local_day(shift.starts_at) < earliest
