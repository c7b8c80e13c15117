"""Keyset paging: a stable order, an opaque cursor bound to the list it came from, a constant number of queries."""

import base64
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select

from models.fields import View
from services.errors import invalid
from services.queries import caller_parameters
from services.unit import Unit

Shown = TypeVar("Shown", bound=View)
Found = TypeVar("Found")


class Page(View, Generic[Shown]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[Shown]
    next_cursor: str | None


@dataclass(frozen=True)
class Ask:
    """Which page is wanted: at most `limit` items after `cursor`."""

    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True)
class Order:
    """The order of a list: columns that end in a unique one, all ascending or all descending."""

    columns: tuple[Any, ...]
    descending: bool = False

    def apply(self, statement: Select[Any], after: Sequence[Any] | None) -> Select[Any]:
        """Return the statement in order, from behind the given keys."""
        if after is not None:
            keys = sa.tuple_(*self.columns)
            place = sa.tuple_(
                *(sa.bindparam(None, value, column.type) for value, column in zip(after, self.columns, strict=True))
            )
            statement = statement.where(keys < place if self.descending else keys > place)
        return statement.order_by(*(column.desc() if self.descending else column.asc() for column in self.columns))


def page(
    unit: Unit,
    ask: Ask,
    statement: Select[Any],
    order: Order,
    show: Callable[[Unit, list[Any]], list[Shown]],
    scope: str,
) -> Page[Shown]:
    """Return one page. `scope` names the list and its filters: a cursor from another list is refused.

    Raises `InvalidFields` for a cursor that this list did not give.
    """
    after = decode(unit, ask.cursor, scope) if ask.cursor is not None else None
    ordered = order.apply(statement.add_columns(*order.columns), after).limit(ask.limit + 1)
    rows = unit.session.execute(ordered, caller_parameters(unit.actor)).all()
    width = len(order.columns)
    kept = rows[: ask.limit]
    more = encode(unit, kept[-1][-width:], scope) if len(rows) > ask.limit else None
    items = show(unit, [row[0] if len(row) == width + 1 else row[:-width] for row in kept])
    return Page(items=items, next_cursor=more)


def page_of(
    unit: Unit,
    ask: Ask,
    found: Iterable[Found],
    key: Callable[[Found], tuple[Any, ...]],
    show: Callable[[Unit, list[Found]], list[Shown]],
    scope: str,
) -> Page[Shown]:
    """Return one page of what no single statement could order: all of it is `found`, only the page is shown.

    `key` orders and is unique. Raises `InvalidFields` for a cursor that this list did not give.
    """
    after = tuple(decode(unit, ask.cursor, scope)) if ask.cursor is not None else None
    left = sorted((one for one in found if after is None or key(one) > after), key=key)
    kept = left[: ask.limit]
    more = encode(unit, key(kept[-1]), scope) if len(left) > ask.limit else None
    return Page(items=show(unit, kept), next_cursor=more)


def scope_of(name: str, *filters: object) -> str:
    """Return the scope of a list with these filters."""
    return json.dumps([name, *map(str, filters)])


def encode(unit: Unit, keys: Sequence[Any], scope: str) -> str:
    """Return the cursor behind these keys, sealed with the server's key: a made-up one is never read."""
    packed = json.dumps([_pack(key) for key in keys], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_proof(unit, packed, scope) + packed).rstrip(b"=").decode()


def decode(unit: Unit, cursor: str, scope: str) -> list[Any]:
    """Return the keys of a cursor. Raises `InvalidFields` when it is not one of this list."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raise invalid("cursor", "CURSOR") from None
    proof, packed = raw[:_PROOF], raw[_PROOF:]
    if not hmac.compare_digest(proof, _proof(unit, packed, scope)):
        raise invalid("cursor", "CURSOR")
    return [_UNPACK[kind](value) for kind, value in json.loads(packed)]


_PROOF = 12


def _proof(unit: Unit, packed: bytes, scope: str) -> bytes:
    return hmac.digest(unit.vault.secret_key, b"cursor:" + scope.encode() + packed, "sha256")[:_PROOF]


def _pack(key: Any) -> tuple[str, Any]:
    if isinstance(key, datetime):
        return "t", key.isoformat()
    if isinstance(key, date):
        return "d", key.isoformat()
    return ("u", key.hex) if isinstance(key, UUID) else ("=", key)


_UNPACK: dict[str, Callable[[Any], Any]] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "u": UUID,
    "=": lambda value: value,
}
