"""How a sweep goes over due rows: one at a time, each in a transaction of its own, and what another has it leaves alone."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from api.constraints import is_lost_race
from api.db import Wiring
from models.assignment import Assignment
from models.shift import Shift
from models.volunteer import Volunteer
from services.unit import Found, Unit

log = structlog.get_logger()

BATCH = 200
"""Rows that one run looks at; what is left over is due again in the next."""


def each_due(
    wiring: Wiring,
    table: type[Found],
    due: Callable[[Unit], SelectOfScalar[UUID]],
    verb: Callable[[Unit, Found], None],
) -> int:
    """Call `verb` with each due row, locked, and return how many were done.

    The verb looks again whether the row is due: between the reading and the lock anything may have happened. A row that
    another worker has, or whose race is lost, is left for the next run; one that fails holds up no other.
    """

    def do(unit: Unit, row_id: UUID) -> bool:
        row = unit.take(table, row_id)
        if row is not None:
            verb(unit, row)
        return row is not None

    with wiring.unit(write=False) as unit:
        ids = list(unit.session.exec(due(unit).order_by(col(table.id)).limit(BATCH)))
    return sum(_one(wiring, row_id, do) for row_id in ids)


def in_chunks(
    wiring: Wiring,
    table: type[Found],
    due: Callable[[Unit], SelectOfScalar[UUID]],
    verb: Callable[[Unit, Sequence[Found]], None],
) -> int:
    """Call `verb` with all due rows, locked, so many to a transaction, and return how many were done.

    For what is due to thousands at once. The verb looks again which of them are due. A chunk that fails is gone through
    row by row, so that one row holds up no other; what another worker has is left for the next run.
    """

    def do(unit: Unit, ids: Sequence[UUID]) -> int:
        rows = unit.take_all(table, ids)
        verb(unit, rows)
        return len(rows)

    done, last = 0, UUID(int=0)
    while ids := _due_after(wiring, table, due, last):
        last = ids[-1]
        done += _chunk(wiring, ids, do)
    return done


def _due_after(
    wiring: Wiring, table: type[Found], due: Callable[[Unit], SelectOfScalar[UUID]], last: UUID
) -> list[UUID]:
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(due(unit).where(col(table.id) > last).order_by(col(table.id)).limit(BATCH)))


def _chunk(wiring: Wiring, ids: Sequence[UUID], do: Callable[[Unit, Sequence[UUID]], int]) -> int:
    try:
        with wiring.unit() as unit:
            return do(unit, ids)
    except Exception:  # noqa: BLE001 - each is looked at alone, and what it fails at is told there
        return sum(_one(wiring, row_id, lambda unit, one: bool(do(unit, [one]))) for row_id in ids)


def each_standing(
    wiring: Wiring, due: Callable[[Unit], Iterable[UUID]], verb: Callable[[Unit, Assignment, Shift], None]
) -> int:
    """Call `verb` with each due assignment and its shift, locked in the house's order; else as `each_due`."""

    def do(unit: Unit, assignment_id: UUID) -> bool:
        seen = unit.session.get(Assignment, assignment_id)
        if seen is None or unit.take(Volunteer, seen.volunteer_id) is None:
            return False
        shift = unit.lock(Shift, seen.shift_id)
        verb(unit, unit.lock(Assignment, assignment_id), shift)
        return True

    with wiring.unit(write=False) as unit:
        ids = list(due(unit))
    return sum(_one(wiring, assignment_id, do) for assignment_id in ids)


def _one(wiring: Wiring, row_id: UUID, do: Callable[[Unit, UUID], bool]) -> bool:
    try:
        with wiring.unit() as unit:
            return do(unit, row_id)
    except (OperationalError, StaleDataError) as error:
        if not is_lost_race(error):
            raise
    except Exception:  # the row is still due: the next run tries again, and the others go on
        log.exception("due_row_failed", row=str(row_id))
    return False
