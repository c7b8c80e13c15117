"""Passwords are set by one-time links: invitations and resets."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import pytest

from api.db import Wiring
from models.account import Account, AccountStatus, LinkPurpose, Role
from models.base import new_id
from services import inviting
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.outbox import link_tokens, notices
from tests.signing import HASH, PASSWORD, refreshing, setting_password, signing

OpenUnit = Callable[..., AbstractContextManager[Unit]]


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
    before = signing(client, member.email).json()["refresh_token"]
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
