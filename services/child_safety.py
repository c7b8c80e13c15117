"""Children learn only where tutors are cleared for them, whatever brings a child into a classroom (domain.md §0.1, §9).

Whether a tutor is cleared is judged by the engine (`CLS_SAFETY`), since a classroom for children asks for it; here is
kept that no child comes where it is not asked for.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.class_session import TO_COME, ClassSession, ClassSessionStatus
from models.classroom import Classroom
from models.enrollment import WITH_PLACE, ClassEnrollmentStatus, Enrollment
from models.learner import Learner, SchoolStage
from models.shift import Demand, Shift, ShiftKind
from services.errors import Refused
from services.moving_shifts import let_follow, take_shifts
from services.opening_anew import plan_again
from services.queries import SESSION_SOURCE
from services.unit import Unit

COMING: Final = WITH_PLACE | {ClassEnrollmentStatus.WAITLISTED}
"""States in which a learner comes to a classroom, or will as soon as a place is free."""


def refuse_child(classroom: Classroom, learner: Learner) -> None:
    """Refuse to let a child come to a classroom that is not for children. Raises `Refused` (`CLS_ADULTS`)."""
    if learner.school_stage is not SchoolStage.ADULT and not classroom.for_children:
        raise Refused("CLS_ADULTS")


def refuse_child_among_adults(unit: Unit, learner: Learner) -> None:
    """Refuse that a locked learner is a child, while she comes to a classroom that is not for children. Raises as above."""
    among_adults = (
        select(Enrollment.id)
        .join(Classroom, col(Classroom.id) == Enrollment.classroom_id)
        .where(
            Enrollment.learner_id == learner.id,
            col(Enrollment.status).in_(sorted(COMING)),
            col(Classroom.for_children).is_(False),
        )
    )
    if unit.session.exec(among_adults).first() is not None:
        raise Refused("CLS_ADULTS")


def open_to_children(unit: Unit, classroom: Classroom) -> None:
    """Let a locked classroom be for children: its tutors to come are judged again, and who is not cleared is released."""
    for shift in _ask_for_checks(unit, classroom, sessions_to_come(unit, classroom)):
        let_follow(unit, shift, set(), ShiftKind.CLASS_SESSION, shift.starts_at)


def close_to_children(unit: Unit, classroom: Classroom) -> None:
    """Let a locked classroom be for adults alone. Raises `Refused` (`CLS_ADULTS`) while a child learns or waits there."""
    _ask_for_checks(unit, classroom, sessions_to_come(unit, classroom))
    coming = (
        select(Learner)
        .join(Enrollment, col(Enrollment.learner_id) == Learner.id)
        .where(Enrollment.classroom_id == classroom.id, col(Enrollment.status).in_(sorted(COMING)))
        .order_by(col(Learner.id))
        .with_for_update(key_share=True, of=Learner)  # none of them becomes a child meanwhile
        .execution_options(populate_existing=True)
    )
    for learner in unit.session.exec(coming).all():
        refuse_child(classroom, learner)


def _ask_for_checks(unit: Unit, classroom: Classroom, session_ids: Sequence[UUID]) -> list[Shift]:
    """Let the sessions to come ask for cleared tutors as the classroom does now, and return their locked shifts.

    What is open is to be opened anew: its adults may be gone, and it is not held together with a class of the other kind.
    """
    shifts = take_shifts(unit, SESSION_SOURCE, session_ids)
    for session_id in sorted(session_ids):
        session = unit.lock(ClassSession, session_id)
        if session.status is ClassSessionStatus.OPEN:
            plan_again(unit, session)
    asking = sa.update(Demand).where(col(Demand.shift_id).in_([shift.id for shift in shifts]))
    unit.session.execute(asking.values(child_safety=classroom.for_children))
    for shift in shifts:
        shift.touch(unit.now)
    return shifts


def sessions_to_come(unit: Unit, classroom: Classroom) -> list[UUID]:
    """Return the sessions of a classroom that are to come."""
    return list(
        unit.session.exec(
            select(ClassSession.id).where(
                ClassSession.classroom_id == classroom.id,
                col(ClassSession.status).in_(sorted(TO_COME)),
                col(ClassSession.starts_at) > unit.now,
            )
        )
    )
