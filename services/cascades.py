"""What places, answers and the end of a shift do to its waves; always under the lock of the shift.

Waves themselves are sent by `services/cascading.py`; here they are only hurried on, held up or ended.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.cascade import LIVE, Cascade, CascadeStatus
from models.offer import Offer, OfferStatus
from models.shift import Shift
from services import states
from services.deadlines import is_last_call, last_call, sent_from
from services.unit import Unit

# Built once: building a statement costs as much as running it, and every change of a place asks for it.
_OF_SHIFTS = (
    select(Cascade)
    .where(col(Cascade.shift_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(Cascade.id))
    .execution_options(populate_existing=True)
)


def latest(unit: Unit, shift_ids: Collection[UUID]) -> Sequence[Cascade]:
    """Return the latest waves of each demand of these shifts; what was before them never goes on."""
    rows = unit.session.exec(_OF_SHIFTS, params={"ids": list(shift_ids)}).all()
    return list({row.demand_id: row for row in rows}.values())


def move(unit: Unit, cascade: Cascade, verb: str) -> None:
    """Move waves by a verb of their states; what does not go on has no next time."""
    cascade.status = CascadeStatus(states.CASCADE.next(cascade.status, verb))
    if cascade.status not in LIVE:
        cascade.next_at = None
    cascade.touch(unit.now)
    unit.audit(f"cascade.{verb}", cascade)


def due_from(unit: Unit, shift: Shift, cascade: Cascade, at: datetime) -> datetime:
    """Return when the waves go on that have nothing to do before `at`: not at night, and not past their own end.

    The last call waits for nobody (domain.md §0.1).
    """
    due = sent_from(at, shift.starts_at, unit.rules)
    if not is_last_call(unit.now, shift.starts_at, unit.rules):
        due = min(due, last_call(shift.starts_at, unit.rules))
    return due if cascade.until is None else min(due, cascade.until)


def hurry(unit: Unit, shift: Shift, cascade: Cascade) -> None:
    """Let waves go on now, whoever has still to answer."""
    cascade.next_at = due_from(unit, shift, cascade, unit.now)
    cascade.touch(unit.now)


def hurry_all(unit: Unit, shift: Shift) -> None:
    """Let all waves of a shift go on now: it has changed, and what was said of it before counts no more."""
    for cascade in latest(unit, [shift.id]):
        if cascade.status in LIVE:
            hurry(unit, shift, cascade)


def heard(unit: Unit, shift: Shift, offer: Offer) -> None:
    """Let waves go on once everybody of the last one has answered; who takes her no back is waited for again."""
    for cascade in latest(unit, [shift.id]):
        if cascade.status is CascadeStatus.RUNNING and (cascade.demand_id, cascade.wave) == (
            offer.demand_id,
            offer.wave,
        ):
            cascade.next_at = due_from(unit, shift, cascade, _answered_by(unit, cascade))
            cascade.touch(unit.now)


def _answered_by(unit: Unit, cascade: Cascade) -> datetime:
    """Return by when the last of a wave will have answered."""
    statement = select(Offer.respond_by).where(
        Offer.demand_id == cascade.demand_id, Offer.wave == cascade.wave, Offer.status == OfferStatus.SENT
    )
    return max(unit.session.exec(statement), default=unit.now)


def follow_places(unit: Unit, shift: Shift, takeable: Collection[UUID]) -> None:
    """End the waves of demands that have no place left, and resume those whose place is free again."""
    for cascade in latest(unit, [shift.id]):
        if cascade.demand_id not in takeable and cascade.status in LIVE:
            move(unit, cascade, "fill")
        elif cascade.demand_id in takeable and cascade.status is CascadeStatus.FILLED:
            move(unit, cascade, "resume")
            hurry(unit, shift, cascade)


def end(unit: Unit, shift: Shift) -> None:
    """End the waves of a shift that begins, is cancelled or given up."""
    for cascade in latest(unit, [shift.id]):
        if cascade.status in LIVE:
            move(unit, cascade, "end")
