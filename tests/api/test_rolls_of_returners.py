"""Who is on a roll: whoever learns there by any of her enrollments, and the child who stands at the door by none."""

from datetime import timedelta
from typing import Any

import pytest

from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, noted, roll, verb
from tests.makers.doors import done


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


def on_roll(caller: Client, met: Met) -> list[tuple[str, Any]]:
    lines = done(caller.get(f"/v1/class-sessions/{met.session.id}/attendance"))["items"]
    return [(line["learner_id"], line["status"]) for line in lines]


def enroll_anew(manager: Client, room: Classroom, child: Any, over: Any) -> None:
    """End a learner's place with the year, and give her one of the next."""
    done(verb(manager, "enrollments", over.id, "complete"))
    body = {"classroom_id": str(room.id), "learner_id": str(child.id)}
    again = done(manager.post("/v1/enrollments", json=body), 201)
    for name in ("interview", "enroll"):
        done(verb(manager, "enrollments", again["id"], name))


def test_who_is_enrolled_anew_is_on_the_roll_before_the_class_begins_and_after(
    manager: Client, as_: As, make: Make, owner: Organization, room: Classroom, clock: SetClock
) -> None:
    child = make.learner(owner)
    met, tutor = make.class_session(room), make.tutor()
    make.assignment(met, tutor)
    place = make.enrollment(child, room)
    clock.forward(hours=1)
    enroll_anew(manager, room, child, place)
    for minutes in (-30, 1):
        clock.now = met.session.starts_at + timedelta(minutes=minutes)
        assert on_roll(as_(tutor), met) == on_roll(manager, met) == [(str(child.id), None)]


def test_who_learnt_there_by_a_place_that_is_over_is_on_the_roll_once(
    manager: Client, make: Make, owner: Organization, room: Classroom, clock: SetClock
) -> None:
    child = make.learner(owner)
    met = make.class_session(room, status=ClassSessionStatus.OPEN)
    place = make.enrollment(child, room)
    clock.now = met.session.starts_at + timedelta(minutes=1)
    done(roll(manager, met.session.id, noted(child)))
    enroll_anew(manager, room, child, place)
    clock.now = met.session.ends_at
    assert on_roll(manager, met) == [(str(child.id), "present")]
