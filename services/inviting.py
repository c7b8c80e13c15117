"""One-time links: invitations, password resets, and the setup of the first administrator.

A link's token is derived from its row by the server's key: it is never stored and stands in no notice. Of a purpose
an account has one valid link at a time: the newest.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.account import Account, AccountCreate, AccountStatus, LinkPurpose, OneTimeLink, Role
from services import states
from services.errors import Refused, WrongState
from services.notifying import holds, tell_account
from services.numbering import next_number
from services.signing_in import revoke_all
from services.unit import Unit

STARTS: Final = frozenset({LinkPurpose.INVITATION, LinkPurpose.SETUP})
RESETS: Final = frozenset({LinkPurpose.PASSWORD_RESET})
BETWEEN_RESETS = timedelta(minutes=1)

_NOTICES = {LinkPurpose.INVITATION: "account_invitation", LinkPurpose.PASSWORD_RESET: "password_reset"}


def send_link(unit: Unit, account: Account, purpose: LinkPurpose) -> None:
    """Make the account's one valid link of a purpose and mail it."""
    link = _make_link(unit, account, purpose)
    tell_account(unit, account, _NOTICES[purpose], link, {"name": account.display_name, "expires_at": link.expires_at})


def _make_link(unit: Unit, account: Account, purpose: LinkPurpose) -> OneTimeLink:
    void_links(unit, account, purpose)
    expires_at = unit.now + _life(unit, purpose)
    return unit.add(OneTimeLink(account_id=account.id, purpose=purpose, created_at=unit.now, expires_at=expires_at))


def _life(unit: Unit, purpose: LinkPurpose) -> timedelta:
    if purpose in RESETS:
        return timedelta(hours=unit.rules.reset_hours)
    return timedelta(days=unit.rules.invitation_days)


def void_links(unit: Unit, account: Account, *purposes: LinkPurpose) -> None:
    """Let the account's open links of these purposes expire now."""
    open_links = (
        col(OneTimeLink.account_id) == account.id,
        col(OneTimeLink.purpose).in_(purposes),
        col(OneTimeLink.used_at).is_(None),
        col(OneTimeLink.expires_at) > unit.now,
    )
    unit.session.execute(sa.update(OneTimeLink).where(*open_links).values(expires_at=unit.now))


def check_link(unit: Unit, token: str, purposes: Collection[LinkPurpose]) -> OneTimeLink:
    """Return the link a token opens. Raises `ACC_LINK` for a used, expired, forged or unfitting one, all alike."""
    link_id = unit.vault.link_id(token)
    link = unit.session.get(OneTimeLink, link_id, populate_existing=True) if link_id else None
    if link is None or link.purpose not in purposes or link.used_at is not None or link.expires_at <= unit.now:
        raise Refused("ACC_LINK")
    return link


def start(unit: Unit, token: str, password_hash: str) -> None:
    """Set the first password; the account becomes active. Raises `ACC_LINK`."""
    account = _use(unit, token, STARTS)
    account.status = AccountStatus(states.ACCOUNT.next(account.status, "start"))
    _set_password(unit, account, password_hash)
    unit.audit("account.start", account)


def reset_password(unit: Unit, token: str, password_hash: str) -> None:
    """Set a new password, which ends every sign-in and any pause after wrong ones. Raises `ACC_LINK`."""
    account = _use(unit, token, RESETS)
    _set_password(unit, account, password_hash)
    revoke_all(unit, account)
    unit.audit("account.reset_password", account)


def _use(unit: Unit, token: str, purposes: Collection[LinkPurpose]) -> Account:
    """Spend a link. The account is locked first and the link read again: of two at once, one is late."""
    account = unit.lock(Account, check_link(unit, token, purposes).account_id)
    link = check_link(unit, token, purposes)
    link.used_at = unit.now
    void_links(unit, account, *purposes)
    return account


def _set_password(unit: Unit, account: Account, password_hash: str) -> None:
    account.password_hash, account.failed_sign_ins, account.locked_until = password_hash, 0, None
    account.touch(unit.now)


def ask_reset(unit: Unit, email: str) -> None:
    """Mail a link to whoever has an active account under the address, at most once a minute; else do nothing.

    Either way one small write: neither the answer nor its time tells whether the address is known.
    """
    next_number(unit, "password-resets")
    statement = select(Account).where(Account.email == email, Account.status == AccountStatus.ACTIVE)
    account = unit.session.exec(statement).one_or_none()
    if account is None or _was_sent_just_now(unit, account):
        return
    send_link(unit, account, LinkPurpose.PASSWORD_RESET)
    unit.audit("account.ask_reset", account)


def _was_sent_just_now(unit: Unit, account: Account) -> bool:
    statement = select(OneTimeLink.id).where(
        OneTimeLink.account_id == account.id,
        OneTimeLink.purpose == LinkPurpose.PASSWORD_RESET,
        col(OneTimeLink.created_at) > unit.now - BETWEEN_RESETS,
    )
    return unit.session.exec(statement).first() is not None


def make_first_administrator(unit: Unit, email: str, name: str) -> str:
    """Return the token of the link by which the first administrator sets a password; it opens as an invitation does.

    Asked again for the same address before the link was used, it gives a new one. Raises `ACC_STATE` when an
    administrator is active already, `ACC_EMAIL_TAKEN` when the address belongs to somebody else, and pydantic's
    `ValidationError` for an address or name that no account can have.
    """
    draft = AccountCreate(email=email, display_name=name, roles=[Role.ADMIN])
    account = _invited_administrator(unit, draft.email) or add_account(unit, draft)
    link = _make_link(unit, account, LinkPurpose.SETUP)
    unit.audit("account.setup", account)
    return unit.vault.link_token(link.id)


def _invited_administrator(unit: Unit, email: str) -> Account | None:
    """Return who was made first but has not started yet."""
    active = select(Account.id).where(Account.status == AccountStatus.ACTIVE, holds(Role.ADMIN))
    if unit.session.exec(active).first() is not None:
        raise WrongState(code="ACC_STATE", state=AccountStatus.ACTIVE)
    found = unit.session.exec(select(Account).where(Account.email == email)).one_or_none()
    if found is not None and (found.status is not AccountStatus.INVITED or Role.ADMIN not in found.roles):
        raise Refused("ACC_EMAIL_TAKEN")
    return found


def add_account(unit: Unit, draft: AccountCreate) -> Account:
    """Write a new account that waits for its first password."""
    columns = draft.model_dump(exclude={"roles"})
    roles = sorted({str(role) for role in draft.roles})
    return unit.add(Account(**columns, roles=roles, status=AccountStatus.INVITED, **unit.stamp()))
