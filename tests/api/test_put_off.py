"""The tutors of a class that is put off hear in one notice why and until when, and are asked for the new day."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.assignment import AssignmentStatus
from models.classroom import Classroom
from models.organization import Organization
from models.record import Notice
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, met_of
from tests.makers.doors import answer, done, on_shift


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture(autouse=True)
def _sound(check_data: Callable[[], None]) -> object:
    yield
    check_data()


def put_off(manager: Client, met: Met, query: str = "") -> Any:
    body = {"held_on": "2025-11-22", "reason": "会場の工事"}
    return done(manager.post(f"/v1/class-sessions/{met.session.id}/postpone{query}", json=body))["items"]


def told(wiring: Wiring, tutor: Volunteer) -> list[Notice]:
    statement = select(Notice).where(Notice.volunteer_id == tutor.id).order_by(col(Notice.id))
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(statement).all())


def test_tutors_hear_once_why_and_until_when_and_are_asked_for_it(
    make: Make, manager: Client, as_: As, room: Classroom, wiring: Wiring
) -> None:
    met, tutors = make.class_session(room), [make.tutor() for _ in range(2)]
    for one in tutors:
        make.assignment(met, one)
    _, again = put_off(manager, met)
    offers = done(manager.get("/v1/offers"))["items"]

    assert {one["volunteer_id"] for one in offers} == {str(one.id) for one in tutors}
    (notice,) = told(wiring, tutors[0])
    assert (notice.kind, notice.facts["reason"]) == ("class_put_off_asked", "会場の工事")
    assert "2025-11-22T" in str(notice.facts["new_starts_at"])
    hers = next(one["id"] for one in offers if one["volunteer_id"] == str(tutors[0].id))
    done(answer(as_(tutors[0]), hers, "accept"))
    assert on_shift(wiring, met_of(wiring, again["session_id"])) == [(tutors[0].id, "confirmed", True)]


def test_who_cannot_come_that_day_or_wanted_to_leave_is_told_and_not_asked(
    make: Make, manager: Client, room: Classroom, wiring: Wiring
) -> None:
    met, elsewhere, leaving = make.class_session(room), make.tutor(), make.tutor()
    make.assignment(met, elsewhere)
    make.assignment(met, leaving, AssignmentStatus.STANDIN_WANTED)
    make.assignment(make.class_session(on=date(2025, 11, 22)), elsewhere)
    put_off(manager, met)

    assert done(manager.get("/v1/offers"))["items"] == []
    assert [[one.kind for one in told(wiring, tutor)] for tutor in (elsewhere, leaving)] == [["class_put_off"]] * 2
    assert [status for _, status, _ in on_shift(wiring, met)] == ["cancelled", "cancelled"]


def test_a_preview_tells_and_asks_nobody(make: Make, manager: Client, room: Classroom, wiring: Wiring) -> None:
    met, tutor = make.class_session(room), make.tutor()
    make.assignment(met, tutor)
    put_off(manager, met, "?preview=true")

    assert (told(wiring, tutor), done(manager.get("/v1/offers"))["items"]) == ([], [])
    assert on_shift(wiring, met) == [(tutor.id, "confirmed", True)]
