"""A stand-in is wanted: with time left a volunteer looks for one and covers the place until there is one (domain.md §0.1)."""

from uuid import UUID

from models.assignment import Assignment, AssignmentDetail, AssignmentStatus, AssignmentVerb, Keeping
from models.offer import OfferWithdrawal
from models.shift import Shift
from services.acting_for import hers_or_entered
from services.filling import request_of, settle
from services.notifying import tell_office, tell_volunteer
from services.office_days import office_calendar
from services.reconfirming import reaffirm
from services.releasing import withdraw_offers
from services.showing_work import show_detail
from services.standing import moved, take_assignment
from services.unit import Unit


def want_standin(unit: Unit, assignment_id: UUID, draft: AssignmentVerb) -> AssignmentDetail:
    """Ask for a stand-in: others may take the place, and she covers it until somebody does or she keeps it after all.

    The office is told, with urgency where fewer than 3 business days remain (domain.md §4.4).
    Raises `WrongState` from the start on, `Forbidden` to act for others without `on_behalf`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    _move(unit, assignment, shift, "want-standin", draft)
    settle(unit, shift)
    tell_volunteer(
        unit, assignment.volunteer_id, "assignment_standin_noted", assignment, {"starts_at": shift.starts_at}
    )
    request = request_of(unit, shift)
    if request is not None:
        kind = "office_standin_urgent" if is_short_notice(unit, shift) else "office_standin_wanted"
        facts = {"no": request.request_no, "starts_at": shift.starts_at, "language": request.languages[0]}
        tell_office(unit, kind, request, facts)
    return show_detail(unit, assignment)


def keep(unit: Unit, assignment_id: UUID, draft: Keeping) -> AssignmentDetail:
    """Keep the place after all, while nobody has taken it, or as it is after a change.

    Who was asked for it need not answer any more. Raises `WrongState`, `RulesBroken` naming what bars her from the place
    as it has become or wants her consent, `Forbidden`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    if assignment.status is AssignmentStatus.TENTATIVE:
        hers_or_entered(unit, assignment.volunteer_id, draft.on_behalf, since=assignment.created_at)
        moved(unit, assignment, shift, "keep")
        reaffirm(unit, assignment, shift, draft.consents)
        unit.audit("assignment.keep", assignment, subject=assignment.volunteer_id, on_behalf=draft.on_behalf)
        return show_detail(unit, assignment)
    _move(unit, assignment, shift, "keep", draft)
    if settle(unit, shift):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED)
    tell_volunteer(unit, assignment.volunteer_id, "assignment_kept", assignment, {"starts_at": shift.starts_at})
    return show_detail(unit, assignment)


def is_short_notice(unit: Unit, shift: Shift) -> bool:
    """Return whether fewer business days remain than a drop-out may be left to the waves alone (domain.md §4.4)."""
    earliest = office_calendar(unit).step(unit.today, unit.rules.calm_dropout_business_days)
    return unit.local_day(shift.starts_at) < earliest


def _move(unit: Unit, assignment: Assignment, shift: Shift, verb: str, draft: AssignmentVerb) -> None:
    hers_or_entered(unit, assignment.volunteer_id, draft.on_behalf, since=assignment.created_at)
    assignment.status = moved(unit, assignment, shift, verb)
    assignment.touch(unit.now)
    unit.audit(f"assignment.{verb}", assignment, subject=assignment.volunteer_id, on_behalf=draft.on_behalf)
