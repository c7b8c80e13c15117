"""Places of a shift: taken and freed by guarded updates; shift and request follow in the same transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment, AssignmentStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.lecture import LectureEngagement, LectureStatus
from models.shift import TRAINEE, Demand, Shift, ShiftStatus
from services import cascades, event_states, states
from services.notifying import tell_requester
from services.queries import LECTURE_SOURCE, REQUEST_SOURCE
from services.unit import Unit

# Built once: building a statement costs as much as running it.
_STAND_IN = aliased(Assignment)
_DEMANDS = (
    select(Demand)
    .where(col(Demand.shift_id) == sa.bindparam("shift_id"), col(Demand.role) != TRAINEE)
    .order_by(col(Demand.id))
    .execution_options(populate_existing=True)
)
_LEFT_BY = (
    select(Assignment.id)
    .where(
        col(Assignment.demand_id) == sa.bindparam("demand_id"),
        col(Assignment.status).in_([AssignmentStatus.WITHDRAWN, AssignmentStatus.CANCELLED]),
        ~sa.exists().where(col(_STAND_IN.substituted_for) == Assignment.id),
    )
    .order_by(col(Assignment.ended_at).desc(), col(Assignment.id).desc())
)
_UNSETTLED = select(Assignment.id).where(
    col(Assignment.shift_id) == sa.bindparam("shift_id"),
    col(Assignment.demand_id).not_in(select(Demand.id).where(col(Demand.role) == TRAINEE)),
    col(Assignment.status).in_([AssignmentStatus.TENTATIVE, AssignmentStatus.STANDIN_WANTED]),
)


def _moved_by(by: int, guard: Any) -> Any:
    demand = col(Demand.id) == sa.bindparam("demand_id")
    return sa.update(Demand).where(demand, guard).values(taken=Demand.taken + by).returning(col(Demand.id))


_TAKE = _moved_by(1, col(Demand.taken) < col(Demand.places))
_FREE = _moved_by(-1, col(Demand.taken) > 0)


def demands_of(unit: Unit, shift: Shift) -> Sequence[Demand]:
    """Return the demands of a shift as they are now, places for trainees left out: they fill nothing."""
    return unit.session.exec(_DEMANDS, params={"shift_id": shift.id}).all()


def holders_of(unit: Unit, shift: Shift) -> Sequence[Assignment]:
    """Return those who hold time and place on a shift, as they are now."""
    statement = select(Assignment).where(Assignment.shift_id == shift.id, col(Assignment.status).in_(sorted(HOLDING)))
    return unit.session.exec(statement.order_by(col(Assignment.id)).execution_options(populate_existing=True)).all()


def take_place(unit: Unit, demand_id: UUID) -> bool:
    """Take one place if one is left; the condition is part of the update, so nobody can slip between."""
    return unit.rows(_TAKE, demand_id=demand_id).first() is not None


def free_place(unit: Unit, demand_id: UUID) -> None:
    """Give one place back."""
    unit.rows(_FREE, demand_id=demand_id)


def holder_wanting_standin(unit: Unit, demand_id: UUID) -> Assignment | None:
    """Return who covers a place until somebody else takes it, the one who has waited longest first."""
    statement = (
        select(Assignment)
        .where(Assignment.demand_id == demand_id, Assignment.status == AssignmentStatus.STANDIN_WANTED)
        .order_by(col(Assignment.updated_at), col(Assignment.id))
    )
    return unit.session.exec(statement).first()


def can_be_taken(unit: Unit, demand: Demand) -> bool:
    """Return whether a place is free, or covered by somebody who waits for a stand-in."""
    return demand.taken < demand.places or holder_wanting_standin(unit, demand.id) is not None


def left_by(unit: Unit, demand_id: UUID) -> UUID | None:
    """Return the assignment whose place is being taken: the latest that ended here and that nobody stands in for yet."""
    left: UUID | None = unit.rows(_LEFT_BY, demand_id=demand_id).scalars().first()
    return left


def settle(unit: Unit, shift: Shift) -> bool:
    """Let shift, request and waves follow the places; return whether the shift has just become filled.

    A shift is filled when every place is held, nobody on it is merely tentative and nobody waits for a stand-in. From
    the start on it moves with time and nothing else (`services/passing.py`).
    """
    unit.session.flush()
    demands = demands_of(unit, shift)
    full = all(demand.taken == demand.places for demand in demands) and not _unsettled(unit, shift)
    shift.touch(unit.now)
    filled = full and shift.status is ShiftStatus.OPEN
    if filled:
        _follow(unit, shift, "fill")
    elif not full and shift.status is ShiftStatus.FILLED:
        _follow(unit, shift, "drop")
    is_open = shift.status is ShiftStatus.OPEN
    cascades.follow_places(unit, shift, {one.id for one in demands if is_open and can_be_taken(unit, one)})
    return filled


def _unsettled(unit: Unit, shift: Shift) -> bool:
    return unit.rows(_UNSETTLED, shift_id=shift.id).first() is not None


def _follow(unit: Unit, shift: Shift, verb: str) -> None:
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, verb))
    request = request_of(unit, shift)
    if request is not None:
        request.status = RequestStatus(states.REQUEST.next(request.status, verb))
        request.touch(unit.now)
    elif shift.source_type == LECTURE_SOURCE and verb == "drop":
        _unconfirm(unit, unit.lock(LectureEngagement, shift.source_id))


def _unconfirm(unit: Unit, lecture: LectureEngagement) -> None:
    """Let a lecture whose lecturer is not certain any more wait for the office to confirm it again."""
    if not event_states.LECTURE.leads(lecture.status, "drop"):
        return
    lecture.status = LectureStatus(event_states.LECTURE.next(lecture.status, "drop"))
    lecture.touch(unit.now)
    unit.audit("lecture_engagement.drop", lecture)
    facts = {"theme": lecture.theme, "starts_at": lecture.starts_at}
    tell_requester(unit, lecture.organization_id, "lecture_unconfirmed", lecture, facts)


def request_of(unit: Unit, shift: Shift) -> DispatchRequest | None:
    """Return the request that opened a shift, locked: it changes with it."""
    if shift.source_type != REQUEST_SOURCE:
        return None
    locked: DispatchRequest = unit.once(
        f"request {shift.source_id}", lambda: unit.lock(DispatchRequest, shift.source_id)
    )
    return locked
