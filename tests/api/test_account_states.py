"""What ends and begins with an account's state and roles."""

from uuid import UUID

from api.db import Wiring
from models.account import Account, Role
from services.clock import SetClock
from services.credentials import hash_password
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.accounts import etag, opens
from tests.makers.doors import problem
from tests.outbox import link_tokens, notices

HASH = hash_password("a password for tests")
TRAINER = {"email": "trainer.new@example.jp", "display_name": "研修 講師", "roles": ["trainer"]}


def signed_in(client: Client, account: Account) -> str:
    form = {"username": account.email, "password": "a password for tests"}
    token: str = client.post("/v1/auth/token", data=form).json()["refresh_token"]
    return token


def still_refreshes(client: Client, token: str) -> bool:
    return client.post("/v1/auth/refresh", data={"refresh_token": token}).status_code == 200


def test_new_roles_end_sign_ins_and_the_same_roles_do_not(admin: Client, client: Client, make: Make) -> None:
    account = make.account(Role.TRAINER, password_hash=HASH)
    path, token = f"/v1/accounts/{account.id}", signed_in(client, account)

    admin.patch(path, json={"roles": ["trainer"]}, headers=etag(admin, account.id))
    assert still_refreshes(client, token)
    admin.patch(path, json={"roles": ["viewer"]}, headers=etag(admin, account.id))
    assert not still_refreshes(client, token)


def test_disabling_ends_everything_at_once(admin: Client, as_: As, client: Client, make: Make) -> None:
    account = make.account(Role.TRAINER, password_hash=HASH)
    caller, token = as_(account), signed_in(client, account)
    assert caller.get("/v1/me").status_code == 200

    disabled = admin.post(f"/v1/accounts/{account.id}/disable")
    assert (disabled.status_code, disabled.json()["status"], disabled.json()["actions"]) == (
        200,
        "disabled",
        ["enable"],
    )
    assert problem(caller.get("/v1/me")) == (401, "UNAUTHENTICATED")
    assert problem(caller.patch("/v1/me", json={}, headers={"If-Match": "*"})) == (401, "UNAUTHENTICATED")
    assert not still_refreshes(client, token)

    again = admin.post(f"/v1/accounts/{account.id}/disable")
    assert problem(again) == (409, "ACC_STATE")
    assert (again.json()["state"], again.json()["allowed"]) == ("disabled", ["enable"])


def test_enabling_lets_the_same_password_in_again(admin: Client, client: Client, make: Make, wiring: Wiring) -> None:
    account = make.account(Role.TRAINER, password_hash=HASH)
    path = f"/v1/accounts/{account.id}"
    assert problem(admin.post(f"{path}/enable")) == (409, "ACC_STATE")

    admin.post(f"{path}/disable")
    assert admin.post(f"{path}/enable").json()["status"] == "active"
    assert signed_in(client, account)
    assert notices(wiring) == []


def test_who_never_started_is_invited_anew_when_enabled(admin: Client, client: Client, wiring: Wiring) -> None:
    made = admin.post("/v1/accounts", json=TRAINER).json()
    path = f"/v1/accounts/{made['id']}"
    admin.post(f"{path}/disable")
    (before,) = link_tokens(wiring, UUID(made["id"]))
    assert not opens(client, before)

    assert admin.post(f"{path}/enable").json()["status"] == "invited"
    before, after = link_tokens(wiring, UUID(made["id"]))
    assert not opens(client, before)
    assert opens(client, after)


def test_an_invitation_sent_again_replaces_the_one_before(
    admin: Client, client: Client, wiring: Wiring, clock: SetClock
) -> None:
    made = admin.post("/v1/accounts", json=TRAINER).json()
    path = f"/v1/accounts/{made['id']}"
    clock.forward(days=20)

    assert admin.post(f"{path}/invite").status_code == 200
    before, after = link_tokens(wiring, UUID(made["id"]))
    assert [opens(client, before), opens(client, after)] == [False, True]
    started = admin.post(f"{path}/invite")
    assert problem(started) == (409, "ACC_STATE")
    assert started.json()["allowed"] == ["disable"]
