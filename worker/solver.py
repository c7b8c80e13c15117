"""The solving itself, in a process of its own: it is handed a problem, tells how it stands, and may be ended at any time.

It knows no database, and is imported by that process alone: solvers are heavy.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack
from math import inf
from typing import Any, Final

import structlog

from api.planning import BadInput, crew
from scheduling.explain_plan import explain_plan
from scheduling.repair import repair
from scheduling.solution import Plan
from scheduling.solve import solve
from scheduling.stopping import AnyOf, Cancelled, Flag, Progress, TimeLimit
from worker.tasks import Made, Send, Task

log = structlog.get_logger()

BEAT: Final = 0.5
"""Seconds between two messages about one phase."""
REST: Final = 2.0
"""Seconds between two choices that are handed out: to write a large one down takes time."""


def run(task: Task, send: Send, stop: Flag) -> None:
    """Solve a task, telling now and then how it stands and the best choice so far, and in the end what was made."""
    teller = _Teller(send)
    with ExitStack() as stack:
        executor, lanes = _crew(stack, task.executor)
        common: dict[str, Any] = {
            "stop": AnyOf((TimeLimit(task.seconds), Cancelled(stop))),
            "seed": task.seed,
            "executor": executor,
            "lanes": lanes,
            "progress": teller.tell,
            "keep": teller.keep,
        }
        if task.mends is None:
            result = solve(task.problem, initial=task.initial, **common)
        else:
            result = repair(task.problem, task.mends, **common).result
    send(Made(result, explain_plan(task.problem, result.plan)))


def _crew(stack: ExitStack, name: str | None) -> tuple[Executor | None, int]:
    """Return the executor that is wanted; where it does not answer, the work is done here."""
    try:
        return stack.enter_context(crew(name))
    except BadInput:
        log.warning("executor_away", executor=name)
        return None, 1


class _Teller:
    """Tells how it stands, and hands the best choice out, not too often."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._phase = ""
        self._told = self._kept = -inf

    def tell(self, progress: Progress) -> None:
        """Tell a change of phase at once, everything else now and then."""
        now = time.monotonic()
        if progress.phase != self._phase or now - self._told >= BEAT:
            self._phase, self._told = progress.phase, now
            self._send(progress)

    def keep(self, best: Callable[[], Plan]) -> None:
        """Hand the choice out where the last one is long enough ago."""
        now = time.monotonic()
        if now - self._kept >= REST:
            self._kept = now
            self._send(best())
