"""Accounts as administrators keep them: invite, change, disable, enable. The last administrator always stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.account import Account, AccountCreate, AccountPatch, AccountStatus, AccountView, LinkPurpose, Role
from models.organization import Organization
from models.person import Person
from models.volunteer import Volunteer
from services import states
from services.errors import FieldFault, InvalidFields, Refused
from services.inviting import add_account, send_link, void_links
from services.notifying import holds
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.signing_in import revoke_all
from services.unit import Unit


@dataclass(frozen=True)
class AccountFilters:
    """What a list of accounts is narrowed to; `q` is part of the address or the name."""

    role: Role | None = None
    status: AccountStatus | None = None
    q: str | None = None


def list_accounts(unit: Unit, ask: Ask, filters: AccountFilters) -> Page[AccountView]:
    """Return accounts by mail address."""
    statement = select(Account).where(*_conditions(filters))
    order = Order((Account.email, Account.id))
    return page(unit, ask, statement, order, _show_accounts, scope_of("accounts", filters))


def _conditions(filters: AccountFilters) -> list[Any]:
    found: list[Any] = []
    if filters.role is not None:
        found.append(holds(filters.role))
    if filters.status is not None:
        found.append(Account.status == filters.status)
    if filters.q is not None:
        columns = (col(Account.email), col(Account.display_name))
        found.append(sa.or_(*(column.icontains(filters.q, autoescape=True) for column in columns)))
    return found


def show_account(unit: Unit, account: Account) -> AccountView:
    """Return an account as administrators see it."""
    view = AccountView.model_validate(account)
    view.actions = states.ACCOUNT.open_to(account.status, permissions_of(unit.actor.roles))
    return view


def _show_accounts(unit: Unit, accounts: list[Account]) -> list[AccountView]:
    return [show_account(unit, account) for account in accounts]


def read_account(unit: Unit, account_id: UUID) -> AccountView:
    """Return one account."""
    return show_account(unit, unit.get(Account, account_id))


def invite(unit: Unit, draft: AccountCreate) -> AccountView:
    """Make an account and mail its invitation. Raises `InvalidFields`; a known address is `ACC_EMAIL_TAKEN`."""
    _check_belonging(unit, draft.roles, draft.organization_id, draft.person_id)
    account = add_account(unit, draft)
    send_link(unit, account, LinkPurpose.INVITATION)
    unit.audit("account.invite", account, fields=sorted(draft.model_fields_set))
    return show_account(unit, account)


def _check_belonging(unit: Unit, roles: Sequence[str], organization_id: UUID | None, person_id: UUID | None) -> None:
    """A requester acts for an organisation, a volunteer is a registered person (domain.md §0.1, People)."""
    faults = [
        *_organization_faults(unit, organization_id, needed=Role.REQUESTER in roles),
        *_person_faults(unit, person_id, needed=Role.VOLUNTEER in roles),
    ]
    if faults:
        raise InvalidFields(faults=faults)


def _organization_faults(unit: Unit, organization_id: UUID | None, *, needed: bool) -> list[FieldFault]:
    if organization_id is None:
        return [FieldFault("/organization_id", "FIELD_CONFLICT", {"other": "roles"})] if needed else []
    if unit.session.get(Organization, organization_id) is None:
        return [FieldFault("/organization_id", "FIELD_REFERENCE")]
    return []


def _person_faults(unit: Unit, person_id: UUID | None, *, needed: bool) -> list[FieldFault]:
    if person_id is None:
        return [FieldFault("/person_id", "FIELD_CONFLICT", {"other": "roles"})] if needed else []
    if unit.session.get(Person, person_id) is None:
        return [FieldFault("/person_id", "FIELD_REFERENCE")]
    if needed and not _is_registered(unit, person_id):
        return [FieldFault("/person_id", "FIELD_REFERENCE")]
    return []


def _is_registered(unit: Unit, person_id: UUID) -> bool:
    return unit.session.exec(select(Volunteer.id).where(Volunteer.person_id == person_id)).first() is not None


def change(unit: Unit, account_id: UUID, patch: AccountPatch) -> AccountView:
    """Change what an administrator may. New roles end every sign-in. Raises `ACC_LAST_ADMIN`, `InvalidFields`."""
    changes = patch.changes()
    account = _lock(unit, account_id)
    roles = sorted({str(role) for role in changes.get("roles", account.roles)})
    organization_id = changes.get("organization_id", account.organization_id)
    _check_belonging(unit, roles, organization_id, changes.get("person_id", account.person_id))
    if roles != account.roles:
        _keep_an_administrator(unit, account, roles)
        revoke_all(unit, account)
    account.sqlmodel_update({**changes, "roles": roles})
    return _changed(unit, account, "account.update", fields=sorted(changes))


def _lock(unit: Unit, account_id: UUID) -> Account:
    """Lock the administrators in one order and then the account: of two who disable each other, one is too late."""
    statement = select(Account.id).where(holds(Role.ADMIN), Account.status == AccountStatus.ACTIVE)
    unit.session.exec(statement.order_by(col(Account.id)).with_for_update(key_share=True)).all()
    account = unit.lock(Account, account_id)
    unit.expect(account)
    return account


def _keep_an_administrator(unit: Unit, account: Account, roles: Sequence[str] = ()) -> None:
    """Raise `ACC_LAST_ADMIN` where nobody would be left to administer once the account has only these roles."""
    if account.status is not AccountStatus.ACTIVE or Role.ADMIN not in account.roles or Role.ADMIN in roles:
        return
    others = select(Account.id).where(
        holds(Role.ADMIN), Account.status == AccountStatus.ACTIVE, Account.id != account.id
    )
    if unit.session.exec(others).first() is None:
        raise Refused("ACC_LAST_ADMIN")


def _changed(unit: Unit, account: Account, action: str, *, fields: Sequence[str] = ("status",)) -> AccountView:
    account.touch(unit.now)
    unit.audit(action, account, fields=list(fields))
    return show_account(unit, account)


def disable(unit: Unit, account_id: UUID) -> AccountView:
    """End an account's use at once: tokens die, links too. Raises `ACC_STATE`, `ACC_LAST_ADMIN`."""
    account = _lock(unit, account_id)
    status = states.ACCOUNT.next(account.status, "disable")
    _keep_an_administrator(unit, account)
    account.status = AccountStatus(status)
    revoke_all(unit, account)
    void_links(unit, account, *LinkPurpose)
    return _changed(unit, account, "account.disable")


def enable(unit: Unit, account_id: UUID) -> AccountView:
    """Let a disabled account be used again; one that never had a password is invited anew. Raises `ACC_STATE`."""
    account = unit.lock(Account, account_id)
    unit.expect(account)
    status = states.ACCOUNT.next(account.status, "enable" if account.password_hash else "await-password")
    account.status = AccountStatus(status)
    if account.status is AccountStatus.INVITED:
        send_link(unit, account, LinkPurpose.INVITATION)
    return _changed(unit, account, "account.enable")


def invite_again(unit: Unit, account_id: UUID) -> AccountView:
    """Mail a new invitation; the one before opens no more. Raises `ACC_STATE` once a password was set."""
    account = unit.lock(Account, account_id)
    unit.expect(account)
    account.status = AccountStatus(states.ACCOUNT.next(account.status, "invite"))
    send_link(unit, account, LinkPurpose.INVITATION)
    return _changed(unit, account, "account.invite_again", fields=())
