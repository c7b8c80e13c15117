"""Managers reach the tutors of their own classrooms by telephone; whose number was read is in the log."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.assignment import AssignmentStatus
from models.classroom import Classroom
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import audited, done, problem


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture(autouse=True)
def _sound(check_data: Callable[[], None]) -> object:
    yield
    check_data()


def contacts(by: Client, room: Classroom) -> dict[str, Any]:
    items = done(by.get(f"/v1/classrooms/{room.id}/tutor-contacts"))["items"]
    return {one["volunteer_id"]: one for one in items}


def name(manager: Client, room: Classroom, *entries: dict[str, str]) -> None:
    path = f"/v1/classrooms/{room.id}/tutors"
    done(manager.put(path, json={"items": list(entries)}, headers={"If-Match": "*"}))


def test_a_manager_reads_the_numbers_and_languages_of_her_own_tutors(
    make: Make, manager: Client, room: Classroom, wiring: Wiring
) -> None:
    number = "076-000-0101"
    named, mute, comes, stranger = (
        make.tutor(person=make.person(phone=phone)) for phone in (number, None, number, number)
    )
    name(manager, room, {"volunteer_id": str(named.id), "role": "reserve"}, {"volunteer_id": str(mute.id)})
    make.assignment(make.class_session(room), comes, AssignmentStatus.TENTATIVE)
    make.assignment(make.class_session(), stranger)
    found = contacts(manager, room)

    assert {key: (one["role"], one["phone"]) for key, one in found.items()} == {
        str(named.id): ("reserve", number),
        str(mute.id): ("regular", None),
        str(comes.id): (None, number),
    }
    assert set(found[str(named.id)]) == {
        "volunteer_id", "badge_name", "role", "phone", "number_wrong", "languages",
    }  # fmt: skip
    assert {tuple(one) for one in found[str(named.id)]["languages"]} == {("tag", "level")}
    read = [event.action for event in audited(wiring, named.person_id)]
    assert (read, audited(wiring, mute.person_id)) == (["tutor_contacts.read"], [])


def test_who_came_is_a_tutor_until_the_day_after(make: Make, manager: Client, room: Classroom, clock: SetClock) -> None:
    met, tutor = make.class_session(room), make.tutor()
    make.assignment(met, tutor)
    clock.now = met.session.ends_at + timedelta(hours=23)
    assert list(contacts(manager, room)) == [str(tutor.id)]
    clock.forward(hours=1)
    assert contacts(manager, room) == {}


def test_another_s_classroom_has_no_contacts_for_her(make: Make, manager: Client) -> None:
    said = manager.get(f"/v1/classrooms/{make.classroom().id}/tutor-contacts")
    assert problem(said) == (404, "NOT_FOUND")
