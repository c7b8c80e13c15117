"""What keeps a class safe: who counts as a tutor, and what is asked anew when a class moves or its host is gone."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom
from models.organization import Organization
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, on_session
from tests.makers.doors import done, hand, notices_of, problem
from worker.classes import hold_classes
from worker.reminding import warn_of_risks

Learn = Callable[[Met, Volunteer], None]


@pytest.fixture
def owner(make: Make) -> Organization:
    return make.organization()


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def manager(as_: As, owner: Organization) -> Client:
    return as_(Role.CLASSROOM_MANAGER, organization=owner)


@pytest.fixture
def learns_at(as_: As) -> Learn:
    """Put somebody on a place for trainees, which is made for her."""
    office = as_(Role.COORDINATOR)

    def put(met: Met, volunteer: Volunteer) -> None:
        body = {"demand_id": str(met.demand.id), "places": 1}
        shown = done(office.post(f"/v1/shifts/{met.shift.id}/trainee-places", json=body))
        (place,) = [one["id"] for one in shown["demands"] if one["role"] == "trainee"]
        done(hand(office, met, volunteer, demand_id=place), 201)

    return put


@pytest.fixture(autouse=True)
def _sound(check_data: Callable[[], None]) -> object:
    yield
    check_data()


def test_a_trainee_is_no_tutor_but_of_age_an_adult(
    make: Make, room: Classroom, manager: Client, learns_at: Learn
) -> None:
    met = make.class_session(room)
    make.assignment(met, make.tutor())
    learns_at(met, make.tutor())
    said = on_session(manager, met.session.id, "open")
    assert problem(said) == (409, "CLS_STAFF")
    assert "大人2人" in said.json()["detail"]
    opened = done(on_session(manager, met.session.id, "open", mode="reduced"))
    assert (opened["status"], opened["tutors"]) == ("open", 1)


def test_trainees_alone_open_no_class(make: Make, room: Classroom, manager: Client, learns_at: Learn) -> None:
    met = make.class_session(room)
    learns_at(met, make.tutor())
    said = on_session(manager, met.session.id, "open", mode="reduced", venue_adults=["館長"])
    assert problem(said) == (409, "CLS_STAFF")


def test_places_for_trainees_are_not_shown_as_places_for_tutors(
    make: Make, room: Classroom, manager: Client, learns_at: Learn
) -> None:
    met = make.class_session(room)
    learns_at(met, make.tutor())
    (shown,) = done(manager.get("/v1/class-sessions"))["items"]
    assert (shown["tutor_places"], shown["tutors"]) == (4, 0)
    assert done(manager.get(f"/v1/class-sessions/{met.session.id}")) == shown


def test_a_class_is_at_risk_though_somebody_learns_to_teach_there(
    make: Make, room: Classroom, manager: Client, learns_at: Learn, clock: SetClock, wiring: Wiring
) -> None:
    met = make.class_session(room)
    make.assignment(met, make.tutor())
    learns_at(met, make.tutor())
    clock.now = met.session.starts_at - timedelta(days=1)
    warn_of_risks(wiring)
    assert ("activity_place_at_risk", manager.account.id) in notices_of(wiring)


def test_trainees_are_not_counted_as_tutors_present(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, room: Classroom, manager: Client, learns_at: Learn, clock: SetClock, wiring: Wiring, as_: As
) -> None:
    met = make.class_session(room)
    for _ in range(2):
        make.assignment(met, make.tutor())
    learns_at(met, make.tutor())
    done(on_session(manager, met.session.id, "open"))
    clock.now = met.session.ends_at
    hold_classes(wiring)
    report = done(as_(Role.ADMIN).get("/v1/reports/classrooms"))
    assert report["total"]["tutors_present"] == 2


def test_learners_of_classes_held_together_are_counted_together(
    make: Make, owner: Organization, room: Classroom, manager: Client
) -> None:
    """Four here and three there for two tutors: each class alone would have enough."""
    host_room = make.classroom(owner=owner)
    for where, count in ((room, 4), (host_room, 3)):
        for _ in range(count):
            make.enrollment(make.learner(owner), where)
    guest, host = make.class_session(room), make.class_session(host_room)
    for _ in range(2):
        make.assignment(host, make.tutor())
    assert done(on_session(manager, host.session.id, "open"))["warnings"] == []
    opened = done(on_session(manager, guest.session.id, "open", mode="merged_with", session_id=str(host.session.id)))
    (warning,) = opened["warnings"]
    assert warning["code"] == "CLS_RATIO"
    assert "学習者7人、支援者2人" in warning["detail"]
