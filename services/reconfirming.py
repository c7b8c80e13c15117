"""After a change somebody who was confirmed is asked whether she keeps the place (domain.md §0, "Changes follow rules")."""

from collections.abc import Collection

from models.assignment import RECONFIRM, Assignment
from models.shift import Shift
from services import states
from services.claim_rules import wants_consent
from services.errors import Broken, WrongState, broken
from services.rejudging import awaits_office, confirm, verdicts
from services.showing_work import is_asked
from services.unit import Unit


def reaffirm(unit: Unit, assignment: Assignment, shift: Shift, consents: Collection[str]) -> None:
    """Keep a locked place as it is now; she is confirmed again unless other conditions are open or the
    office has not said yes yet.

    `consents` names the rules she waives, as on a claim. Raises `RulesBroken`, `WrongState` where nobody asked her.
    """
    if not is_asked(assignment):
        allowed = [verb for verb in states.ASSIGNMENT.verbs(assignment.status) if verb != "keep"]
        raise WrongState(code="ASG_STATE", state=assignment.status, allowed=allowed)
    verdict = verdicts(unit, [assignment])[assignment.id]
    wanting = [one for one in verdict.consent_needed if wants_consent(one) and one.code not in consents]
    if bars := [*verdict.violations, *wanting]:
        raise broken([Broken(bar.code, bar.rule_class, bar.facts) for bar in bars])
    hers = was_hers(assignment)
    assignment.consents = sorted({*assignment.consents, *consents})
    assignment.conditions = [condition for condition in assignment.conditions if condition["code"] != RECONFIRM]
    assignment.touch(unit.now)
    if not assignment.conditions and (hers or not awaits_office(assignment, shift)):
        confirm(unit, assignment, shift)


def was_hers(assignment: Assignment) -> bool:
    """Return whether the place was confirmed when she was asked; the office need not say yes once more then."""
    return any(condition.get("hers", False) for condition in assignment.conditions)
