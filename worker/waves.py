"""Sweeps over offers: those whose deadline is over, and the waves that follow them."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.db import Wiring
from models.cascade import LIVE, Cascade
from models.offer import Offer, OfferStatus
from models.shift import Shift
from services import cascading, passing
from services.unit import Unit
from worker.due import each_due


def expire_offers(wiring: Wiring) -> int:
    """Close the offers that nobody answered in time, shift by shift."""
    return each_due(wiring, Shift, _overdue, passing.expire_overdue)


def _overdue(unit: Unit) -> SelectOfScalar[UUID]:
    overdue = select(Offer.shift_id).where(Offer.status == OfferStatus.SENT, col(Offer.respond_by) < unit.now)
    return select(Shift.id).where(col(Shift.id).in_(overdue))


def send_waves(wiring: Wiring) -> int:
    """Send the waves that are due, shift by shift: the shift is locked before what belongs to it."""
    return each_due(wiring, Shift, _due_waves, cascading.step)


def _due_waves(unit: Unit) -> SelectOfScalar[UUID]:
    due = select(Cascade.shift_id).where(col(Cascade.status).in_(sorted(LIVE)), col(Cascade.next_at) <= unit.now)
    return select(Shift.id).where(col(Shift.id).in_(due))
