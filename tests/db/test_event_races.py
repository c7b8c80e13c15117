"""Events and lectures in a race: called off while people come, a turn added while it opens, taken on while it is called off."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import HOLDING, Assignment
from models.event import EventStatus
from models.lecture import LectureEngagement
from models.shift import Shift
from tests.db.racing import Call, at_once, callers, clerk, staff, tally
from tests.factories import Make
from tests.makers.gatherings import wanted

pytestmark = pytest.mark.fresh_database

Check = Callable[[], None]


def test_nobody_comes_to_what_is_called_off(server: str, wiring: Wiring, make: Make, check_data: Check) -> None:
    office, people = staff(wiring, Role.COORDINATOR), callers(wiring, 6)
    event = make.event(EventStatus.OPEN, helpers=6)
    with wiring.unit(write=False) as unit:
        shift = unit.session.exec(select(Shift).where(Shift.source_id == event.id)).one()
    off = Call(office, f"/v1/events/{event.id}/cancel", {"reason": "台風のため"})

    answers = at_once(server, [*(Call(one, f"/v1/shifts/{shift.id}/claims") for one in people), off])

    assert answers[-1].status == 200
    assert set(tally(answers[:-1])) <= {(201, None), (404, "NOT_FOUND"), (409, "ASG_FULL"), (409, "SHF_STATE")}
    with wiring.unit(write=False) as unit:
        assert [row for row in unit.session.exec(select(Assignment)) if row.status in HOLDING] == []
    check_data()


def test_a_turn_that_is_added_while_the_event_opens_is_open(
    server: str, wiring: Wiring, make: Make, check_data: Check
) -> None:
    office, events = staff(wiring, Role.COORDINATOR), [make.event() for _ in range(4)]
    calls = [
        call
        for event in events
        for call in (
            Call(office, f"/v1/events/{event.id}/open"),
            Call(office, "/v1/shifts", {"event_id": str(event.id), "demands": [wanted()]}),
        )
    ]
    assert tally(at_once(server, calls)) == {(200, None): 4, (201, None): 4}
    check_data()


def test_a_lecture_is_taken_on_or_called_off(server: str, wiring: Wiring, make: Make, check_data: Check) -> None:
    office, school = staff(wiring, Role.COORDINATOR), make.organization()
    desk = clerk(wiring, school)
    lectures = [make.lecture(owner=school) for _ in range(4)]
    calls = [
        call
        for lecture in lectures
        for call in (
            Call(office, f"/v1/lecture-engagements/{lecture.id}/accept"),
            Call(desk, f"/v1/lecture-engagements/{lecture.id}/cancel", {"reason": "学級閉鎖のため"}),
        )
    ]
    answers = at_once(server, calls)
    assert set(tally(answers)) <= {(200, None), (409, "LEC_STATE")}
    with wiring.unit(write=False) as unit:
        assert {str(row.status) for row in unit.session.exec(select(LectureEngagement))} == {"cancelled"}
    check_data()
