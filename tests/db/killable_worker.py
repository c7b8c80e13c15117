"""The worker in a process of its own, to be killed: `python -m tests.db.killable_worker <instant>`.

It runs the sweeps that the tests count on until nothing is due, with its clock standing still. People may be asked as
often as there are waves, or the waves would run out of people before the tests run out of waves.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from api.db import Wiring
from api.settings import Settings, read_settings
from services.clock import SetClock
from tests.databases import wired
from tests.db.killable import ROOT, environment
from worker.passing import lapse_requests, move_shifts
from worker.reminding import remind
from worker.waves import expire_offers, send_waves

SWEEPS: tuple[Callable[[Wiring], int], ...] = (send_waves, expire_offers, lapse_requests, move_shifts, remind)
PATIENCE = 100_000


@contextmanager
def working(settings: Settings, now: datetime) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker over a database; its process, which is killed in the end if it still lives."""
    command = [sys.executable, "-m", "tests.db.killable_worker", now.isoformat()]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(settings))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def work_off(wiring: Wiring) -> None:
    """Run the sweeps until nothing is due."""
    patient = replace(wiring, rules=replace(wiring.rules, asks_per_week=PATIENCE, open_asks=PATIENCE))
    while sum(sweep(patient) for sweep in SWEEPS):
        pass


if __name__ == "__main__":
    work_off(wired(read_settings(), SetClock(datetime.fromisoformat(sys.argv[1]))))
