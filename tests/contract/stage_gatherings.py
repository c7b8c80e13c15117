"""Events and lectures in the states that each verb wants, for `stage.py`."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from models.event import EventKind, EventStatus
from models.lecture import LectureStatus
from models.organization import Organization
from models.shift import Demand, Shift, ShiftStatus
from services.unit import Unit
from tests.makers import gatherings, work


def gathered(unit: Unit, owner: Organization) -> dict[str, str]:
    """An event that is planned, one that was held, a meeting that runs; lectures for the owner at each stage."""
    past, running = unit.now - timedelta(days=3), unit.now - timedelta(hours=1)
    certain = gatherings.taken_on(unit, owner=owner)
    work.assignment(unit, _placed(unit, certain.id), gatherings.lecturer(unit))
    posted = gatherings.stall(unit)
    rows: dict[str, Any] = {
        "event_id": gatherings.event(unit),
        "held_event": gatherings.event(unit, EventStatus.HELD, starts_at=past, helpers=0),
        "meeting_id": gatherings.event(
            unit, EventStatus.OPEN, kind=EventKind.LIAISON_MEETING, starts_at=running, helpers=0
        ),
        "lecture_id": gatherings.lecture(unit, owner=owner),
        "certain_lecture": certain,
        "held_lecture": gatherings.lecture(unit, LectureStatus.HELD, owner=owner, starts_at=past),
        "posted_shift": posted,
        "posted_demand": unit.session.exec(select(Demand).where(Demand.shift_id == posted.id)).one(),
    }
    return {name: str(row.id) for name, row in rows.items()}


def _placed(unit: Unit, source_id: object) -> gatherings.Helped:
    shift = unit.session.exec(select(Shift).where(Shift.source_id == source_id)).one()
    shift.status = ShiftStatus.FILLED
    return gatherings.Helped(shift, unit.session.exec(select(Demand).where(Demand.shift_id == shift.id)).one())
