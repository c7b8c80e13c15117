"""What was found, as a table for people and as JSON for the next run."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.service.contest import Contest
from bench.service.footprint import Footprint
from bench.service.running import Sample

CASES: Final = ("list", "claim")
COLUMNS: Final = "| database | case | server | req/s | ratio | cpu µs | ratio | p50 ms | p99 ms |"
FOOTPRINTS: Final = "| database | first start s | start s | idle MB |"


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {"at": datetime.now(UTC).isoformat(), "python": platform.python_version(), "cpus": os.cpu_count()}


def median(samples: Sequence[Sample]) -> Sample:
    """Return the median of each figure."""
    rows = [asdict(sample) for sample in samples]
    return Sample(**{name: statistics.median(row[name] for row in rows) for name in rows[0]})


def table(contests: Iterable[Contest], baseline: str) -> str:
    """Return the medians of each server, with its ratio to the baseline's."""
    lines = [COLUMNS, "|" + "---|" * (COLUMNS.count("|") - 1)]
    for contest in contests:
        for case in CASES:
            base = median(contest.samples[case, baseline])
            lines += [
                _line(contest.database, case, name, median(samples), base)
                for (played, name), samples in contest.samples.items()
                if played == case
            ]
    return "\n".join(lines)


def _line(database: str, case: str, name: str, found: Sample, base: Sample) -> str:
    return (
        f"| {database} | {case} | {name} | {found.per_second:,.0f} | {found.per_second / base.per_second:.2f} "
        f"| {found.cpu_us:,.0f} | {found.cpu_us / base.cpu_us:.2f} | {found.p50_ms:.1f} | {found.p99_ms:.1f} |"
    )


def footprint_table(footprints: Mapping[str, Footprint]) -> str:
    """Return start-up and memory."""
    lines = [FOOTPRINTS, "|" + "---|" * (FOOTPRINTS.count("|") - 1)]
    for database, found in footprints.items():
        lines.append(f"| {database} | {found.first_start_s:.2f} | {found.start_s:.2f} | {found.idle_mb:.0f} |")
    return "\n".join(lines)


def write(
    folder: Path, options: Mapping[str, Any], contests: Iterable[Contest], footprints: Mapping[str, Footprint]
) -> Path:
    """Write every run to a file of its own and return its path."""
    found = {
        "machine": machine(),
        "options": dict(options),
        "runs": [
            {"database": contest.database, "case": case, "server": name, "samples": [asdict(one) for one in samples]}
            for contest in contests
            for (case, name), samples in contest.samples.items()
        ],
        "footprints": {database: asdict(one) for database, one in footprints.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"service-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return path
