"""`kakehashi backup` and `restore`: one whole file or none, and nothing lost or mixed without being told to."""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from cryptography.fernet import Fernet
from sqlmodel import select

from api import backup as backups
from api import dumping, migrating
from api.db import Wiring
from api.migrating import applied
from api.refusal import Refusal
from models.account import Account, Role
from models.client import ClientIdentity
from models.dispatch_request import RequestStatus
from services.clock import SetClock
from tests.conftest import NOW
from tests.databases import House, settings_for, wired
from tests.factories import Make
from tests.shell import Outcome, Shell, refused

pytestmark = pytest.mark.fresh_database  # a restore takes away what the shared one is put back from

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
def other(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line of another machine, whose database has no tables yet."""
    folder = tmp_path / "other"
    folder.mkdir()
    return Shell(house.empty(folder), folder, monkeypatch, capsys)


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Become a program that knows one migration more."""
    scripts = tmp_path / "migrations"

    def become() -> None:
        known = migrating.newest()
        shutil.rmtree(scripts, ignore_errors=True)
        shutil.copytree(migrating.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        (scripts / "versions" / "2030-01-01-9000_one_more.py").write_text(
            f'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "9000"\ndown_revision = "{known}"\n\n\n'
            'def upgrade():\n    op.create_table("one_more", sa.Column("id", sa.Integer(), primary_key=True))\n'
        )
        monkeypatch.setattr(migrating, "SCRIPTS", scripts)
        migrating.newest.cache_clear()

    return become


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test know the migrations of the one before."""
    monkeypatch.undo()
    migrating.newest.cache_clear()


def done(outcome: Outcome) -> str:
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def emails(shell: Shell) -> list[str]:
    wiring = wired(settings_for(shell.url), SetClock(NOW))
    try:
        with wiring.unit(write=False) as unit:
            return sorted(unit.session.exec(select(Account.email)))
    finally:
        wiring.database.close()


def revision(shell: Shell) -> str | None:
    wiring = wired(settings_for(shell.url), SetClock(NOW))
    try:
        return applied(wiring)
    finally:
        wiring.database.close()


def altered(path: Path, **over: str) -> Path:
    """Return a copy of a backup whose manifest says something else, or whose content is `content`."""
    copy = path.with_name("altered.backup")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        new.writestr("content", over.pop("content", "").encode() or old.read("content"))
        new.writestr("manifest.json", json.dumps(json.loads(old.read("manifest.json")) | over))
    return copy


def test_a_backup_goes_back_into_an_empty_database(shell: Shell, other: Shell, make: Make) -> None:
    someone = make.account(Role.ADMIN)
    make.assignment(make.shift_with_demand(), make.volunteer())
    path = shell.folder / "one.backup"
    assert "KAKEHASHI_CLIENT_KEYS" in done(shell("backup", str(path)))
    said = done(other("restore", str(path)))
    assert f"revision {migrating.newest()}" in said
    assert "No fault" in said
    assert someone.email in emails(other)
    assert emails(other) == emails(shell)


def test_a_backup_says_what_it_is_and_only_its_owner_reads_it(shell: Shell) -> None:
    done(shell("backup", "one.backup"))
    path = shell.folder / "one.backup"
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["revision"] == migrating.newest()
    assert manifest["made_at"].endswith("+00:00")
    assert [left.name for left in shell.folder.iterdir() if left.name.startswith(".kakehashi")] == []


def test_nothing_is_overwritten_in_silence(shell: Shell) -> None:
    (shell.folder / "one.backup").write_text("something precious")
    assert "--force" in refused(shell("backup", "one.backup"))
    assert (shell.folder / "one.backup").read_text() == "something precious"
    done(shell("backup", "one.backup", "--force"))
    assert zipfile.is_zipfile(shell.folder / "one.backup")
    assert "folder" in refused(shell("backup", "."))


def test_a_database_with_tables_is_replaced_only_by_force(shell: Shell, other: Shell, make: Make) -> None:
    done(other("migrate"))
    done(other("setup", "--email", "theirs@example.jp", "--name", "管理者"))
    make.account(Role.ADMIN)
    done(shell("backup", "one.backup"))
    path = str(shell.folder / "one.backup")
    assert "--force" in refused(other("restore", path))
    assert emails(other) == ["theirs@example.jp"]
    done(other("restore", path, "--force"))
    assert emails(other) == emails(shell)


def test_an_older_backup_is_migrated(shell: Shell, other: Shell, newer: Callable[[], None]) -> None:
    done(shell("backup", "one.backup"))
    newer()
    assert "now at 9000" in done(other("restore", str(shell.folder / "one.backup")))
    assert revision(other) == "9000"


def test_what_a_newer_program_wrote_is_refused_and_what_was_before_comes_back(
    shell: Shell, newer: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = migrating.newest()
    done(shell("backup", "before.backup"))
    newer()
    done(shell("migrate"))
    done(shell("backup", "after.backup"))
    monkeypatch.undo()
    migrating.newest.cache_clear()
    assert "9000" in refused(shell("restore", "after.backup", "--force"))
    assert "9000" in refused(shell("migrate"))
    assert "revision 9000" in shell("doctor").stdout
    done(shell("restore", "before.backup", "--force"))
    assert revision(shell) == before
    newer()
    done(shell("migrate"))  # nothing of the newer schema was left behind


def test_a_database_without_tables_has_nothing_to_back_up(other: Shell) -> None:
    assert "nothing to back up" in refused(other("backup", "one.backup"))
    assert not (other.folder / "one.backup").exists()


def test_a_folder_that_is_not_there_is_told(shell: Shell) -> None:
    assert "nowhere" in refused(shell("backup", "nowhere/one.backup"))
    assert "nowhere" in refused(shell("restore", "nowhere/one.backup", "--force"))


def test_a_backup_of_the_other_database_is_refused(shell: Shell) -> None:
    done(shell("backup", "one.backup"))
    other = "sqlite" if shell.url.startswith("postgresql") else "postgresql"
    sentence = refused(shell("restore", str(altered(shell.folder / "one.backup", database=other)), "--force"))
    assert "sqlite" in sentence
    assert "postgresql" in sentence


@pytest.mark.parametrize(
    "over", [{"format": "another-1"}, {"strange": "field"}, {"sha256": "0" * 64}, {"content": "cut off"}]
)
def test_a_damaged_backup_is_refused_and_the_data_stay(shell: Shell, make: Make, over: dict[str, str]) -> None:
    make.account(Role.ADMIN)
    kept = emails(shell)
    done(shell("backup", "one.backup"))
    assert "damaged" in refused(shell("restore", str(altered(shell.folder / "one.backup", **over)), "--force"))
    assert emails(shell) == kept


def test_any_other_file_is_refused(shell: Shell) -> None:
    (shell.folder / "letter").write_text("dear all")
    assert "no backup" in refused(shell("restore", "letter", "--force"))


def test_a_load_that_fails_leaves_the_data_as_they_were(shell: Shell, make: Make) -> None:
    make.account(Role.ADMIN)
    kept = emails(shell)
    done(shell("backup", "one.backup"))
    nonsense = "no content of any database " * 1000
    checksum = hashlib.sha256(nonsense.encode()).hexdigest()
    refused(shell("restore", str(altered(shell.folder / "one.backup", content=nonsense, sha256=checksum)), "--force"))
    assert emails(shell) == kept
    done(shell("check-data"))


def test_a_load_that_fails_half_way_is_undone(
    shell: Shell, make: Make, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    make.account(Role.ADMIN)
    kept = emails(shell)
    done(shell("backup", "one.backup"))
    monkeypatch.setattr(dumping, "_EMPTY", dumping._EMPTY + "; SELECT 1/0")
    outcome = shell("restore", "one.backup", "--force")
    if dialect == "postgresql":  # SQLite's copy is one step of its own
        assert "division by zero" in refused(outcome)
    assert emails(shell) == kept


def test_a_restore_without_the_keys_says_so(shell: Shell, other: Shell, wiring: Wiring, make: Make) -> None:
    family = make.family(make.request(status=RequestStatus.CANCELLED))
    with wiring.unit() as unit:
        sealed = unit.vault.seal({"name": "Trần"})
        day = NOW.date()
        unit.add(ClientIdentity(request_client_id=family.id, sealed=sealed, written_at=NOW, purge_on=day))
    done(shell("backup", "one.backup"))
    keys = {"KAKEHASHI_CLIENT_KEYS": Fernet.generate_key().decode()}
    outcome = other("restore", str(shell.folder / "one.backup"), **keys)
    assert outcome.returncode == 1
    assert "KAKEHASHI_CLIENT_KEYS" in outcome.stdout
    done(other("check-data"))


def test_a_migration_in_the_middle_of_a_backup_is_noticed(
    wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = iter(["0001", "0002"])
    monkeypatch.setattr(backups, "applied", lambda _: next(revisions))
    monkeypatch.setattr(dumping, "dump", lambda *_: None)
    with pytest.raises(Refusal, match="again"):
        backups.back_up(wiring, tmp_path / "one.backup")


@pytest.mark.parametrize("point", ["api.dumping._do", "zipfile.ZipFile.write", "api.backup._publish"])
def test_killed_in_the_middle_it_leaves_nothing_under_the_name(shell: Shell, point: str) -> None:
    done(shell("backup", "old.backup"))
    old = (shell.folder / "old.backup").read_bytes()
    for path in ("new.backup", "old.backup"):
        assert killed(shell, point, path) == -signal.SIGKILL
    assert not (shell.folder / "new.backup").exists()
    assert (shell.folder / "old.backup").read_bytes() == old
    done(shell("backup", "new.backup"))
    done(shell("restore", "new.backup", "--force"))


def killed(shell: Shell, point: str, path: str) -> int:
    """Back up in a process that dies when it comes to `point`."""
    code = f"""
import os, signal, sys, zipfile
import api.backup
from api.cli import main
{point} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
sys.argv = ["kakehashi", "backup", "{path}", "--force"]
main()
"""
    environment = {**os.environ, **shell.environment(), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code], cwd=shell.folder, env=environment, check=False).returncode


def test_postgresql_s_programs_are_asked_for_by_name(shell: Shell, dialect: str) -> None:
    if dialect == "postgresql":
        assert "`pg_dump` was not found" in refused(shell("backup", "one.backup", KAKEHASHI_PG_BIN="/nonexistent"))
        assert "`pg_dump` was not found" in shell("doctor", KAKEHASHI_PG_BIN="/nonexistent").stdout
    else:
        done(shell("backup", "one.backup", KAKEHASHI_PG_BIN="/nonexistent"))


def test_the_password_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = []

    def ran(command: list[str], *, env: dict[str, str], **_: object) -> subprocess.CompletedProcess[str]:
        seen.append((command, env))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", ran)
    monkeypatch.setattr(dumping, "program", lambda _, name: name)
    wiring = wired(settings_for("postgresql+psycopg://us:geheim@db.example.jp:6432/k?sslmode=require"), SetClock(NOW))
    dumping.dump(wiring, tmp_path / "content")
    wiring.database.close()
    command, environment = seen[0]
    assert "geheim" not in " ".join(command)
    assert {"host=db.example.jp", "port=6432", "sslmode=require", "user=us"} < set(
        command[-1].removeprefix("--dbname=").split()
    )
    assert environment["PGPASSWORD"] == "geheim"


def test_a_damaged_sqlite_database_is_not_copied(tmp_path: Path) -> None:
    file = tmp_path / "damaged.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("CREATE TABLE line (text TEXT)")
        connection.execute("CREATE INDEX by_text ON line (text)")
        connection.executemany("INSERT INTO line VALUES (?)", [(f"{n}" * 50,) for n in range(500)])
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'by_text'")
    connection.close()
    wiring = wired(settings_for(f"sqlite:///{file}"), SetClock(NOW))
    with pytest.raises(Refusal):
        dumping.dump(wiring, tmp_path / "content")
    wiring.database.close()


def test_what_sqlite_refuses_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(dumping, "_dump_sqlite", full)
    wiring = wired(settings_for("sqlite://"), SetClock(NOW))
    with pytest.raises(Refusal, match="disk is full"):
        dumping.dump(wiring, tmp_path / "content")
    wiring.database.close()
