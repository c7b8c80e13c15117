"""Officers who meet over one consultation: danger is told once, and one of them takes it over."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.consultation import Consultation, ConsultationIdentity
from models.record import Notice
from services import purging
from services.clock import SetClock
from tests.db.racing import Call, at_once, staff, tally
from tests.makers import consulting
from worker.following_up import purge_identities

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


RACES: Final = [("reopen", {}, "POST"), ("identity", {"name": "架空 次郎"}, "PUT"), ("close", {}, "POST")]


@pytest.fixture
def due(wiring: Wiring, clock: SetClock) -> Consultation:
    """One that was settled 30 days ago: who came is to be forgotten today."""
    with wiring.unit() as unit:
        one = consulting.consultation(unit, "resolved", resolution="answered", settled_at=clock.now)
        consulting.consulted_person(unit, one).purge_on = unit.today
    return one


@pytest.mark.parametrize("race", RACES)
def test_a_consultation_goes_on_while_who_came_is_being_forgotten(
    server: str,
    wiring: Wiring,
    due: Consultation,
    check_data: Callable[[], None],
    race: tuple[str, dict[str, str], str],
) -> None:
    """The sweep came first, and holds what it deletes while the call arrives."""
    verb, body, method = race
    path = f"{consulting.CONSULTATIONS}/{due.id}/{verb}"
    call = Call(staff(wiring, Role.CONSULTATION_OFFICER), path, body, method=method)
    with ThreadPoolExecutor(1) as pool:
        with wiring.unit() as unit:
            identity = unit.session.exec(select(ConsultationIdentity)).one()
            taken = unit.take(ConsultationIdentity, identity.id)
            assert taken is not None
            purging.forget(unit, taken)
            unit.session.flush()
            said = pool.submit(at_once, server, [call])
            time.sleep(0.5)
            assert not said.done()
        (answer,) = said.result()
    assert answer.status == (204 if method == "PUT" else 200)
    with wiring.unit(write=False) as unit:
        assert len(unit.session.exec(select(ConsultationIdentity)).all()) == (method == "PUT")
    check_data()


def test_who_came_is_not_forgotten_while_somebody_goes_on(
    wiring: Wiring, due: Consultation, check_data: Callable[[], None]
) -> None:
    """On SQLite the sweep waits for its turn, so there the other transaction must end first."""
    if wiring.database.dialect == "sqlite":
        pytest.skip("write transactions come one after another")
    with wiring.unit() as unit:
        unit.lock(Consultation, due.id)
        purge_identities(wiring)
        with wiring.unit(write=False) as seen:
            assert len(seen.session.exec(select(ConsultationIdentity)).all()) == 1
    assert purge_identities(wiring) == 1
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(ConsultationIdentity)).all() == []
    check_data()
