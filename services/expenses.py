"""Expense claims: written by the volunteer, proposed by a coordinator, approved and paid by an administrator.

The amounts follow what a claim rests on until it is proposed; what an administrator approves is what was proposed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import eq, ge, le
from uuid import UUID

from sqlmodel import col, select

from models.assignment import Assignment
from models.expense import (
    ExpenseClaim,
    ExpenseCreate,
    ExpensePatch,
    ExpenseRejection,
    ExpenseStatus,
    ExpenseVerb,
    ExpenseView,
)
from models.fields import OnBehalf
from models.shift import Shift
from models.volunteer import Volunteer
from services import states
from services.acting_for import hers_or_entered
from services.errors import Forbidden, Refused, WrongState
from services.free_text import refuse_personal_details
from services.notifying import tell_volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.queries import find, visible_claims
from services.reckoning import Worth, reckon
from services.standing import take_assignment
from services.unit import Unit
from services.work_permission import is_unclear

HERS_TO_WRITE = frozenset({ExpenseStatus.DRAFT, ExpenseStatus.REJECTED})
"""States in which a claim waits for its volunteer."""


@dataclass(frozen=True)
class ExpenseFilters:
    """What a list of claims is narrowed to; the days bound that of the activity, both included."""

    status: ExpenseStatus | None = None
    volunteer_id: UUID | None = None
    since: date | None = None
    until: date | None = None


def list_claims(unit: Unit, ask: Ask, filters: ExpenseFilters) -> Page[ExpenseView]:
    """Return claims of the caller's scope, newest first."""
    statement = visible_claims(unit.actor)
    for column, fits, value in (
        (ExpenseClaim.status, eq, filters.status),
        (ExpenseClaim.volunteer_id, eq, filters.volunteer_id),
        (ExpenseClaim.activity_on, ge, filters.since),
        (ExpenseClaim.activity_on, le, filters.until),
    ):
        if value is not None:
            statement = statement.where(fits(col(column), value))
    order = Order((ExpenseClaim.created_at, ExpenseClaim.id), descending=True)
    return page(unit, ask, statement, order, _show_all, scope_of("expense_claims", filters))


def read_claim(unit: Unit, claim_id: UUID) -> ExpenseView:
    """Return a claim of the caller's scope. Raises `NotFound`."""
    return _show(unit, find(unit, visible_claims(unit.actor), ExpenseClaim, claim_id))


def create(unit: Unit, draft: ExpenseCreate) -> ExpenseView:
    """Write a claim for an activity that was done, or ended so that transport is paid.

    Raises `NotFound` for an assignment outside the caller's scope, `WrongState` (`ASG_STATE`) for one that nothing is
    paid for, `Forbidden` to act for others without `on_behalf`; the database refuses a second one (`FIELD_DUPLICATE`).
    """
    assignment, shift = take_assignment(unit, draft.assignment_id)
    hers_or_entered(unit, assignment.volunteer_id, draft.on_behalf, since=shift.starts_at)
    worth = reckon(unit, assignment, shift)
    claim = unit.add(
        ExpenseClaim(
            assignment_id=assignment.id,
            volunteer_id=assignment.volunteer_id,
            activity_on=unit.local_day(shift.starts_at),
            status=ExpenseStatus.DRAFT,
            transport_jpy=draft.transport_jpy,
            honorarium_jpy=worth.honorarium_jpy,
            minutes=worth.minutes,
            **unit.stamp(),
        )
    )
    _audit(unit, claim, "create", draft.on_behalf)
    return _show(unit, claim)


def change(unit: Unit, claim_id: UUID, patch: ExpensePatch) -> ExpenseView:
    """Correct the transport of a draft, or of what was rejected before it is handed in again.

    Raises `NotFound`, `Stale`, `Forbidden`, `WrongState` (`EXP_STATE`).
    """
    claim, worth = _take(unit, claim_id)
    hers_or_entered(unit, claim.volunteer_id, patch.on_behalf, since=claim.created_at)
    if claim.status not in HERS_TO_WRITE:
        raise WrongState(code="EXP_STATE", state=claim.status, allowed=states.EXPENSE.verbs(claim.status))
    claim.transport_jpy = patch.transport_jpy
    _follow(claim, worth())
    claim.touch(unit.now)
    _audit(unit, claim, "change", patch.on_behalf, "transport_jpy")
    return _show(unit, claim)


def submit(unit: Unit, claim_id: UUID, draft: ExpenseVerb) -> ExpenseView:
    """Hand a claim in, for the first time or again after it was rejected. Raises `NotFound`, `Stale`, `Forbidden`, `WrongState`."""
    claim, worth = _take(unit, claim_id)
    hers_or_entered(unit, claim.volunteer_id, draft.on_behalf, since=claim.created_at)
    _move(unit, claim, "submit", draft.on_behalf)
    claim.status_reason = None
    _follow(claim, worth())
    return _show(unit, claim)


def propose(unit: Unit, claim_id: UUID) -> ExpenseView:
    """Propose a claim for payment with the amounts of now; proposed again where what it rests on has changed.

    Raises `NotFound`, `Stale`, `Forbidden` (`EXP_SELF`), `WrongState`, `Refused` (`EXP_PERMIT`).
    """
    claim, worth = _take(unit, claim_id)
    _refuse_own(unit, claim)
    _move(unit, claim, "propose")
    _follow(claim, worth())
    _refuse_unclear(unit, claim)
    return _show(unit, claim)


def approve(unit: Unit, claim_id: UUID) -> ExpenseView:
    """Approve what was proposed. Raises as `propose`, and `Refused` (`EXP_CHANGED`) where it would be another sum now."""
    claim, worth = _take(unit, claim_id)
    _refuse_own(unit, claim)
    _move(unit, claim, "approve")
    if worth() != Worth(claim.minutes, claim.honorarium_jpy):
        raise Refused("EXP_CHANGED")
    _refuse_unclear(unit, claim)
    return _show(unit, claim)


def pay(unit: Unit, claim_id: UUID) -> ExpenseView:
    """Note that an approved claim was paid; the volunteer is told. Raises `NotFound`, `Stale`, `Forbidden`, `WrongState`."""
    claim = _settle(unit, claim_id, "pay")
    facts = {"day": claim.activity_on, "transport": claim.transport_jpy, "honorarium": claim.honorarium_jpy}
    tell_volunteer(unit, claim.volunteer_id, "expense_paid", claim, facts)
    return _show(unit, claim)


def reject(unit: Unit, claim_id: UUID, draft: ExpenseRejection) -> ExpenseView:
    """Refuse a claim with a reason that the volunteer reads. Raises as `pay`, `InvalidFields`."""
    refuse_personal_details(draft.reason, "/reason")
    claim = _settle(unit, claim_id, "reject")
    claim.status_reason = draft.reason
    facts = {"day": claim.activity_on, "reason": draft.reason}
    tell_volunteer(unit, claim.volunteer_id, "expense_rejected", claim, facts)
    return _show(unit, claim)


def _take(unit: Unit, claim_id: UUID) -> tuple[ExpenseClaim, Callable[[], Worth]]:
    """Return the addressed claim, locked after what it rests on, and how to tell what that is worth now."""
    claim = find(unit, visible_claims(unit.actor), ExpenseClaim, claim_id)
    unit.lock(Volunteer, claim.volunteer_id)
    assignment = unit.get(Assignment, claim.assignment_id)
    shift = unit.lock(Shift, assignment.shift_id)
    assignment = unit.lock(Assignment, claim.assignment_id)
    claim = unit.lock(ExpenseClaim, claim_id)
    unit.expect(claim)
    return claim, lambda: reckon(unit, assignment, shift)


def _settle(unit: Unit, claim_id: UUID, verb: str) -> ExpenseClaim:
    """Return the addressed claim, moved by a verb that leaves its amounts alone."""
    claim = find(unit, visible_claims(unit.actor), ExpenseClaim, claim_id, lock=True)
    unit.expect(claim)
    _refuse_own(unit, claim)
    _move(unit, claim, verb)
    return claim


def _follow(claim: ExpenseClaim, worth: Worth) -> None:
    claim.minutes, claim.honorarium_jpy = worth.minutes, worth.honorarium_jpy


def _refuse_own(unit: Unit, claim: ExpenseClaim) -> None:
    if _is_own(unit, claim):
        raise Forbidden("EXP_SELF")


def _is_own(unit: Unit, claim: ExpenseClaim) -> bool:
    """Return whether the caller is the claimant, in whichever role she acts: accounts meet in the person."""
    hers: UUID | None = unit.once("own volunteer", lambda: _own_volunteer(unit))
    return claim.volunteer_id == hers


def _own_volunteer(unit: Unit) -> UUID | None:
    return unit.session.exec(select(Volunteer.id).where(Volunteer.person_id == unit.actor.person_id)).one_or_none()


def _refuse_unclear(unit: Unit, claim: ExpenseClaim) -> None:
    if claim.honorarium_jpy > 0 and is_unclear(unit, claim.volunteer_id, claim.activity_on):
        raise Refused("EXP_PERMIT")


def _move(unit: Unit, claim: ExpenseClaim, verb: str, on_behalf: OnBehalf | None = None) -> None:
    claim.status = ExpenseStatus(states.EXPENSE.next(claim.status, verb))
    claim.touch(unit.now)
    _audit(unit, claim, verb, on_behalf)


def _audit(unit: Unit, claim: ExpenseClaim, verb: str, on_behalf: OnBehalf | None, *fields: str) -> None:
    unit.audit(f"expense_claim.{verb}", claim, fields=fields, subject=claim.volunteer_id, on_behalf=on_behalf)


def _show(unit: Unit, claim: ExpenseClaim) -> ExpenseView:
    return ExpenseView(
        **claim.model_dump(include=_COLUMNS),
        total_jpy=claim.transport_jpy + claim.honorarium_jpy,
        actions=_actions(unit, claim),
    )


_COLUMNS = ExpenseView.model_fields.keys() & ExpenseClaim.model_fields.keys()
_HERS = frozenset({"submit"})


def _actions(unit: Unit, claim: ExpenseClaim) -> list[str]:
    """Return the verbs open to the caller: nobody decides on a claim of her own."""
    verbs = states.EXPENSE.open_to(claim.status, permissions_of(unit.actor.roles))
    return [verb for verb in verbs if verb in _HERS or not _is_own(unit, claim)]


def _show_all(unit: Unit, claims: Sequence[ExpenseClaim]) -> list[ExpenseView]:
    return [_show(unit, claim) for claim in claims]
