"""Places of a classroom and who waits for them: whatever makes a place free, it is offered, and nobody is stranded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from models.account import Role
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import verb
from tests.makers.doors import done, notices_of, problem
from worker.classes import pass_places_on

INTERVIEW = ClassEnrollmentStatus.INTERVIEW
Check = Callable[[], None]


@dataclass(frozen=True)
class Room:
    """A classroom with one place, and whoever runs it."""

    make: Make
    owner: Organization
    room: Classroom
    manager: Client

    def asks(self, status: ClassEnrollmentStatus = ClassEnrollmentStatus.ENROLLED, **over: Any) -> Enrollment:
        """Somebody who stands at the classroom in some way."""
        return self.make.enrollment(self.make.learner(self.owner), self.room, status, **over)

    def waits(self, number: int = 1) -> Enrollment:
        return self.asks(ClassEnrollmentStatus.WAITLISTED, waitlist_no=number)

    def move(self, enrollment: Enrollment, name: str) -> Any:
        return verb(self.manager, "enrollments", enrollment.id, name)

    def stand(self, *enrollments: Enrollment) -> list[str]:
        return [done(self.manager.get(f"/v1/enrollments/{one.id}"))["status"] for one in enrollments]

    def holds(self, places: int) -> Any:
        path = f"/v1/classrooms/{self.room.id}"
        return self.manager.patch(path, json={"capacity": places}, headers={"If-Match": "*"})


@pytest.fixture
def room(make: Make, as_: As) -> Room:
    owner = make.organization()
    classroom = make.classroom(owner=owner, capacity=1)
    return Room(make, owner, classroom, as_(Role.CLASSROOM_MANAGER, organization=owner))


def test_places_that_are_added_are_offered_to_those_who_wait(room: Room, make: Make, check_data: Check) -> None:
    room.asks()
    first, second, third = (room.waits(number) for number in (1, 2, 3))
    assert done(room.holds(3))["waiting"] == 1
    assert room.stand(first, second, third) == ["offered", "offered", "waitlisted"]
    assert notices_of(make.wiring) == [("class_place_offered", room.manager.account.id)] * 2
    late = room.asks(INTERVIEW)
    assert problem(room.move(late, "enroll")) == (409, "CLS_FULL")
    assert done(room.move(first, "enroll"))["status"] == "enrolled"
    check_data()


def test_a_classroom_is_not_made_smaller_than_its_places_are_held_or_offered(room: Room, check_data: Check) -> None:
    assert done(room.holds(2))["capacity"] == 2
    leaves, _, next_one = room.asks(), room.asks(ClassEnrollmentStatus.ON_BREAK), room.waits()
    done(room.move(leaves, "leave"))
    assert room.stand(next_one) == ["offered"]
    assert problem(room.holds(1)) == (409, "CLS_FULL")
    done(room.move(next_one, "leave"))
    assert done(room.holds(1))["capacity"] == 1
    check_data()


def test_who_is_put_on_the_list_of_a_class_with_a_free_place_is_offered_it(room: Room) -> None:
    slipped = room.asks(INTERVIEW)
    moved = done(room.move(slipped, "waitlist"))
    assert (moved["status"], moved["waitlist_no"], moved["actions"]) == (
        "offered",
        None,
        ["enroll", "waitlist", "leave"],
    )
    assert done(room.move(slipped, "enroll"))["status"] == "enrolled"
    late = room.asks(INTERVIEW)
    assert done(room.move(late, "waitlist"))["status"] == "waitlisted"


def test_a_late_yes_does_not_count_where_others_wait_however_late_the_sweep_is(room: Room, clock: SetClock) -> None:
    leaves, slow, patient = room.asks(), room.waits(1), room.waits(2)
    done(room.move(leaves, "leave"))
    clock.forward(days=7)
    assert problem(room.move(slow, "enroll")) == (409, "OFF_EXPIRED")
    assert pass_places_on(room.make.wiring) == 1
    assert room.stand(slow, patient) == ["waitlisted", "offered"]
    assert done(room.move(patient, "enroll"))["status"] == "enrolled"


def test_a_late_yes_counts_while_nobody_else_waits(room: Room, clock: SetClock) -> None:
    leaves, slow = room.asks(), room.waits()
    done(room.move(leaves, "leave"))
    clock.forward(days=8)
    assert done(room.move(slow, "enroll"))["status"] == "enrolled"


def test_nobody_is_left_waiting_beside_a_free_place(room: Room) -> None:
    """Rows as they were before every free place was offered; a class that is full, or without a list, is left alone."""
    stranded = room.waits()
    full = room.make.classroom(owner=room.owner, capacity=1)
    for status, number in ((ClassEnrollmentStatus.ON_BREAK, None), (ClassEnrollmentStatus.WAITLISTED, 1)):
        room.make.enrollment(room.make.learner(room.owner), full, status, waitlist_no=number)
    room.make.classroom(owner=room.owner)
    assert pass_places_on(room.make.wiring) == 1
    shown = done(room.manager.get(f"/v1/enrollments/{stranded.id}"))
    assert (shown["status"], shown["offer_until"]) == ("offered", "2025-11-17T09:00:00+09:00")
    assert pass_places_on(room.make.wiring) == 0
