"""The nightly sweep over everybody's validity dates: `python -m bench.service.night`.

Each measurement is a process of its own that opens the database, and sweeps until nothing is due; the same process without
sweeping says what of time and memory is Python's and the driver's own.
"""
# ruff: noqa: T201 - a command line prints

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.service.contest import DATABASES
from bench.service.registry import fill_registry

NIGHTS: Final = {
    "an ordinary night": "2025-11-10T03:00:00+09:00",
    "1 March, half of all are reminded": "2026-03-01T03:00:00+09:00",
}


def main() -> None:
    """Fill a database of each kind, sweep it night by night, print the table."""
    options = _options()
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
            bare, swept = _process(url, at), _process(url, at, "sweep")
            yield (
                f"| {database} | {night} | {swept['done']} | {swept['cpu_s']:.1f} | {swept['wall_s']:.1f} "
                f"| {swept['peak_mb']:.0f} | {bare['cpu_s']:.1f}, {bare['peak_mb']:.0f} |"
            )


def _process(url: str, night: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.service.night_run", url, night, *more]
    result: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603
    return result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.service.night", description=__doc__)
    parser.add_argument("--volunteers", type=int, default=20_000)
    parser.add_argument("--shifts", type=int, default=1_000, help="of the coming weeks, each with somebody on it")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    return parser.parse_args()


if __name__ == "__main__":
    main()
