"""Who is on a roll: whoever learns there by any of her enrollments, and the child who stands at the door by none."""

from datetime import time, timedelta
from typing import Any

import pytest

from models.account import Role
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus as Place
from models.learner import SchoolStage
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, noted, on_session, roll, verb
from tests.makers.doors import done, faults


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


@pytest.fixture
def running(make: Make, room: Classroom, clock: SetClock) -> Met:
    """A session that is open and runs."""
    made = make.class_session(room, status=ClassSessionStatus.OPEN)
    clock.now = made.session.starts_at + timedelta(minutes=5)
    return made


@pytest.mark.parametrize(
    "known", [Place.INQUIRY, Place.INTERVIEW, Place.WAITLISTED, Place.OFFERED, Place.ON_BREAK], ids=str
)
def test_a_child_who_does_not_learn_there_is_kept_safe_at_the_door_and_nothing_else(  # noqa: PLR0913, PLR0917 - fixtures
    manager: Client, make: Make, owner: Organization, room: Classroom, running: Met, known: Place, clock: SetClock
) -> None:
    child = make.learner(owner, consents=())
    until = clock.now + timedelta(days=3) if known is Place.OFFERED else None
    place = make.enrollment(child, room, known, waitlist_no=1 if known is Place.WAITLISTED else None, offer_until=until)
    assert on_roll(manager, running) == []
    for status in ("present", "absent"):
        assert faults(roll(manager, running.session.id, noted(child, status))) == [
            ("/items/0/status", "FIELD_CONFLICT")
        ]
    done(roll(manager, running.session.id, noted(child, "kept_safe")))
    assert on_roll(manager, running) == [(str(child.id), "kept_safe")]
    (call,) = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    assert (call["learner_id"], call["because"]) == (str(child.id), ["consent_missing"])
    assert faults(roll(manager, running.session.id, noted(child))) == [("/items/0/status", "FIELD_CONFLICT")]
    done(roll(manager, running.session.id, noted(child, None)))  # it was another child
    assert on_roll(manager, running) == []
    done(verb(manager, "enrollments", place.id, "leave"))
    said = roll(manager, running.session.id, noted(child, "kept_safe"))
    assert faults(said) == [("/items/0/learner_id", "FIELD_REFERENCE")]


def test_who_is_not_a_child_is_not_kept_safe_at_the_door(
    manager: Client, make: Make, owner: Organization, room: Classroom, running: Met
) -> None:
    grown = make.learner(owner, stage=SchoolStage.ADULT, consents=(), guardian_name=None)
    make.enrollment(grown, room, Place.ON_BREAK)
    said = roll(manager, running.session.id, noted(grown, "kept_safe"))
    assert faults(said) == [("/items/0/learner_id", "FIELD_REFERENCE")]


def test_who_was_noted_before_her_break_can_be_corrected(
    manager: Client, make: Make, owner: Organization, room: Classroom, clock: SetClock
) -> None:
    child, met = make.learner(owner), make.class_session(room, status=ClassSessionStatus.OPEN)
    place = make.enrollment(child, room)
    clock.now = met.session.starts_at - timedelta(minutes=10)
    done(roll(manager, met.session.id, noted(child)))
    done(verb(manager, "enrollments", place.id, "take-break"))
    clock.now = met.session.starts_at + timedelta(minutes=10)
    done(roll(manager, met.session.id, noted(child, "late", arrived="10:05")))
    assert on_roll(manager, met) == [(str(child.id), "late")]


def test_a_roll_that_was_said_to_be_whole_is_changed_and_never_emptied(
    manager: Client, as_: As, make: Make, owner: Organization, room: Classroom, clock: SetClock
) -> None:
    child, met = make.learner(owner), make.class_session(room, status=ClassSessionStatus.OPEN)
    make.enrollment(child, room)
    clock.now = met.session.starts_at
    done(roll(manager, met.session.id, noted(child, "absent_notified")))
    done(roll(manager, met.session.id, noted(child, None)))
    done(roll(manager, met.session.id, noted(child, "absent_notified")))
    clock.now = met.session.ends_at
    done(on_session(manager, met.session.id, "record"))
    said = roll(manager, met.session.id, noted(child, None))
    assert faults(said) == [("/items/0/status", "FIELD_NULL")]
    done(roll(manager, met.session.id, noted(child, "absent")))
    done(on_session(as_(Role.COORDINATOR), met.session.id, "close"))
    assert on_roll(manager, met) == [(str(child.id), "absent")]


@pytest.mark.parametrize(
    ("hours", "faulty"),
    [
        ({"arrived": "08:59"}, "arrived"),
        ({"arrived": "23:00"}, "arrived"),
        ({"left": "06:00"}, "left"),
        ({"left": "14:31"}, "left"),
        ({"arrived": "09:00", "left": "14:30"}, None),
    ],
)
def test_the_hours_of_a_line_lie_around_the_class(  # noqa: PLR0913, PLR0917 - fixtures
    manager: Client,
    make: Make,
    owner: Organization,
    room: Classroom,
    running: Met,
    hours: dict[str, str],
    faulty: str | None,
) -> None:
    first, child = make.learner(owner), make.learner(owner)
    for one in (first, child):
        make.enrollment(one, room)
    said = roll(manager, running.session.id, noted(first), noted(child, "late", **hours))
    if faulty is None:
        assert len(done(said)["items"]) == len([first, child])
    else:
        assert faults(said) == [(f"/items/1/{faulty}", "FIELD_RANGE")]
        assert "09:00" in said.text
        assert "14:30" in said.text


@pytest.mark.parametrize(("starts", "ends"), [(time(0, 30), time(2)), (time(21, 30), time(23))])
def test_the_hours_of_a_line_stay_within_the_day(  # noqa: PLR0913, PLR0917 - fixtures
    manager: Client, make: Make, owner: Organization, room: Classroom, clock: SetClock, starts: time, ends: time
) -> None:
    child = make.learner(owner)
    make.enrollment(child, room)
    met = make.class_session(room, starts=starts, ends=ends, status=ClassSessionStatus.OPEN)
    clock.now = met.session.ends_at
    edges = {"arrived": "00:00", "left": "02:30"} if starts < time(12) else {"arrived": "22:00", "left": "23:59"}
    done(roll(manager, met.session.id, noted(child, "late", **edges)))
