"""Pairings that end or rest with what happens to the learner or the tutor, not by a verb of their own (domain.md §4.5).

Whoever calls has locked the learner or the tutor, who come before pairings in the order of locks.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.pairing import Pairing, PairingEnd, PairingStatus
from services import classroom_states
from services.unit import Unit

_LIVING = frozenset(PairingStatus) - {PairingStatus.ENDED}


def end_pairings(unit: Unit, key: Any, row_id: UUID, reason: PairingEnd) -> None:
    """End whatever a locked learner or tutor, named by a column of pairings, has with others."""
    for pairing in _take(unit, key, row_id, _LIVING):
        pairing.ended_on, pairing.end_reason = unit.today, reason
        _move(unit, pairing, "end")
    unit.session.flush()


def rest_pairings(unit: Unit, key: Any, row_id: UUID) -> None:
    """Pause what a locked learner or tutor has with others, until whoever runs the classroom lets it go on."""
    for pairing in _take(unit, key, row_id, {PairingStatus.ACTIVE}):
        _move(unit, pairing, "pause")
    unit.session.flush()


def _take(unit: Unit, key: Any, row_id: UUID, standing: Collection[PairingStatus]) -> Sequence[Pairing]:
    concerned = (
        select(Pairing).where(key == row_id, col(Pairing.status).in_(sorted(standing))).order_by(col(Pairing.id))
    )
    locked = concerned.with_for_update(key_share=True).execution_options(populate_existing=True)
    return unit.session.exec(locked).all()


def _move(unit: Unit, pairing: Pairing, verb: str) -> None:
    pairing.status = PairingStatus(classroom_states.PAIRING.next(pairing.status, verb))
    pairing.touch(unit.now)
    unit.audit(f"pairing.{verb}", pairing, subject=pairing.volunteer_id)
