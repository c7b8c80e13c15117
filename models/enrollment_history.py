"""How each enrollment stood when: written with every change of its status, whichever verb makes it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import Field

from models.base import Row, instant, new_id, one_of
from models.enrollment import ClassEnrollmentStatus, Enrollment


class EnrollmentChange(Row, table=True):
    """From `at` on the enrollment had this status, until its next row; figures of the past are counted from here."""

    __tablename__ = "enrollment_status_change"
    __table_args__ = (sa.Index("ix_enrollment_status_change_enrollment_id_at", "enrollment_id", "at"),)

    enrollment_id: UUID = Field(foreign_key="enrollment.id", ondelete="RESTRICT")
    status: ClassEnrollmentStatus = one_of(ClassEnrollmentStatus)
    at: datetime = instant()


@event.listens_for(Enrollment, "after_insert")
def _begin(_: Any, connection: sa.Connection, enrollment: Enrollment) -> None:
    _write(connection, enrollment, enrollment.created_at)


@event.listens_for(Enrollment, "after_update")
def _follow(_: Any, connection: sa.Connection, enrollment: Enrollment) -> None:
    if sa.inspect(enrollment).attrs.status.history.has_changes():
        _write(connection, enrollment, enrollment.updated_at)


def _write(connection: sa.Connection, enrollment: Enrollment, at: datetime) -> None:
    row = {"id": new_id(), "enrollment_id": enrollment.id, "status": enrollment.status, "at": at}
    connection.execute(sa.insert(EnrollmentChange), [row])
