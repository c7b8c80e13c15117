"""Promises that only the database can keep whatever runs at once, declared once for SQLite and PostgreSQL.

`no_overlap` forbids two active rows of one key over overlapping half-open intervals: an exclusion constraint on
PostgreSQL, triggers on SQLite. `append_only` forbids changing or deleting rows. Each registers itself for
`create_all`; migrations run `statements(dialect)` by hand, and again after every SQLite batch operation, because
move-and-copy drops triggers without a word.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.schema import DDL
from sqlmodel import SQLModel


@dataclass(frozen=True)
class Guard:
    """A rule kept by the database: its name (as it appears in the error) and the statements that make it."""

    name: str
    table: str
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]

    def statements(self, dialect: str) -> tuple[str, ...]:
        """Return the DDL for `sqlite` or `postgresql`, in order."""
        return {"sqlite": self.sqlite, "postgresql": self.postgresql}[dialect]

    def attach(self) -> None:
        """Run the statements whenever `create_all` makes the table."""
        table = SQLModel.metadata.tables[self.table]
        for dialect in ("sqlite", "postgresql"):
            for statement in self.statements(dialect):
                escaped = statement.replace("%", "%%")
                ddl = DDL(escaped)  # type: ignore[no-untyped-call]
                sa.event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def no_overlap(table: str, key: str, starts: str, ends: str, where: str) -> Guard:
    """Forbid overlap of `[starts, ends)` among the rows of one `key` for which `where` holds."""
    name = f"no_overlap_{table}"
    clash = (
        f"SELECT 1 FROM {table} AS other WHERE other.{key} = NEW.{key} AND other.id <> NEW.id "  # noqa: S608 - our own names
        f"AND other.{where} AND other.{starts} < NEW.{ends} AND NEW.{starts} < other.{ends}"
    )
    body = f"WHEN NEW.{where} BEGIN SELECT RAISE(ABORT, '{name}') WHERE EXISTS ({clash}); END"
    return Guard(
        name=name,
        table=table,
        sqlite=(
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} {body}",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF {key}, {starts}, {ends}, {where} ON {table} {body}",
        ),
        postgresql=(
            "CREATE EXTENSION IF NOT EXISTS btree_gist",
            (
                f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
                f"({key} WITH =, tstzrange({starts}, {ends}, '[)') WITH &&) WHERE ({where})"
            ),
        ),
    )


def append_only(table: str) -> Guard:
    """Forbid UPDATE and DELETE on a table."""
    name = f"append_only_{table}"
    function = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END $$"
    )
    return Guard(
        name=name,
        table=table,
        sqlite=tuple(
            f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{name}'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        postgresql=(
            function,
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ),
    )
