"""How each registration stood when: written with every change of a volunteer's status, whichever verb makes it."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm.attributes import get_history
from sqlmodel import Field

from models.base import Row, instant, new_id, one_of
from models.volunteer import Volunteer, VolunteerStatus


class StatusChange(Row, table=True):
    """From `at` on the volunteer had this status, until her next row; figures of the past are counted from here."""

    __tablename__ = "volunteer_status_change"
    __table_args__ = (sa.Index("ix_volunteer_status_change_volunteer_id_at", "volunteer_id", "at"),)

    volunteer_id: UUID = Field(foreign_key="volunteer.id", ondelete="RESTRICT")
    status: VolunteerStatus = one_of(VolunteerStatus)
    at: datetime = instant()


@event.listens_for(Volunteer, "after_insert")
def _enter(_: Any, connection: sa.Connection, volunteer: Volunteer) -> None:
    """Begin the history: where somebody registered earlier is entered now, on the day of that registration."""
    registered_on = volunteer.registered_on
    since = datetime.combine(registered_on, time(), UTC) if registered_on else volunteer.created_at
    _write(connection, volunteer, min(since, volunteer.created_at))


@event.listens_for(Volunteer, "after_update")
def _follow(_: Any, connection: sa.Connection, volunteer: Volunteer) -> None:
    if get_history(volunteer, "status").has_changes():
        _write(connection, volunteer, volunteer.updated_at)


def _write(connection: sa.Connection, volunteer: Volunteer, at: datetime) -> None:
    row = {"id": new_id(), "volunteer_id": volunteer.id, "status": volunteer.status, "at": at}
    connection.execute(sa.insert(StatusChange), [row])
