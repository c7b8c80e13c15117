"""How a sweep goes over due rows: one at a time, each in a transaction of its own, and what another has it leaves alone."""

from collections.abc import Callable
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from api.constraints import is_lost_race
from api.db import Wiring
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
    with wiring.unit(write=False) as unit:
        ids = list(unit.session.exec(due(unit).order_by(col(table.id)).limit(BATCH)))
    return sum(_one(wiring, table, row_id, verb) for row_id in ids)


def _one(wiring: Wiring, table: type[Found], row_id: UUID, verb: Callable[[Unit, Found], None]) -> bool:
    try:
        with wiring.unit() as unit:
            row = unit.take(table, row_id)
            if row is None:
                return False
            verb(unit, row)
    except OperationalError as error:
        if not is_lost_race(error):
            raise
        return False
    except Exception:  # the row is still due: the next run tries again, and the others go on
        log.exception("due_row_failed", table=table.__tablename__, row=str(row_id))
        return False
    return True
