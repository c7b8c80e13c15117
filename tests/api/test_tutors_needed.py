"""A classroom that needs more tutors to open: its sessions to come ask for them, and what is missing shows."""

from datetime import date, timedelta
from typing import Any

from models.organization import Organization
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.classes import Met, on_session
from tests.makers.doors import done, problem


def correct(manager: Client, room: Any, **body: Any) -> Any:
    return done(manager.patch(f"/v1/classrooms/{room.id}", json=body, headers={"If-Match": "*"}))


def places(manager: Client, met: Met) -> int:
    shown = done(manager.get(f"/v1/class-sessions/{met.session.id}"))["tutor_places"]
    assert isinstance(shown, int)
    return shown


def test_sessions_to_come_ask_for_as_many_tutors_as_the_classroom_needs_by_now(
    manager: Client, make: Make, owner: Organization
) -> None:
    room = make.classroom(owner=owner)
    past = make.class_session(room, on=date(2025, 11, 8))
    met, ample = make.class_session(room), make.class_session(room, on=date(2025, 11, 22))
    with make.wiring.unit() as unit:
        unit.session.merge(ample.demand).places = 8
    for _ in range(4):
        make.assignment(met, make.tutor())
    before = done(manager.get(f"/v1/class-sessions/{met.session.id}"))["version"]
    correct(manager, room, min_tutors=6, tutor_places=6)
    assert [places(manager, one) for one in (past, met, ample)] == [4, 6, 8]
    assert done(manager.get(f"/v1/class-sessions/{met.session.id}"))["version"] > before
    for _ in range(2):
        make.assignment(met, make.tutor())
    done(on_session(manager, met.session.id, "open"))


def test_a_session_whose_places_were_all_taken_is_looked_for_again(
    manager: Client, make: Make, owner: Organization, clock: SetClock
) -> None:
    room = make.classroom(owner=owner)
    met = make.class_session(room)
    for _ in range(4):
        make.assignment(met, make.tutor())
    clock.now = met.session.starts_at - timedelta(days=1)
    correct(manager, room, min_tutors=6, tutor_places=6)
    assert problem(on_session(manager, met.session.id, "open")) == (409, "CLS_STAFF")
    because = [one["because"]["code"] for one in done(manager.get("/v1/worklist"))["items"]]
    assert because == ["place_at_risk"]


def test_fewer_tutors_needed_take_no_place_away(manager: Client, make: Make, owner: Organization) -> None:
    room = make.classroom(owner=owner)
    met = make.class_session(room)
    correct(manager, room, min_tutors=1, tutor_places=2)
    assert [places(manager, met)] == [4]
