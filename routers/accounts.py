"""Accounts, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.deps import CanManageAccounts, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.account import AccountCreate, AccountPatch, AccountStatus, AccountView, Role
from models.fields import Line
from services import administering
from services.administering import AccountFilters
from services.paging import Page

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])


def _filters(
    role: Annotated[Role | None, Query(description="Only accounts with this role")] = None,
    status: Annotated[AccountStatus | None, Query(description="Only accounts in this state")] = None,
    q: Annotated[Line | None, Query(description="Part of the mail address or the name")] = None,
) -> AccountFilters:
    return AccountFilters(role, status, q)


@router.get("", response_model=Page[AccountView], responses=answers(403))
def list_accounts(
    caller: CanManageAccounts, work: PlainWorkDep, ask: AskDep, filters: Annotated[AccountFilters, Depends(_filters)]
) -> Response:
    """List accounts by mail address."""
    return work.read(caller, administering.list_accounts, ask, filters)


@router.post("", response_model=AccountView, status_code=201, responses=answers(403, 409))
def invite_account(draft: AccountCreate, caller: CanManageAccounts, work: WorkDep) -> Response:
    """Make an account and mail its invitation; a requester needs an organisation, a volunteer a registered person."""
    return work.create(caller, administering.invite, draft)


@router.get("/{account_id}", response_model=AccountView, responses=answers(403, 404))
def read_account(account_id: UUID, caller: CanManageAccounts, work: PlainWorkDep) -> Response:
    """Read one account."""
    return work.read(caller, administering.read_account, account_id)


@router.patch("/{account_id}", response_model=AccountView, responses=answers(403, 404, 409, 412, 428))
def change_account(account_id: UUID, patch: AccountPatch, caller: CanManageAccounts, work: GuardedWorkDep) -> Response:
    """Change an account; new roles end its sign-ins."""
    return work.write(caller, administering.change, account_id, patch)


@router.post("/{account_id}/disable", response_model=AccountView, responses=answers(403, 404, 409, 412))
def disable_account(account_id: UUID, caller: CanManageAccounts, work: WorkDep) -> Response:
    """End an account's use at once; the last active administrator stays."""
    return work.write(caller, administering.disable, account_id)


@router.post("/{account_id}/enable", response_model=AccountView, responses=answers(403, 404, 409, 412))
def enable_account(account_id: UUID, caller: CanManageAccounts, work: WorkDep) -> Response:
    """Let a disabled account be used again; one without a password is invited anew."""
    return work.write(caller, administering.enable, account_id)


@router.post("/{account_id}/invite", response_model=AccountView, responses=answers(403, 404, 409, 412))
def invite_account_again(account_id: UUID, caller: CanManageAccounts, work: WorkDep) -> Response:
    """Mail a new invitation to somebody who has not set a password yet; the link before opens no more."""
    return work.write(caller, administering.invite_again, account_id)
