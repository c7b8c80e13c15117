"""What every table shares: names of constraints, identifiers, the UTC column type, enumerations as checked text."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
import uuid_utils
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

_Status = TypeVar("_Status", bound=StrEnum)


def new_id() -> UUID:
    """Return a fresh UUIDv7: opaque to clients, ordered by time for the index."""
    return UUID(int=uuid_utils.uuid7().int)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, on SQLite and PostgreSQL alike.

    SQLite keeps it as text of fixed width, so comparing texts (as the overlap triggers do) compares instants.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a naive datetime must not reach the database"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(enumeration: type[_Status], *, nullable: bool = False, index: bool = False) -> Any:
    """Declare a column that holds one member of a `StrEnum` by value, kept by a named CHECK on both databases."""
    kind = sa.Enum(
        enumeration,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
        name=_snake(enumeration.__name__),
    )
    return Field(default=None if nullable else ..., sa_type=kind, nullable=nullable, index=index)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def reference(target: str, *, nullable: bool = False, index: bool = True, unique: bool = False) -> Any:
    """Declare a foreign key. Nothing is deleted by cascade: what others point at stays (design: RESTRICT)."""
    return Field(
        default=None if nullable else ...,
        foreign_key=target,
        nullable=nullable,
        index=index and not unique,
        unique=unique,
        ondelete="RESTRICT",
    )


def json_column(default: type[list[Any]] | type[dict[str, Any]] = list) -> Any:
    """Declare a JSON column that is never queried by content, so that both databases serve it alike."""
    return Field(default_factory=_no_items if default is list else _no_entries, sa_type=sa.JSON, nullable=False)


# Pydantic looks at a factory's signature for every row: that of a builtin is parsed from text and costs half of the row.
def _no_items() -> list[Any]:
    return []


def _no_entries() -> dict[str, Any]:
    return {}


class Row(SQLModel):
    """A table row with an opaque identifier."""

    id: UUID = Field(default_factory=new_id, primary_key=True)


class Aggregate(Row):
    """A row that clients address: it has a version (its ETag) and remembers when and by whom it was made.

    `created_at`, `updated_at` are UTC instants; `version` starts at 1 and grows by one with each change of the
    row or of what belongs to it.
    """

    version: int = Field(default=1, nullable=False)
    created_at: datetime = Field(sa_type=UtcDateTime, nullable=False)
    updated_at: datetime = Field(sa_type=UtcDateTime, nullable=False)
    created_by: UUID | None = Field(default=None, nullable=True)

    @property
    def etag(self) -> str:
        """The strong entity tag `"<id>.<version>"` (RFC 9110)."""
        return f'"{self.id}.{self.version}"'

    def touch(self, now: datetime) -> None:
        """Record a change of this row or of one of its children."""
        self.version += 1
        self.updated_at = now


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    """Declare a column that holds an instant (UTC)."""
    return Field(default=None if nullable else ..., sa_type=UtcDateTime, nullable=nullable, index=index)
