"""Excuses that were noted ahead on rolls, and what ends them (domain.md §4.5)."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.attendance import Attendance, AttendanceStatus
from models.class_session import ClassSession
from services.unit import Unit


def forget_excuses(unit: Unit, learner_id: UUID, since: datetime, classroom_id: UUID | None = None) -> None:
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
