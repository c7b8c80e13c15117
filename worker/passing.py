"""Sweeps over what time moves: shifts that begin and end, requests that lapse, check-ups that were held."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.db import Wiring
from models.dispatch_request import DispatchRequest
from models.office import CheckupSession, CheckupStatus
from models.shift import Shift, ShiftStatus
from services import passing
from services.unit import Unit
from worker.due import each_due


def move_shifts(wiring: Wiring) -> int:
    """Begin and end shifts whose time has come; their requests follow."""
    return each_due(wiring, Shift, _due_shifts, passing.catch_up)


def _due_shifts(unit: Unit) -> SelectOfScalar[UUID]:
    begins = sa.and_(col(Shift.status).in_(sorted(passing.TO_COME)), col(Shift.starts_at) <= unit.now)
    ends = sa.and_(col(Shift.status) == ShiftStatus.IN_PROGRESS, col(Shift.ends_at) <= unit.now)
    return select(Shift.id).where(sa.or_(begins, ends))


def lapse_requests(wiring: Wiring) -> int:
    """Cancel requests whose start came before anybody accepted them."""
    return each_due(wiring, DispatchRequest, _due_requests, passing.lapse)


def _due_requests(unit: Unit) -> SelectOfScalar[UUID]:
    return select(DispatchRequest.id).where(
        col(DispatchRequest.status).in_(sorted(passing.NEVER_ACCEPTED)), col(DispatchRequest.starts_at) <= unit.now
    )


def hold_checkups(wiring: Wiring) -> int:
    """Note check-up sessions as held once their reception is over."""
    return each_due(wiring, CheckupSession, _due_checkups, passing.hold)


def _due_checkups(unit: Unit) -> SelectOfScalar[UUID]:
    tomorrow = unit.today + timedelta(days=1)
    return select(CheckupSession.id).where(
        CheckupSession.status == CheckupStatus.PLANNED, col(CheckupSession.held_on) < tomorrow
    )
