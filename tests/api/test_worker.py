"""The worker beside the service: its rhythm, its failures, and what it throws away."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from sqlmodel import select

from api.db import Wiring
from models.account import RefreshToken, Role
from models.base import new_id
from models.record import IdempotentAnswer, Notice, NoticeStatus
from services.clock import SetClock
from services.notifying import tell_volunteer
from services.unit import Unit
from tests.conftest import NOW, As
from tests.factories import Make
from tests.makers.doors import notices_of
from tests.outbox import states, told
from worker.deliver import deliver_due
from worker.loop import SWEEPS, Loop, Sweep
from worker.tidy import tidy

OpenUnit = Callable[..., AbstractContextManager[Unit]]


def test_what_served_its_time_is_thrown_away(as_: As, unit: OpenUnit, wiring: Wiring, clock: SetClock) -> None:
    admin = as_(Role.ADMIN)
    draft = {"email": "new@example.jp", "display_name": "新人", "roles": ["viewer"]}
    admin.post("/v1/accounts", json=draft, headers={"Idempotency-Key": "kept for a day"})
    for days in (1, 2):
        with unit() as it:
            it.add(
                RefreshToken(
                    account_id=admin.account.id,
                    family_id=new_id(),
                    digest=f"{days}",
                    expires_at=NOW + timedelta(days=days),
                )
            )

    clock.forward(hours=24, seconds=-1)
    tidy(wiring)
    assert counts(wiring) == (1, 2)
    clock.forward(seconds=1)
    tidy(wiring)
    assert counts(wiring) == (0, 1)


def test_what_letters_said_is_emptied_and_that_they_were_sent_stays(
    make: Make, clock: SetClock, wiring: Wiring, unit: OpenUnit
) -> None:
    she = make.volunteer(person=make.person(email="hana@example.org"))
    with unit() as it:
        for status in NoticeStatus:
            tell_volunteer(it, she.id, "standin_found", she, {"starts_at": NOW}, once=status)
    with unit() as it:
        for one in it.session.exec(select(Notice)):
            one.status = NoticeStatus((one.dedupe_key or "").split(":")[0])
            one.sent_at = NOW if one.status is NoticeStatus.SENT else None

    def told() -> set[NoticeStatus]:
        with wiring.unit(write=False) as it:
            return {one.status for one in it.session.exec(select(Notice)) if one.facts and one.address}

    clock.forward(days=90, seconds=-1)
    tidy(wiring)
    assert told() == set(NoticeStatus)
    clock.forward(seconds=1)
    tidy(wiring)
    assert told() == {NoticeStatus.PENDING}
    assert len(notices_of(wiring)) == len(NoticeStatus)


def counts(wiring: Wiring) -> tuple[int, int]:
    with wiring.unit(write=False) as it:
        answers, tokens = (it.session.exec(select(table)).all() for table in (IdempotentAnswer, RefreshToken))
        return len(answers), len(tokens)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_loop_delivers_by_itself(make: Make, wiring: Wiring) -> None:
    told(make)
    loop = Loop(wiring)
    loop.start()
    wait_for(lambda: states(wiring) == [NoticeStatus.SENT])
    loop.stop()

    assert {deliver_due, tidy} < {sweep.run for sweep in SWEEPS}
    assert "worker" not in {thread.name for thread in threading.enumerate()}


def test_the_loop_outlives_what_fails(wiring: Wiring) -> None:
    runs: list[str] = []

    def fails(_: Wiring) -> None:
        runs.append("fails")
        raise RuntimeError

    def works(_: Wiring) -> None:
        runs.append("works")

    loop = Loop(wiring, (Sweep(fails, 0.01), Sweep(works, 0.01)))
    loop.start()
    wait_for(lambda: runs.count("works") > 2 and runs.count("fails") > 2)
    loop.stop()


def test_the_loop_keeps_each_rhythm_and_begins_nothing_once_stopped(wiring: Wiring) -> None:
    runs: list[str] = []
    stopping: list[Loop] = []

    def often(_: Wiring) -> None:
        runs.append("often")
        if runs.count("often") == 3:
            threading.Thread(target=stopping[0].stop).start()
            wait_for(stopping[0]._stopping.is_set)

    stopping.append(
        Loop(
            wiring,
            (Sweep(lambda _: runs.append("seldom"), 3600), Sweep(often, 0), Sweep(lambda _: runs.append("last"), 0)),
        )
    )
    stopping[0].start()
    stopping[0]._threads[0].join(10)

    assert runs == ["seldom", "often", "last", "often", "last", "often"]
