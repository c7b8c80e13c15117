"""Who may not be with children is with none from this moment on: child safety is never overridden (domain.md §0.1, §9).

Whoever was just found not to be cleared does not stay for a night because a sweep comes later. Adults she goes on teaching.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from models.assignment import BRIEFED, Assignment
from models.class_session import ClassSession
from models.competence import ChildSafetyCheck, ChildSafetyStatus
from models.shift import Demand, Shift, ShiftStatus
from models.volunteer import Volunteer, VolunteerStatus
from services.concerned import tell_concerned
from services.queries import SESSION_SOURCE
from services.registration_ends import free_of_children
from services.rejudging import codes_of, verdicts
from services.resting_pairings import rest_with_children
from services.unit import Unit

UNCLEARED = "CLS_SAFETY"
_TEACHING = frozenset({VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE})
"""Who pauses keeps what she holds, and reads who comes to it."""


def follow_check(unit: Unit, volunteer: Volunteer, check: ChildSafetyCheck) -> None:
    """Let a recorded check of a locked volunteer take effect at once.

    Any but a cleared one lets what she has with children rest. Who is found not to be cleared loses the places that she
    holds among children as well; one that is pending is flagged by and by, as papers are that can still be mended.
    """
    if check.status is ChildSafetyStatus.CLEARED:
        return
    rest_with_children(unit, volunteer.id)
    if check.status is ChildSafetyStatus.NOT_CLEARED:
        free_of_children(unit, volunteer, "child_safety")
        _warn_of_running(unit, volunteer)


def _warn_of_running(unit: Unit, volunteer: Volunteer) -> None:
    """Tell whom it concerns that she is among children now: somebody has to go there, no place is given away meanwhile."""
    running = (
        select(Shift)
        .join(Assignment, col(Assignment.shift_id) == Shift.id)
        .join(Demand, col(Demand.id) == Assignment.demand_id)
        .where(
            Assignment.volunteer_id == volunteer.id,
            col(Assignment.status).in_(sorted(BRIEFED)),
            col(Demand.child_safety),
            col(Shift.status) != ShiftStatus.CANCELLED,
            col(Shift.starts_at) <= unit.now,
            col(Shift.ends_at) > unit.now,
        )
        .order_by(col(Shift.id))
    )
    for shift in unit.session.exec(running).all():
        tell_concerned(unit, shift, "office_assignment_flagged", {"codes": [UNCLEARED]})


def reads_roll(unit: Unit, session: ClassSession) -> bool:
    """Return whether a tutor in charge of a session may read who comes: she is registered, and cleared where children are."""
    hers = _in_charge(unit, {session.id, session.merged_with_id} - {None})
    judged = verdicts(unit, hers)
    return any(UNCLEARED not in codes_of(judged[one.id]) for one in hers)


def _in_charge(unit: Unit, session_ids: set[UUID | None]) -> Sequence[Assignment]:
    statement = (
        select(Assignment)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .join(Volunteer, col(Volunteer.id) == Assignment.volunteer_id)
        .where(
            col(Volunteer.status).in_(sorted(_TEACHING)),
            Shift.source_type == SESSION_SOURCE,
            col(Shift.source_id).in_(session_ids),
            Assignment.volunteer_id == unit.actor.volunteer_id,
            col(Assignment.status).in_(sorted(BRIEFED)),
        )
        .order_by(col(Assignment.id))
    )
    return unit.session.exec(statement).all()
