"""Translation devices that are lent; staff only."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanLendDevices, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.device_loan import LoanCreate, LoanExtension, LoanReturn, LoanView
from models.fields import Id
from services import lending
from services.lending import LoanFilters
from services.paging import Page

router = APIRouter(prefix="/v1/device-loans", tags=["device-loans"])


@router.get("", response_model=Page[LoanView], responses=answers(403))
def list_device_loans(
    caller: CanLendDevices,
    work: PlainWorkDep,
    ask: AskDep,
    lent: Annotated[bool | None, Query(description="True: only what is out; false: only what is back")] = None,
    overdue: Annotated[bool, Query(description="Only what should be back")] = False,  # noqa: FBT002 - of the query
) -> Response:
    """List loans by the day they are due."""
    return work.read(caller, lending.list_loans, ask, LoanFilters(lent, overdue))


@router.post("", status_code=201, response_model=LoanView, responses=answers(403))
def lend_device(draft: LoanCreate, caller: CanLendDevices, work: WorkDep) -> Response:
    """Lend a device to an institution or a volunteer; one that is out cannot be lent again."""
    return work.create(caller, lending.lend, draft)


@router.get("/{loan_id}", response_model=LoanView, responses=answers(403, 404))
def read_device_loan(loan_id: Id, caller: CanLendDevices, work: PlainWorkDep) -> Response:
    """Read a loan."""
    return work.read(caller, lending.read_loan, loan_id)


@router.post("/{loan_id}/extend", response_model=LoanView, responses=answers(403, 404, 409, 412))
def extend_device_loan(loan_id: Id, draft: LoanExtension, caller: CanLendDevices, work: WorkDep) -> Response:
    """Let the borrower keep it longer; overdue again, the borrower hears of it again."""
    return work.write(caller, lending.extend, loan_id, draft)


@router.post("/{loan_id}/return", response_model=LoanView, responses=answers(403, 404, 409, 412))
def return_device(loan_id: Id, draft: LoanReturn, caller: CanLendDevices, work: WorkDep) -> Response:
    """Write down that it is back; it can be lent again."""
    return work.write(caller, lending.take_back, loan_id, draft)
