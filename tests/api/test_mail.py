"""Notices leave as mail, once each, in the reader's language, and never what must not be sent any more."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.message import EmailMessage
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, LinkPurpose, Role
from models.record import Notice, NoticeChannel, NoticeStatus
from services import inviting
from services.clock import SetClock
from services.unit import Unit
from services.wording import say
from tests.conftest import NOW, Client
from tests.factories import Make
from tests.outbox import invited, link_tokens, mails, notices, states, text_of, told
from worker import deliver
from worker.deliver import deliver_due

OpenUnit = Callable[..., AbstractContextManager[Unit]]


def test_without_a_server_mails_are_files(make: Make, wiring: Wiring) -> None:
    account = invited(make, email="new@example.jp", display_name="新人 花子")

    assert deliver_due(wiring) == 1
    (path,) = (wiring.settings.var / "mail").iterdir()
    (notice,) = notices(wiring)
    assert path.name == f"20251110T000000Z-{notice.id}.eml"
    (mail,) = mails(wiring)
    assert (mail["To"], mail["Message-ID"]) == ("new@example.jp", f"<{notice.id}@example.jp>")
    assert mail["From"] == "国際交流財団 <kakehashi@example.jp>"
    assert mail["Date"].datetime == NOW
    assert (mail["Content-Language"], mail["Auto-Submitted"]) == ("ja", "auto-generated")
    assert "新人 花子" in text_of(mail)
    assert "2025年11月24日 09:00" in text_of(mail)
    (token,) = link_tokens(wiring, account.id)
    assert f"http://127.0.0.1:8000/invitations/{token}\n" in text_of(mail)
    assert (notice.status, notice.sent_at, notice.leased_until) == (NoticeStatus.SENT, NOW, None)
    assert deliver_due(wiring) == 0


@pytest.mark.parametrize(("language", "read_in"), [("en", "en"), ("ja-simple", "ja-simple"), ("vi", "ja")])
def test_a_mail_is_in_the_readers_language_or_japanese(make: Make, wiring: Wiring, language: str, read_in: str) -> None:
    invited(make, language=language)

    deliver_due(wiring)
    (mail,) = mails(wiring)
    assert mail["Content-Language"] == read_in
    assert mail["Subject"] == say("notices", "account_invitation_subject", read_in)


@pytest.mark.parametrize("purpose", [LinkPurpose.INVITATION, LinkPurpose.PASSWORD_RESET])
def test_the_call_that_a_mail_names_sets_the_password(
    client: Client, make: Make, wiring: Wiring, purpose: LinkPurpose
) -> None:
    if purpose is LinkPurpose.INVITATION:
        account = invited(make)
    else:
        account = make.account(Role.TRAINER)
        client.post("/v1/auth/password-reset", json={"email": account.email})
    deliver_due(wiring)
    (mail,) = mails(wiring)
    call = re.search(r"POST http://127\.0\.0\.1:8000(\S+)", text_of(mail))

    assert call is not None
    assert client.post(call[1], json={"password": "another password"}).status_code == 204
    form = {"username": account.email, "password": "another password"}
    assert client.post("/v1/auth/token", data=form).status_code == 200


def test_a_link_that_opens_no_more_is_not_sent(
    client: Client, make: Make, unit: OpenUnit, wiring: Wiring, clock: SetClock
) -> None:
    used, replaced = invited(make), invited(make)
    (token,) = link_tokens(wiring, used.id)
    client.post(f"/v1/auth/invitations/{token}", json={"password": "another password"})
    clock.forward(minutes=1)
    with unit() as it:
        inviting.send_link(it, it.get(Account, replaced.id), LinkPurpose.INVITATION)

    assert deliver_due(wiring) == 1
    assert states(wiring) == [NoticeStatus.FAILED, NoticeStatus.FAILED, NoticeStatus.SENT]
    (mail,) = mails(wiring)
    assert link_tokens(wiring, replaced.id)[1] in text_of(mail)


def test_other_notices_name_the_service_and_the_time_here(make: Make, wiring: Wiring) -> None:
    told(make, kind="offer_sent", language="en")

    assert deliver_due(wiring) == 1
    (mail,) = mails(wiring)
    assert "10 Nov 2025 09:00" in mail["Subject"]
    assert "http://127.0.0.1:8000\n" in text_of(mail)
    assert "国際交流財団" in text_of(mail)


def test_old_notices_do_not_flood_anybody(make: Make, wiring: Wiring, clock: SetClock) -> None:
    told(make)
    clock.forward(days=7, seconds=-1)
    told(make)
    clock.forward(seconds=1)

    assert deliver_due(wiring) == 1
    assert states(wiring) == [NoticeStatus.FAILED, NoticeStatus.SENT]


def test_what_is_for_the_telephone_stays_for_it(make: Make, unit: OpenUnit, wiring: Wiring) -> None:
    told(make)
    with unit() as it:
        notice = it.session.exec(select(Notice)).one()
        notice.channel, notice.address = NoticeChannel.TO_PHONE, None

    assert deliver_due(wiring) == 0
    assert states(wiring) == [NoticeStatus.PENDING]


@pytest.mark.parametrize("over", [{"kind": "nothing_we_say"}, {"address": None}])
def test_a_notice_that_cannot_be_written_holds_nobody_up(
    make: Make, unit: OpenUnit, wiring: Wiring, over: dict[str, Any]
) -> None:
    told(make)
    told(make)
    with unit() as it:
        first = it.session.exec(select(Notice).order_by(col(Notice.id))).first()
        assert first is not None
        first.sqlmodel_update(over)

    assert deliver_due(wiring) == 1
    assert states(wiring) == [NoticeStatus.FAILED, NoticeStatus.SENT]


def test_a_batch_has_an_end(make: Make, wiring: Wiring) -> None:
    for _ in range(3):
        told(make)

    assert [deliver_due(wiring, limit=2), deliver_due(wiring, limit=2), deliver_due(wiring, limit=2)] == [2, 1, 0]


def test_while_a_mail_is_sent_no_transaction_is_open_and_nobody_else_sends_it(
    make: Make, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(make)
    seen: list[Any] = []

    def look(_: EmailMessage) -> None:
        pools: list[Any] = [wiring.database.writing.pool, wiring.database.reading.pool]
        seen.append([pool.checkedout() for pool in pools])
        seen.append(deliver_due(wiring))

    monkeypatch.setattr(deliver, "sender", lambda *_: look)
    assert deliver_due(wiring) == 1
    assert seen == [[0, 0], 0]


def test_what_a_dead_worker_held_is_taken_up_again(
    make: Make, wiring: Wiring, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(make)

    def die(_: EmailMessage) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(deliver, "sender", lambda *_: die)
        with pytest.raises(KeyboardInterrupt):
            deliver_due(wiring)

    assert deliver_due(wiring) == 0
    clock.forward(minutes=10)
    assert deliver_due(wiring) == 1


def test_two_workers_share_the_rows(make: Make, unit: OpenUnit, wiring: Wiring, dialect: str) -> None:
    if dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time: there is no row to skip")
    for _ in range(2):
        told(make)
    with unit() as it:
        it.session.exec(select(Notice).order_by(col(Notice.id)).limit(1).with_for_update()).one()
        assert deliver_due(wiring) == 1
    assert states(wiring) == [NoticeStatus.PENDING, NoticeStatus.SENT]
