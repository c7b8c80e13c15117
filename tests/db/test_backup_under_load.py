"""A backup taken while claims run is whole: it holds every claim acknowledged before, and nothing by half."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from api import backup
from api.db import Wiring
from api.settings import Settings
from models.assignment import Assignment
from services.checking import faults
from tests.databases import House, programs_for, settings_for, wired
from tests.db.killable import running
from tests.db.racing import Call, callers, claim, connect, shifts, together

pytestmark = pytest.mark.fresh_database

CLIENTS = 4
BEFORE = 30


class Rush:
    """Claims sent until all are answered or `over` is set; `acknowledged` grows while they run."""

    def __init__(self, server: str, calls: list[Call]) -> None:
        self.acknowledged: list[str] = []
        self.well_under_way = threading.Event()
        self.over = threading.Event()
        self._server, self._waiting, self._lock = server, iter(calls), threading.Lock()

    def run(self) -> None:
        """Send from several connections at once."""
        together(lambda _: self._send(), range(CLIENTS))

    def _send(self) -> None:
        with closing(connect(self._server)) as connection:
            for call in self._taken():
                answer = call.to(connection)
                assert answer.status == 201
                self.acknowledged.append(answer.body["id"])
                if len(self.acknowledged) >= BEFORE:
                    self.well_under_way.set()

    def _taken(self) -> Iterator[Call]:
        while not self.over.is_set():
            with self._lock:
                call = next(self._waiting, None)
            if call is None:
                return
            yield call


def test_a_backup_taken_while_claims_run_is_whole(
    settings: Settings, wiring: Wiring, house: House, tmp_path: Path
) -> None:
    days = [shifts(wiring, 1, places=20, first=day)[0] for day in range(10)]
    calls = [claim(caller, day) for day in days for caller in callers(wiring, 20)]
    path = tmp_path / "under-load.backup"
    with running(settings, wiring.clock()) as (server, _):
        rush = Rush(server, calls)
        thread = threading.Thread(target=rush.run)
        thread.start()
        assert rush.well_under_way.wait(300)
        before = set(rush.acknowledged)
        backup.back_up(replace(wiring, settings=with_programs(settings.database_url)), path)
        rush.over.set()
        thread.join(60)
    assert BEFORE <= len(before) < len(calls)
    assert before <= restored(path, house.empty(tmp_path), wiring)


def with_programs(url: str, var: Path = Path()) -> Settings:
    return settings_for(url, var=var, pg_bin=programs_for(url))


def restored(path: Path, url: str, wiring: Wiring) -> set[str]:
    """Restore into a database without tables, find no fault, and return the assignments that are there."""
    other = wired(with_programs(url, path.parent), wiring.clock)
    try:
        backup.restore(other, path)
        with other.unit(write=False) as unit:
            assert faults(unit.session) == []
            return {str(one) for one in unit.session.exec(select(Assignment.id))}
    finally:
        other.database.close()
