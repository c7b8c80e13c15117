"""In what capacity a caller sees each shift, and how near she stands to it: what is shown of it follows from both.

Who has several roles sees an institution's shift as that institution does, and any other as the volunteer she is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import BRIEFED, Assignment
from models.offer import Offer, OfferStatus
from models.shift import Shift
from services.policies import Audience, Stage, capacities_of, sees
from services.queries import OURS_AS, SESSION_SOURCE, caller_parameters
from services.unit import Unit

# Built once: building a statement costs as much as running it.
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_ME: sa.BindParameter[Any] = sa.bindparam("me")
# With each shift whether she is briefed; else she is asked.
_NEARER = sa.union_all(
    sa.select(col(Assignment.shift_id), sa.true()).where(
        col(Assignment.shift_id).in_(_IDS),
        col(Assignment.volunteer_id) == _ME,
        col(Assignment.status).in_(sorted(BRIEFED)),
    ),
    sa.select(col(Offer.shift_id), sa.false()).where(
        col(Offer.shift_id).in_(_IDS), col(Offer.volunteer_id) == _ME, col(Offer.status) == OfferStatus.SENT
    ),
)
_OURS = select(Shift.id, Shift.source_type).where(col(Shift.id).in_(_IDS), sa.or_(*OURS_AS.values()))


@dataclass(frozen=True)
class Sight:
    """How somebody sees one shift."""

    audience: Audience
    stage: Stage

    def sees(self, field: str) -> bool:
        """Return whether a field of it is for her."""
        return sees(self.audience, self.stage, field)


def audiences_of(unit: Unit, shift_ids: Sequence[UUID]) -> Mapping[UUID, Audience]:
    """Return in what capacity the caller sees each shift; with one role nothing is asked of the database."""
    capacities = capacities_of(unit.actor)
    if len(capacities) <= 1:
        only = next(iter(capacities), Audience.VOLUNTEER)  # nobody in particular is told the least
        return dict.fromkeys(shift_ids, only)
    rows = unit.rows(_OURS, **{**caller_parameters(unit.actor), "ids": shift_ids})
    ours = {shift_id: Audience.MANAGER if source == SESSION_SOURCE else Audience.REQUESTER for shift_id, source in rows}
    return {shift_id: _of_hers(ours.get(shift_id), capacities) for shift_id in shift_ids}


def _of_hers(audience: Audience | None, capacities: frozenset[Audience]) -> Audience:
    return audience if audience in capacities else Audience.VOLUNTEER


def sights_of(unit: Unit, shifts: Sequence[Shift]) -> dict[UUID, Sight]:
    """Return how the caller sees each shift; staff and institutions see the same at every stage."""
    audiences = audiences_of(unit, [shift.id for shift in shifts])
    stages = _stages(unit, [shift for shift in shifts if audiences[shift.id] is Audience.VOLUNTEER])
    return {shift.id: Sight(audiences[shift.id], stages.get(shift.id, Stage.NEAR)) for shift in shifts}


def own_sight(unit: Unit, shift: Shift) -> Sight:
    """Return how the caller sees a shift as a volunteer, whatever else she is."""
    return Sight(Audience.VOLUNTEER, _stages(unit, [shift])[shift.id])


def _stages(unit: Unit, shifts: Sequence[Shift]) -> dict[UUID, Stage]:
    if not shifts:
        return {}
    nearer = unit.rows(_NEARER, ids=[shift.id for shift in shifts], me=unit.actor.volunteer_id).all()
    briefed = {shift_id for shift_id, is_briefed in nearer if is_briefed}
    offered = {shift_id for shift_id, is_briefed in nearer if not is_briefed}
    return {shift.id: _stage(unit, shift, briefed=shift.id in briefed, offered=shift.id in offered) for shift in shifts}


def _stage(unit: Unit, shift: Shift, *, briefed: bool, offered: bool) -> Stage:
    if not briefed:
        return Stage.OFFERED if offered else Stage.OPEN
    if unit.actor.is_stopped or unit.now > shift.ends_at + timedelta(days=unit.rules.identity_days_after):
        return Stage.AFTER
    near = unit.now >= shift.starts_at - timedelta(days=unit.rules.identity_days_before)
    return Stage.NEAR if near else Stage.ASSIGNED
