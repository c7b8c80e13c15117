"""Plans at work: a worker takes one up, tells how it stands, and ends it; each step is one short transaction.

A worker holds a plan by a lease. Whoever lost it changes nothing any more, so a plan that was taken up by another is
ended once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.assignment import Assignment
from models.base import new_id
from models.plan import Plan, PlanChange, PlanProposal, PlanStatus, PlanUnfilled
from models.shift import Shift
from models.volunteer import Volunteer
from scheduling.stopping import Progress
from services import states
from services.framing import STANDING
from services.plan_telling import tell_ended
from services.unit import Unit

LEASE: Final = timedelta(seconds=60)
"""How long a plan is held without a word; a worker speaks far more often."""
MOST_TRIES: Final = 3
"""How often a plan is begun before it is given up."""

Pair = Sequence[str]
"""Volunteer, shift, demand."""


class Order(Enum):
    """What a worker that has told how it stands should do."""

    GO_ON = auto()
    STOP = auto()
    LOST = auto()


@dataclass(frozen=True)
class Ending:
    """A plan as it is written down: columns of its own, and the rows of its lines."""

    columns: Mapping[str, Any]
    proposals: Sequence[Mapping[str, Any]]
    unfilled: Sequence[Mapping[str, Any]]


def due(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the plans that wait for a worker, or whose worker has not spoken for too long."""
    silent = sa.and_(col(Plan.status) == PlanStatus.SOLVING, col(Plan.leased_until) <= unit.now)
    return select(Plan.id).where(sa.or_(col(Plan.status) == PlanStatus.QUEUED, silent)).order_by(col(Plan.id))


def take_up(unit: Unit, plan: Plan) -> UUID | None:
    """Return the lease of a locked plan that is due; nothing where it is not, or was begun too often and fails."""
    if plan.status is PlanStatus.SOLVING and plan.leased_until is not None and plan.leased_until > unit.now:
        return None
    if not states.PLAN.leads(plan.status, "solve"):
        return None
    if plan.tries >= MOST_TRIES:
        _fail(unit, plan)
        return None
    plan.status = PlanStatus(states.PLAN.next(plan.status, "solve"))
    plan.tries += 1
    plan.lease, plan.leased_until = new_id(), unit.now + LEASE
    plan.touch(unit.now)
    unit.audit("plan.solve", plan)
    return plan.lease


def tell(
    unit: Unit, plan_id: UUID, lease: UUID, progress: Progress | None, percent: int, best: list[Pair] | None
) -> Order:
    """Write how the solving stands and hold the plan on; the version stays, so that nobody's `If-Match` goes stale."""
    plan = _held(unit, plan_id, lease)
    if plan is None:
        return Order.LOST
    plan.leased_until = unit.now + LEASE
    plan.percent = percent
    if progress is not None:
        plan.phase = progress.phase
        if progress.fill_bound is not None:
            plan.fill, plan.fill_bound = progress.fill, progress.fill_bound
            plan.soft, plan.soft_bound = progress.soft, progress.soft_bound
    if best is not None:
        plan.best = [list(pair) for pair in best]
    return Order.GO_ON if plan.cancel_asked_at is None else Order.STOP


def finish(unit: Unit, plan_id: UUID, lease: UUID, ending: Ending) -> bool:
    """End a plan ready, with its lines; whether it was still held."""
    plan = _held(unit, plan_id, lease)
    if plan is None:
        return False
    for name, value in ending.columns.items():
        setattr(plan, name, value)
    plan.percent, plan.phase = 100, "done"
    _write(unit, plan, ending.proposals, ending.unfilled)
    _end(unit, plan, "finish")
    return True


def give_back(unit: Unit, plan_id: UUID, lease: UUID) -> None:
    """Let go of a plan whose solver was stopped or died: another takes it up, or it fails after so many tries."""
    plan = _held(unit, plan_id, lease)
    if plan is None:
        return
    if plan.tries >= MOST_TRIES:
        _fail(unit, plan)
        return
    plan.status = PlanStatus(states.PLAN.next(plan.status, "release"))
    plan.lease = plan.leased_until = None
    plan.touch(unit.now)
    unit.audit("plan.release", plan)


def hand_over(unit: Unit, plan_id: UUID, lease: UUID) -> None:
    """Let go of a plan because the worker itself ends: that is no try of the solver's."""
    plan = _held(unit, plan_id, lease)
    if plan is not None:
        plan.tries -= 1
        give_back(unit, plan_id, lease)


def _held(unit: Unit, plan_id: UUID, lease: UUID) -> Plan | None:
    plan = unit.lock(Plan, plan_id)
    return plan if plan.lease == lease and plan.status is PlanStatus.SOLVING else None


def _fail(unit: Unit, plan: Plan) -> None:
    """End a plan failed; the best choice so far stays to be read, without reasons, since nobody lives to give them."""
    lines = [_kept(*row) for row in _known(unit, plan.best)]
    _write(unit, plan, lines, [])
    plan.filled = len(lines)
    _end(unit, plan, "fail")


def _end(unit: Unit, plan: Plan, verb: str) -> None:
    plan.status = PlanStatus(states.PLAN.next(plan.status, verb))
    plan.lease = plan.leased_until = None
    plan.best = []  # the lines say it now
    plan.solved_at = unit.now
    plan.touch(unit.now)
    unit.audit(f"plan.{verb}", plan)
    tell_ended(unit, plan)


def _write(
    unit: Unit, plan: Plan, proposals: Iterable[Mapping[str, Any]], unfilled: Iterable[Mapping[str, Any]]
) -> None:
    for table, rows in ((PlanProposal, proposals), (PlanUnfilled, unfilled)):
        made = [{"id": new_id(), **row, "plan_id": plan.id} for row in rows]
        if made:
            unit.session.execute(sa.insert(table), made)


def _known(unit: Unit, pairs: Sequence[Pair]) -> list[tuple[Shift, Volunteer, UUID]]:
    """Return shift, volunteer and demand of each pair but of those that somebody stands on already."""
    shifts = _rows(unit, Shift, (UUID(pair[1]) for pair in pairs))
    people = _rows(unit, Volunteer, (UUID(pair[0]) for pair in pairs))
    standing = select(Assignment.volunteer_id, Assignment.shift_id).where(
        col(Assignment.shift_id).in_(shifts), col(Assignment.status).in_(sorted(STANDING))
    )
    held = {(volunteer_id, shift_id) for volunteer_id, shift_id in unit.session.exec(standing)}
    found = [(shifts[UUID(pair[1])], people[UUID(pair[0])], UUID(pair[2])) for pair in pairs]
    return [
        (shift, volunteer, demand_id) for shift, volunteer, demand_id in found if (volunteer.id, shift.id) not in held
    ]


def _rows(unit: Unit, table: Any, ids: Iterable[UUID]) -> dict[UUID, Any]:
    return {row.id: row for row in unit.session.exec(select(table).where(col(table.id).in_(set(ids))))}


def _kept(shift: Shift, volunteer: Volunteer, demand_id: UUID) -> dict[str, Any]:
    return {
        "shift_id": shift.id,
        "demand_id": demand_id,
        "volunteer_id": volunteer.id,
        "starts_at": shift.starts_at,
        "minutes": (shift.ends_at - shift.starts_at) // timedelta(minutes=1),
        "counterpart_id": None,
        "change": PlanChange.GAIN,
        "to_ask": False,
        "reasons": [],
        "overrides": [],
        "facts": {},
        "shift_version": shift.version,
        "volunteer_version": volunteer.version,
    }
