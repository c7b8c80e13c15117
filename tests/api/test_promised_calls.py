"""A call that was promised for later, and what arises meanwhile; what a call can have told, to the second."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import Learner
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import SATURDAY, noted, on_session, roll
from tests.makers.doors import done, faults
from tests.makers.listed import called


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def unsigned(make: Make, owner: Organization, room: Classroom) -> Learner:
    """A child without consent."""
    make.enrollment(made := make.learner(owner, consents=()), room)
    return made


def because(caller: Client, room: Classroom) -> list[list[str]]:
    return [one["because"] for one in done(caller.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]]


def call(caller: Client, room: Classroom, learner: Learner, result: str, **over: Any) -> Any:
    return caller.post(f"/v1/classrooms/{room.id}/guardian-calls/{learner.id}", json={"result": result, **over})


def test_what_arises_after_the_promise_is_called_about_at_once(
    make: Make, manager: Client, room: Classroom, unsigned: Learner, clock: SetClock
) -> None:
    today = make.class_session(room, status=ClassSessionStatus.OPEN)
    week = make.class_session(room, on=SATURDAY + timedelta(weeks=1))
    month = make.class_session(room, on=SATURDAY + timedelta(weeks=4))
    done(on_session(manager, week.session.id, "cancel", reason="停電"))
    clock.forward(hours=1)
    assert done(call(manager, room, unsigned, "call_back", call_back_at="2025-11-17T10:00:00+09:00"))["items"] == []
    clock.now = today.session.starts_at
    assert because(manager, room) == []

    done(roll(manager, today.session.id, noted(unsigned, "kept_safe")))

    assert because(manager, room) == [["consent_missing", "session_called_off"]]  # one call tells her of both
    (entry,) = done(manager.get("/v1/worklist?kind=guardian_to_reach"))["items"]
    assert entry["urgent"]
    later = (clock() + timedelta(hours=2)).isoformat()
    assert done(call(manager, room, unsigned, "call_back", call_back_at=later))["items"] == []
    clock.forward(hours=1)
    done(on_session(manager, month.session.id, "cancel", reason="停電"))
    assert because(manager, room) == [["consent_missing", "session_called_off"]]


def test_a_call_is_promised_within_thirty_days(
    make: Make, manager: Client, office: Client, room: Classroom, unsigned: Learner, clock: SetClock
) -> None:
    last, volunteer = clock() + timedelta(days=30), make.volunteer()
    for at, result in ((last, None), (last + timedelta(seconds=1), [("/call_back_at", "FIELD_RANGE")])):
        for said in (
            call(manager, room, unsigned, "call_back", call_back_at=at.isoformat()),
            called(office, volunteer, "call_back", call_back_at=at.isoformat()),
        ):
            assert said.is_success if result is None else faults(said) == result


@pytest.mark.parametrize("told", [{}, {"at": "2025-11-10T10:00:05+09:00"}, {"at": "2025-11-10T10:00:00+09:00"}])
def test_a_call_told_nothing_of_what_came_seconds_after_it(
    make: Make, manager: Client, room: Classroom, unsigned: Learner, clock: SetClock, told: dict[str, str]
) -> None:
    """Its hour may be known to the second, or to the minute in which it was written down."""
    first, second = (make.class_session(room, on=SATURDAY + timedelta(weeks=week)) for week in range(2))
    done(on_session(manager, first.session.id, "cancel", reason="停電"))
    clock.now = datetime.fromisoformat("2025-11-10T10:00:30+09:00")
    assert done(call(manager, room, unsigned, "reached", **told))["items"] == []
    clock.now = datetime.fromisoformat("2025-11-10T10:00:55+09:00")
    done(on_session(manager, second.session.id, "cancel", reason="停電"))
    (line,) = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    assert line["called_off"] == ["2025-11-22T10:00:00+09:00"]  # of the other she knows
