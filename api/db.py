"""Engines over the two databases, and what the whole process shares. The unit of work of a request is `api/work.py`."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlmodel import Session

from api.settings import Settings
from services.actor import SYSTEM, Actor
from services.clock import Clock
from services.credentials import Vault
from services.kept_roll import KeptRoll
from services.rules import HouseRules
from services.unit import Unit


@dataclass
class Database:
    """Two engines over one database: writing transactions are exclusive from the start on SQLite, reading ones are not."""

    url: str
    pool_size: int
    synchronous: str = "FULL"
    writing: Engine = field(init=False)
    reading: Engine = field(init=False)

    def __post_init__(self) -> None:
        if make_url(self.url).get_backend_name() == "sqlite":
            self.writing = self._sqlite("BEGIN IMMEDIATE")
            self.reading = self._sqlite("BEGIN")
        else:
            self.writing = self.reading = self._postgresql()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.writing.dialect.name

    def close(self) -> None:
        """Close every connection; one that a thread still reads with, as soon as it is given back."""
        for engine in {self.writing, self.reading}:
            left = engine.pool
            engine.dispose()
            sa.event.listen(left, "checkin", _end)
            left.dispose()  # what came back between the two lines above

    def _sqlite(self, begin: str) -> Engine:
        file = make_url(self.url).database
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(
            self.url,
            poolclass=sa.pool.QueuePool,
            pool_size=self.pool_size,
            max_overflow=0,
            connect_args={"check_same_thread": False, "isolation_level": None},
            hide_parameters=True,
        )
        synchronous = self.synchronous

        @sa.event.listens_for(engine, "connect")
        def _configure(connection: Any, _: object) -> None:
            for pragma in (
                "busy_timeout=10000",
                "journal_mode=WAL",
                f"synchronous={synchronous}",
                "foreign_keys=ON",
                "cache_size=-32000",
                "mmap_size=268435456",
                "temp_store=MEMORY",
            ):
                connection.execute(f"PRAGMA {pragma}")

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def _postgresql(self) -> Engine:
        return sa.create_engine(
            self.url,
            pool_size=self.pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"options": "-c statement_timeout=30000 -c lock_timeout=10000 -c timezone=UTC"},
            hide_parameters=True,
        )

    @classmethod
    def of(cls, settings: Settings) -> "Database":
        """Return the database the settings name; the pool holds every thread, the sweeps and what is made beside them."""
        return cls(settings.database_url, settings.threads_or_default + 3, settings.sqlite_synchronous)


def _end(_: object, kept: sa.pool.ConnectionPoolEntry) -> None:
    """A pool that its engine has left would keep what is given back until the collector comes by."""
    kept.invalidate()


@dataclass(frozen=True)
class Wiring:
    """What the whole process shares."""

    settings: Settings
    database: Database
    clock: Clock
    vault: Vault
    rules: HouseRules
    kept_roll: KeptRoll = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kept = KeptRoll(lambda: self.unit(write=False), _beside, self.settings.kept_roll_from)
        object.__setattr__(self, "kept_roll", kept)

    @contextmanager
    def unit(self, actor: Actor = SYSTEM, *, write: bool = True, language: str = "ja") -> Iterator[Unit]:
        """Open a unit of work for the command line and the sweeps, which own their transactions."""
        engine = self.database.writing if write else self.database.reading
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield Unit(session, actor, self.clock(), self.rules, self.vault, language, kept_roll=self.kept_roll)


def _beside(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="kept-roll", daemon=True).start()
