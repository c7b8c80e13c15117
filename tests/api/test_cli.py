"""The command line: what each command does, and that a refusal is one clear sentence."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from cryptography.fernet import Fernet
from sqlmodel import select

from api import migrating
from models.account import Account, Role
from services.clock import SetClock
from tests.conftest import NOW
from tests.databases import settings_for, wired
from tests.factories import Make
from tests.shell import PRODUCTION, Shell, refused

ROOT = Path(__file__).parents[2]


def test_version(bare_shell: Shell) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", bare_shell("version").stdout)


def test_version_loads_nothing_heavy() -> None:
    code = "import sys, api.cli; print([name for name in ('fastapi', 'sqlalchemy', 'alembic') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_migrate_tells_the_revision(bare_shell: Shell) -> None:
    outcome = bare_shell("migrate")
    assert outcome.returncode == 0, outcome.stderr
    assert re.search(r"revision \d{4}", outcome.stdout)
    assert bare_shell("migrate").returncode == 0


def test_setup_makes_the_first_administrator_once(bare_shell: Shell) -> None:
    assert bare_shell("migrate").returncode == 0
    outcome = bare_shell("setup", "--email", "first@example.jp", "--name", "最初の管理者")
    assert outcome.returncode == 0, outcome.stderr
    assert "/v1/auth/invitations/" in outcome.stdout
    wiring = wired(settings_for(bare_shell.url), SetClock(NOW))
    with wiring.unit(write=False) as unit:
        account = unit.session.exec(select(Account)).one()
    wiring.database.close()
    assert (account.email, account.roles) == ("first@example.jp", [Role.ADMIN])


def test_setup_refuses_where_an_administrator_is(shell: Shell, make: Make) -> None:
    make.account(Role.ADMIN)
    refused(shell("setup", "--email", "second@example.jp", "--name", "次"))


def test_check_data_finds_no_fault_in_a_clean_database(shell: Shell, make: Make) -> None:
    make.assignment(make.shift_with_demand(), make.volunteer())
    outcome = shell("check-data")
    assert outcome.returncode == 0, outcome.stdout


def test_check_data_lists_what_is_wrong(shell: Shell, make: Make) -> None:
    opened = make.shift_with_demand(demand={"places": 2, "taken": 1})
    outcome = shell("check-data")
    assert outcome.returncode == 1
    assert str(opened.demand.id) in outcome.stdout or opened.demand.id.hex in outcome.stdout


def test_check_data_finds_what_no_key_opens_any_more(shell: Shell, make: Make) -> None:
    make.incident()
    outcome = shell("check-data", KAKEHASHI_CLIENT_KEYS=Fernet.generate_key().decode())
    assert outcome.returncode == 1
    assert "1 texts of incidents" in outcome.stdout


def test_production_refuses_the_demo(shell: Shell) -> None:
    assert "production" in refused(shell("demo", **PRODUCTION))
    assert "production" in refused(shell("demo", "--reset", **PRODUCTION))


def test_production_refuses_to_serve_without_migrations(bare_shell: Shell) -> None:
    assert "kakehashi migrate" in refused(bare_shell("serve", **PRODUCTION))


def test_production_refuses_default_secrets(shell: Shell) -> None:
    sentence = refused(
        shell("serve", **PRODUCTION | {"KAKEHASHI_SECRET_KEY": "development-only-secret-that-production-refuses"})
    )
    assert "KAKEHASHI_SECRET_KEY" in sentence


def test_a_misspelt_setting_is_named(shell: Shell) -> None:
    assert "KAKEHASHI_PRT" in refused(shell("migrate", KAKEHASHI_PRT="1"))


def test_a_setting_that_cannot_stand_is_named(shell: Shell) -> None:
    assert "port" in refused(shell("migrate", KAKEHASHI_PORT="many"))


def test_a_database_that_does_not_answer_is_a_sentence(shell: Shell) -> None:
    refused(shell("migrate", KAKEHASHI_DATABASE_URL="postgresql+psycopg://nobody@/nothing?host=/nonexistent"))


def test_a_migration_is_drafted_for_developers(
    bare_shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "migrations"
    shutil.copytree(migrating.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrating, "SCRIPTS", scripts)
    outcome = bare_shell("draft-migration", "Something else")
    assert outcome.returncode == 0, outcome.stderr
    [written] = scripts.glob("versions/*_something_else.py")
    assert outcome.stdout.strip().endswith(str(written))
    migrating.newest.cache_clear()


def test_mail_lists_what_was_kept(shell: Shell) -> None:
    folder = shell.folder / "mail"
    folder.mkdir()
    (folder / "1.eml").write_bytes(b"To: a@example.jp\r\nSubject: =?utf-8?b?5oub5b6F?=\r\n\r\nbody")
    [line] = shell("mail").stdout.splitlines()
    assert line.endswith("a@example.jp  招待")


def test_docs_are_written_and_checked(shell: Shell) -> None:
    assert "openapi.json" in refused(shell("docs", "--check"))
    assert shell("docs").returncode == 0
    assert {path.name for path in (shell.folder / "docs").iterdir()} == {
        "openapi.json",
        "states.md",
        "permissions.md",
        "errors.md",
        "settings.md",
        "problem.schema.json",
        "plan.schema.json",
    }
    assert shell("docs", "--check").returncode == 0


@pytest.mark.fresh_database
def test_demo_wants_an_empty_database(shell: Shell, make: Make) -> None:
    make.organization()
    assert "--reset" in refused(shell("demo"))
    outcome = shell("demo", "--reset")
    assert outcome.returncode == 0, outcome.stderr
    assert "coordinator@example.jp" in outcome.stdout
    assert shell("check-data").returncode == 0


def test_serve_introduces_itself_and_answers(bare_shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serving = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", str(port)],
        cwd=bare_shell.folder,
        env={**os.environ, **bare_shell.environment(), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until_ready(serving, f"http://127.0.0.1:{port}/readyz")
        form = {"username": "coordinator@example.jp", "password": "kakehashi-demo"}
        assert httpx2.post(f"http://127.0.0.1:{port}/v1/auth/token", data=form).status_code == 200
    finally:
        serving.send_signal(signal.SIGINT)
        printed, _ = serving.communicate(timeout=300)
    assert f"http://127.0.0.1:{port}" in printed
    assert "coordinator@example.jp" in printed


def test_the_worker_sweeps_until_it_is_stopped(bare_shell: Shell) -> None:
    working = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "worker"],
        cwd=bare_shell.folder,
        env={**os.environ, **bare_shell.environment(), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert working.stdout is not None
    assert "sweeps until it is stopped" in working.stdout.readline()
    working.send_signal(signal.SIGTERM)
    _, errors = working.communicate(timeout=300)
    assert (working.returncode, errors) == (0, "")


def wait_until_ready(serving: subprocess.Popen[str], address: str) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert serving.poll() is None, serving.communicate()
        try:
            if httpx2.get(address).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    pytest.fail("it never became ready")
