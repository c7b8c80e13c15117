"""The days of a class around Saturday half past nine: who teaches, who is kept safe, and whose guardian is called."""

from datetime import datetime, timedelta
from typing import Any

from models.cascade import Cascade, CascadeStatus
from models.classroom import Classroom
from models.learner import Learner
from models.organization import Organization
from services.unit import Unit
from tests.conftest import Client
from tests.factories import Make
from tests.makers import classes
from tests.makers.classes import SATURDAY, Met, noted, roll
from tests.makers.doors import done

HELD_ON, NEXT = SATURDAY - timedelta(weeks=1), SATURDAY + timedelta(weeks=1)
HALF_PAST_NINE = datetime.fromisoformat("2025-11-15T09:30:00+09:00")


def staffed(make: Make, met: Met, tutors: int = 2, **over: Any) -> Met:
    """A session with so many tutors."""
    for _ in range(tutors):
        make.assignment(met, make.tutor(**over))
    return met


def kept_safe(make: Make, manager: Client, room: Classroom, met: Met, **over: Any) -> Learner:
    """A child without consent who came to an open session."""
    with make.wiring.unit() as it:
        child = classes.learner(it, it.get(Organization, room.organization_id), consents=(), **over)
        classes.enrollment(it, child, room)
    done(roll(manager, met.session.id, noted(child, "kept_safe")))
    return child


def call(caller: Client, room: Classroom, learner: Learner, result: str, **over: Any) -> Any:
    return caller.post(f"/v1/classrooms/{room.id}/guardian-calls/{learner.id}", json={"result": result, **over})


def exhaust(unit: Unit, met: Met) -> None:
    status = CascadeStatus.EXHAUSTED
    unit.add(Cascade(shift_id=met.shift.id, demand_id=met.demand.id, batch=3, status=status, **unit.stamp()))
