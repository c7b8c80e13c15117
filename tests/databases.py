"""A clean database for each test: migrated and filled with the reference data once, then copied or put back."""

import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Dialect, make_url

from api.db import Database, Wiring
from api.migrating import migrate
from api.settings import Environment, Settings
from models.tables import METADATA
from services import reference
from services.clock import Clock, SetClock

LONG_AGO = datetime(2025, 4, 1, tzinfo=UTC)
"""When the reference data of the template were loaded: before anything a test does."""


def settings_for(url: str, **over: object) -> Settings:
    """Return the settings of tests over a database."""
    if over.keys() <= {"var"}:
        return _plain_settings().model_copy(update={"database_url": url, **over})
    return _validated(database_url=url, **over)


@cache
def _plain_settings() -> Settings:
    """Settings that a test changes by nothing but where its data lie: to read them anew takes as long as many a test."""
    return _validated()


def _validated(**over: object) -> Settings:
    return Settings.model_validate({"environment": Environment.TEST, "sqlite_synchronous": "NORMAL", **over})


class LentDatabase(Database):
    """The product's engines, used again for the next database once this one is closed.

    An engine remembers every statement that it compiled; a new one for each test would compile them all anew, which
    takes longer than to run them. Connections are passed on only to who gets the same database, where nobody uses them
    any more: a server's process that is new has to read its catalogue first.
    """

    def __post_init__(self) -> None:
        self.synchronous = "OFF"  # what a test writes need not outlive the machine, only the process
        where = self.url if self.url in _LENT_AGAIN else make_url(self.url).get_backend_name()
        self._free = _FREE[where, self.pool_size]
        if self._free:
            self.writing, self.reading = self._free.pop()
        else:
            super().__post_init__()
            _unsettle(self.writing, self.reading)
        self._redirections = [_redirect(engine, self.url) for engine in {self.writing, self.reading}]

    def close(self) -> None:
        """Close every connection, unless it may be passed on, and give the engines back."""
        if self.url not in _LENT_AGAIN or self._is_in_use():
            super().close()
        if self._redirections:
            self._free.append((self.writing, self.reading))
        while self._redirections:
            engine, redirection = self._redirections.pop()
            sa.event.remove(engine, "do_connect", redirection)

    def _is_in_use(self) -> bool:
        pools = [engine.pool for engine in (self.writing, self.reading)]
        return any(pool.checkedout() for pool in pools if isinstance(pool, sa.pool.QueuePool))


_LENT_AGAIN: Final[set[str]] = set()
"""The databases that one test gets after the other."""
_FREE: Final[defaultdict[tuple[str, int], list[tuple[sa.Engine, sa.Engine]]]] = defaultdict(list)


def _unsettle(*engines: sa.Engine) -> None:
    """Let SQLite return backwards what nobody put in order.

    PostgreSQL returns such rows as it likes, once in a while otherwise than they were written; what relies on an order
    that it did not ask for fails here at once instead.
    """
    for engine in set(engines):
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA reverse_unordered_selects=ON"))


def _redirect(engine: sa.Engine, url: str) -> tuple[sa.Engine, Any]:
    """Let an engine connect to a database, whatever it was made for."""

    def connect(dialect: Dialect, _: object, positional: list[Any], named: dict[str, Any]) -> None:
        address: tuple[Sequence[Any], Any] = dialect.create_connect_args(make_url(url))
        positional[:] = address[0]
        named.update(address[1])

    sa.event.listen(engine, "do_connect", connect)
    return engine, connect


def wired(settings: Settings, clock: Clock) -> Wiring:
    """Return what a process shares, without an application around it."""
    return Wiring(settings, LentDatabase.of(settings), clock, settings.vault(), settings.rules())


def with_settings(wiring: Wiring, **over: object) -> Wiring:
    """Return the same with other settings."""
    return replace(wiring, settings=wiring.settings.model_copy(update=over))


def programs_for(url: str) -> Path | None:
    """Return where the client programs of a database are; SQLite has and needs none."""
    if url.startswith("sqlite"):
        return None
    from tests.postgres import binaries  # noqa: PLC0415 - psycopg is needed on PostgreSQL only

    return binaries()


def fill(url: str) -> None:
    """Migrate an empty database and load the reference data."""
    wiring = wired(settings_for(url), SetClock(LONG_AGO))
    try:
        migrate(wiring)
        with wiring.unit() as unit:
            reference.load(unit)
    finally:
        wiring.database.close()


class House(Protocol):
    """Where tests get their databases from."""

    def lend(self, folder: Path) -> str:
        """Return the URL of a clean database for one test, after which the next may get the same one."""

    def fresh(self, folder: Path) -> str:
        """Return the URL of a database that nobody else has or will have."""

    def empty(self, folder: Path) -> str:
        """Return the URL of a database without any table."""

    def close(self) -> None:
        """Give everything back."""


class SqliteHouse:
    """A template file, and a copy of it for each test."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        fill(f"sqlite:///{self._template}")

    def lend(self, folder: Path) -> str:
        """Return a copy; copying is so quick that nothing needs to be put back."""
        return self.fresh(folder)

    def fresh(self, folder: Path) -> str:
        """Return a copy."""
        shutil.copyfile(self._template, folder / "test.db")
        return f"sqlite:///{folder / 'test.db'}"

    def empty(self, folder: Path) -> str:
        """Return a file that does not exist yet."""
        return f"sqlite:///{folder / 'empty.db'}"

    def close(self) -> None:
        """Nothing to give back: pytest removes its folders."""


class PostgresHouse:
    """A template database, one made from it for most tests of this process, and one of their own for races."""

    def __init__(self, process: str) -> None:
        from tests.postgres import cluster  # noqa: PLC0415 - psycopg is needed on PostgreSQL only

        self._cluster = cluster()
        self._process = process
        self._made: list[str] = []
        template = self._cluster.url(self._make("template", None))
        fill(template)
        self._shared = self._cluster.url(self._make("shared", self._name("template")))
        _LENT_AGAIN.add(self._shared)
        self._putting_back = self._cluster.connect(self._name("shared"))
        self._put_back = _restoration(self._putting_back)

    def lend(self, folder: Path) -> str:  # noqa: ARG002 - files are SQLite's
        """Return the shared database, every table as it was in the template."""
        self._putting_back.execute(self._put_back)
        return self._shared

    def fresh(self, folder: Path) -> str:  # noqa: ARG002 - files are SQLite's
        """Return a database of its own."""
        return self._cluster.url(self._make(f"fresh_{len(self._made)}", self._name("template")))

    def empty(self, folder: Path) -> str:  # noqa: ARG002 - files are SQLite's
        """Return a database without tables."""
        return self._cluster.url(self._make(f"empty_{len(self._made)}", None))

    def close(self) -> None:
        """Drop what was made."""
        self._putting_back.close()
        for writing, reading in chain.from_iterable(_FREE.values()):
            writing.dispose()
            reading.dispose()
        for name in self._made:
            self._cluster.drop(name)

    def _name(self, purpose: str) -> str:
        return f"{purpose}_{self._process}"

    def _make(self, purpose: str, template: str | None) -> str:
        name = self._name(purpose)
        self._cluster.drop(name)
        self._cluster.create(name, template)
        self._made.append(name)
        return name


def _restoration(connection: Any) -> str:
    """Keep a copy of each filled table beside the schema; return the statements that bring them all back.

    They delete, for rows are few: to truncate would make each table's files anew. Triggers and foreign keys are silent
    meanwhile. Nothing is vacuumed, so that rows lie in the order in which a test wrote them, as in a new table.
    """
    tables = [f'"{table.name}"' for table in METADATA.sorted_tables]
    connection.execute("SET session_replication_role = replica")
    connection.execute("CREATE SCHEMA kept")
    for name in tables:
        connection.execute(f"ALTER TABLE {name} SET (autovacuum_enabled = off)")
    filled = [name for name in tables if connection.execute(f"SELECT FROM {name} LIMIT 1").rowcount]
    for name in filled:
        connection.execute(f"CREATE TABLE kept.{name} AS TABLE {name}")
    deletes = [f"DELETE FROM {name}" for name in tables]  # noqa: S608 - our own names
    inserts = [f"INSERT INTO {name} SELECT * FROM kept.{name}" for name in filled]  # noqa: S608 - our own names
    return "; ".join([*deletes, *inserts])
