"""`kakehashi doctor`: one sentence for each thing that is wrong, and none where all is well."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from api import doctor
from api.db import Wiring
from api.doctor import examine
from models.client import ClientIdentity
from models.record import Notice, NoticeStatus
from services.clock import SetClock
from services.credentials import Vault
from tests.conftest import NOW
from tests.databases import House, programs_for, settings_for, wired, with_settings
from tests.factories import Make
from tests.mail_server import mail_server
from tests.outbox import notices, told
from tests.shell import PRODUCTION, Shell, refused
from worker.again import try_again
from worker.deliver import deliver_due

pytestmark = pytest.mark.fresh_database  # what such a test does to a schema must meet no other


EARNEST = {
    "environment": "production",
    "secret_key": "a secret of this very installation, 32 letters and more",
    "client_keys": (Fernet.generate_key().decode(),),
    "smtp_host": "127.0.0.1",
    "smtp_starttls": False,
}


@pytest.fixture
def clock(dialect: str) -> SetClock:
    """The clock of these tests: right on PostgreSQL, which has one of its own to compare it with."""
    return SetClock(datetime.now(NOW.tzinfo) if dialect == "postgresql" else NOW)


def wrong(wiring: Wiring) -> dict[str, list[str]]:
    """What is wrong, by what was looked at."""
    return {name: found for name, found in examine(wiring) if found}


@pytest.fixture
def earnest(wiring: Wiring) -> Wiring:
    """An installation in production, whose mail server is away."""
    return with_settings(wiring, **EARNEST, smtp_port=1, pg_bin=programs_for(wiring.settings.database_url))


def test_a_sound_installation_passes(shell: Shell) -> None:
    with mail_server() as port:
        mail = {
            "KAKEHASHI_SMTP_HOST": "127.0.0.1",
            "KAKEHASHI_SMTP_PORT": str(port),
            "KAKEHASHI_SMTP_STARTTLS": "false",
        }
        outcome = shell("doctor", **PRODUCTION | mail)
    assert outcome.returncode == 0, outcome.stdout
    assert {line.partition(": ")[2] for line in outcome.stdout.splitlines()} == {"ok"}


def test_an_installation_nobody_has_set_up_fails(bare_shell: Shell) -> None:
    outcome = bare_shell("doctor")
    assert "wrong" in refused(outcome)
    for word in ("SECRET_KEY", "CLIENT_KEYS", "ENVIRONMENT", "SMTP_HOST", "kakehashi migrate"):
        assert word in outcome.stdout
    assert "outbox" not in outcome.stdout


def test_settings_that_cannot_stand_are_told_first(shell: Shell) -> None:
    assert "KAKEHASHI_SECRET_KEY" in refused(shell("doctor", KAKEHASHI_ENVIRONMENT="production"))


def test_a_mail_server_that_is_away(earnest: Wiring) -> None:
    assert list(wrong(earnest)) == ["mail server"]
    assert "127.0.0.1:1" in wrong(earnest)["mail server"][0]


def test_a_database_that_does_not_answer(tmp_path: Path, clock: SetClock) -> None:
    url = "postgresql+psycopg://nobody@/nothing?host=/nonexistent"
    silent = wired(settings_for(url, var=tmp_path, pg_bin="/nonexistent"), clock)
    found = wrong(silent)
    silent.database.close()
    assert "does not answer" in found["database"][0]
    assert len(found["programs for backups"]) == 3
    assert "schema" not in found


def test_a_database_without_tables(house: House, tmp_path: Path, clock: SetClock) -> None:
    bare = wired(settings_for(house.empty(tmp_path), var=tmp_path), clock)
    assert "kakehashi migrate" in wrong(bare)["schema"][0]
    bare.database.close()


def test_a_folder_nothing_can_be_written_to(earnest: Wiring, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "file/var" in wrong(with_settings(earnest, var=tmp_path / "file" / "var"))["disk"][0]


def test_a_disk_that_is_nearly_full(earnest: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)
    assert "MB left" in wrong(earnest)["disk"][0]


def test_a_clock_behind_what_was_done(earnest: Wiring, make: Make, clock: SetClock) -> None:
    account = make.account()
    with make.wiring.unit() as unit:
        unit.audit("account.start", account)
    clock.forward(hours=-1)
    assert [name for name in wrong(earnest) if name != "mail server"] == ["clock"]
    assert f"{clock():%Y-%m-%d %H:%M:%S}" in wrong(earnest)["clock"][0]


def test_a_clock_that_is_not_the_database_s(earnest: Wiring, clock: SetClock, dialect: str) -> None:
    clock.forward(minutes=5)
    found = wrong(earnest).get("clock", [])
    assert [sentence for sentence in found if "time server" in sentence] == found
    assert len(found) == (1 if dialect == "postgresql" else 0)


def test_a_database_that_a_newer_program_has_seen(earnest: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "is_ahead", lambda _: True)
    found = wrong(earnest)
    assert "newer version" in found["schema"][0]
    assert not {"clock", "client keys", "outbox"} & found.keys()


def test_identities_under_a_key_that_is_gone(earnest: Wiring, make: Make, clock: SetClock) -> None:
    family = make.family(make.request())
    with make.wiring.unit() as unit:
        sealed = unit.vault.seal({"name": "Trần"})
        unit.add(ClientIdentity(request_client_id=family.id, sealed=sealed, written_at=clock()))
    assert "client keys" not in wrong(earnest)
    other = replace(earnest, vault=Vault(earnest.vault.secret_key, (Fernet.generate_key().decode(),)))
    assert "opens 1 identities" in wrong(other)["client keys"][0]
    both = replace(
        earnest, vault=Vault(earnest.vault.secret_key, (*other.vault.client_keys, *make.wiring.vault.client_keys))
    )
    assert "client keys" not in wrong(both)


def test_incidents_under_a_key_that_is_gone(earnest: Wiring, make: Make) -> None:
    make.incident()
    assert "client keys" not in wrong(earnest)
    other = replace(earnest, vault=Vault(earnest.vault.secret_key, (Fernet.generate_key().decode(),)))
    assert "opens 1 texts of incidents" in wrong(other)["client keys"][0]


def test_mails_that_wait_are_told_and_those_given_up_are_tried_again(
    earnest: Wiring, make: Make, clock: SetClock
) -> None:
    told(make)
    clock.forward(minutes=61)
    assert "1 mails are overdue" in wrong(earnest)["outbox"][0]
    give_up(earnest)
    clock.forward(days=1)
    assert "kakehashi mail --retry" in wrong(earnest)["outbox"][0]

    assert try_again(earnest) == 1
    with mail_server() as port:
        assert deliver_due(with_settings(earnest, smtp_port=port)) == 1
    assert [notice.status for notice in notices(earnest)] == [NoticeStatus.SENT]
    assert "outbox" not in wrong(earnest)


def give_up(wiring: Wiring) -> None:
    with wiring.unit() as unit:
        for notice in notices(wiring):
            unit.get(Notice, notice.id).status = NoticeStatus.FAILED


def test_a_mail_that_is_stale_is_left_alone(earnest: Wiring, make: Make, clock: SetClock) -> None:
    told(make)
    give_up(earnest)
    clock.forward(days=7)
    assert try_again(earnest) == 0
    assert "outbox" not in wrong(earnest)


def test_retry_tells_how_many(shell: Shell) -> None:
    assert shell("mail", "--retry").stdout == "0 mails are due again.\n"
