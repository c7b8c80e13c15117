"""Who an account is at the moment at which it acts, as permissions and scopes need to know it."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.account import Account, AccountStatus, Role
from models.volunteer import STOPPED, UNREGISTERED, Volunteer
from services.actor import Actor
from services.errors import Unauthenticated

# Columns, built once: every request begins with it.
_ACCOUNT = (
    select(  # type: ignore[call-overload]
        Account.id,
        Account.status,
        Account.roles,
        Account.organization_id,
        Account.person_id,
        col(Volunteer.id).label("volunteer_id"),
        col(Volunteer.status).label("registration"),
    )
    .join(Volunteer, col(Volunteer.person_id) == Account.person_id, isouter=True)
    .where(col(Account.id) == sa.bindparam("account_id"))
)
_FOR_AN_ORGANIZATION = frozenset({Role.CLASSROOM_MANAGER, Role.REQUESTER, Role.UNIVERSITY_LIAISON})


def read_actor(session: Session, account_id: UUID) -> Actor:
    """Return who an account is now. Raises `Unauthenticated` when it may not act (any more)."""
    account = session.connection().execute(_ACCOUNT, {"account_id": account_id}).one_or_none()
    if account is None or account.status is not AccountStatus.ACTIVE:
        raise Unauthenticated
    roles = frozenset(Role(role) for role in account.roles)
    return Actor(
        account_id=account.id,
        roles=roles,
        organization_id=account.organization_id if roles & _FOR_AN_ORGANIZATION else None,
        volunteer_id=account.volunteer_id if Role.VOLUNTEER in roles else None,
        person_id=account.person_id,
        is_unregistered=account.registration in UNREGISTERED,
        is_stopped=account.registration in STOPPED,
    )
