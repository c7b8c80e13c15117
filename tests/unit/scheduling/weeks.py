"""A week with more work than time, the numbers behind it, and choices among its pairs."""

from typing import Any

import numpy as np
from hypothesis import settings

from scheduling.people import History
from scheduling.problem import Problem
from scheduling.solution import settle
from scheduling.solvers.core import Core, Mask, Worth
from scheduling.solvers.field import Field, survey
from tests.unit.scheduling.instances import DAY, REPEATABLE, need, problem, shift, span, speaks, volunteer

SOON = settings(REPEATABLE, max_examples=40)


def numbers(problem: Problem) -> Field:
    return survey(problem, settle(problem).proposals)


def week(people: int = 6, shifts: int = 12, **over: Any) -> Problem:
    """A week with more work than people have time for, each second shift in a series."""
    days = [DAY.replace(day=17 + number % 5) for number in range(shifts)]
    return problem(
        *(
            volunteer(
                id=f"v{n:02}",
                max_per_month=2,
                history=History(assignments_90d=n),
                languages=speaks(**{("vi", "en")[n % 2]: "C1"}, **({"pt": "B1"} if n % 3 else {}), ja="native"),
            )
            for n in range(people)
        ),
        shifts=tuple(
            shift(
                id=f"s{n:02}",
                interval=span(900 + 100 * (n % 3), 1030 + 100 * (n % 3), day=days[n]),
                needs=(need(languages=(("vi", "en", "pt")[n % 3],)),),
                series=f"w{n % 3}" if n % 2 else None,
                priority=1 + n % 2,
            )
            for n in range(shifts)
        ),
        **over,
    )


def chosen(core: Core, bits: int) -> Mask:
    return np.array([bool(bits >> pair & 1) for pair in range(core.size)], dtype=bool)


def brute(core: Core) -> Worth:
    return max(core.worth(choice) for bits in range(2**core.size) if core.holds(choice := chosen(core, bits)))


def clashing_series() -> Core:
    """Two shifts of a series at one time: shared out, continuity forgoes half; in truth, all of it."""
    twice = [shift(id=f"s{n}", interval=span(900, 1000), series="w") for n in range(2)]
    return numbers(problem(volunteer(), shifts=[*twice, shift(id="s2", interval=span(1200, 1300))])).core
