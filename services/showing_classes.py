"""Class sessions as each caller may see them, for one or for many with a constant number of queries."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import Assignment, AssignmentStatus
from models.class_session import ClassSession, ClassSessionStatus, ClassSessionView
from models.classroom import Classroom
from models.shift import TRAINEE, Demand, Shift
from services import classroom_states
from services.policies import permissions_of
from services.queries import SESSION_SOURCE
from services.states import Phase, phase_of
from services.unit import Unit

COMING = frozenset(
    {
        AssignmentStatus.CONFIRMED,
        AssignmentStatus.STANDIN_WANTED,
        AssignmentStatus.CHECKED_IN,
        AssignmentStatus.COMPLETED,
    }
)
"""States in which a tutor is counted on: whoever is merely tentative has not said yes."""

LAPSED = "lapsed"
"""The reason of a session that ended before anybody opened it."""

_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_BESIDE = (
    select(
        ClassSession.id,
        Classroom.name,
        Classroom.organization_id,
        Classroom.min_tutors,
        col(Shift.id).label("shift_id"),
        col(Demand.places).label("places"),
        select(sa.func.count(col(Assignment.id)))
        .where(col(Assignment.demand_id) == Demand.id, col(Assignment.status).in_(sorted(COMING)))
        .correlate(Demand)
        .scalar_subquery()
        .label("tutors"),
    )  # type: ignore[call-overload]
    .join(Classroom, col(Classroom.id) == ClassSession.classroom_id)
    .join(Shift, sa.and_(col(Shift.source_type) == SESSION_SOURCE, col(Shift.source_id) == ClassSession.id))
    .join(Demand, sa.and_(col(Demand.shift_id) == Shift.id, col(Demand.role) != TRAINEE))
    .where(col(ClassSession.id).in_(_IDS), col(Shift.source_id).in_(_IDS))
)
"""Places and tutors are those of who teaches; who learns to is neither.

The ids stand on both sides of the join: a database that knows little of a new table would compare all with all.
"""


def show_session(unit: Unit, session: ClassSession) -> ClassSessionView:
    """Return a session."""
    return show_sessions(unit, [session])[0]


def show_sessions(unit: Unit, sessions: Sequence[ClassSession]) -> list[ClassSessionView]:
    """Return sessions with their shift and how many tutors come."""
    beside: Mapping[UUID, Any] = {row.id: row for row in unit.rows(_BESIDE, ids=[one.id for one in sessions])}
    return [_show(unit, session, beside[session.id]) for session in sessions]


def _show(unit: Unit, session: ClassSession, beside: Any) -> ClassSessionView:
    phase = phase_of(session.starts_at, session.ends_at, unit.now)
    runs_it = unit.actor.is_staff or beside.organization_id == unit.actor.organization_id  # she may merely teach there
    return ClassSessionView(
        **session.model_dump(include=_COLUMNS),
        classroom=beside.name,
        shift_id=beside.shift_id,
        tutor_places=beside.places,
        min_tutors=beside.min_tutors,
        tutors=beside.tutors,
        actions=_actions(unit, session, phase) if runs_it else [],
    )


def _actions(unit: Unit, session: ClassSession, phase: Phase) -> list[str]:
    verbs = classroom_states.CLASS_SESSION.open_to(session.status, permissions_of(unit.actor.roles), phase)
    return [verb for verb in verbs if verb != "record-late" or has_lapsed(session)]


def has_lapsed(session: ClassSession) -> bool:
    """Return whether a session is called off merely because nobody opened it: it may have taken place."""
    return session.status is ClassSessionStatus.CANCELLED and session.status_reason == LAPSED


_COLUMNS = ClassSessionView.model_fields.keys() & ClassSession.model_fields.keys()
