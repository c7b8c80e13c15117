"""A token that is broken, foreign, expired or of an account that may not act signs nobody in."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from jose import jwt

from api.authn import AUDIENCE, issue
from api.db import Wiring
from models.account import Account, AccountStatus, Role
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.problems import is_problem


def claims(**over: object) -> dict[str, object]:
    now = int(datetime(2025, 11, 10, tzinfo=UTC).timestamp())
    return {"sub": str(uuid4()), "aud": AUDIENCE, "iat": now, "exp": now + 900, **over}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in claims().items() if key != name}


def token_of(wiring: Wiring, content: dict[str, object], *, key: bytes | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(content, key or wiring.vault.secret_key, algorithm=algorithm)


@pytest.mark.parametrize(
    "content",
    [
        claims(sub="nobody"),
        claims(sub=7),
        claims(aud="another"),
        claims(exp="never"),
        without("exp"),
        without("aud"),
        without("sub"),
        without("iat"),
        claims(),  # signed by us, for an account that does not exist
    ],
)
def test_a_token_that_says_too_little_or_the_wrong_thing(
    client: Client, wiring: Wiring, content: dict[str, object]
) -> None:
    answer = client.get("/v1/me", headers={"Authorization": f"Bearer {token_of(wiring, content)}"})
    is_problem(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Token x", "Bearer " + "A" * 5000]
)
def test_a_broken_token(client: Client, header: str, language: str) -> None:
    answer = client.get("/v1/me", headers={"Authorization": header, "Accept-Language": language})
    is_problem(answer, 401, "UNAUTHENTICATED", language)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_of_another_key_or_algorithm(client: Client, wiring: Wiring, make: Make) -> None:
    content = claims(sub=str(make.account(Role.VIEWER).id))
    foreign = token_of(wiring, content, key=b"another secret of another server, long enough")
    longer = token_of(wiring, content, algorithm="HS512")
    unsigned = "eyJhbGciOiJub25lIn0." + foreign.split(".")[1] + "."
    for token in (foreign, longer, unsigned):
        is_problem(client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}), 401, "UNAUTHENTICATED")
    good = token_of(wiring, content)
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {good}"}).status_code == 200


def test_a_token_expires(client: Client, wiring: Wiring, make: Make, clock: SetClock) -> None:
    account: Account = make.account(Role.VIEWER)
    token = issue(account.id, wiring.vault.secret_key, clock(), timedelta(minutes=15))
    headers = {"Authorization": f"Bearer {token}"}
    clock.forward(minutes=14, seconds=59)
    assert client.get("/v1/me", headers=headers).status_code == 200
    clock.forward(seconds=1)
    is_problem(client.get("/v1/me", headers=headers), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("status", [AccountStatus.DISABLED, AccountStatus.INVITED])
def test_a_token_of_an_account_that_may_not_act(as_: As, make: Make, status: AccountStatus) -> None:
    is_problem(as_(make.account(Role.ADMIN, status=status)).get("/v1/me"), 401, "UNAUTHENTICATED")
