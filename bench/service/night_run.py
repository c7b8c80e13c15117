"""One measured night: a process that opens a database as the worker does, and sweeps it or not (`bench.service.night`)."""
# ruff: noqa: T201 - a command line prints

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlmodel import select

from api.db import Wiring
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.databases import settings_for, wired
from worker.loop import SWEEPS as ALL
from worker.registrations import anonymize_the_gone, expire_registrations, prompt_for_hours, remind_of_renewal
from worker.reminding import recheck, settle_conditions
from worker.trainings import warn_of_certificates

SWEEPS: Final[tuple[Callable[[Wiring], Any], ...]] = (
    warn_of_certificates,
    recheck,
    settle_conditions,
    remind_of_renewal,
    expire_registrations,
    prompt_for_hours,
    anonymize_the_gone,
)
"""Those of the worker's sweeps that read days of people and papers."""
RUNS: Final = 200
"""Runs after which a sweep that always finds something is given up."""


def main() -> None:
    """Measure one night: address, instant, and `sweep` or nothing."""
    url, night, *sweep = sys.argv[1:]
    print(json.dumps(measured(url, night, sweep=bool(sweep))))


def measured(url: str, night: str, *, sweep: bool) -> dict[str, Any]:
    """Return rows done, CPU and wall seconds, and the most memory that the process held; MB are 2^20 bytes."""
    wiring = wired(settings_for(url), SetClock(datetime.fromisoformat(night)))
    with wiring.unit(write=False) as unit:
        unit.session.exec(select(Volunteer.id).limit(1)).first()
    began, cpu = time.monotonic(), time.process_time()
    done = {run.__name__: _until_nothing_is_due(wiring, run) for run in (SWEEPS if sweep else ())}
    wiring.database.close()
    return {
        "sweeps": len(ALL),
        "done": " + ".join(f"{count} {name}" for name, count in done.items() if count) or "0",
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.monotonic() - began,
        "peak_mb": _peak_mb(),
    }


def _until_nothing_is_due(wiring: Wiring, run: Callable[[Wiring], Any]) -> int:
    total = 0
    for _ in range(RUNS):
        count: int = run(wiring)
        total += count
        if not count:
            break
    return total


def _peak_mb() -> float:
    """Return the most that this process held; `ru_maxrss` would be that of the process that began it, if it held more."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    main()
