"""A host who is asked for guests and for other activities at once is booked once, whatever wins."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import Booking
from models.host_stay import StayStatus
from tests.db.racing import Call, at_once, callers, claim, shifts, staff, tally
from tests.makers import hosting

pytestmark = pytest.mark.fresh_database

Check = Callable[[], None]


def test_guests_and_shifts_at_one_time_for_one_host(server: str, wiring: Wiring, check_data: Check) -> None:
    (caller,) = callers(wiring, 1)
    opened = shifts(wiring, 6, apart=timedelta(minutes=5))
    with wiring.unit() as unit:
        host = hosting.host(unit, caller.person)
        starts_at = opened[0].shift.starts_at
        asked = [hosting.stay(unit, host, StayStatus.PROPOSED, starts_at=starts_at) for _ in range(6)]
    calls = [Call(caller, f"/v1/host-stays/{stay.id}/accept") for stay in asked]
    answers = at_once(server, [*calls, *(claim(caller, one) for one in opened)])
    said = tally(answers)
    assert said[200, None] + said[201, None] == 1
    assert said[409, "ASG_OVERLAP"] == 11
    with wiring.unit(write=False) as unit:
        assert len(unit.session.exec(select(Booking).where(Booking.active)).all()) == 1
    check_data()


def test_a_host_is_suspended_while_she_says_yes(server: str, wiring: Wiring, check_data: Check) -> None:
    admin = staff(wiring, Role.ADMIN)
    people = callers(wiring, 5)
    with wiring.unit() as unit:
        asked = [hosting.stay(unit, hosting.host(unit, one.person), StayStatus.PROPOSED) for one in people]
    yes = [Call(caller, f"/v1/host-stays/{stay.id}/accept") for caller, stay in zip(people, asked, strict=True)]
    gone = [Call(admin, f"/v1/volunteers/{one.person.id}/suspend", {"reason": "確認中"}) for one in people]
    answers = at_once(server, [call for pair in zip(yes, gone, strict=True) for call in pair])
    assert tally(answers[1::2]) == {(200, None): 5}
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(Booking).where(Booking.active)).all() == []
        assert {unit.get(type(stay), stay.id).status for stay in asked} == {StayStatus.REQUESTED}
    check_data()
