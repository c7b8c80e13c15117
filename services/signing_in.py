"""Signing in: passwords to tokens, rotating refresh tokens, and the end of both.

A refresh token's successor is derived from it, so that a phone that lost the answer gets the same one again for a
minute. Whoever shows an older one holds a copy: the whole family dies.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.account import Account, AccountStatus, RefreshToken, TokenAnswer
from models.base import new_id
from services.credentials import digest
from services.errors import Kept, Unauthenticated
from services.lockout import Strangers, locked_until, refuse_locked
from services.numbering import next_number
from services.unit import Unit

AGAIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Minting:
    """How tokens are made: `access` signs one for an account and an instant; how long each kind lives."""

    access: Callable[[UUID, datetime], str]
    access_life: timedelta
    refresh_life: timedelta


@dataclass(frozen=True)
class Attempt:
    """Somebody who says to own an address, and what that must be measured by."""

    address: str
    account_id: UUID | None
    password_hash: str | None


def begin(unit: Unit, username: str, strangers: Strangers) -> Attempt:
    """Return what the password must be checked against. Raises `TooMany` during a pause, before any hashing."""
    address = username.strip().lower()
    account = unit.session.exec(select(Account).where(Account.email == address)).one_or_none()
    if account is None:
        strangers.refuse_locked(address, unit.now)
        return Attempt(address, None, None)
    refuse_locked(account.locked_until, unit.now)
    return Attempt(address, account.id, account.password_hash)


def sign_in(unit: Unit, attempt: Attempt, strangers: Strangers, minting: Minting, *, fits: bool) -> TokenAnswer | Kept:
    """Answer tokens, or count the failure. Raises `TooMany` for who guessed beside others into a pause."""
    if attempt.account_id is None:
        return _turn_away(unit, attempt, strangers)
    account = unit.lock(Account, attempt.account_id)
    refuse_locked(account.locked_until, unit.now)
    if not fits or account.status is not AccountStatus.ACTIVE or account.password_hash != attempt.password_hash:
        return _count(unit, account)
    account.failed_sign_ins, account.locked_until, account.last_login_at = 0, None, unit.now
    unit.audit("account.sign_in", account)
    return _answer(unit, account.id, _begin_family(unit, account, minting), minting)


def _turn_away(unit: Unit, attempt: Attempt, strangers: Strangers) -> Kept:
    """Refuse an unknown address, at the price of one small write, as for a known one: its time must not tell."""
    strangers.refuse_locked(attempt.address, unit.now)
    next_number(unit, "unknown-sign-ins")
    strangers.fail(attempt.address, unit.now)
    return Kept(Unauthenticated())


def _count(unit: Unit, account: Account) -> Kept:
    account.failed_sign_ins += 1
    account.locked_until = locked_until(account.failed_sign_ins, unit.now)
    if account.locked_until is not None:
        unit.audit("account.lock", account, facts={"failures": account.failed_sign_ins})
    return Kept(Unauthenticated())


def _begin_family(unit: Unit, account: Account, minting: Minting) -> str:
    token = secrets.token_urlsafe(32)
    _keep(unit, account.id, new_id(), token, minting)
    return token


def _keep(unit: Unit, account_id: UUID, family_id: UUID, token: str, minting: Minting) -> None:
    expires_at = unit.now + minting.refresh_life
    unit.add(RefreshToken(account_id=account_id, family_id=family_id, digest=digest(token), expires_at=expires_at))


def _answer(unit: Unit, account_id: UUID, refresh_token: str, minting: Minting) -> TokenAnswer:
    return TokenAnswer(
        access_token=minting.access(account_id, unit.now),
        expires_in=int(minting.access_life.total_seconds()),
        refresh_token=refresh_token,
    )


def refresh(unit: Unit, token: str, minting: Minting) -> TokenAnswer | Kept:
    """Exchange a refresh token for its successor and a new access token.

    Raises `Unauthenticated` for one that is unknown, revoked or outlived, or whose account may not sign in. One that
    was exchanged longer than 60 s ago, or whose successor was exchanged too, revokes its family.
    """
    row = _lock_token(unit, token)
    if row is None or row.revoked_at is not None:
        raise Unauthenticated
    if row.rotated_at is not None and not _may_answer_again(unit, row, token):
        revoke_family(unit, row)
        return Kept(Unauthenticated())
    account = unit.get(Account, row.account_id)
    if row.expires_at <= unit.now or account.status is not AccountStatus.ACTIVE:
        raise Unauthenticated
    successor = unit.vault.successor(token)
    if row.rotated_at is None:
        row.rotated_at = unit.now
        _keep(unit, account.id, row.family_id, successor, minting)
    return _answer(unit, account.id, successor, minting)


def _lock_token(unit: Unit, token: str) -> RefreshToken | None:
    """Return the row of a token as it is once its account is locked: all of a family's changes stand in line there."""
    ours = RefreshToken.digest == digest(token)
    account_id = unit.session.exec(select(RefreshToken.account_id).where(ours)).one_or_none()
    if account_id is None:
        return None
    unit.lock(Account, account_id)
    return unit.session.exec(select(RefreshToken).where(ours)).one_or_none()


def _may_answer_again(unit: Unit, row: RefreshToken, token: str) -> bool:
    """Return whether the token was exchanged within 60 s and its successor has not been used yet."""
    if row.rotated_at is None or row.rotated_at < unit.now - AGAIN:
        return False
    statement = select(RefreshToken.rotated_at).where(RefreshToken.digest == digest(unit.vault.successor(token)))
    return unit.session.exec(statement).one() is None


def revoke(unit: Unit, token: str) -> None:
    """Sign a device out: its whole family ends. An unknown token is no error (RFC 7009 §2.2)."""
    row = _lock_token(unit, token)
    if row is not None and row.revoked_at is None:
        revoke_family(unit, row)


def revoke_family(unit: Unit, row: RefreshToken) -> None:
    """End one family of refresh tokens."""
    _revoke(unit, col(RefreshToken.family_id) == row.family_id)
    unit.audit("account.sign_out", unit.get(Account, row.account_id))


def revoke_all(unit: Unit, account: Account) -> None:
    """End every refresh token of an account: it must sign in anew everywhere."""
    _revoke(unit, col(RefreshToken.account_id) == account.id)


def _revoke(unit: Unit, which: sa.ColumnElement[bool]) -> None:
    statement = sa.update(RefreshToken).where(which, col(RefreshToken.revoked_at).is_(None))
    unit.session.execute(statement.values(revoked_at=unit.now))
