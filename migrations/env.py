"""Alembic's environment: bounded waiting, one migrator at a time, one transaction per migration."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import AutoString

import migrations.guarding  # noqa: F401 - teaches Alembic about guards
from models.base import UtcDateTime
from models.tables import METADATA

_ONE_AT_A_TIME = 0x6B616B65  # an advisory lock's number: "kake"
_PATIENCE = 600
"""Seconds that a migrator waits for the one before it: on a slow disk a new schema takes longer than a request may wait."""


def _engine() -> sa.Engine:
    given: sa.Engine | None = context.config.attributes.get("engine")
    if given is not None:
        return given
    # Alembic's own command line: the developer's database, as the settings name it.
    from api.db import Database  # noqa: PLC0415
    from api.settings import read_settings  # noqa: PLC0415

    return Database.of(read_settings()).writing


def _render(kind: str, thing: Any, _: AutogenContext) -> str | Literal[False]:
    """Write our types as what lies below them: migrations import neither the models nor SQLModel."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})"
    return False


@contextmanager
def _postgresql(connection: sa.Connection) -> Iterator[None]:
    connection.exec_driver_sql(f"SET statement_timeout = '{_PATIENCE}s'")
    connection.exec_driver_sql(f"SET lock_timeout = '{_PATIENCE}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ONE_AT_A_TIME})")
    connection.exec_driver_sql("SET lock_timeout = '10s'")
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_ONE_AT_A_TIME})")
        connection.exec_driver_sql("RESET lock_timeout")
        connection.exec_driver_sql("RESET statement_timeout")
        connection.commit()


@contextmanager
def _sqlite(connection: sa.Connection) -> Iterator[None]:
    # Batch mode copies tables; with foreign keys on, dropping the old one would count as deleting its rows. The
    # PRAGMA is deaf inside a transaction, so it goes to the driver, outside of SQLAlchemy's.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    (waits,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute(f"PRAGMA busy_timeout={_PATIENCE * 1000}")
    # And renaming the copy would look for the old one in every trigger that reads from it.
    driver.execute("PRAGMA legacy_alter_table=ON")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA legacy_alter_table=OFF")
        driver.execute(f"PRAGMA busy_timeout={waits}")
        driver.execute("PRAGMA foreign_keys=ON")


def _run() -> None:
    with _engine().connect() as connection:
        postgresql = connection.dialect.name == "postgresql"
        with (_postgresql if postgresql else _sqlite)(connection):
            context.configure(
                connection=connection,
                target_metadata=METADATA,
                render_as_batch=not postgresql,
                render_item=_render,
                transactional_ddl=True,
                transaction_per_migration=postgresql,
                compare_type=True,
            )
            # SQLite's one write transaction around all of them is its lock against a second migrator.
            with context.begin_transaction():
                context.run_migrations()


_run()
