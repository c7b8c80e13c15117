"""Counting statements: a list must need as many queries for a hundred rows as for one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from api.db import Database


@dataclass
class Statements:
    """The statements seen so far, in order."""

    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)


@contextmanager
def counted(database: Database) -> Iterator[Statements]:
    """Collect what is sent to the database inside the block; opening a transaction is not a query."""
    seen = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.texts.append(statement)

    engines = {database.writing, database.reading}
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)
