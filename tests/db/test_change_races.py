"""Changes that run beside claims, acceptance and each other: the shift follows its request, and nobody is booked twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment
from models.dispatch_request import DispatchRequest, RequestStatus
from models.organization import Organization
from models.shift import Shift
from tests.db.racing import Call, Caller, at_once, callers, claim, clerk, held, shifts, staff, tally
from tests.makers import people, work

pytestmark = pytest.mark.fresh_database

Check = Callable[[], None]


def centre_of(wiring: Wiring, opened: work.Opened, age: int = 3) -> Organization:
    with wiring.unit() as unit:
        work.family(unit, opened.request, age)
        return unit.get(Organization, opened.request.organization_id)


def patch(caller: Caller, request: DispatchRequest, later: timedelta, *passing: str) -> Call:
    body: dict[str, Any] = {name: (getattr(request, name) + later).isoformat() for name in ("starts_at", "ends_at")}
    if passing:
        body["overrides"] = [{"code": code, "reason": "都合"} for code in passing]
    return Call(caller, f"/v1/dispatch-requests/{request.id}", body, method="PATCH")


def agree(wiring: Wiring) -> bool:
    """Whether every shift lies where its request does."""
    with wiring.unit(write=False) as unit:
        pairs = unit.session.exec(select(Shift, DispatchRequest).where(Shift.source_id == DispatchRequest.id)).all()
        return bool(pairs) and all(
            (shift.starts_at, shift.ends_at) == (request.starts_at, request.ends_at) for shift, request in pairs
        )


def test_requests_move_while_they_are_claimed(server: str, wiring: Wiring, check_data: Check) -> None:
    opened = shifts(wiring, 10, apart=timedelta(hours=3))
    for one in opened:
        centre_of(wiring, one)
    office = staff(wiring, Role.COORDINATOR)
    claims = [claim(caller, one) for caller, one in zip(callers(wiring, 10), opened, strict=True)]
    moves = [patch(office, one.request, timedelta(hours=1), "REQ_HOURS") for one in opened]
    answers = at_once(server, [call for pair in zip(claims, moves, strict=True) for call in pair])
    assert tally(answers[::2]) == {(201, None): 10}
    assert tally(answers[1::2]) == {(200, None): 10}
    assert held(wiring) == (10, 10)
    assert agree(wiring)
    check_data()


def test_one_person_is_moved_on_two_shifts_at_once(server: str, wiring: Wiring, check_data: Check) -> None:
    """Both would come to lie at one time: one of them lets her go."""
    first, second = shifts(wiring, 2, apart=timedelta(days=1))
    asking = clerk(wiring, centre_of(wiring, first))
    centre_of(wiring, second, age=4)
    with wiring.unit() as unit:
        her = people.volunteer(unit)
        for one in (first, second):
            work.assignment(unit, one, her)
    forward = patch(asking, first.request, timedelta(hours=25))
    answers = at_once(server, [forward, patch(asking, second.request, timedelta(hours=1))])
    assert {answer.status for answer in answers} == {200}
    with wiring.unit(write=False) as unit:
        assert sorted(unit.session.exec(select(Assignment.status))) == ["cancelled", "tentative"]
    assert agree(wiring)
    check_data()


def test_a_request_moves_while_it_is_accepted(server: str, wiring: Wiring, check_data: Check) -> None:
    with wiring.unit() as unit:
        centre = people.organization(unit)
        place = people.facility(unit, owner=centre)
        start = work.VISIT
        asked = [
            work.request(
                unit, owner=centre, place=place, ages=(3,), starts_at=start + timedelta(days=n),
                status=RequestStatus.SUBMITTED,
            )
            for n in (0, 1, 5, 6, 7, 8)
        ]  # fmt: skip
    asking, office = clerk(wiring, centre), staff(wiring, Role.COORDINATOR)
    calls = [
        call
        for request in asked
        for call in (
            patch(asking, request, timedelta(hours=1)),
            Call(office, f"/v1/dispatch-requests/{request.id}/accept"),
        )
    ]
    answers = at_once(server, calls)
    assert {answer.status for answer in answers[::2]} == {200}
    assert {status for status, _ in tally(answers[1::2])} <= {200, 422}
    assert agree(wiring)
    check_data()


def test_a_checkup_moves_while_its_requests_are_claimed(server: str, wiring: Wiring, check_data: Check) -> None:
    with wiring.unit() as unit:
        centre = people.organization(unit)
        place = people.facility(unit, owner=centre)
        session = work.checkup_session(unit, place=place)
        opened = [
            work.shift_with_demand(
                unit, owner=centre, place=place, checkup_session_id=session.id, ages=(3,), places=5,
            )
            for _ in range(3)
        ]  # fmt: skip
    asking = clerk(wiring, centre)
    move = Call(asking, f"/v1/checkup-sessions/{session.id}/move", {"held_on": "2025-11-21", "reason": "会場の都合"})
    claims = [claim(caller, one) for one in opened for caller in callers(wiring, 4)]
    answers = at_once(server, [*claims[:6], move, *claims[6:]])
    assert {answer.status for answer in answers} <= {200, 201}
    assert held(wiring) == (12, 12)
    assert agree(wiring)
    check_data()
