"""Translation devices that are lent: to whom and until when, and a word to whoever forgot to bring one back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.device_loan import DeviceLoan, LoanCreate, LoanExtension, LoanReturn, LoanView
from models.organization import Organization
from models.volunteer import Volunteer
from services import council_states
from services.errors import invalid
from services.notifying import tell_requester, tell_volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.unit import Unit


@dataclass(frozen=True)
class LoanFilters:
    """What a list of loans is narrowed to: what is out or back, what is overdue."""

    lent: bool | None = None
    overdue: bool = False


def list_loans(unit: Unit, ask: Ask, filters: LoanFilters) -> Page[LoanView]:
    """Return loans by the day they are due."""
    statement = select(DeviceLoan)
    is_out = col(DeviceLoan.returned_on).is_(None)
    if filters.lent is not None:
        statement = statement.where(is_out if filters.lent else ~is_out)
    if filters.overdue:
        statement = statement.where(is_out, col(DeviceLoan.due_on) < unit.today)
    return page(unit, ask, statement, Order((DeviceLoan.due_on, DeviceLoan.id)), _show_all, scope_of("loans", filters))


def read_loan(unit: Unit, loan_id: UUID) -> LoanView:
    """Return a loan. Raises `NotFound`."""
    return _show(unit, unit.get(DeviceLoan, loan_id))


def lend(unit: Unit, draft: LoanCreate) -> LoanView:
    """Write down a loan. Raises `InvalidFields` for no borrower or two, impossible days, or a device that is out."""
    _check_borrower(unit, draft)
    if draft.lent_on > unit.today:
        raise invalid("/lent_on", "FIELD_RANGE", max=unit.today)
    if draft.due_on < draft.lent_on:
        raise invalid("/due_on", "FIELD_CONFLICT", other="lent_on")
    loan = unit.add(DeviceLoan(**draft.model_dump(), **unit.stamp()))
    unit.audit("device_loan.lend", loan, subject=loan.volunteer_id)
    return _show(unit, loan)


def _check_borrower(unit: Unit, draft: LoanCreate) -> None:
    if draft.organization_id is None and draft.volunteer_id is None:
        raise invalid("/volunteer_id", "FIELD_MISSING")
    if draft.organization_id is not None and draft.volunteer_id is not None:
        raise invalid("/volunteer_id", "FIELD_CONFLICT", other="organization_id")
    if draft.organization_id is not None and unit.session.get(Organization, draft.organization_id) is None:
        raise invalid("/organization_id")
    if draft.volunteer_id is not None and unit.session.get(Volunteer, draft.volunteer_id) is None:
        raise invalid("/volunteer_id")


def extend(unit: Unit, loan_id: UUID, draft: LoanExtension) -> LoanView:
    """Let the borrower keep it longer. Raises `NotFound`, `Stale`, `WrongState` (`LOAN_STATE`), `InvalidFields`."""
    loan = _take(unit, loan_id, "extend")
    if draft.due_on < unit.today:
        raise invalid("/due_on", "FIELD_RANGE", min=unit.today)
    return _set(unit, loan, "due_on", draft.due_on, "device_loan.extend")


def take_back(unit: Unit, loan_id: UUID, draft: LoanReturn) -> LoanView:
    """Write down that it is back. Raises `NotFound`, `Stale`, `WrongState` (`LOAN_STATE`), `InvalidFields`."""
    loan = _take(unit, loan_id, "return")
    if not loan.lent_on <= draft.returned_on <= unit.today:
        raise invalid("/returned_on", "FIELD_RANGE", min=loan.lent_on, max=unit.today)
    return _set(unit, loan, "returned_on", draft.returned_on, "device_loan.return")


def _take(unit: Unit, loan_id: UUID, verb: str) -> DeviceLoan:
    loan = unit.lock(DeviceLoan, loan_id)
    unit.expect(loan)
    council_states.LOAN.next(loan.status, verb)
    return loan


def _set(unit: Unit, loan: DeviceLoan, name: str, day: date, action: str) -> LoanView:
    setattr(loan, name, day)
    loan.touch(unit.now)
    unit.audit(action, loan, fields=[name], subject=loan.volunteer_id)
    return _show(unit, loan)


def due_loans(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the loans that are overdue, and of which the borrower has not heard since they are."""
    unheard = sa.or_(col(DeviceLoan.reminded_for).is_(None), col(DeviceLoan.reminded_for) != col(DeviceLoan.due_on))
    return select(DeviceLoan.id).where(
        col(DeviceLoan.returned_on).is_(None), col(DeviceLoan.due_on) < unit.today, unheard
    )


def remind(unit: Unit, loan: DeviceLoan) -> None:
    """Ask the borrower of a locked loan to bring it back, once for each day it was to be back."""
    if loan.returned_on is not None or loan.due_on >= unit.today or loan.reminded_for == loan.due_on:
        return
    loan.reminded_for = loan.due_on
    facts = {"item": loan.item, "due_on": loan.due_on}
    if loan.volunteer_id is not None:
        tell_volunteer(unit, loan.volunteer_id, "loan_overdue", loan, facts)
        return
    assert loan.organization_id is not None  # noqa: S101 - the table holds one of the two
    tell_requester(unit, loan.organization_id, "loan_overdue", loan, facts)


def _show(unit: Unit, loan: DeviceLoan) -> LoanView:
    verbs = council_states.LOAN.open_to(loan.status, permissions_of(unit.actor.roles))
    overdue = loan.returned_on is None and loan.due_on < unit.today
    return LoanView(**loan.model_dump(), status=loan.status, overdue=overdue, actions=verbs)


def _show_all(unit: Unit, loans: Sequence[DeviceLoan]) -> list[LoanView]:
    return [_show(unit, loan) for loan in loans]
