"""The day of an activity: who has arrived, and what is done (domain.md §0.1)."""

from uuid import UUID

from models.assignment import AssignmentDetail, AssignmentVerb
from models.offer import OfferWithdrawal
from services.filling import settle
from services.releasing import withdraw_offers
from services.showing_work import show_detail
from services.standing import answer
from services.unit import Unit


def check_in(unit: Unit, assignment_id: UUID, draft: AssignmentVerb) -> AssignmentDetail:
    """Note that the volunteer has arrived, from an hour before the start until the end; a stand-in is wanted no more.

    Raises `WrongState`, `Forbidden` to act for others without `on_behalf`.
    """
    assignment, shift, at = answer(unit, assignment_id, "check-in", draft)
    assignment.checked_in_at = at
    if settle(unit, shift):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED)
    return show_detail(unit, assignment)


def complete(unit: Unit, assignment_id: UUID, draft: AssignmentVerb) -> AssignmentDetail:
    """Note after the end that the activity was done, whether or not anybody checked in. Raises as `check_in`."""
    assignment, _, _ = answer(unit, assignment_id, "complete", draft)
    assignment.completed_at = unit.now
    return show_detail(unit, assignment)
