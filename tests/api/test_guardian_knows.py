"""That a guardian knows of her child is one truth: on the list, on the roll and when the roll is recorded."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import Learner
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import SATURDAY, Met, noted, on_session, roll, verb
from tests.makers.doors import done


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def met(make: Make, room: Classroom, clock: SetClock) -> Met:
    made = make.class_session(room, status=ClassSessionStatus.OPEN)
    clock.now = made.session.starts_at
    return made


@pytest.fixture
def unsigned(make: Make, owner: Organization, room: Classroom, manager: Client, met: Met) -> Learner:
    """A child without consent that came and is kept safe."""
    made = make.learner(owner, consents=())
    make.enrollment(made, room)
    done(roll(manager, met.session.id, noted(made, "kept_safe")))
    return made


def because(manager: Client, room: Classroom) -> list[list[str]]:
    return [one["because"] for one in done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]]


def warned(manager: Client, met: Met, clock: SetClock) -> list[str]:
    clock.now = met.session.ends_at
    return [one["code"] for one in done(on_session(manager, met.session.id, "record")).get("warnings", [])]


def test_who_signed_since_is_neither_called_nor_warned_of(
    manager: Client, room: Classroom, met: Met, unsigned: Learner, clock: SetClock
) -> None:
    body = {"scopes": ["participation"], "signed_on": "2025-11-15", "language": "vi"}
    done(manager.post(f"/v1/learners/{unsigned.id}/consents", json=body), 201)
    assert because(manager, room) == []
    assert warned(manager, met, clock) == []


def test_a_call_of_the_office_about_the_classroom_counts_as_its_own(
    manager: Client, office: Client, room: Classroom, met: Met, unsigned: Learner, clock: SetClock
) -> None:
    about = {"about": {"type": "classroom", "id": str(room.id)}}
    for body in ({"result": "reached"}, {"result": "no_answer", **about}):  # about something else, and in vain
        done(office.post("/v1/contact-attempts", json={"learner_id": str(unsigned.id), **body}), 201)
        assert because(manager, room) == [["consent_missing"]]
    told = {"learner_id": str(unsigned.id), "result": "reached", **about}
    done(office.post("/v1/contact-attempts", json=told), 201)
    assert because(manager, room) == []
    (line,) = done(manager.get(f"/v1/class-sessions/{met.session.id}/attendance"))["items"]
    assert line["guardian_reached_at"] == "2025-11-15T10:00:00+09:00"
    assert warned(manager, met, clock) == []


def test_absences_before_a_place_was_given_up_are_forgotten_with_it(
    make: Make, owner: Organization, manager: Client, room: Classroom, clock: SetClock
) -> None:
    place = make.enrollment(child := make.learner(owner), room)

    def stays_away(on: date) -> None:
        held = make.class_session(room, on=on, status=ClassSessionStatus.OPEN)
        clock.now = held.session.starts_at
        done(roll(manager, held.session.id, noted(child, "absent")))

    for week in range(2):
        stays_away(SATURDAY + timedelta(weeks=week))
    assert because(manager, room) == [["absent_twice"]]
    done(verb(manager, "enrollments", place.id, "leave"))
    clock.forward(days=100)
    body = {"learner_id": str(child.id), "classroom_id": str(room.id)}
    again = done(manager.post("/v1/enrollments", json=body), 201)
    for step in ("interview", "enroll"):
        done(verb(manager, "enrollments", again["id"], step))
    assert because(manager, room) == []
    first = clock().date() + timedelta(days=1)
    stays_away(first)
    assert because(manager, room) == []
    stays_away(first + timedelta(days=7))
    assert because(manager, room) == [["absent_twice"]]


def test_brothers_and_sisters_on_the_list_are_named_with_each_other(
    make: Make, owner: Organization, manager: Client, room: Classroom
) -> None:
    """One call may tell of all; each child is noted on its own, since each may have been spoken of or not."""
    guardian: dict[str, Any] = {"guardian_name": "架空 母", "guardian_phone": "076-000-0001"}
    elder, younger, other = make.learner(owner, **guardian), make.learner(owner, **guardian), make.learner(owner)
    for one in (elder, younger, other):
        make.enrollment(one, room)
    met = make.class_session(room)
    done(on_session(manager, met.session.id, "cancel", reason="停電"))
    items = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    assert {one["learner_id"]: one["siblings"] for one in items} == {
        str(elder.id): [str(younger.id)],
        str(younger.id): [str(elder.id)],
        str(other.id): [],
    }
