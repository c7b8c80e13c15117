"""Who changed since people were read: what triggers noted (`models/roster_change.py`), asked of either database."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.unit import Unit

KEPT_HOURS: Final = 48
"""How long changes are kept. Who read people longer ago than half of it reads all of them anew."""
_NOW: Final = {
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM now()) AS bigint)",
}
_SEEN: Final = {
    "sqlite": "SELECT CAST(coalesce(max(number), 0) AS TEXT), {now} FROM roster_change",
    "postgresql": "SELECT CAST(pg_current_snapshot() AS text), {now}",
}
_NEW: Final = {
    "sqlite": "number > CAST(:seen AS INTEGER)",
    # By its number the index finds what may be new; the snapshot then knows which of it was there already.
    "postgresql": "transaction_id >= CAST(CAST(pg_snapshot_xmin(CAST(:seen AS pg_snapshot)) AS text) AS bigint) "
    "AND NOT pg_visible_in_snapshot(CAST(CAST(transaction_id AS text) AS xid8), CAST(:seen AS pg_snapshot))",
}


def _per_dialect(text: str) -> dict[str, Any]:
    return {
        name: sa.text(text.format(now=now, seen=_SEEN[name].format(now=now), new=_NEW[name]))
        for name, now in _NOW.items()
    }


_MARK: Final = _per_dialect("{seen}")
_SINCE: Final = _per_dialect(
    "SELECT volunteer_id FROM roster_change WHERE {new} "
    "UNION SELECT NULL WHERE {now} - CAST(:at AS bigint) > CAST(:usable AS bigint)"
)
_EVERYBODY: Final = {
    # Numbers go on from where no count of changes has ever come, so that whoever knows a number knows a smaller one.
    "sqlite": _per_dialect(
        "INSERT INTO roster_change (number, noted_at) SELECT 1000 * at, at FROM (SELECT {now} AS at)"
    ),
    "postgresql": _per_dialect(
        "INSERT INTO roster_change (transaction_id, noted_at) "
        "SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint), {now}"
    ),
}
_FORGET: Final = _per_dialect("DELETE FROM roster_change WHERE noted_at < {now} - CAST(:kept AS bigint)")
_ALL: Final = sa.text("DELETE FROM roster_change")


@dataclass(frozen=True)
class Mark:
    """What a transaction had seen of the changes, and when by the database's clock, in seconds."""

    seen: str
    at: int


def mark(unit: Unit) -> Mark:
    """Return what this transaction has seen. Whoever reads people next knows them at least as they are now."""
    return Mark(*unit.rows(_MARK[_dialect(unit)]).one())


def since(unit: Unit, then: Mark) -> frozenset[UUID] | None:
    """Return who changed since a mark of another transaction, this one's own changes included; None for everybody."""
    statement = _SINCE[_dialect(unit)].columns(volunteer_id=sa.Uuid())
    rows = unit.rows(statement, seen=then.seen, at=then.at, usable=KEPT_HOURS * 3600 // 2)
    found = frozenset(volunteer_id for (volunteer_id,) in rows)
    return None if None in found else found


def tell_of_everybody(unit: Unit) -> None:
    """Note that the whole content is another: what was noted of the one before is nothing to go by."""
    unit.rows(_ALL)
    dialect = _dialect(unit)
    unit.rows(_EVERYBODY[dialect][dialect])


def forget(unit: Unit) -> None:
    """Delete changes that nobody may still ask for."""
    unit.rows(_FORGET[_dialect(unit)], kept=KEPT_HOURS * 3600)


def _dialect(unit: Unit) -> str:
    return unit.session.connection().dialect.name
