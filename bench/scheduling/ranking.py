"""How long the best 20 of one shift take, with their reasons: by the plain ranking, and by the roll."""
# ruff: noqa: T201 (a command line prints)

import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from bench.scheduling.generate import SIZES, generate
from scheduling.problem import Need, Shift
from scheduling.ranking import rank
from scheduling.roll import Roll

LIMIT: Final = 20


def main() -> None:
    """Rank for some shifts of each size named."""
    print("| size | how | shifts | p50 ms | p95 ms |", "|---|---|---|---|---|", sep="\n")
    for name in sys.argv[1:] or ["city", "prefecture", "nation"]:
        problem = generate(SIZES[name])
        shifts = random.Random(name).sample(problem.shifts, 200)  # noqa: S311 (repeatable, not secret)
        roll = Roll(problem)
        _say(name, "rank", shifts[:20], lambda shift, need: rank(problem, shift, need, limit=LIMIT))  # noqa: B023
        _say(name, "roll", shifts, lambda shift, need: roll.rank(shift, need, LIMIT))  # noqa: B023


def _say(size: str, how: str, shifts: list[Shift], ask: Callable[[Shift, Need], Any]) -> None:
    took = []
    for shift in shifts:
        began = time.perf_counter()
        ask(shift, shift.needs[0])
        took.append(1000 * (time.perf_counter() - began))
    print(
        f"| {size} | {how} | {len(took)} | {statistics.median(took):.1f} | {statistics.quantiles(took, n=20)[-1]:.1f} |"
    )


if __name__ == "__main__":
    main()
