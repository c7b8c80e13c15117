"""The nightly sweep over everybody's validity dates: `python -m bench.service.night`.

Each measurement is a process of its own that opens the database, and with `sweep` runs every sweep that reads dates until
nothing is due; the same process without it says what of time and memory is Python's and the database driver's own.
"""
# ruff: noqa: T201 - a command line prints

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from api.db import Wiring
from bench.service.contest import DATABASES
from bench.service.registry import fill_registry
from services.clock import SetClock
from tests.databases import settings_for, wired
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
NIGHTS: Final = {
    "an ordinary night": "2025-11-10T03:00:00+09:00",
    "1 March, reminders": "2026-03-01T03:00:00+09:00",
    "1 May, expiries": "2026-05-01T03:00:00+09:00",
}
RUNS: Final = 200
"""Runs after which a sweep that always finds something is given up."""


def main() -> None:
    """Fill a database of each kind, sweep it night by night, print the table."""
    options = _options()
    if options.url:
        print(json.dumps(_measured(options.url, options.night, sweep=options.sweep)))
        return
    print("| database | night | rows done | cpu s | wall s | peak MB | without: cpu s, MB |")
    print("|---|---|---|---|---|---|---|")
    for database in options.databases:
        with tempfile.TemporaryDirectory(prefix="kakehashi-bench-") as name:
            for line in _nights(database, Path(name), options.volunteers, options.shifts):
                print(line, flush=True)


def _nights(database: str, folder: Path, volunteers: int, shifts: int) -> Iterator[str]:
    with DATABASES[database](folder, "kakehashi_bench_night") as url:
        fill_registry(url, volunteers=volunteers, shifts=shifts)
        for night, at in NIGHTS.items():
            bare, swept = _process(url, at), _process(url, at, "--sweep")
            yield (
                f"| {database} | {night} | {swept['done']} | {swept['cpu_s']:.1f} | {swept['wall_s']:.1f} "
                f"| {swept['peak_mb']:.0f} | {bare['cpu_s']:.1f}, {bare['peak_mb']:.0f} |"
            )


def _process(url: str, night: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.service.night", "--url", url, "--night", night, *more]
    result: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
    return result


def _measured(url: str, night: str, *, sweep: bool) -> dict[str, Any]:
    wiring = wired(settings_for(url), SetClock(datetime.fromisoformat(night)))
    with wiring.unit(write=False) as unit:
        unit.session.connection()
    began, cpu, done = time.monotonic(), time.process_time(), {}
    for run in SWEEPS if sweep else ():
        done[run.__name__] = _until_nothing_is_due(wiring, run)
    wiring.database.close()
    return {
        "done": " + ".join(f"{count} {name}" for name, (count, _) in done.items() if count) or 0,
        "each": {name: round(seconds, 2) for name, (_, seconds) in done.items()},
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.monotonic() - began,
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> float:
    """Return the most that this process held; `ru_maxrss` would be that of the process that began it, if it held more."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _until_nothing_is_due(wiring: Wiring, run: Callable[[Wiring], Any]) -> tuple[int, float]:
    began, total = time.process_time(), 0
    for _ in range(RUNS):
        count = run(wiring)
        total += count
        if not count:
            break
    return total, time.process_time() - began


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.service.night", description=__doc__)
    parser.add_argument("--volunteers", type=int, default=20_000)
    parser.add_argument("--shifts", type=int, default=1_000, help="of the next 60 days, each with somebody on it")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--night", help=argparse.SUPPRESS)
    parser.add_argument("--sweep", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
