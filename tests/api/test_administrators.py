"""There is always an administrator: the first by setup, and the last one stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier

import pytest
from pydantic import ValidationError
from sqlmodel import select

from api.db import Wiring
from models.account import Account, AccountStatus, LinkPurpose, Role
from services import inviting
from services.errors import Refused, WrongState
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.accounts import etag, opens
from tests.makers.doors import problem
from tests.outbox import link_tokens, notices

OpenUnit = Callable[..., AbstractContextManager[Unit]]


def test_the_last_administrator_stays(admin: Client, make: Make) -> None:
    make.account(Role.ADMIN, status=AccountStatus.INVITED)
    make.account(Role.ADMIN, status=AccountStatus.DISABLED)
    path = f"/v1/accounts/{admin.account.id}"

    assert problem(admin.post(f"{path}/disable")) == (409, "ACC_LAST_ADMIN")
    fewer = admin.patch(path, json={"roles": ["coordinator"]}, headers=etag(admin, admin.account.id))
    assert problem(fewer) == (409, "ACC_LAST_ADMIN")
    more = admin.patch(path, json={"roles": ["admin", "coordinator"]}, headers=etag(admin, admin.account.id))
    assert more.status_code == 200


def test_an_administrator_may_leave_once_there_is_another(admin: Client, make: Make) -> None:
    other = make.account(Role.ADMIN)
    patch = {"roles": ["viewer"]}
    left = admin.patch(f"/v1/accounts/{admin.account.id}", json=patch, headers=etag(admin, admin.account.id))

    assert left.json()["roles"] == ["viewer"]
    assert problem(admin.get(f"/v1/accounts/{other.id}")) == (403, "NOT_PERMITTED")


def test_an_administrator_who_has_not_started_may_lose_the_role(admin: Client, make: Make) -> None:
    invited = make.account(Role.ADMIN, status=AccountStatus.INVITED)
    changed = admin.patch(f"/v1/accounts/{invited.id}", json={"roles": ["viewer"]}, headers=etag(admin, invited.id))
    assert changed.status_code == 200


@pytest.mark.fresh_database
@pytest.mark.parametrize("by", ["disable", "roles", "both"])
def test_of_two_administrators_who_remove_each_other_one_stays(as_: As, wiring: Wiring, by: str) -> None:
    callers = [as_(Role.ADMIN), as_(Role.ADMIN)]
    together = Barrier(2)

    def remove(number: int) -> int:
        target = f"/v1/accounts/{callers[1 - number].account.id}"
        together.wait()
        if by == "disable" or (by == "both" and number):
            return callers[number].post(f"{target}/disable").status_code
        return callers[number].patch(target, json={"roles": ["viewer"]}, headers={"If-Match": "*"}).status_code

    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(remove, range(2)))
    assert statuses[0] == 200
    assert statuses[1] in {401, 403, 409}
    with wiring.unit(write=False) as it:
        left = it.session.exec(select(Account).where(Account.status == AccountStatus.ACTIVE)).all()
    assert [Role.ADMIN in account.roles for account in left].count(True) == 1


def test_setup_makes_the_first_administrator(unit: OpenUnit, client: Client, wiring: Wiring) -> None:
    with unit() as it:
        token = inviting.make_first_administrator(it, "First@example.jp", "最初の管理者")
    assert opens(client, token)
    assert notices(wiring) == []

    form = {"username": "first@example.jp", "password": "another password"}
    bearer = client.post("/v1/auth/token", data=form).json()["access_token"]
    assert client.get("/v1/accounts", headers={"Authorization": f"Bearer {bearer}"}).status_code == 200
    with unit() as it, pytest.raises(WrongState) as refused:
        inviting.make_first_administrator(it, "second@example.jp", "次の管理者")
    assert (refused.value.code, refused.value.state) == ("ACC_STATE", "active")


def test_setup_gives_a_new_link_until_the_first_was_used(unit: OpenUnit, client: Client) -> None:
    with unit() as it:
        before = inviting.make_first_administrator(it, "first@example.jp", "管理者")
    with unit() as it:
        after = inviting.make_first_administrator(it, "first@example.jp", "管理者")
    assert [opens(client, before), opens(client, after)] == [False, True]


def test_a_started_account_opens_by_no_other_invitation(unit: OpenUnit, client: Client, wiring: Wiring) -> None:
    with unit() as it:
        token = inviting.make_first_administrator(it, "first@example.jp", "管理者")
        account = it.session.exec(select(Account)).one()
        inviting.send_link(it, account, LinkPurpose.INVITATION)
    assert opens(client, token)
    assert [opens(client, other) for other in link_tokens(wiring, account.id)] == [False, False]


@pytest.mark.parametrize(
    ("roles", "status"), [((Role.VIEWER,), AccountStatus.INVITED), ((Role.ADMIN,), AccountStatus.DISABLED)]
)
def test_setup_takes_nobodys_address(
    unit: OpenUnit, make: Make, roles: tuple[Role, ...], status: AccountStatus
) -> None:
    make.account(*roles, status=status, email="taken@example.jp")
    with unit() as it, pytest.raises(Refused, match="ACC_EMAIL_TAKEN"):
        inviting.make_first_administrator(it, "taken@example.jp", "管理者")


def test_setup_wants_an_address(unit: OpenUnit) -> None:
    with unit() as it, pytest.raises(ValidationError):
        inviting.make_first_administrator(it, "nobody", "管理者")
