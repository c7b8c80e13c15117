"""The one door: every way by which a person comes to stand on a shift goes through `place`.

Claim, acceptance and a coordinator's hand differ in who consents to what; what is checked, written and told does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.assignment import (
    HOLDING,
    Assignment,
    AssignmentCreate,
    AssignmentStatus,
    AssignmentView,
    Booking,
    BookingSource,
    ClaimCreate,
    Via,
)
from models.fields import OnBehalf, Override
from models.offer import OfferWithdrawal
from models.shift import TRAINEE, ClaimPolicy, Demand, Shift, ShiftStatus
from models.volunteer import Volunteer
from scheduling import problem as values
from scheduling.constraints import Verdict, judge
from scheduling.problem import Door, Violation
from services import states
from services.acting_for import arrival_of_volunteer
from services.claim_rules import choose_need, wants_consent
from services.concerned import tell_concerned, tell_institution
from services.errors import Broken, Forbidden, NotFound, WrongState, broken, invalid
from services.filling import can_be_taken, holder_wanting_standin, left_by, settle, take_place
from services.notifying import tell_volunteer
from services.office_days import office_calendar
from services.own_doors import question
from services.policies import Permission
from services.queries import find, must_see, visible_shifts
from services.releasing import asked_for, close_own_offers, end, withdraw_offers
from services.shift_facts import briefing_facts
from services.showing import badges_of
from services.showing_work import show_assignment
from services.unit import Unit


@dataclass(frozen=True)
class Entry:
    """How somebody comes to a place: by which door, with which consents and reasons.

    `recorded_late` is of somebody who has come already, to an activity that the office writes down afterwards: time
    bars her no more, and nobody needs to be told who will come.
    """

    door: Door
    via: Via
    consents: frozenset[str] = frozenset()
    overrides: tuple[dict[str, Any], ...] = ()
    on_behalf: OnBehalf | None = None
    offer_id: UUID | None = None
    recorded_late: bool = False

    @property
    def by_herself(self) -> bool:
        """Whether the volunteer acts, or staff in her name."""
        return self.door in {Door.claim, Door.accept}


def claim(unit: Unit, shift_id: UUID, draft: ClaimCreate) -> AssignmentView:
    """Take a place oneself.

    Raises `NotFound` for a shift that does not exist for her, `RulesBroken` naming every rule that bars her or wants
    her consent first, `WrongState` for a shift that is over, `Forbidden` to an account that is no volunteer's.
    """
    if unit.actor.volunteer_id is None:
        raise Forbidden
    must_see(unit, visible_shifts(unit.actor, Permission.SHIFT_CLAIM), Shift, shift_id)
    entry = Entry(Door.claim, Via.CLAIM, consents=frozenset(draft.consents))
    return show_assignment(unit, place(unit, unit.actor.volunteer_id, shift_id, draft.demand_id, entry))


def assign(unit: Unit, shift_id: UUID, draft: AssignmentCreate) -> AssignmentView:
    """Put somebody on a shift by hand; what she can waive wants her consent with its time, the rest a reason.

    Raises `NotFound`, `RulesBroken`, `InvalidFields`, `WrongState`.
    """
    shift = find(unit, visible_shifts(unit.actor), Shift, shift_id)
    if unit.session.get(Volunteer, draft.volunteer_id) is None:
        raise invalid("/volunteer_id")
    arrival_of_volunteer(unit, draft.volunteer_id, draft.on_behalf, since=shift.created_at)
    entry = Entry(
        Door.hand,
        Via.HAND,
        consents=frozenset(override.code for override in draft.overrides if override.consent_at),
        overrides=tuple(recorded(unit, override) for override in draft.overrides),
        on_behalf=draft.on_behalf,
    )
    return show_assignment(unit, place(unit, draft.volunteer_id, shift_id, draft.demand_id, entry))


def place(unit: Unit, volunteer_id: UUID, shift_id: UUID, demand_id: UUID | None, entry: Entry) -> Assignment:
    """Put a volunteer on a demand of a shift, or say everything that forbids it.

    The volunteer's row, then the shift's, stay locked until the end of the transaction: overlap, travel and places
    are judged and written with nobody between. The database's own guards stand behind (`models/guards.py`).
    """
    unit.lock(Volunteer, volunteer_id)
    shift = unit.lock(Shift, shift_id)
    _refuse_closed(unit, volunteer_id, shift, entry, to_learn=is_trainee_place(unit, demand_id))
    problem, value, need = _question(unit, volunteer_id, shift_id, demand_id, entry)
    verdict = _judge(unit, problem, value, need, entry)
    take(unit, shift, UUID(need.id))
    assignment = _write(unit, volunteer_id, shift, UUID(need.id), entry, verdict)
    filled = settle(unit, shift)
    unit.audit(
        f"assignment.{entry.via}",
        assignment,
        subject=volunteer_id,
        on_behalf=entry.on_behalf,
        facts={"overrides": [override["code"] for override in entry.overrides]},
    )
    if not entry.recorded_late:
        _tell(unit, shift, assignment, filled=filled)
    close_own_offers(unit, shift, assignment, but=entry.offer_id)
    if filled:
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED, but=entry.offer_id)
    elif len(value.needs) > 1 and not can_be_taken(unit, unit.get(Demand, assignment.demand_id)):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED, but=entry.offer_id, of=assignment.demand_id)
    return assignment


def take(unit: Unit, shift: Shift, demand_id: UUID) -> None:
    """Take a free place, or that of whoever waits for a stand-in, who leaves in this transaction (domain.md §0.1).

    Raises `RulesBroken` (`ASG_FULL`) when there is neither.
    """
    if take_place(unit, demand_id):
        return
    holder = holder_wanting_standin(unit, demand_id)
    if holder is None:
        raise broken([Broken("ASG_FULL", "never")])
    end(unit, holder, "replace", "replaced")
    unit.audit("assignment.replace", holder, subject=holder.volunteer_id)
    tell_volunteer(unit, holder.volunteer_id, "standin_found", holder, {"starts_at": shift.starts_at})
    unit.session.flush()  # her place is free before it is taken
    take_place(unit, demand_id)


def is_trainee_place(unit: Unit, demand_id: UUID | None) -> bool:
    """Return whether a demand is one whose places are for learning."""
    demand = unit.session.get(Demand, demand_id) if demand_id is not None else None
    return demand is not None and demand.role == TRAINEE


def _refuse_closed(unit: Unit, volunteer_id: UUID, shift: Shift, entry: Entry, *, to_learn: bool) -> None:
    in_time = shift.starts_at > unit.now or entry.recorded_late
    if to_learn and not entry.by_herself and shift.status is ShiftStatus.FILLED and in_time:
        return
    if to_learn and entry.by_herself:
        raise invalid("/demand_id")
    if shift.status is ShiftStatus.FILLED and in_time:
        raise broken([Broken("ASG_HELD" if _stands(unit, volunteer_id, shift) else "ASG_FULL", "never")])
    if shift.status is not ShiftStatus.OPEN or not in_time:
        raise WrongState(code="SHF_STATE", state=shift.status, allowed=states.SHIFT.verbs(shift.status))


def _stands(unit: Unit, volunteer_id: UUID, shift: Shift) -> bool:
    """Tell whether she is who filled it: the rules, which know that as well, are not asked about a filled shift."""
    hers = select(Assignment.id).where(
        Assignment.shift_id == shift.id,
        Assignment.volunteer_id == volunteer_id,
        col(Assignment.status).in_(sorted(HOLDING)),
    )
    return unit.session.exec(hers).first() is not None


def _question(
    unit: Unit, volunteer_id: UUID, shift_id: UUID, demand_id: UUID | None, entry: Entry
) -> tuple[values.Problem, values.Shift, values.Need]:
    problem, shifts = question(unit, volunteer_id, [shift_id], own_door=entry.by_herself)
    shift = shifts[shift_id]
    if demand_id is None:
        asked = asked_for(unit, volunteer_id, [shift_id]).get(shift_id)
        return problem, shift, choose_need(problem.volunteers[0], shift, asked)
    try:
        return problem, shift, shift.need(str(demand_id))
    except KeyError:
        raise invalid("/demand_id") from None


def _judge(unit: Unit, problem: values.Problem, shift: values.Shift, need: values.Need, entry: Entry) -> Verdict:
    """Return the verdict that lets her in. Raises `NotFound` or `RulesBroken` when there is none."""
    reasons = frozenset(override["code"] for override in entry.overrides)
    verdict = judge(problem, problem.volunteers[0], shift, need, entry.door, consents=entry.consents, reasons=reasons)
    if not unit.actor.is_staff and any(violation.silent for violation in verdict.violations):
        raise NotFound
    refused = [*verdict.violations, *_too_late_to_mend(unit, shift, verdict), *_consents_wanting(entry, verdict)]
    bars = [Broken(violation.code, violation.rule_class, violation.facts) for violation in refused]
    if entry.door is Door.claim and unit.get(Shift, UUID(shift.id)).claim_policy is ClaimPolicy.OFFER_ONLY:
        bars.append(Broken("ASG_POLICY", "never"))
    if bars:
        raise broken(bars)
    return verdict


def _consents_wanting(entry: Entry, verdict: Verdict) -> list[Violation]:
    """Her own claim or acceptance overrides her weekly rule; all else she must consent to by name (docs/decisions/0003)."""
    if not entry.by_herself:
        return list(verdict.consent_needed)
    return [violation for violation in verdict.consent_needed if wants_consent(violation)]


def _too_late_to_mend(unit: Unit, shift: values.Shift, verdict: Verdict) -> list[Violation]:
    if not verdict.conditions or due_on(unit, shift.interval.start) > unit.today:
        return []
    return list(verdict.conditions)


def due_on(unit: Unit, starts_at: datetime) -> date:
    """Return the day by which conditions must be met: 2 business days before the shift (domain.md §0.1)."""
    day = unit.local_day(starts_at)
    return office_calendar(unit).step(day, -unit.rules.condition_release_business_days)


def _write(unit: Unit, volunteer_id: UUID, shift: Shift, demand_id: UUID, entry: Entry, verdict: Verdict) -> Assignment:
    waits = entry.door is Door.claim and shift.claim_policy is ClaimPolicy.APPROVAL
    status = AssignmentStatus.TENTATIVE if verdict.conditions or waits else AssignmentStatus.CONFIRMED
    assignment = unit.add(
        Assignment(
            **unit.stamp(),
            shift_id=shift.id,
            demand_id=demand_id,
            volunteer_id=volunteer_id,
            via=entry.via,
            status=status,
            conditions=_conditions(unit, shift, verdict.conditions),
            overrides=list(entry.overrides),
            consents=sorted(entry.consents),
            substituted_for=left_by(unit, demand_id),
            confirmed_at=unit.now if status is AssignmentStatus.CONFIRMED else None,
        )
    )
    unit.add(
        Booking(
            volunteer_id=volunteer_id,
            source_type=BookingSource.ASSIGNMENT,
            source_id=assignment.id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )
    )
    return assignment


def _conditions(unit: Unit, shift: Shift, conditions: Sequence[Violation]) -> list[dict[str, Any]]:
    if not conditions:
        return []
    due = due_on(unit, shift.starts_at)
    return [{"code": condition.code, "due_on": due.isoformat()} for condition in conditions]


def recorded(unit: Unit, override: Override) -> dict[str, Any]:
    """Return an override as it is kept: which rule, why, with whose word, by whom and when."""
    return {
        "code": override.code,
        "reason": override.reason,
        "consent_at": override.consent_at.isoformat() if override.consent_at else None,
        "by": str(unit.actor.account_id),
        "at": unit.now.isoformat(),
    }


def _tell(unit: Unit, shift: Shift, assignment: Assignment, *, filled: bool) -> None:
    kind = "assignment_confirmed" if assignment.status is AssignmentStatus.CONFIRMED else "assignment_tentative"
    facts = briefing_facts(unit, shift)
    codes = [condition["code"] for condition in assignment.conditions]
    tell_volunteer(unit, assignment.volunteer_id, kind, assignment, {**facts, "conditions": codes})
    if assignment.status is AssignmentStatus.TENTATIVE:
        tell_concerned(unit, shift, "office_approval_wanted")
    if filled:
        tell_filled(unit, shift)


def tell_filled(unit: Unit, shift: Shift) -> None:
    """Tell the requester, or who runs the class, who will come, by badge name."""
    facts = {"badge_names": badges_of(unit, shift)}
    tell_institution(unit, shift, "request_filled", facts, of_class="activity_filled")
