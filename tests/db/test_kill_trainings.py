"""SIGKILL while people apply for a training: whoever was told yes has her seat, and no seat is without its notice."""

import random
import signal
from collections.abc import Callable

import pytest
from sqlmodel import col, select

from api.db import Wiring
from api.settings import Settings
from models.record import AuditEvent, Notice
from models.training import TrainingEnrollment
from tests.db.killable import running
from tests.db.racing import Call, callers
from tests.db.storm import CLIENTS, Storm
from tests.makers import training

pytestmark = pytest.mark.fresh_database


def test_no_enrollment_is_there_without_its_notice(
    settings: Settings, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    chance = random.Random(5)  # noqa: S311 - to be repeated, not to be secret
    with wiring.unit() as unit:
        session = training.training(unit, capacity=60, auto_accept=True)
    path = f"/v1/training-sessions/{session.id}/enrollments"
    calls = [Call(caller, path) for caller in callers(wiring, 300)]
    with running(settings, wiring.clock()) as (server, process):
        storm = Storm(calls, server, process, last=chance.randint(40, 120))
        storm.rage()
        assert process.wait(300) == -signal.SIGKILL
    assert {answer.status for answer in storm.answered.values()} == {201}
    assert 0 < len(storm.unanswered) <= CLIENTS
    check_data()
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(TrainingEnrollment).order_by(col(TrainingEnrollment.number))).all()
        assert {answer.body["id"] for answer in storm.answered.values()} <= {str(row.id) for row in rows}
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        told = {notice.object_id: notice.kind for notice in unit.session.exec(select(Notice))}
        assert told == {row.id: f"training_{row.status}" for row in rows}
        noted = unit.session.exec(select(AuditEvent.object_id).where(AuditEvent.action == "training_enrollment.apply"))
        assert set(noted) == set(told)
