"""Reminders before an activity (7 days, 1 day, 2 hours), and the warning that a place is at risk (domain.md §0.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.assignment import Assignment, AssignmentStatus
from models.class_session import ClassSession
from models.classroom import Classroom
from models.shift import TRAINEE, Demand, Shift, ShiftKind, ShiftStatus
from services.concerned import tell_concerned, tell_institution
from services.filling import demands_of
from services.notifying import already_told, tell_volunteer, told_as
from services.office_days import at_local, office_calendar
from services.shift_facts import briefing_facts
from services.showing_classes import COMING
from services.unit import Unit

REMINDED = frozenset({AssignmentStatus.CONFIRMED, AssignmentStatus.STANDIN_WANTED})
_TUTORS: Final = (
    select(sa.func.count(col(Assignment.id)))
    .join(Demand, sa.and_(col(Demand.id) == Assignment.demand_id, col(Demand.role) != TRAINEE))
    .where(col(Assignment.shift_id) == col(Shift.id), col(Assignment.status).in_(sorted(COMING)))
    .correlate(Shift)
    .scalar_subquery()
)
_MIN_TUTORS: Final = (
    select(Classroom.min_tutors)
    .join(ClassSession, col(ClassSession.classroom_id) == Classroom.id)
    .where(col(ClassSession.id) == col(Shift.source_id))
    .correlate(Shift)
    .scalar_subquery()
)


def due_reminders(unit: Unit) -> list[UUID]:
    """Return the assignments whose volunteer has still to be reminded of the nearest time that has come."""
    farthest = unit.now + max(lead for _, lead in unit.rules.reminders)
    rows = unit.session.exec(
        select(Assignment, Shift)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .where(
            col(Assignment.status).in_(sorted(REMINDED)),
            col(Shift.starts_at) > unit.now,
            col(Shift.starts_at) <= farthest,
        )
        .order_by(col(Shift.starts_at), col(Assignment.id))
    ).all()
    due = {assignment.id: one for assignment, shift in rows if (one := _due(unit, assignment, shift))}
    said = already_told(unit, [told_as(one.once, one.whom) for one in due.values()])
    return [assignment_id for assignment_id, one in due.items() if told_as(one.once, one.whom) not in said]


def remind(unit: Unit, assignment: Assignment, shift: Shift) -> None:
    """Remind somebody who is coming, once for each time that has come; never after the start.

    Who was confirmed only after that time has just been told, and is not reminded.
    """
    if assignment.status in REMINDED and (due := _due(unit, assignment, shift)):
        tell_volunteer(unit, due.whom, due.kind, assignment, briefing_facts(unit, shift), once=due.once)


@dataclass(frozen=True)
class _Due:
    """A reminder that is due: which, to whom, and under which name it is said once."""

    kind: str
    whom: UUID
    once: str


def _due(unit: Unit, assignment: Assignment, shift: Shift) -> _Due | None:
    left = shift.starts_at - unit.now
    come = [(lead, kind) for kind, lead in unit.rules.reminders if timedelta(0) < left <= lead]
    if not come:
        return None
    lead, kind = min(come)
    if assignment.confirmed_at is None or assignment.confirmed_at > shift.starts_at - lead:
        return None
    return _Due(kind, assignment.volunteer_id, f"{kind}:{assignment.id}:{shift.starts_at.isoformat()}")


def due_risks(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the shifts that start within the days of the warning and still have a place that nobody holds.

    A class that has the tutors it needs to open is not among them, though more would be welcome.
    """
    return select(Shift.id).where(
        Shift.status == ShiftStatus.OPEN,
        col(Shift.starts_at) > unit.now,
        col(Shift.starts_at) < end_of_warning(unit),
        sa.exists().where(
            col(Demand.shift_id) == col(Shift.id), col(Demand.taken) < col(Demand.places), col(Demand.role) != TRAINEE
        ),
        sa.or_(col(Shift.kind) != ShiftKind.CLASS_SESSION, _TUTORS < _MIN_TUTORS),
    )


def warn_of_risks(unit: Unit, shifts: Sequence[Shift]) -> None:
    """Tell whom it concerns of each shift, two business days ahead and once, that nobody may come to a place."""
    due = set(unit.session.exec(due_risks(unit).where(col(Shift.id).in_([shift.id for shift in shifts]))))
    for shift in shifts:
        if shift.id in due:
            _warn_of_risk(unit, shift)


def _warn_of_risk(unit: Unit, shift: Shift) -> None:
    free = sum(demand.places - demand.taken for demand in demands_of(unit, shift) if demand.role != TRAINEE)
    once = f"place_at_risk:{shift.id}:{shift.starts_at.isoformat()}"
    tell_institution(unit, shift, "place_at_risk", {"free": free}, once=once)
    tell_concerned(unit, shift, "office_place_at_risk", {"free": free}, once=once)


def end_of_warning(unit: Unit) -> datetime:
    """Return the end of the last local day that the warning reaches: what starts later is not near enough."""
    last = office_calendar(unit).step(unit.today, unit.rules.risk_business_days)
    return at_local(unit, last + timedelta(days=1), datetime.min.time())
