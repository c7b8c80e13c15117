"""Judging again who already stands on a shift: papers lapse, families add wishes, shifts move (domain.md §0, "One eligibility").

What no longer holds is flagged to the office with days to spare; conditions that were met confirm, others are released.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.assignment import RECONFIRM, Assignment, AssignmentStatus, Via
from models.offer import OfferWithdrawal
from models.shift import ClaimPolicy, Shift
from scheduling import problem as values
from scheduling.constraints import Verdict, judge
from scheduling.problem import SILENT, Door
from services.claiming import tell_filled
from services.concerned import tell_concerned
from services.dropouts import let_go
from services.filling import settle
from services.notifying import tell_volunteer
from services.office_days import office_calendar
from services.passing import release
from services.releasing import withdraw_offers
from services.roster import Roster, muster
from services.shift_facts import briefing_facts
from services.shift_values import problem_of, value_shifts
from services.unit import Unit

CHUNK = 200
"""People judged at once: of a whole prefecture the values would take more memory than the service."""
STANDING = frozenset({AssignmentStatus.CONFIRMED, AssignmentStatus.STANDIN_WANTED})


def verdicts(unit: Unit, assignments: Sequence[Assignment]) -> dict[UUID, Verdict]:
    """Judge people for the shifts they stand on, as if they did not yet, with the reasons that were given for them.

    A constant number of queries for any number of assignments.
    """
    shifts = value_shifts(unit, [assignment.shift_id for assignment in assignments])
    roster = muster(unit, [assignment.volunteer_id for assignment in assignments], history=False)
    return {
        assignment.id: _verdict(unit, assignment, roster, shifts[assignment.shift_id]) for assignment in assignments
    }


def _verdict(unit: Unit, assignment: Assignment, roster: Roster, shift: values.Shift) -> Verdict:
    person = roster.volunteers[assignment.volunteer_id]
    calendar = roster.calendars[person.id].without(shift.id)
    problem = problem_of(unit, Roster({assignment.volunteer_id: person}, {person.id: calendar}), [shift])
    reasons = frozenset(override["code"] for override in assignment.overrides)
    return judge(problem, person, shift, shift.need(str(assignment.demand_id)), Door.hand, reasons=reasons)


def due_conditions(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the people who are tentative before their shift; those without a condition wait for the office alone."""
    return (
        select(Assignment.id)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .where(Assignment.status == AssignmentStatus.TENTATIVE, col(Shift.starts_at) > unit.now)
    )


def settle_conditions(unit: Unit, assignment: Assignment, shift: Shift) -> None:
    """Confirm somebody whose conditions are met, remind of those that are open, release her once their day is over.

    Flagged 5 business days before the shift, released when the day 2 business days before it is over (domain.md §0.1).
    """
    if assignment.status is not AssignmentStatus.TENTATIVE or not assignment.conditions:
        return
    still = still_open(assignment, verdicts(unit, [assignment])[assignment.id])
    if not still:
        _met(unit, assignment, shift)
    elif unit.today.isoformat() > min(condition["due_on"] for condition in still):
        release(unit, assignment, shift, "condition")
        settle(unit, shift)
        let_go(unit, shift, assignment.demand_id)
    elif unit.today >= flagged_from(unit, shift):
        _remind(unit, assignment, shift, still)


def still_open(assignment: Assignment, verdict: Verdict) -> list[dict[str, str]]:
    """Return the conditions of somebody that are not met, be they to be mended still or too late for that."""
    open_codes = {*codes_of(verdict), RECONFIRM}  # the last is no rule of the engine: only her word meets it
    return [condition for condition in assignment.conditions if condition["code"] in open_codes]


def flagged_from(unit: Unit, shift: Shift) -> date:
    """Return the day from which open conditions of a shift are followed up."""
    day = unit.local_day(shift.starts_at)
    return office_calendar(unit).step(day, -unit.rules.condition_flag_business_days)


def _met(unit: Unit, assignment: Assignment, shift: Shift) -> None:
    assignment.conditions = []
    assignment.touch(unit.now)
    unit.audit("assignment.conditions_met", assignment, subject=assignment.volunteer_id)
    if not awaits_office(assignment, shift):
        confirm(unit, assignment, shift)


def awaits_office(assignment: Assignment, shift: Shift) -> bool:
    """Return whether the office has to say yes to somebody tentative, whatever her conditions."""
    return assignment.via is Via.CLAIM and shift.claim_policy is ClaimPolicy.APPROVAL


def confirm(unit: Unit, assignment: Assignment, shift: Shift) -> None:
    """Confirm somebody tentative, and tell everybody whom it concerns."""
    assignment.status = AssignmentStatus.CONFIRMED
    assignment.confirmed_at = unit.now
    assignment.touch(unit.now)
    unit.audit("assignment.approve", assignment, subject=assignment.volunteer_id)
    tell_volunteer(unit, assignment.volunteer_id, "assignment_confirmed", assignment, briefing_facts(unit, shift))
    if settle(unit, shift):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED)
        tell_filled(unit, shift)


def _remind(unit: Unit, assignment: Assignment, shift: Shift, still: Sequence[Mapping[str, str]]) -> None:
    codes = [condition["code"] for condition in still]
    once = f"condition_due:{assignment.id}:{shift.starts_at.isoformat()}"
    facts = {"starts_at": shift.starts_at, "conditions": codes, "due_on": date.fromisoformat(still[0]["due_on"])}
    tell_volunteer(unit, assignment.volunteer_id, "condition_due", assignment, facts, once=once)
    tell_concerned(unit, shift, "office_condition_due", facts, once=once)


def due_flags(unit: Unit) -> list[UUID]:
    """Return the upcoming assignments whose flags are not what they should be, as far ahead as `recheck_days`."""
    ids = unit.session.exec(
        select(Assignment.id)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .where(
            col(Assignment.status).in_(sorted(STANDING)),
            col(Shift.starts_at) > unit.now,
            col(Shift.starts_at) <= unit.now + timedelta(days=unit.rules.recheck_days),
        )
        .order_by(col(Assignment.id))
    ).all()
    chunks = (ids[first : first + CHUNK] for first in range(0, len(ids), CHUNK))
    return [one for chunk in chunks for one in _wrongly_flagged(unit, chunk)]


def _wrongly_flagged(unit: Unit, ids: Sequence[UUID]) -> list[UUID]:
    assignments = unit.session.exec(select(Assignment).where(col(Assignment.id).in_(ids))).all()
    judged = verdicts(unit, assignments)
    return sorted(one.id for one in assignments if (one.flags or []) != codes_of(judged[one.id]))


def flag(unit: Unit, assignment: Assignment, shift: Shift) -> None:
    """Note what no longer holds of somebody who stands on a shift, and tell the office; nothing more happens by itself.

    What she may waive is not looked at again: she consented when she came. What she may not know of leaves no trace
    that she could find: neither in her own log nor in the version of what she reads.
    """
    if assignment.status not in STANDING:
        return
    codes, before = codes_of(verdicts(unit, [assignment])[assignment.id]), assignment.flags or []
    if before == codes:
        return
    assignment.flags = codes or None
    hers = bool(({*before} ^ {*codes}) - SILENT)
    if hers:
        assignment.touch(unit.now)
    subject = assignment.volunteer_id if hers else None
    unit.audit("assignment.flag", assignment, subject=subject, facts={"codes": codes})
    if codes:
        tell_concerned(unit, shift, "office_assignment_flagged", {"codes": codes})


def codes_of(verdict: Verdict) -> list[str]:
    """Return the rules that bar somebody from a place, those that can still be met included."""
    return [violation.code for violation in (*verdict.violations, *verdict.conditions)]
