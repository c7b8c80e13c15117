"""The suite's own PostgreSQL: a run that was cut off does not stop the next one."""

import os
import shutil
import signal
from pathlib import Path

import pytest


def test_a_server_that_died_with_its_run_is_swept_away(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine switched off in mid-run leaves the server's files and no server: the next run starts all the same."""
    if dialect != "postgresql":
        pytest.skip("SQLite has no server")
    from tests import postgres  # noqa: PLC0415 - psycopg is needed on PostgreSQL only

    monkeypatch.setattr(postgres, "ROOT", Path("/tmp") / f"kakehashi-cut-{os.getpid()}")
    dead, lock = postgres._start()
    os.kill(int((dead.socket / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]), signal.SIGKILL)
    lock.close()

    started, lock = postgres._start()
    assert not dead.socket.exists()
    started.stop()
    lock.close()
    assert [path.name for path in postgres.ROOT.iterdir()] == ["guard"]
    shutil.rmtree(postgres.ROOT)
