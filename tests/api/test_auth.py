"""Signing in, staying signed in, signing out, and passwords set by one-time links."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Lock
from time import sleep
from typing import Any

import pytest
from jose import jwt
from sqlmodel import select

from api import authn
from api.db import Wiring
from models.account import Account, AccountStatus, RefreshToken, Role
from routers import auth
from services import signing_in
from services.clock import SetClock
from services.errors import Unauthenticated
from services.signing_in import Minting
from services.unit import Unit
from tests.conftest import NOW, Client
from tests.factories import Make
from tests.makers.accounts import actions_on, stored
from tests.signing import HASH, PASSWORD, refreshing, signing

MINTING = Minting(lambda account_id, _: str(account_id), timedelta(minutes=15), timedelta(days=30))

OpenUnit = Callable[..., AbstractContextManager[Unit]]


def first_refresh_token(client: Client, member: Account) -> str:
    token: str = signing(client, member.email).json()["refresh_token"]
    return token


def test_sign_in_answers_tokens_that_work(client: Client, member: Account, wiring: Wiring) -> None:
    answer = signing(client, member.email)

    assert answer.status_code == 200
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    me = client.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json()["email"] == member.email
    assert stored(wiring, member).last_login_at == NOW
    assert actions_on(wiring, member) == ["account.sign_in"]


def test_access_token_dies_after_its_minutes(client: Client, member: Account, clock: SetClock) -> None:
    headers = {"Authorization": f"Bearer {signing(client, member.email).json()['access_token']}"}

    clock.forward(minutes=15, seconds=-1)
    assert client.get("/v1/me", headers=headers).status_code == 200
    clock.forward(seconds=1)
    assert client.get("/v1/me", headers=headers).status_code == 401


def test_a_token_without_an_end_is_none(client: Client, member: Account, wiring: Wiring) -> None:
    claims = {"sub": str(member.id), "aud": authn.AUDIENCE, "iat": 0}
    endless = jwt.encode(claims, wiring.vault.secret_key, algorithm=authn.ALGORITHM)

    assert client.get("/v1/me", headers={"Authorization": f"Bearer {endless}"}).status_code == 401


def test_the_address_is_read_as_people_write_it(client: Client, make: Make) -> None:
    make.account(Role.VIEWER, password_hash=HASH, email="mixed@example.jp")

    assert signing(client, " Mixed@Example.JP ").status_code == 200


def test_fields_of_other_grants_are_read_and_not_used(client: Client, member: Account) -> None:
    over = {"grant_type": "password", "otp": "123456", "scope": "", "client_id": "app", "client_secret": "x"}
    assert signing(client, member.email, **over).status_code == 200


@pytest.mark.parametrize(
    ("form", "pointer", "code"),
    [
        ({"username": "a@example.jp"}, "/password", "FIELD_MISSING"),
        ({"username": "a@example.jp", "password": "x", "remember": "1"}, "/remember", "FIELD_UNKNOWN"),
        ({"username": "a@example.jp", "password": "x", "grant_type": "implicit"}, "/grant_type", "FIELD_FORMAT"),
        ({"username": "a\x00b", "password": "x"}, "/username", "FIELD_FORMAT"),
        ({"username": "a" * 255, "password": "x"}, "/username", "FIELD_RANGE"),
    ],
)
def test_a_form_that_does_not_fit_is_told_where(client: Client, form: dict[str, str], pointer: str, code: str) -> None:
    answer = client.post("/v1/auth/token", data=form)

    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("status", [None, AccountStatus.INVITED, AccountStatus.DISABLED, AccountStatus.ACTIVE])
def test_whoever_may_not_sign_in_is_refused_alike(client: Client, make: Make, status: AccountStatus | None) -> None:
    email = "nobody.refused@example.jp"
    if status is not None:
        hashed = None if status is AccountStatus.INVITED else HASH
        make.account(Role.COORDINATOR, status=status, email=email, password_hash=hashed)
    answer = signing(client, email, "not the password" if status is AccountStatus.ACTIVE else PASSWORD)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {
        "type": "/problems/UNAUTHENTICATED",
        "title": answer.json()["title"],
        "status": 401,
        "detail": answer.json()["detail"],
        "instance": "/v1/auth/token",
        "code": "UNAUTHENTICATED",
    }


def test_hashing_holds_no_connection_and_goes_two_at_a_time(
    client: Client, wiring: Wiring, member: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: list[int] = []
    now, lock = [0], Lock()

    def slow(_: str, __: str | None) -> bool:
        with lock:
            now[0] += 1
            running.append(now[0])
        sleep(0.1)
        with lock:
            now[0] -= 1
        return True

    monkeypatch.setattr(auth, "password_fits", slow)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: signing(client, member.email), range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert max(running) == 2

    held: list[Any] = []
    pools: list[Any] = [wiring.database.writing.pool, wiring.database.reading.pool]

    def look(_: str, __: str | None) -> bool:
        held.append([pool.checkedout() for pool in pools])
        return True

    monkeypatch.setattr(auth, "password_fits", look)
    signing(client, member.email)
    assert held == [[0, 0]]


def test_refresh_rotates(client: Client, member: Account, clock: SetClock) -> None:
    first = first_refresh_token(client, member)
    clock.forward(minutes=14)
    answer = refreshing(client, first)

    assert answer.status_code == 200
    tokens = answer.json()
    assert tokens["refresh_token"] != first
    clock.forward(minutes=14)
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 200
    assert refreshing(client, tokens["refresh_token"]).status_code == 200


def test_the_newest_exchanged_token_answers_the_same_successor_for_a_minute(
    client: Client, member: Account, clock: SetClock
) -> None:
    first = first_refresh_token(client, member)
    successor = refreshing(client, first).json()["refresh_token"]

    clock.forward(seconds=60)
    again = refreshing(client, first)
    assert (again.status_code, again.json()["refresh_token"]) == (200, successor)
    assert refreshing(client, successor).status_code == 200


def test_after_a_minute_the_exchanged_token_ends_the_family(client: Client, member: Account, clock: SetClock) -> None:
    first = first_refresh_token(client, member)
    successor = refreshing(client, first).json()["refresh_token"]

    clock.forward(seconds=61)
    assert refreshing(client, first).status_code == 401
    assert refreshing(client, successor).status_code == 401


def test_an_older_token_ends_the_family_even_within_the_minute(client: Client, member: Account, wiring: Wiring) -> None:
    first = first_refresh_token(client, member)
    second = refreshing(client, first).json()["refresh_token"]
    third = refreshing(client, second).json()["refresh_token"]

    refused = refreshing(client, first)
    assert (refused.status_code, refused.json()["code"]) == (401, "UNAUTHENTICATED")
    assert [refreshing(client, token).status_code for token in (second, third)] == [401, 401]
    with wiring.unit(write=False) as it:
        assert None not in it.session.exec(select(RefreshToken.revoked_at)).all()


def test_one_device_revoked_leaves_the_others(client: Client, member: Account) -> None:
    phone, tablet = first_refresh_token(client, member), first_refresh_token(client, member)
    refreshing(client, refreshing(client, phone).json()["refresh_token"])

    assert refreshing(client, phone).status_code == 401
    assert refreshing(client, tablet).status_code == 200


def test_refresh_tokens_end_with_their_days_and_unknown_ones_were_never(
    client: Client, member: Account, clock: SetClock
) -> None:
    first = first_refresh_token(client, member)

    assert refreshing(client, "made up").status_code == 401
    clock.forward(days=30)
    assert refreshing(client, first).status_code == 401


@pytest.mark.fresh_database
def test_many_at_once_get_the_same_successor(client: Client, member: Account, wiring: Wiring) -> None:
    first = first_refresh_token(client, member)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: refreshing(client, first), range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    with wiring.unit(write=False) as it:
        rows = it.session.exec(select(RefreshToken)).all()
    assert (len(rows), len({row.family_id for row in rows})) == (2, 1)


def test_revoking_ends_the_family_and_is_always_answered_alike(client: Client, member: Account) -> None:
    first = first_refresh_token(client, member)
    successor = refreshing(client, first).json()["refresh_token"]

    for token in (first, first, "made up"):
        answer = client.post("/v1/auth/revoke", data={"refresh_token": token})
        assert (answer.status_code, answer.content) == (204, b"")
    assert refreshing(client, successor).status_code == 401


def test_a_disabled_account_refreshes_no_more(unit: OpenUnit, client: Client, member: Account) -> None:
    first = first_refresh_token(client, member)
    with unit() as it:
        it.lock(Account, member.id).status = AccountStatus.DISABLED
    with unit() as it, pytest.raises(Unauthenticated):
        signing_in.refresh(it, first, MINTING)
