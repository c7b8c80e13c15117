"""The same engine on a real cluster of two workers, one of which is killed while it works."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from scheduling import solve as solving
from scheduling.solve import solve
from scheduling.solvers import lane, team
from scheduling.solvers.part import State, Task
from scheduling.stopping import Status
from tests.unit.scheduling.test_team import towns

MARKS = "KAKEHASHI_TEST_MARKS"
PATIENCE = 60


def slow(task: Task, seconds: float) -> State:
    """Work on a part, having left a mark of the process that does, and time to kill it."""
    mark = Path(os.environ[MARKS]) / str(os.getpid())
    if not mark.exists():
        mark.touch()
        time.sleep(1)
    return lane.remote(task, seconds)


def first_mark(folder: Path) -> int:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for mark in folder.iterdir():
            return int(mark.name)
        time.sleep(0.02)
    raise AssertionError("no worker began")


def test_a_worker_that_dies_takes_no_part_of_the_plan_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARKS, str(tmp_path))
    monkeypatch.setattr(team, "remote", slow)
    monkeypatch.setattr(solving, "BATCH", 1)
    alone = solve(towns(), seed=1)

    make: Any = LocalCluster
    connect: Any = Client
    with (
        make(n_workers=2, threads_per_worker=1, dashboard_address=None, env={MARKS: str(tmp_path)}) as cluster,
        connect(cluster) as client,
        ThreadPoolExecutor(1) as thread,
    ):
        solved = thread.submit(solve, towns(), seed=1, executor=client.get_executor(), lanes=2)
        os.kill(first_mark(tmp_path), signal.SIGKILL)
        result = solved.result(PATIENCE)

    assert result == alone
    assert result.status is Status.optimal
    assert len(list(tmp_path.iterdir())) > 1
