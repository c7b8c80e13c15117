"""Sweeps over events and lectures: held at their end, called off where nobody opened or gave them."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.db import Wiring
from models.event import Event, EventStatus
from models.lecture import LectureEngagement, LectureStatus
from services import events, lectures
from services.unit import Unit
from worker.due import each_due


def hold_events(wiring: Wiring) -> int:
    """Note events as held at their end, and call off those that nobody opened before their start."""
    return each_due(wiring, Event, _due_events, events.follow_clock)


def _due_events(unit: Unit) -> SelectOfScalar[UUID]:
    over = sa.and_(col(Event.status) == EventStatus.OPEN, col(Event.ends_at) <= unit.now)
    unopened = sa.and_(col(Event.status) == EventStatus.PLANNED, col(Event.starts_at) <= unit.now)
    return select(Event.id).where(sa.or_(over, unopened))


def hold_lectures(wiring: Wiring) -> int:
    """Note lectures as held at their end, and call off those that nobody took on or gave."""
    return each_due(wiring, LectureEngagement, _due_lectures, lectures.follow_clock)


def _due_lectures(unit: Unit) -> SelectOfScalar[UUID]:
    row = LectureEngagement
    unanswered = sa.and_(col(row.status) == LectureStatus.REQUESTED, col(row.starts_at) <= unit.now)
    over = sa.and_(col(row.status).in_([LectureStatus.OPEN, LectureStatus.CONFIRMED]), col(row.ends_at) <= unit.now)
    return select(row.id).where(sa.or_(unanswered, over))
