"""Wrong passwords make one wait, whether the address is known or not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Account, Role
from models.record import Counter
from services import lockout, signing_in
from services.clock import SetClock
from services.errors import Kept, TooMany
from services.lockout import Strangers, locked_until
from services.signing_in import Minting
from services.unit import Unit
from tests.conftest import NOW, Client
from tests.factories import Make
from tests.makers.accounts import actions_on, stored
from tests.signing import HASH, signing

MINTING = Minting(lambda account_id, _: str(account_id), timedelta(minutes=15), timedelta(days=30))

OpenUnit = Callable[..., AbstractContextManager[Unit]]


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_passwords_make_one_wait_whether_known_or_not(
    client: Client, make: Make, clock: SetClock, *, known: bool
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
    assert actions_on(wiring, member) == ["account.lock"]

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
        it.lock(Account, member.id).password_hash = "another"  # noqa: S105 - no hash at all
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
