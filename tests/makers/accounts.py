"""Accounts through HTTP, and what is kept and written of them."""

import httpx2
from sqlmodel import col, select
from starlette.testclient import TestClient

from api.db import Wiring
from models.account import Account
from models.record import AuditEvent


def etag(caller: TestClient, account_id: object) -> dict[str, str]:
    """The header that names the version of an account."""
    return {"If-Match": caller.get(f"/v1/accounts/{account_id}").headers["ETag"]}


def opens(caller: TestClient, token: str) -> bool:
    """Whether the link of an invitation still sets a password."""
    answer: httpx2.Response = caller.post(f"/v1/auth/invitations/{token}", json={"password": "another password"})
    return answer.status_code == 204


def stored(wiring: Wiring, account: Account) -> Account:
    """The account as the database has it now."""
    with wiring.unit(write=False) as it:
        return it.get(Account, account.id)


def actions_on(wiring: Wiring, account: Account) -> list[str]:
    """What was done with an account, oldest first."""
    written = select(AuditEvent.action).where(AuditEvent.object_id == account.id).order_by(col(AuditEvent.id))
    with wiring.unit(write=False) as it:
        return list(it.session.exec(written))
