"""What the signed-in see and change of themselves."""

from uuid import UUID

from models.account import Account, MePatch, MeView, OrganizationName, Role
from models.organization import Organization
from services.errors import Unauthenticated
from services.policies import permissions_held
from services.unit import Unit


def read_me(unit: Unit) -> MeView:
    """Return who the caller is."""
    return _show_me(unit, unit.get(Account, _own_id(unit)))


def change_me(unit: Unit, patch: MePatch) -> MeView:
    """Change the caller's own name or language. Raises `Stale`."""
    account = unit.lock(Account, _own_id(unit))
    unit.expect(account)
    changes = patch.changes()
    account.sqlmodel_update(changes)
    account.touch(unit.now)
    unit.audit("account.update_own", account, fields=sorted(changes), subject=unit.actor.volunteer_id)
    return _show_me(unit, account)


def _own_id(unit: Unit) -> UUID:
    if unit.actor.account_id is None:
        raise Unauthenticated
    return unit.actor.account_id


def _show_me(unit: Unit, account: Account) -> MeView:
    return MeView(
        id=account.id,
        version=account.version,
        email=account.email,
        display_name=account.display_name,
        roles=[Role(role) for role in account.roles],
        language=account.language,
        organization=_organization_of(unit, account),
        volunteer_id=unit.actor.volunteer_id,
        permissions=sorted(permissions_held(unit.actor)),
    )


def _organization_of(unit: Unit, account: Account) -> OrganizationName | None:
    if account.organization_id is None:
        return None
    return OrganizationName.model_validate(unit.get(Organization, account.organization_id))
