"""Who is found not to be cleared is with no child from that moment on, and reads no roll; nor does who is suspended."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import SchoolStage
from models.organization import Organization
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import on_session
from tests.makers.doors import ask, done, notices_of, on_shift, problem
from worker.passing import move_shifts

ROLL = "/v1/class-sessions/{}/attendance"


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture(autouse=True)
def _sound(check_data: Callable[[], None]) -> object:
    yield
    check_data()


def found(office: Client, tutor: Volunteer, status: str = "not_cleared", **over: Any) -> httpx2.Response:
    body = {"status": status, "checked_on": "2025-11-10", **over}
    return office.post(f"/v1/volunteers/{tutor.id}/child-safety", json=body)


def kinds(wiring: Wiring, whom: Any) -> list[str]:
    return sorted(kind for kind, to in notices_of(wiring) if to == whom)


def pairing_status(office: Client, pairing: Any) -> str:
    return str(done(office.get(f"/v1/pairings/{pairing.id}"))["status"])


@pytest.mark.parametrize("status", ["not_cleared", "pending", "not_required"])
def test_what_she_has_with_children_rests_at_once(
    make: Make, office: Client, manager: Client, owner: Organization, wiring: Wiring, status: str
) -> None:
    tutor = make.tutor()
    child, adult = make.learner(owner), make.learner(owner, stage=SchoolStage.ADULT)
    pairs = [make.pairing(one, tutor) for one in (child, adult)]
    room = make.classroom(owner=owner)
    make.enrollment(child, room)
    named = {"items": [{"volunteer_id": str(tutor.id)}]}
    done(manager.put(f"/v1/classrooms/{room.id}/tutors", json=named, headers={"If-Match": "*"}))
    done(found(office, tutor, status), 201)

    assert [pairing_status(office, one) for one in pairs] == ["paused", "active"]
    assert kinds(wiring, manager.account.id) == ["pairings_resting"]
    assert problem(manager.post(f"/v1/pairings/{pairs[0].id}/resume", json={})) == (409, "CLS_SAFETY")


def test_a_check_that_is_renewed_disturbs_nothing(
    make: Make, office: Client, room: Classroom, owner: Organization, wiring: Wiring
) -> None:
    tutor, met = make.tutor(), make.class_session(room)
    pair = make.pairing(make.learner(owner), tutor)
    make.assignment(met, tutor)
    done(found(office, tutor, "cleared", valid_until="2027-03-31"), 201)

    assert (pairing_status(office, pair), [one[1] for one in on_shift(wiring, met)]) == ("active", ["confirmed"])


def test_her_places_among_children_are_free_at_once(
    make: Make, office: Client, manager: Client, room: Classroom, owner: Organization, wiring: Wiring
) -> None:
    grown_ups = make.class_session(make.classroom(owner=owner, for_children=False), on=date(2025, 11, 16))
    children, asked = make.class_session(room), make.class_session(room, on=date(2025, 11, 22))
    tutor = make.tutor()
    for met in (children, grown_ups):
        make.assignment(met, tutor)
    (offer,) = done(ask(manager, asked, tutor), 201)["items"]
    done(found(office, tutor), 201)

    assert on_shift(wiring, children) == [(tutor.id, "cancelled", False)]
    assert on_shift(wiring, grown_ups) == [(tutor.id, "confirmed", True)]
    assert done(office.get(f"/v1/offers/{offer['id']}"))["status"] == "withdrawn"
    assert "activity_place_freed" in kinds(wiring, manager.account.id)
    assert "assignment_cancelled" in kinds(wiring, tutor.id)


def test_one_that_is_pending_is_flagged_by_and_by(make: Make, office: Client, room: Classroom, wiring: Wiring) -> None:
    tutor, met = make.tutor(), make.class_session(room)
    make.assignment(met, tutor)
    done(found(office, tutor, "pending"), 201)

    assert on_shift(wiring, met) == [(tutor.id, "confirmed", True)]


def test_whoever_runs_the_class_hears_that_she_is_among_children_now(
    make: Make, office: Client, manager: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    met, tutor = make.class_session(room, status=ClassSessionStatus.OPEN), make.tutor()
    for one in (tutor, make.tutor()):
        make.assignment(met, one)
    clock.now = met.session.starts_at + timedelta(minutes=20)
    move_shifts(wiring)
    done(found(office, tutor), 201)

    assert kinds(wiring, manager.account.id) == ["activity_assignment_flagged"]
    assert [one[1] for one in on_shift(wiring, met)] == ["confirmed", "confirmed"]


def test_who_is_not_cleared_reads_no_roll(
    make: Make, office: Client, as_: As, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    met, tutor, other = make.class_session(room, status=ClassSessionStatus.OPEN), make.tutor(), make.tutor()
    for one in (tutor, other):
        make.assignment(met, one)
    clock.now = met.session.starts_at + timedelta(minutes=20)
    move_shifts(wiring)
    roll = ROLL.format(met.session.id)
    done(as_(tutor).get(roll))
    done(found(office, tutor), 201)

    assert problem(as_(tutor).get(roll)) == (404, "NOT_FOUND")
    done(as_(other).get(roll))


def test_who_is_suspended_reads_no_roll(make: Make, as_: As, room: Classroom, clock: SetClock, wiring: Wiring) -> None:
    met, tutor = make.class_session(room, status=ClassSessionStatus.OPEN), make.tutor()
    for one in (tutor, make.tutor()):
        make.assignment(met, one)
    her, roll = as_(tutor), ROLL.format(met.session.id)
    clock.now = met.session.starts_at + timedelta(minutes=20)
    move_shifts(wiring)
    done(her.get(roll))
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{tutor.id}/suspend", json={"reason": "連絡待ち"}))

    assert problem(her.get(roll)) == (403, "NOT_PERMITTED")


def test_who_pauses_reads_the_roll_of_what_she_still_holds(
    make: Make, as_: As, room: Classroom, clock: SetClock
) -> None:
    met, tutor = make.class_session(room, status=ClassSessionStatus.OPEN), make.tutor()
    make.assignment(met, tutor)
    her = as_(tutor)
    done(her.post(f"/v1/volunteers/{tutor.id}/take-leave", json={}, headers={"If-Match": "*"}))
    clock.now = met.session.starts_at - timedelta(minutes=20)

    done(her.get(ROLL.format(met.session.id)))


def test_the_roll_of_a_class_held_with_hers_is_hers_to_read_while_she_may_teach(
    make: Make, as_: As, manager: Client, room: Classroom, owner: Organization, clock: SetClock
) -> None:
    host, guest = make.class_session(make.classroom(owner=owner)), make.class_session(room)
    tutor = make.tutor()
    for one in (tutor, make.tutor()):
        make.assignment(host, one)
    make.assignment(guest, make.tutor())
    done(on_session(manager, host.session.id, "open"))
    done(on_session(manager, guest.session.id, "open", mode="merged_with", session_id=str(host.session.id)))
    her, roll = as_(tutor), ROLL.format(guest.session.id)
    clock.now = host.session.starts_at - timedelta(minutes=20)

    done(her.get(roll))
