"""Expense claims: what an activity cost, from the draft to the payment."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanApproveExpenses,
    CanClaimExpenses,
    CanProposeExpenses,
    CanReadExpenses,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep
from api.problems import answers
from models.expense import (
    ExpenseCreate,
    ExpensePatch,
    ExpenseRejection,
    ExpenseStatus,
    ExpenseVerb,
    ExpenseView,
)
from models.fields import Day, Id
from services import expenses
from services.paging import Page

router = APIRouter(prefix="/v1/expense-claims", tags=["expenses"])

_VERB = answers(403, 404, 409, 412)


@router.get("", response_model=Page[ExpenseView], responses=answers(403))
def list_expense_claims(  # noqa: PLR0913, PLR0917 - each is a query parameter
    caller: CanReadExpenses,
    work: PlainWorkDep,
    ask: AskDep,
    status: Annotated[ExpenseStatus | None, Query()] = None,
    volunteer_id: Annotated[Id | None, Query()] = None,
    since: Annotated[Day | None, Query(alias="from", description="First day of the activity")] = None,
    until: Annotated[Day | None, Query(alias="to", description="Last day of the activity, included")] = None,
) -> Response:
    """List expense claims, newest first: all for staff, her own for a volunteer."""
    filters = expenses.ExpenseFilters(status, volunteer_id, since, until)
    return work.read(caller, expenses.list_claims, ask, filters)


@router.post("", status_code=201, response_model=ExpenseView, responses=_VERB)
def create_expense_claim(draft: ExpenseCreate, caller: CanClaimExpenses, work: WorkDep) -> Response:
    """Write a claim for an activity that was done, or called off too late; once for each assignment."""
    return work.create(caller, expenses.create, draft)


@router.get("/{claim_id}", response_model=ExpenseView, responses=answers(403, 404))
def read_expense_claim(claim_id: Id, caller: CanReadExpenses, work: PlainWorkDep) -> Response:
    """Read an expense claim."""
    return work.read(caller, expenses.read_claim, claim_id)


@router.patch("/{claim_id}", response_model=ExpenseView, responses=answers(403, 404, 409, 412, 428))
def change_expense_claim(claim_id: Id, patch: ExpensePatch, caller: CanClaimExpenses, work: GuardedWorkDep) -> Response:
    """Correct the transport of a draft."""
    return work.write(caller, expenses.change, claim_id, patch)


@router.post("/{claim_id}/submit", response_model=ExpenseView, responses=_VERB)
def submit_expense_claim(
    claim_id: Id, draft: Annotated[ExpenseVerb, may_be_absent(ExpenseVerb)], caller: CanClaimExpenses, work: WorkDep
) -> Response:
    """Hand a claim in."""
    return work.write(caller, expenses.submit, claim_id, draft)


@router.post("/{claim_id}/propose", response_model=ExpenseView, responses=_VERB)
def propose_expense_claim(claim_id: Id, caller: CanProposeExpenses, work: WorkDep) -> Response:
    """Propose a claim for payment with the amounts of now; nobody proposes her own."""
    return work.write(caller, expenses.propose, claim_id)


@router.post("/{claim_id}/approve", response_model=ExpenseView, responses=_VERB)
def approve_expense_claim(claim_id: Id, caller: CanApproveExpenses, work: WorkDep) -> Response:
    """Approve what was proposed; nobody approves her own."""
    return work.write(caller, expenses.approve, claim_id)


@router.post("/{claim_id}/reject", response_model=ExpenseView, responses=_VERB)
def reject_expense_claim(claim_id: Id, draft: ExpenseRejection, caller: CanApproveExpenses, work: WorkDep) -> Response:
    """Refuse a claim that is not paid yet; the volunteer reads why."""
    return work.write(caller, expenses.reject, claim_id, draft)


@router.post("/{claim_id}/pay", response_model=ExpenseView, responses=_VERB)
def pay_expense_claim(claim_id: Id, caller: CanApproveExpenses, work: WorkDep) -> Response:
    """Note that an approved claim was paid."""
    return work.write(caller, expenses.pay, claim_id)
