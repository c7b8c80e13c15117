"""What stands on the roll of a class before it begins, where the class is to move or a learner leaves (domain.md §4.5).

Who is excused is excused for a day: on another one her family is asked anew. Where somebody is noted who came, or was looked
for, the class has begun as far as she is concerned, and stays where it is.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.attendance import Attendance, AttendanceStatus
from models.class_session import ClassSession
from services.errors import Refused
from services.unit import Unit


def leave_noted(unit: Unit, sessions: Sequence[ClassSession]) -> tuple[list[ClassSession], list[ClassSession]]:
    """Return which of locked sessions can move, and which stay as somebody is noted there.

    Raises `Refused` (`CLS_NOTED`) where all of them stay.
    """
    noted = set(
        unit.session.exec(
            select(Attendance.session_id).where(
                col(Attendance.session_id).in_([one.id for one in sessions]),
                Attendance.status != AttendanceStatus.ABSENT_NOTIFIED,
            )
        )
    )
    going, staying = ([one for one in sessions if (one.id in noted) is stays] for stays in (False, True))
    if staying and not going:
        raise Refused("CLS_NOTED", facts={"starts_at": staying[0].starts_at})
    return going, staying


def forget_excuses(unit: Unit, session: ClassSession) -> int:
    """Delete who is excused from a session that takes place on another day now; return how many that were."""
    excused = sa.delete(Attendance).where(
        col(Attendance.session_id) == session.id, col(Attendance.status) == AttendanceStatus.ABSENT_NOTIFIED
    )
    return len(unit.session.execute(excused.returning(col(Attendance.id))).all())


def forget_excuses_of(unit: Unit, learner_id: UUID, since: datetime, classroom_id: UUID | None = None) -> None:
    """Take a learner from the rolls of sessions that begin at an instant or later, where she is excused: she is not expected."""
    sessions = select(ClassSession.id).where(col(ClassSession.starts_at) >= since)
    if classroom_id is not None:
        sessions = sessions.where(ClassSession.classroom_id == classroom_id)
    unit.session.execute(
        sa.delete(Attendance).where(
            col(Attendance.learner_id) == learner_id,
            col(Attendance.status) == AttendanceStatus.ABSENT_NOTIFIED,
            col(Attendance.session_id).in_(sessions),
        )
    )
