"""Calls to guardians and the roll at the same time: none is lost, and none breaks another."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from api.db import Wiring
from models.account import Role
from models.class_session import ClassSessionStatus
from models.contact_attempt import ContactAttempt
from services.clock import SetClock
from tests.db.racing import Call, at_once, staff, tally
from tests.factories import Make
from tests.makers.classes import noted, roll
from tests.makers.doors import done

pytestmark = pytest.mark.fresh_database
CHILDREN, ROLLS = 12, 6


def test_guardians_are_reached_while_the_roll_is_corrected(
    server: str, wiring: Wiring, make: Make, clock: SetClock, as_: Callable[..., object], check_data: Callable[[], None]
) -> None:
    owner = make.organization()
    room = make.classroom(owner=owner)
    met = make.class_session(room, status=ClassSessionStatus.OPEN)
    children = [make.learner(owner, consents=()) for _ in range(CHILDREN)]
    for one in children:
        make.enrollment(one, room)
    clock.now = met.session.starts_at + timedelta(minutes=5)
    done(roll(as_(Role.COORDINATOR), met.session.id, *(noted(one, "kept_safe") for one in children)))  # type: ignore[arg-type]
    for one in children:
        make.consent(one)  # by now: they were not kept safe after all
    office = staff(wiring, Role.COORDINATOR)
    calls = [
        Call(office, f"/v1/classrooms/{room.id}/guardian-calls/{one.id}", {"result": "reached"}) for one in children
    ]
    path, present = f"/v1/class-sessions/{met.session.id}/attendance", {"items": [noted(one) for one in children]}
    rolls = [Call(office, path, present, method="PUT") for _ in range(ROLLS)]

    answers = at_once(server, [*calls[: CHILDREN // 2], *rolls, *calls[CHILDREN // 2 :]])

    assert tally(answers) == {(200, None): CHILDREN + ROLLS}
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(func.count(col(ContactAttempt.id)))).one() == CHILDREN
    check_data()
