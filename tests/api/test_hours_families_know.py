"""A class that moves: what each family was last told decides what it is to be told next."""

from collections.abc import Callable
from typing import Any

import pytest

from models.classroom import Classroom
from models.learner import Learner
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import add_term, change_rule, change_term, on_session
from tests.makers.doors import done

Move = Callable[..., None]
Comes = Callable[[], Learner]
Reach = Callable[[Learner], None]


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def comes(make: Make, owner: Organization, room: Classroom, clock: SetClock) -> Comes:
    """Enrolls another child; an hour passes."""

    def another() -> Learner:
        make.enrollment(made := make.learner(owner), room)
        clock.forward(hours=1)
        return made

    return another


@pytest.fixture
def child(comes: Comes) -> Learner:
    return comes()


@pytest.fixture
def move(manager: Client, room: Classroom, clock: SetClock) -> Move:
    """Moves the one session of a term, at 10:00 to 11:30 before; an hour passes each time."""
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)

    def changed(**hours: str) -> None:
        done(change_term(manager, term, **hours))
        clock.forward(hours=1)

    return changed


@pytest.fixture
def reach(manager: Client, room: Classroom, clock: SetClock) -> Reach:
    def told(learner: Learner) -> None:
        path = f"/v1/classrooms/{room.id}/guardian-calls/{learner.id}"
        done(manager.post(path, json={"result": "reached"}))
        clock.forward(hours=1)

    return told


def listed(manager: Client, room: Classroom) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    return items


def moved(manager: Client, room: Classroom) -> dict[str, str]:
    """Whose guardians are to hear of another hour: from which hours to which."""

    def shown(one: dict[str, str]) -> str:
        at = (one[name][8:16] for name in ("moved_from", "was_ends_at", "starts_at", "ends_at"))
        return "{}-{} > {}-{}".format(*(hour.replace("T", " ") for hour in at))

    assert all(one["because"] == ["session_moved"] for one in listed(manager, room))
    return {one["learner_id"]: shown(hours) for one in listed(manager, room) for hours in one["moved"]}


def test_who_was_told_is_told_when_the_class_moves_back_and_who_was_not_is_left_alone(
    manager: Client, room: Classroom, child: Learner, comes: Comes, move: Move, reach: Reach
) -> None:
    silent = comes()
    move(starts="14:00", ends="15:30")
    reach(child)
    assert moved(manager, room) == {str(silent.id): "15 10:00-15 11:30 > 15 14:00-15 15:30"}
    move(starts="10:00", ends="11:30")
    assert moved(manager, room) == {str(child.id): "15 14:00-15 15:30 > 15 10:00-15 11:30"}
    reach(child)
    assert moved(manager, room) == {}


def test_a_class_that_moves_on_and_back_to_what_was_told_is_no_news(
    manager: Client, room: Classroom, child: Learner, move: Move, reach: Reach
) -> None:
    move(starts="14:00", ends="15:30")
    reach(child)
    move(starts="12:00", ends="13:30")
    assert moved(manager, room) == {str(child.id): "15 14:00-15 15:30 > 15 12:00-15 13:30"}
    move(starts="14:00", ends="15:30")
    assert moved(manager, room) == {}


def test_children_are_fetched_at_the_end_that_their_families_know(
    manager: Client, room: Classroom, child: Learner, move: Move
) -> None:
    move(starts="09:00")
    move(starts="10:00", ends="12:30")  # as long as in between, and later than they know
    assert moved(manager, room) == {str(child.id): "15 10:00-15 11:30 > 15 10:00-15 12:30"}
    move(ends="11:30")
    assert moved(manager, room) == {}


def test_who_comes_between_two_moves_knows_the_hour_between(
    manager: Client, room: Classroom, child: Learner, comes: Comes, move: Move
) -> None:
    move(starts="14:00", ends="15:30")
    late = comes()
    move(starts="15:00", ends="16:30")
    assert moved(manager, room) == {
        str(child.id): "15 10:00-15 11:30 > 15 15:00-15 16:30",
        str(late.id): "15 14:00-15 15:30 > 15 15:00-15 16:30",
    }


def test_the_hour_that_families_know_stands_while_the_class_moves_from_day_to_day(
    manager: Client, room: Classroom, child: Learner, clock: SetClock
) -> None:
    """Not one in between, of which nobody heard; and of what is over at all that she may believe nothing is told."""
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    done(change_term(manager, term, starts="09:00"))
    done(change_rule(manager, term, "FREQ=WEEKLY;BYDAY=TH;UNTIL=20251113"))
    clock.forward(days=4)
    assert moved(manager, room) == {str(child.id): "15 10:00-15 11:30 > 13 09:00-13 11:30"}
    clock.forward(days=1)
    assert listed(manager, room) == []


def test_who_knew_that_it_moved_ahead_hears_nothing_once_it_is_over(
    manager: Client, room: Classroom, child: Learner, comes: Comes, reach: Reach, clock: SetClock
) -> None:
    silent = comes()
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    done(change_rule(manager, term, "FREQ=WEEKLY;BYDAY=TH;UNTIL=20251113"))
    reach(child)
    clock.forward(days=4)
    assert moved(manager, room) == {
        str(silent.id): "15 10:00-15 11:30 > 13 10:00-13 11:30"
    }  # she will come on Saturday


def test_a_class_that_is_called_off_is_told_for_the_hour_that_each_family_knows(
    manager: Client, room: Classroom, child: Learner, comes: Comes, move: Move, reach: Reach
) -> None:
    silent = comes()
    move(starts="14:00", ends="15:30")
    reach(child)
    (session,) = done(manager.get(f"/v1/class-sessions?classroom_id={room.id}"))["items"]
    done(on_session(manager, session["id"], "cancel", reason="大雪"))
    found = {one["learner_id"]: [at[11:16] for at in one["called_off"]] for one in listed(manager, room)}
    assert found == {str(child.id): ["14:00"], str(silent.id): ["10:00", "14:00"]}
