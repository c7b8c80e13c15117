"""A race that was lost is run again, and given up without a trace after the fourth time; and too few threads for all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import func, select

from api.db import Wiring
from api.settings import Settings
from models.assignment import Assignment, AssignmentStatus, Booking
from models.record import AuditEvent, IdempotentAnswer, Notice
from services import claiming
from services.unit import Unit
from tests.conftest import As
from tests.databases import House, settings_for
from tests.db.racing import at_once, callers, claim, shifts, tally
from tests.factories import Make
from tests.makers.work import Opened

pytestmark = [pytest.mark.fresh_database, pytest.mark.usefixtures("sound")]

Units = Callable[..., AbstractContextManager[Unit]]


@pytest.fixture
def settings(house: House, tmp_path: Path) -> Settings:
    """Two threads, on either database: fewer than there are callers."""
    return settings_for(house.fresh(tmp_path), var=tmp_path, threads=2)


def claims(opened: Opened) -> str:
    return f"/v1/shifts/{opened.shift.id}/claims"


LOST = {
    "serialisation": psycopg.errors.SerializationFailure("could not serialize access"),
    "deadlock": psycopg.errors.DeadlockDetected("deadlock detected"),
    "lock timeout": psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"),
    "busy": Exception("database is locked"),
    "row gone": StaleDataError("UPDATE statement on table expected to update 1 row(s); 0 were matched."),
}


def lose(monkeypatch: pytest.MonkeyPatch, error: BaseException, times: int) -> list[int]:
    """Let the last step of the door fail so often, when everything has been written; the tries are counted."""
    tries: list[int] = []
    tell = claiming._tell

    def failing(*args: Any, **kwargs: Any) -> None:
        tell(*args, **kwargs)
        args[0].session.flush()
        tries.append(len(tries) + 1)
        if len(tries) <= times:
            raise error if isinstance(error, StaleDataError) else OperationalError("UPDATE", {}, error)

    monkeypatch.setattr(claiming, "_tell", failing)
    return tries


@pytest.mark.parametrize("why", LOST)
def test_a_lost_race_is_run_again(monkeypatch: pytest.MonkeyPatch, why: str, unit: Units, make: Make, as_: As) -> None:
    opened, client = make.shift_with_demand(), as_(make.volunteer())
    tries = lose(monkeypatch, LOST[why], times=3)
    answer = client.post(claims(opened), json={}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, tries) == (201, [1, 2, 3, 4])
    assert written(unit) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize("why", LOST)
def test_a_race_lost_four_times_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, why: str, unit: Units, make: Make, as_: As
) -> None:
    opened, client = make.shift_with_demand(), as_(make.volunteer())
    tries = lose(monkeypatch, LOST[why], times=4)
    answer = client.post(claims(opened), json={}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    assert (answer.headers["retry-after"], tries) == ("1", [1, 2, 3, 4])
    assert written(unit) == (0, 0, 0, 0, 0)


def written(unit: Units) -> tuple[int, ...]:
    """Count assignments, bookings, audit rows of claims, confirmations, remembered answers."""
    statements = (
        select(func.count()).select_from(Assignment).where(Assignment.status == AssignmentStatus.CONFIRMED),
        select(func.count()).select_from(Booking),
        select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "assignment.claim"),
        select(func.count()).select_from(Notice).where(Notice.kind == "assignment_confirmed"),
        select(func.count()).select_from(IdempotentAnswer),
    )
    with unit() as it:
        return tuple(it.session.exec(statement).one() for statement in statements)


def test_forty_clients_and_two_threads_do_not_block_each_other(server: str, wiring: Wiring) -> None:
    """A connection held by a dependency while the endpoint waits for a thread would stop them all (stack.md §3)."""
    opened = shifts(wiring, 5, places=20)
    asking = callers(wiring, 40)
    calls = [claim(caller, opened[n % 5]) for n, caller in enumerate(asking)]
    for _ in range(3):
        answers = at_once(server, calls)
    assert tally(answers) == {(409, "ASG_HELD"): 40}
