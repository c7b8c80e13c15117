"""A worker that takes a plan up and never ends it, to be killed: `python -m tests.db.killable_planner <instant>`."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from api.settings import Settings, read_settings
from services.clock import SetClock
from tests.databases import wired
from tests.db.killable import ROOT, environment
from worker.planning import Child, solve_plans
from worker.tasks import Message


class Deaf(Child):
    """A solver whose plan is made, and who is never heard to the end."""

    def heard(self, seconds: float) -> Message | None:
        message = super().heard(seconds) if not self._finished else None
        time.sleep(seconds)
        return None if self._finished else message


@contextmanager
def planning(settings: Settings, now: datetime) -> Iterator[subprocess.Popen[bytes]]:
    """Start such a worker over a database; its process, which is killed in the end if it still lives."""
    command = [sys.executable, "-m", "tests.db.killable_planner", now.isoformat()]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(settings))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    solve_plans(wired(read_settings(), SetClock(datetime.fromisoformat(sys.argv[1]))), start=Deaf)
