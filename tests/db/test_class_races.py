"""Classes in a race: two sessions of one classroom put on the same hour at the same instant."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.db import Wiring
from models.account import Role
from tests.db.racing import Call, at_once, staff, tally
from tests.factories import Make
from tests.makers.classes import SATURDAY

pytestmark = pytest.mark.fresh_database


def test_two_sessions_put_on_one_hour_do_not_both_get_it(
    server: str, wiring: Wiring, make: Make, check_data: Callable[[], None]
) -> None:
    office, room = staff(wiring, Role.COORDINATOR), make.classroom()
    sessions = [make.class_session(room=room, on=SATURDAY + timedelta(weeks=week)).session for week in range(4)]
    to = {"held_on": "2026-02-11", "starts": "13:00", "ends": "14:30", "reason": "大雪"}

    answers = at_once(server, [Call(office, f"/v1/class-sessions/{one.id}/postpone", to) for one in sessions])

    assert tally(answers) == {(200, None): 1, (409, "CLS_CLASH"): 3}
    check_data()
