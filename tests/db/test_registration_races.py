"""Registrations in a race: who is suspended holds nothing afterwards, and an application sent at once twice is one."""

import json
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from itertools import chain

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import HOLDING, Assignment
from models.recruitment import VolunteerApplication
from models.volunteer import Volunteer, VolunteerStatus
from tests.db.racing import Call, at_once, callers, claim, connect, shifts, staff, tally, together
from tests.makers.recruits import APPLICATIONS, applicant

pytestmark = pytest.mark.fresh_database

Check = Callable[[], None]


def test_who_is_suspended_while_claiming_holds_nothing(server: str, wiring: Wiring, check_data: Check) -> None:
    admin, everybody = staff(wiring, Role.ADMIN), callers(wiring, 8)
    opened = shifts(wiring, 8, apart=timedelta(days=1))
    calls = [
        (
            claim(caller, shift),
            Call(admin, f"/v1/volunteers/{caller.person.id}/suspend", {"reason": "確認のため"}),
        )
        for caller, shift in zip(everybody, opened, strict=True)
    ]

    answers = at_once(server, list(chain.from_iterable(calls)))

    assert set(tally(answers[1::2])) == {(200, None)}
    assert set(tally(answers[::2])) <= {(201, None), (409, "ASG_STATUS")}
    with wiring.unit(write=False) as unit:
        assert {row.status for row in unit.session.exec(select(Volunteer))} == {VolunteerStatus.SUSPENDED}
        assert [row.id for row in unit.session.exec(select(Assignment)) if row.status in HOLDING] == []
    check_data()


def test_two_who_share_shifts_leave_at_once(server: str, wiring: Wiring, check_data: Check) -> None:
    first, second = callers(wiring, 2)
    shared = shifts(wiring, 6, places=2, apart=timedelta(days=1))
    answers = at_once(server, [claim(one, shift) for one in (first, second) for shift in shared])
    assert tally(answers) == {(201, None): 12}

    left = at_once(server, [Call(one, f"/v1/volunteers/{one.person.id}/withdraw") for one in (first, second)])

    assert tally(left) == {(200, None): 2}
    with wiring.unit(write=False) as unit:
        assert {str(row.status) for row in unit.session.exec(select(Assignment))} == {"withdrawn"}
    check_data()


def test_an_application_sent_at_once_under_one_key_is_one(server: str, wiring: Wiring) -> None:
    start = threading.Barrier(6)

    def send(_: int) -> int:
        body = applicant(email=None, phone="076-000-0001", contact_channel="phone")
        headers = {"Content-Type": "application/json", "Idempotency-Key": "one"}
        with closing(connect(server)) as connection:
            start.wait(300)
            connection.request("POST", APPLICATIONS, json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    assert together(send, range(6)) == [202] * 6
    with wiring.unit(write=False) as unit:
        assert len(unit.session.exec(select(VolunteerApplication)).all()) == 1
