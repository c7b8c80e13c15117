"""Signing in, staying signed in, signing out, and passwords set by one-time links."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Lock
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, AccountStatus, LinkPurpose, OneTimeLink, RefreshToken, Role
from models.base import new_id
from models.record import AuditEvent, Counter, Notice
from routers import auth
from services import inviting, lockout, signing_in
from services.clock import SetClock
from services.credentials import hash_password
from services.errors import Kept, TooMany, Unauthenticated
from services.lockout import Strangers, locked_until
from services.signing_in import Minting
from services.unit import Unit
from tests.conftest import NOW, As, Client
from tests.factories import Make

PASSWORD = "a password for tests"
HASH = hash_password(PASSWORD)
MINTING = Minting(lambda account_id, _: str(account_id), timedelta(minutes=15), timedelta(days=30))

OpenUnit = Callable[..., AbstractContextManager[Unit]]


@pytest.fixture
def member(make: Make) -> Account:
    return make.account(Role.COORDINATOR, password_hash=HASH)


def signing(client: Client, username: str, password: str = PASSWORD, **over: str) -> Any:
    return client.post("/v1/auth/token", data={"username": username, "password": password, **over})


def refreshing(client: Client, token: str) -> Any:
    return client.post("/v1/auth/refresh", data={"refresh_token": token})


def first_refresh_token(client: Client, member: Account) -> str:
    token: str = signing(client, member.email).json()["refresh_token"]
    return token


def setting_password(client: Client, path: str, token: str, password: str = "another password") -> Any:
    return client.post(f"/v1/auth/{path}/{token}", json={"password": password})


def link_tokens(wiring: Wiring, account_id: UUID) -> list[str]:
    with wiring.unit(write=False) as it:
        statement = select(OneTimeLink).where(OneTimeLink.account_id == account_id).order_by(col(OneTimeLink.id))
        return [wiring.vault.link_token(link.id) for link in it.session.exec(statement)]


def notices(wiring: Wiring) -> list[Notice]:
    with wiring.unit(write=False) as it:
        return list(it.session.exec(select(Notice).order_by(col(Notice.id))))


def stored(wiring: Wiring, account: Account) -> Account:
    with wiring.unit(write=False) as it:
        return it.get(Account, account.id)


def test_sign_in_answers_tokens_that_work(client: Client, member: Account, wiring: Wiring) -> None:
    answer = signing(client, member.email)

    assert answer.status_code == 200
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    me = client.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json()["email"] == member.email
    assert stored(wiring, member).last_login_at == NOW
    with wiring.unit(write=False) as it:
        assert it.session.exec(select(AuditEvent.action)).all() == ["account.sign_in"]


def test_access_token_dies_after_its_minutes(client: Client, member: Account, clock: SetClock) -> None:
    headers = {"Authorization": f"Bearer {signing(client, member.email).json()['access_token']}"}

    clock.forward(minutes=15, seconds=-1)
    assert client.get("/v1/me", headers=headers).status_code == 200
    clock.forward(seconds=1)
    assert client.get("/v1/me", headers=headers).status_code == 401


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
def test_whoever_may_not_sign_in_is_refused_alike(
    client: Client, make: Make, status: AccountStatus | None
) -> None:
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


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_passwords_make_one_wait_whether_known_or_not(
    client: Client, make: Make, clock: SetClock, known: bool
) -> None:
    email = f"guessed.{known}@example.jp"
    if known:
        make.account(Role.COORDINATOR, password_hash=HASH, email=email)

    assert [signing(client, email, "wrong").status_code for _ in range(5)] == [401] * 5
    waiting = signing(client, email)
    assert (waiting.status_code, waiting.json()["code"]) == (429, "TOO_MANY")
    limits = {name: waiting.headers[name] for name in ("Retry-After", "RateLimit-Limit", "RateLimit-Remaining")}
    assert limits == {"Retry-After": "30", "RateLimit-Limit": "5", "RateLimit-Remaining": "0"}
    assert waiting.headers["RateLimit-Reset"] == "30"

    clock.forward(seconds=30)
    assert signing(client, email, "wrong").status_code == 401
    assert signing(client, email, "wrong").headers["Retry-After"] == "60"


def test_the_right_password_after_the_pause_ends_the_count(
    client: Client, member: Account, clock: SetClock, wiring: Wiring
) -> None:
    for _ in range(5):
        signing(client, member.email, "wrong")
    with wiring.unit(write=False) as it:
        assert it.session.exec(select(AuditEvent.action)).all() == ["account.lock"]

    clock.forward(seconds=30)
    assert signing(client, member.email).status_code == 200
    account = stored(wiring, member)
    assert (account.failed_sign_ins, account.locked_until) == (0, None)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(4, None), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (1000, 900)]
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: int | None) -> None:
    assert locked_until(failures, NOW) == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_a_right_guess_beside_five_wrong_ones_comes_too_late(unit: OpenUnit, member: Account) -> None:
    strangers = Strangers()
    with unit() as it:
        attempt = signing_in.begin(it, member.email, strangers)
    with unit() as it:
        for _ in range(5):
            assert isinstance(signing_in.sign_in(it, attempt, strangers, MINTING, fits=False), Kept)
        with pytest.raises(TooMany):
            signing_in.sign_in(it, attempt, strangers, MINTING, fits=True)


def test_a_password_replaced_while_it_was_checked_fits_no_more(unit: OpenUnit, member: Account) -> None:
    strangers = Strangers()
    with unit() as it:
        attempt = signing_in.begin(it, member.email, strangers)
        it.lock(Account, member.id).password_hash = "another"
        assert isinstance(signing_in.sign_in(it, attempt, strangers, MINTING, fits=True), Kept)


def test_unknown_addresses_cost_a_write_and_no_row_each(client: Client, wiring: Wiring) -> None:
    for number in range(3):
        signing(client, f"stranger{number}@example.jp")

    with wiring.unit(write=False) as it:
        assert it.session.get(Counter, "unknown-sign-ins").value == 3  # type: ignore[union-attr]
        assert it.session.exec(select(Account)).all() == []


def test_only_the_latest_unknown_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "_REMEMBERED", 2)
    strangers = Strangers()
    for address in ["first"] * 5 + ["second"] * 5 + ["third"]:
        strangers.fail(address, NOW)

    strangers.refuse_locked("first", NOW)
    with pytest.raises(TooMany):
        strangers.refuse_locked("second", NOW)


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
    monkeypatch.setattr(auth, "password_fits", lambda *_: held.append([pool.checkedout() for pool in pools]) or True)
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


def test_after_a_minute_the_exchanged_token_ends_the_family(
    client: Client, member: Account, clock: SetClock
) -> None:
    first = first_refresh_token(client, member)
    successor = refreshing(client, first).json()["refresh_token"]

    clock.forward(seconds=61)
    assert refreshing(client, first).status_code == 401
    assert refreshing(client, successor).status_code == 401


def test_an_older_token_ends_the_family_even_within_the_minute(
    client: Client, member: Account, wiring: Wiring
) -> None:
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


def test_an_invitation_sets_the_first_password(client: Client, as_: As, wiring: Wiring) -> None:
    made = as_(Role.ADMIN).post(
        "/v1/accounts", json={"email": "new@example.jp", "display_name": "新人", "roles": ["trainer"]}
    )
    (token,) = link_tokens(wiring, UUID(made.json()["id"]))

    answer = setting_password(client, "invitations", token)
    assert (answer.status_code, answer.content) == (204, b"")
    assert signing(client, "new@example.jp", "another password").status_code == 200
    assert all(token not in str(notice.facts) for notice in notices(wiring))


@pytest.fixture
def invited(unit: OpenUnit, make: Make) -> Account:
    account = make.account(Role.TRAINER, status=AccountStatus.INVITED)
    with unit() as it:
        inviting.send_link(it, it.get(Account, account.id), LinkPurpose.INVITATION)
    return account


def refused_as_link(answer: Any) -> bool:
    return (answer.status_code, answer.json()["code"]) == (422, "ACC_LINK")


def test_an_invitation_opens_once(client: Client, invited: Account, wiring: Wiring) -> None:
    (token,) = link_tokens(wiring, invited.id)

    assert setting_password(client, "invitations", token, "the first password").status_code == 204
    assert refused_as_link(setting_password(client, "invitations", token, "the second password"))
    assert signing(client, invited.email, "the first password").status_code == 200


def test_an_invitation_expires(client: Client, invited: Account, wiring: Wiring, clock: SetClock) -> None:
    (token,) = link_tokens(wiring, invited.id)

    clock.forward(days=14)
    assert refused_as_link(setting_password(client, "invitations", token))
    clock.forward(seconds=-1)
    assert setting_password(client, "invitations", token).status_code == 204


def test_links_are_not_guessed_nor_used_for_anything_else(client: Client, invited: Account, wiring: Wiring) -> None:
    (token,) = link_tokens(wiring, invited.id)
    forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    unknown = wiring.vault.link_token(new_id())

    for path, wrong in [
        ("invitations", forged),
        ("invitations", unknown),
        ("invitations", "short"),
        ("invitations", "é"),
        ("password-reset", token),
    ]:
        assert refused_as_link(setting_password(client, path, wrong)), (path, wrong)


@pytest.mark.parametrize("password", ["too short", "x" * 201, "with\x00nothing", 12345678901])
def test_a_password_that_does_not_fit_leaves_the_link_open(
    client: Client, invited: Account, wiring: Wiring, password: Any
) -> None:
    (token,) = link_tokens(wiring, invited.id)

    answer = setting_password(client, "invitations", token, password)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/password")
    assert setting_password(client, "invitations", token).status_code == 204


@pytest.mark.fresh_database
def test_of_two_who_use_a_link_at_once_one_is_late(client: Client, invited: Account, wiring: Wiring) -> None:
    (token,) = link_tokens(wiring, invited.id)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: setting_password(client, "invitations", token), range(4)))

    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422]


def test_a_link_lost_between_check_and_use_is_refused(unit: OpenUnit, invited: Account, wiring: Wiring) -> None:
    (token,) = link_tokens(wiring, invited.id)
    with unit() as it:
        inviting.start(it, token, HASH)
        with pytest.raises(Exception, match="ACC_LINK"):
            inviting.start(it, token, HASH)


def asking_reset(client: Client, email: str) -> Any:
    return client.post("/v1/auth/password-reset", json={"email": email})


def test_a_reset_sets_a_new_password_and_ends_every_sign_in(
    client: Client, member: Account, wiring: Wiring, clock: SetClock
) -> None:
    before = first_refresh_token(client, member)
    for _ in range(5):
        signing(client, member.email, "wrong")

    answer = asking_reset(client, member.email.upper())
    assert (answer.status_code, answer.content) == (202, b"")
    (token,) = link_tokens(wiring, member.id)
    clock.forward(seconds=1)
    assert setting_password(client, "password-reset", token).status_code == 204

    assert refreshing(client, before).status_code == 401
    assert signing(client, member.email, PASSWORD).status_code == 401
    assert signing(client, member.email, "another password").status_code == 200
    assert refused_as_link(setting_password(client, "password-reset", token))


@pytest.mark.parametrize("status", [None, AccountStatus.INVITED, AccountStatus.DISABLED])
def test_a_reset_for_nobody_is_answered_alike_and_mails_nothing(
    client: Client, make: Make, wiring: Wiring, status: AccountStatus | None
) -> None:
    if status is not None:
        make.account(Role.VIEWER, status=status, email="nobody@example.jp")

    answer = asking_reset(client, "nobody@example.jp")
    assert (answer.status_code, answer.content) == (202, b"")
    assert notices(wiring) == []


def test_resets_are_mailed_at_most_once_a_minute_and_only_the_newest_opens(
    client: Client, member: Account, wiring: Wiring, clock: SetClock
) -> None:
    asking_reset(client, member.email)
    asking_reset(client, member.email)
    assert len(notices(wiring)) == 1

    clock.forward(minutes=1)
    asking_reset(client, member.email)
    old, new = link_tokens(wiring, member.id)
    assert refused_as_link(setting_password(client, "password-reset", old))
    assert setting_password(client, "password-reset", new).status_code == 204


def test_a_reset_link_lives_two_hours(client: Client, member: Account, wiring: Wiring, clock: SetClock) -> None:
    asking_reset(client, member.email)
    (token,) = link_tokens(wiring, member.id)

    clock.forward(hours=2)
    assert refused_as_link(setting_password(client, "password-reset", token))


def test_a_reset_wants_an_address(client: Client) -> None:
    answer = asking_reset(client, "not an address")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/email")


def test_a_disabled_account_refreshes_no_more(unit: OpenUnit, client: Client, member: Account) -> None:
    first = first_refresh_token(client, member)
    with unit() as it:
        it.lock(Account, member.id).status = AccountStatus.DISABLED
    with unit() as it, pytest.raises(Unauthenticated):
        signing_in.refresh(it, first, MINTING)
