"""How long the best 20 of one shift take, with their reasons: by the plain ranking, and by the roll."""
# ruff: noqa: T201 (a command line prints)

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from bench.scheduling.generate import Size, generate
from scheduling.problem import Need, Shift
from scheduling.ranking import rank
from scheduling.roll import Roll

LIMIT: Final = 20


SHIFTS: Final = 200
PLAIN: Final = 20
"""Shifts for which the plain ranking, which asks everybody, is timed."""
SIZES: Final = (Size("city", 200, 300), Size("prefecture", 2000, 3000), Size("nation", 20000, 3000, 47))
LARGEST: Final = Size("ten nations", 200000, 3000, 47)


def main() -> None:
    """Rank for some shifts of each size named; the largest only when it is, since it takes minutes to make."""
    sizes = {size.name: size for size in (*SIZES, LARGEST)}
    print("| size | volunteers | how | shifts | p50 ms | p95 ms | p95 of CPU ms |", "|---" * 7 + "|", sep="\n")
    for name in sys.argv[1:] or [size.name for size in SIZES]:
        size = sizes[name]
        problem = generate(size)
        shifts = random.Random(name).sample(problem.shifts, SHIFTS)  # noqa: S311 (repeatable, not secret)
        roll = Roll(problem)
        gc.freeze()  # as `kakehashi serve` does
        gc.set_threshold(50_000, 20, 50)
        _say(size, "roll", shifts, lambda shift, need: roll.rank(shift, need, LIMIT))  # noqa: B023
        if size is LARGEST:
            continue  # the plain ranking would take seconds for each
        _say(size, "rank", shifts[:PLAIN], lambda shift, need: rank(problem, shift, need, limit=LIMIT))  # noqa: B023


def _say(size: Size, how: str, shifts: list[Shift], ask: Callable[[Shift, Need], Any]) -> None:
    took, worked = [], []
    for shift in shifts:
        began, busy = time.perf_counter(), time.thread_time()
        ask(shift, shift.needs[0])
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.thread_time() - busy))
    p95, cpu = (statistics.quantiles(some, n=20)[-1] for some in (took, worked))
    print(
        f"| {size.name} | {size.volunteers} | {how} | {len(took)} | {statistics.median(took):.2f} | {p95:.2f} | {cpu:.2f} |"
    )


if __name__ == "__main__":
    main()
