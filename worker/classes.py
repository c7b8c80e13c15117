"""Sweeps over classes: sessions that were held or never opened, offered places that nobody took."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.db import Wiring
from models.class_session import TO_COME, ClassSession
from models.classroom import Classroom
from services import class_places, running_classes
from services.unit import Unit
from worker.due import each_due


def hold_classes(wiring: Wiring) -> int:
    """Note class sessions as held at their end, and call off those that nobody opened."""
    return each_due(wiring, ClassSession, _over, running_classes.follow_clock)


def _over(unit: Unit) -> SelectOfScalar[UUID]:
    return select(ClassSession.id).where(
        col(ClassSession.status).in_(sorted(TO_COME)), col(ClassSession.ends_at) <= unit.now
    )


def pass_places_on(wiring: Wiring) -> int:
    """Offer places that are free or were not taken in time to whoever is next, one classroom at a time."""
    return each_due(wiring, Classroom, class_places.due_places, class_places.pass_on)
