"""A clean database for each test: migrated and filled with the reference data once, then copied or put back."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

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
    return Settings.model_validate(
        {"environment": Environment.TEST, "database_url": url, "sqlite_synchronous": "NORMAL", **over}
    )


def wired(settings: Settings, clock: Clock) -> Wiring:
    """Return what a process shares, without an application around it."""
    return Wiring(settings, Database.of(settings), clock, settings.vault(), settings.rules())


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
        self._put_back = _restoration(self._shared)

    def lend(self, folder: Path) -> str:  # noqa: ARG002 - files are SQLite's
        """Return the shared database, every table as it was in the template."""
        engine = sa.create_engine(self._shared, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(self._put_back)
        return self._shared

    def fresh(self, folder: Path) -> str:  # noqa: ARG002 - files are SQLite's
        """Return a database of its own."""
        return self._cluster.url(self._make(f"fresh_{len(self._made)}", self._name("template")))

    def empty(self, folder: Path) -> str:  # noqa: ARG002 - files are SQLite's
        """Return a database without tables."""
        return self._cluster.url(self._make(f"empty_{len(self._made)}", None))

    def close(self) -> None:
        """Drop what was made."""
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


def _restoration(url: str) -> str:
    """Keep a copy of each filled table beside the schema; return the statements that bring them all back."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    tables = [table.name for table in METADATA.sorted_tables]
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA kept")
        filled = [name for name in tables if connection.scalar(sa.text(f'SELECT EXISTS (SELECT FROM "{name}")'))]  # noqa: S608 - our own names
        for name in filled:
            connection.exec_driver_sql(f'CREATE TABLE kept."{name}" AS TABLE "{name}"')
    truncate = ", ".join(f'"{name}"' for name in tables)
    inserts = [f'INSERT INTO "{name}" SELECT * FROM kept."{name}"' for name in filled]  # noqa: S608 - our own names
    return "; ".join([f"TRUNCATE {truncate} RESTART IDENTITY CASCADE", *inserts])
