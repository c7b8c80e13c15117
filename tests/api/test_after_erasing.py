"""Nothing new is written of a learner who is erased."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.attendance import Attendance, AttendanceStatus
from models.class_session import ClassSessionStatus
from models.enrollment import ClassEnrollmentStatus
from models.learner import Learner
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, noted, roll
from tests.makers.doors import done, faults
from worker.following_up import erase_what_is_over

HELD = date(2025, 11, 10)


@pytest.fixture
def gone(make: Make, owner: Organization) -> Learner:
    """Somebody who came once, left, and was forgotten two days later."""
    return make.learner(owner, purge_on=HELD + timedelta(days=2))


@pytest.fixture
def met(make: Make, owner: Organization, gone: Learner, wiring: Wiring, clock: SetClock) -> Met:
    room = make.classroom(owner=owner)
    make.enrollment(gone, room, ClassEnrollmentStatus.LEFT)
    met = make.class_session(room, on=HELD, status=ClassSessionStatus.OPEN)
    clock.now = met.session.starts_at + timedelta(minutes=40)
    with wiring.unit() as unit:
        came = Attendance(session_id=met.session.id, learner_id=gone.id, status=AttendanceStatus.PRESENT)
        came.status_since = came.noted_at = unit.now
        unit.add(came)
    clock.forward(days=3)
    assert erase_what_is_over(wiring) == 1
    return met


def test_the_roll_takes_nothing_of_her(manager: Client, gone: Learner, met: Met, wiring: Wiring) -> None:
    said = roll(manager, met.session.id, noted(gone, "late", arrived="10:20", progress=["spoke_more"]))
    assert faults(said) == [("/items/0/learner_id", "FIELD_REFERENCE")]
    with wiring.unit(write=False) as unit:
        row = unit.session.exec(select(Attendance)).one()
        assert (row.status, row.arrived_at, row.progress) == ("present", None, [])


@pytest.mark.usefixtures("met")
def test_no_call_to_her_guardian_is_recorded(as_: As, gone: Learner) -> None:
    office = as_(Role.COORDINATOR)
    called = {"learner_id": str(gone.id), "result": "reached", "note_code": "will_come"}
    assert faults(office.post("/v1/contact-attempts", json=called)) == [("/learner_id", "FIELD_REFERENCE")]
    assert done(office.get(f"/v1/contact-attempts?learner_id={gone.id}"))["items"] == []
