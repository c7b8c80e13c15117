"""Officers who meet over one consultation: danger is told once, and one of them takes it over."""

from collections.abc import Callable
from typing import Final

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.consultation import Consultation
from models.record import Notice
from tests.db.racing import Call, at_once, staff, tally
from tests.makers import consulting

pytestmark = pytest.mark.fresh_database

OFFICERS: Final = 6


def test_danger_is_told_once_and_one_officer_takes_over(
    server: str, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    officers = [staff(wiring, Role.CONSULTATION_OFFICER) for _ in range(OFFICERS)]
    with wiring.unit() as unit:
        one = consulting.consultation(unit)
    path = f"{consulting.CONSULTATIONS}/{one.id}"
    judged = at_once(server, [Call(officer, f"{path}/triage", {"urgent_codes": ["self_harm"]}) for officer in officers])
    assert tally(judged) == {(200, None): OFFICERS}
    with wiring.unit(write=False) as unit:
        told = unit.session.exec(select(Notice.account_id).order_by(col(Notice.account_id))).all()
    assert len(told) == len(set(told)) == OFFICERS
    taken = at_once(server, [Call(officer, f"{path}/start") for officer in officers])
    assert tally(taken) == {(200, None): 1, (409, "CON_STATE"): OFFICERS - 1}
    with wiring.unit(write=False) as unit:
        assert unit.get(Consultation, one.id).officer_id is not None
    check_data()


def test_numbers_are_given_out_once(server: str, wiring: Wiring) -> None:
    officer = staff(wiring, Role.CONSULTATION_OFFICER)
    answers = at_once(server, [Call(officer, consulting.CONSULTATIONS, consulting.ASKED)] * OFFICERS)
    assert tally(answers) == {(201, None): OFFICERS}
    assert len({answer.body["no"] for answer in answers}) == OFFICERS
