"""SIGKILL in the middle of a thousand claims: what was acknowledged is there, whole, and nothing is there by half."""

import random
import signal
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlmodel import col, select

from api.db import Wiring
from api.settings import Settings
from models.assignment import Assignment, AssignmentStatus, Booking
from models.record import AuditEvent, IdempotentAnswer, Notice
from tests.db.killable import running
from tests.db.racing import Call, callers, claim, connect, held, shifts
from tests.db.storm import CLIENTS, Storm

pytestmark = pytest.mark.fresh_database


def thousand_claims(wiring: Wiring) -> list[Call]:
    """A hundred volunteers, each for one of five shifts on each of ten days; every place has its claim."""
    by_day = [shifts(wiring, 5, places=20, first=day) for day in range(10)]
    everybody = callers(wiring, 100)
    return [
        claim(caller, day[n % 5], key=f"{n}-{number}")
        for number, day in enumerate(by_day)
        for n, caller in enumerate(everybody)
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_acknowledged_claim_is_lost(
    settings: Settings, wiring: Wiring, check_data: Callable[[], None], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    calls = thousand_claims(wiring)
    chance.shuffle(calls)
    with running(settings, wiring.clock()) as (server, process):
        storm = Storm(calls, server, process, last=chance.randint(50, 200))
        storm.rage()
        assert process.wait(300) == -signal.SIGKILL
    assert {answer.status for answer in storm.answered.values()} == {201}
    assert 0 < len(storm.unanswered) <= CLIENTS
    check_data()
    everything_is_there(wiring, [answer.body["id"] for answer in storm.answered.values()])
    with running(settings, wiring.clock()) as (server, _), closing(connect(server)) as connection:
        for call, answer in storm.answered.items():
            assert call.to(connection).content == answer.content
        assert {call.to(connection).status for call in storm.unanswered} == {201}
    everybody = len(storm.answered) + len(storm.unanswered)
    assert held(wiring) == (everybody, everybody)
    check_data()


def everything_is_there(wiring: Wiring, acknowledged: list[str]) -> None:
    """Each has its row, booking, audit row and notice; and there is not one remembered answer without its assignment."""
    with wiring.unit(write=False) as unit:
        read = unit.session.exec
        confirmed = set(read(select(Assignment.id).where(Assignment.status == AssignmentStatus.CONFIRMED)))
        assert {str(one) for one in confirmed} >= set(acknowledged)
        assert set(read(select(Booking.source_id).where(col(Booking.active)))) == confirmed
        assert set(read(select(AuditEvent.object_id).where(AuditEvent.action == "assignment.claim"))) == confirmed
        assert set(read(select(Notice.object_id).where(Notice.kind == "assignment_confirmed"))) == confirmed
        assert len(read(select(IdempotentAnswer)).all()) == len(confirmed)
