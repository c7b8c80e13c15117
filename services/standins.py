"""A stand-in is wanted: with time left a volunteer looks for one and covers the place until there is one (domain.md §0.1)."""

from uuid import UUID

from models.assignment import Assignment, AssignmentDetail, AssignmentStatus, AssignmentVerb, Keeping
from models.offer import OfferWithdrawal
from services.acting_for import hers_or_entered
from services.claiming import is_trainee_place
from services.dropouts import standin_wanted
from services.errors import Broken, WrongState, broken
from services.filling import settle
from services.notifying import tell_volunteer
from services.queries import find, visible_assignments
from services.reconfirming import reaffirm
from services.rejudging import verdicts
from services.releasing import withdraw_offers
from services.showing_work import show_detail
from services.standing import answer, moved, take_assignment
from services.unit import Unit


def want_standin(unit: Unit, assignment_id: UUID, draft: AssignmentVerb) -> AssignmentDetail:
    """Ask for a stand-in: others may take the place, and she covers it until somebody does or she keeps it after all.

    The next people are asked, and the office is told, with urgency where fewer than 3 business days remain (§4.4).
    Raises `WrongState` from the start on, `Forbidden` to act for others without `on_behalf`.
    """
    found = find(unit, visible_assignments(unit.actor), Assignment, assignment_id)
    if is_trainee_place(unit, found.demand_id):  # nobody covers for who learns
        raise WrongState(code="ASG_STATE", state=found.status, allowed=["withdraw"])
    assignment, shift, _ = answer(unit, assignment_id, "want-standin", draft)
    settle(unit, shift)
    tell_volunteer(
        unit, assignment.volunteer_id, "assignment_standin_noted", assignment, {"starts_at": shift.starts_at}
    )
    standin_wanted(unit, shift, assignment.demand_id)
    return show_detail(unit, assignment)


def keep(unit: Unit, assignment_id: UUID, draft: Keeping) -> AssignmentDetail:
    """Keep the place after all, while nobody has taken it, or as it is after a change.

    Who was asked for it need not answer any more. Raises `WrongState`, `RulesBroken` naming what bars her from the place
    as it has become or wants her consent, or that she cannot stay beside who came in the meantime (`ASG_STEP`), `Forbidden`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    if assignment.status is AssignmentStatus.TENTATIVE:
        hers_or_entered(unit, assignment.volunteer_id, draft.on_behalf, since=assignment.created_at, by_managers=True)
        moved(unit, assignment, shift, "keep")
        reaffirm(unit, assignment, shift, draft.consents)
        unit.audit("assignment.keep", assignment, subject=assignment.volunteer_id, on_behalf=draft.on_behalf)
        return show_detail(unit, assignment)
    assignment, shift, _ = answer(unit, assignment_id, "keep", draft, by_managers=True)
    _refuse_without_company(unit, assignment)
    if settle(unit, shift):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED)
    tell_volunteer(unit, assignment.volunteer_id, "assignment_kept", assignment, {"starts_at": shift.starts_at})
    return show_detail(unit, assignment)


def _refuse_without_company(unit: Unit, assignment: Assignment) -> None:
    """Refuse to keep a place where nobody grown is beside her any more: others came as if she were to leave.

    She still covers it. What else no longer holds of her is the office's to see, as of everybody who stands there.
    """
    violations = verdicts(unit, [assignment])[assignment.id].violations
    if bars := [one for one in violations if one.code == "ASG_STEP"]:
        raise broken([Broken(bar.code, bar.rule_class, bar.facts) for bar in bars])
