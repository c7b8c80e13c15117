"""What a solver is handed and what it hands back: light values, so that a worker with no plan to make loads no solver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheduling.explain_plan import PlanExplained
from scheduling.problem import Problem
from scheduling.solution import Plan
from scheduling.stopping import Progress

if TYPE_CHECKING:
    from scheduling.solve import Result


@dataclass(frozen=True)
class Task:
    """What to solve: where to begin, the plan that is to be mended if there is one, and by which executor."""

    problem: Problem
    seconds: float
    seed: int
    initial: Plan | None = None
    mends: Plan | None = None
    executor: str | None = None


@dataclass(frozen=True)
class Made:
    """A plan with its grades and reasons."""

    result: "Result"
    explained: PlanExplained


Message = Progress | Plan | Made
Send = Callable[[Message], None]
