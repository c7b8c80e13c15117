"""A private PostgreSQL for one test run: found or installed, started on a unix socket, gone afterwards.

The process that starts it hands its address to its children by ``TEST_PG_SOCKET``: one cluster serves all workers.
From a shell: ``python -m tests.postgres start | url [database] | stop``.
"""

import atexit
import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg import sql

from tests import apt

SOCKET_VARIABLE: Final = "TEST_PG_SOCKET"
BIN_VARIABLE: Final = "TEST_PG_BIN"
# A unix socket's path may have some 100 characters only, and TMPDIR can be longer than that.
ROOT: Final = Path("/tmp") / f"kakehashi-pg-{os.getuid()}"
DEBIAN_BINARIES: Final = Path("/usr/lib/postgresql")
POLICY: Final = Path("/usr/sbin/policy-rc.d")
MISSING: Final = (
    "PostgreSQL's server programs were not found. Install them (Debian and Ubuntu: apt-get install postgresql; "
    f"macOS: brew install postgresql), or name their folder in {BIN_VARIABLE}. `make test-sqlite` runs without."
)
SETTINGS: Final = """
listen_addresses = ''
unix_socket_directories = '{socket}'
port = 5432
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
"""


class PostgresUnavailableError(RuntimeError):
    """No server can be had here; the message says what to install."""


@dataclass(frozen=True)
class Cluster:
    """A running server, reached through the folder of its socket."""

    socket: Path

    def url(self, database: str) -> str:
        """Give the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def connect(self, database: str) -> psycopg.Connection:
        """Connect without a transaction around the statements."""
        return psycopg.connect(host=str(self.socket), dbname=database, user="postgres", autocommit=True)

    def create(self, database: str, template: str | None = None) -> None:
        """Create a database, as a copy of a template to which nobody is connected."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(sql.Identifier(database), sql.Identifier(template or "template1")))

    def drop(self, database: str) -> None:
        """Drop a database if it is there, whoever is connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def stop(self) -> None:
        """Stop the server and remove its files."""
        _remove(self.socket)

    def _run(self, statement: sql.Composed) -> None:
        with self.connect("postgres") as connection:
            connection.execute(statement)


def cluster() -> Cluster:
    """Give the cluster of this run; the first caller starts it and stops it when its process ends.

    Raises
    ------
    PostgresUnavailableError
        No server programs are installed and they cannot be installed from here.
    """
    if SOCKET_VARIABLE in os.environ:
        return _handed_over()
    started, lock = _start()
    # Open for as long as this process lives: a sweep takes a cluster whose lock is free for a dead run's.
    atexit.register(_stop_own, started, lock, os.getpid())
    os.environ[SOCKET_VARIABLE] = str(started.socket)
    return started


def _stop_own(started: Cluster, lock: IO[str], owner: int) -> None:
    if os.getpid() == owner:  # a forked child inherits the hook but not the cluster
        started.stop()
        lock.close()


def _start(*, detached: bool = False) -> tuple[Cluster, IO[str]]:
    programs = binaries()
    home, lock = _reserve()
    try:
        _initialise(programs, home)
        command: list[str | Path] = [programs / "pg_ctl", "start", "-w", "-l", home / "log", "-D", home / "data"]
        # A detached server keeps the lock itself, by inheriting it.
        _as_server(command, home, keep=lock if detached else None)
    except BaseException:
        _remove(home)
        lock.close()
        raise
    return Cluster(home), lock


def _initialise(programs: Path, home: Path) -> None:
    options = ["-N", "-A", "trust", "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
    _as_server([programs / "initdb", *options, "-D", home / "data"], home)
    with (home / "data" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write(SETTINGS.format(socket=home))


def _reserve() -> tuple[Path, IO[str]]:
    with _alone():
        _sweep()
        home = Path(tempfile.mkdtemp(dir=ROOT, prefix="run-"))
        if os.geteuid() == 0:
            os.chown(home, _server_user(), -1)
        lock = _lock_file(home)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return home, lock


@contextmanager
def _alone() -> Iterator[None]:
    ROOT.mkdir(mode=0o711, exist_ok=True)
    with (ROOT / "guard").open("w", encoding="utf-8") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    for home in ROOT.glob("run-*"):
        with _lock_file(home) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            _remove(home)


def _lock_file(home: Path) -> IO[str]:
    return (home / "lock").open("w", encoding="utf-8")


def _remove(home: Path) -> None:
    if (home / "data" / "postmaster.pid").exists():
        # A machine that was switched off leaves the file without its server. One that cannot be stopped ends by itself
        # once its files are gone.
        with suppress(PostgresUnavailableError):
            _as_server([binaries() / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", home / "data"], home)
    shutil.rmtree(home, ignore_errors=True)


def _as_server(command: list[str | Path], home: Path, *, keep: IO[str] | None = None) -> None:
    """Run a command as the user the server runs as: PostgreSQL refuses to run as root."""
    answer = subprocess.run(
        command,
        cwd=home,
        env={name: text for name, text in os.environ.items() if not name.startswith("PG")},
        user=_server_user() if os.geteuid() == 0 else None,
        pass_fds=[keep.fileno()] if keep else [],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode:
        log = home / "log"
        raise PostgresUnavailableError(answer.stdout + (log.read_text(encoding="utf-8") if log.exists() else ""))


def _server_user() -> int:
    try:
        return pwd.getpwnam("postgres").pw_uid
    except KeyError:
        message = "PostgreSQL cannot run as root and there is no user 'postgres' to run it as: add one."
        raise PostgresUnavailableError(message) from None


def binaries() -> Path:
    """Return the folder of the server's programs, and of the client's, installing them where that is possible."""
    found = _found()
    if not found and apt.can_install():
        with _no_services():
            apt.install("postgresql")
        found = _found()
    if not found:
        raise PostgresUnavailableError(MISSING)
    return found


def _found() -> Path | None:
    """Find the folder that holds pg_ctl and initdb: the one named, the one on the path, Debian's newest."""
    if named := os.environ.get(BIN_VARIABLE):
        folders = [Path(named)]
    else:
        on_path = shutil.which("pg_ctl")
        installed = sorted(DEBIAN_BINARIES.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
        folders = [*([Path(on_path).resolve().parent] if on_path else []), *installed]
    return next((folder for folder in folders if (folder / "pg_ctl").exists() and (folder / "initdb").exists()), None)


@contextmanager
def _no_services() -> Iterator[None]:
    """Keep Debian from starting a server of its own; a policy that stands already is left alone."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _handed_over() -> Cluster:
    if socket := os.environ.get(SOCKET_VARIABLE):
        return Cluster(Path(socket))
    message = f"{SOCKET_VARIABLE} does not name a running cluster: put there what `start` printed."
    raise PostgresUnavailableError(message)


def main(arguments: list[str]) -> int:
    """Answer the command line; a cluster started here lives until it is stopped."""
    match arguments:
        case ["start"]:
            started, lock = _start(detached=True)
            lock.close()
            print(started.socket)  # noqa: T201 - the answer of a command
        case ["url", *names] if len(names) <= 1:
            print(_handed_over().url(*(names or ["postgres"])))  # noqa: T201 - as above
        case ["stop"]:
            _handed_over().stop()
        case _:
            print(__doc__, file=sys.stderr)  # noqa: T201 - as above
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
