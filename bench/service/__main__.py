"""The service against the usual recipe and against FastAPI alone: `python -m bench.service`, or `make bench`.

Both databases take turns, and on each the servers take turns, so that what else the machine does meets all alike.
"""
# ruff: noqa: T201 - a command line prints

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.service import report
from bench.service.contest import DATABASES, Contest, Effort, Entrant, prepared
from bench.service.footprint import footprint

RESULTS: Final = Path("var/bench")
BASELINE: Final = "recipe"
CONTEST: Final = (
    Entrant("product", "product"),
    Entrant(BASELINE, "recipe"),
    Entrant("recipe, 40 threads", "recipe", tuned=False),
    Entrant("prebuilt bytes", "prebuilt"),
)


def main() -> None:
    """Measure, print the tables, keep the figures."""
    options = _options()
    entrants, baseline = _entrants(options.threads)
    effort = Effort(options.rounds, options.seconds, options.claims, options.shifts)
    with tempfile.TemporaryDirectory(prefix="kakehashi-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        contests = _contests(options.databases, entrants, effort, folder)
        print(report.table(contests, baseline), flush=True)
        footprints = {} if options.threads else {one: footprint(one, folder) for one in options.databases}
    if footprints:
        print(report.footprint_table(footprints))
    print(report.write(RESULTS, vars(options), contests, footprints))


def _contests(databases: list[str], entrants: tuple[Entrant, ...], effort: Effort, folder: Path) -> list[Contest]:
    with ExitStack() as stack:
        contests = [stack.enter_context(prepared(database, entrants, effort, folder)) for database in databases]
        for contest in contests:
            contest.warm_up()
        for _ in range(effort.rounds):
            for contest in contests:
                contest.play()
        return contests


def _entrants(threads: list[int] | None) -> tuple[tuple[Entrant, ...], str]:
    if not threads:
        return CONTEST, BASELINE
    entrants = tuple(Entrant(f"{count} threads", "product", count) for count in threads)
    return entrants, entrants[0].name


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.service", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each server is measured; medians are shown")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long the list is asked for in each round")
    parser.add_argument("--claims", type=int, default=200, help="how many claims are sent in each round")
    parser.add_argument("--shifts", type=int, default=10_000, help="how many shifts the database holds")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    parser.add_argument("--threads", nargs="+", type=int, help="compare the product with so many threads instead")
    return parser.parse_args()


if __name__ == "__main__":
    main()
