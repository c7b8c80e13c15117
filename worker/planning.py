"""The sweep that solves plans: one at a time, in a child process, with short transactions to say how it stands.

Nothing heavy happens in a transaction. The worker may die anywhere: its lease lapses and another takes the plan up.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from api.constraints import is_lost_race
from api.db import Wiring
from models.plan import Plan as PlanRow
from scheduling.problem import Proposal
from scheduling.solution import Plan
from scheduling.stopping import Flag, Progress
from services import applying, solving
from services.framing import Frame, frame
from services.plan_lines import ending_of
from services.solving import Order
from services.unit import Unit
from worker.tasks import Made, Message, Task

R = TypeVar("R")

log = structlog.get_logger()

LOOK: Final = 0.2
"""Seconds between two looks at what the child says."""
SPEAK: Final = 1.0
"""Seconds between two words to the database while there is something new, a sixtieth of the lease."""
OVERTIME: Final = 600.0
"""Seconds after its time limit at which a child that is still at work is given up: it explains long before."""
LEAVE: Final = 5.0
TRIES: Final = 5


class Solver(Protocol):
    """Somebody who solves one task and can be asked what he found, asked to stop, and ended."""

    def heard(self, seconds: float) -> Message | None:
        """Return what he said next, nothing when so many seconds pass. Raises `EOFError` when he is gone."""
        ...

    def ask_to_stop(self) -> None:
        """Ask him to come to an end with the best so far."""
        ...

    def end(self) -> None:
        """End him, whatever he is at."""
        ...


class Child:
    """A solver in a process of its own."""

    def __init__(self, task: Task) -> None:
        context = get_context("spawn")
        self._receiver, sender = context.Pipe(duplex=False)
        self._stop: Any = context.Event()
        self._finished = False
        # Not a daemon: it may have children itself, for parts that would overrun their time.
        self.process: BaseProcess = context.Process(target=_work, args=(task, sender, self._stop))
        self.process.start()
        sender.close()

    def heard(self, seconds: float) -> Message | None:
        """As `Solver` says."""
        message: Message | None = self._receiver.recv() if self._receiver.poll(seconds) else None
        self._finished = isinstance(message, Made)
        return message

    def ask_to_stop(self) -> None:
        """As `Solver` says."""
        self._stop.set()

    def end(self) -> None:
        """As `Solver` says; one that has finished is given a moment to leave by itself."""
        self._receiver.close()
        if self._finished:
            self.process.join(LEAVE)
        self.process.kill()
        self.process.join()


def _work(task: Task, sender: "Connection[Message, Any]", stop: Flag) -> None:
    """Solve a task in the child; when nobody listens any more, the child is over."""
    from worker.solver import run  # noqa: PLC0415 (heavy, and needed in the child alone)

    with suppress(BrokenPipeError):
        run(task, sender.send, stop)
    sender.close()


def solve_plans(
    wiring: Wiring, halted: Callable[[], bool] = lambda: False, start: Callable[[Task], Solver] = Child
) -> int:
    """Take up one plan that is due and solve it; how many were. `halted` tells that the worker is to end."""
    with wiring.unit(write=False) as unit:
        ids = list(unit.session.exec(solving.due(unit)))
    for plan_id in ids:
        lease = _once(wiring, _take, plan_id)
        if lease is not None:
            _Work(wiring, plan_id, lease).do(halted, start)
            return 1
    return 0


def finish_applying(wiring: Wiring) -> int:
    """Carry out what is left of plans whose application was interrupted; how many there were."""
    with wiring.unit(write=False) as unit:
        ids = list(unit.session.exec(applying.left_lying(unit)))
    for plan_id in ids:
        for step in _once(wiring, _left, plan_id):
            _once(wiring, step)
        _once(wiring, _close, plan_id)
    return len(ids)


def _left(unit: Unit, plan_id: UUID) -> list[applying.Step]:
    return applying.steps(unit, unit.get(PlanRow, plan_id))


def _close(unit: Unit, plan_id: UUID) -> None:
    applying.close(unit, unit.lock(PlanRow, plan_id))


def _take(unit: Unit, plan_id: UUID) -> UUID | None:
    plan = unit.take(PlanRow, plan_id)
    return None if plan is None else solving.take_up(unit, plan)


def _once(wiring: Wiring, verb: Callable[..., R], *args: Any) -> R:
    """Do one short transaction, again where a race is lost."""
    tries = 0
    while True:
        try:
            with wiring.unit() as unit:
                return verb(unit, *args)
        except (OperationalError, StaleDataError) as error:
            tries += 1
            if tries == TRIES or not is_lost_race(error):
                raise
        time.sleep(LOOK)


@dataclass
class _Work:
    """One plan that this worker holds."""

    wiring: Wiring
    plan_id: UUID
    lease: UUID
    progress: Progress | None = None
    best: Plan | None = None
    percent: int = 0
    spoke: float = field(default_factory=time.monotonic)
    began: float = field(default_factory=time.monotonic)

    def do(self, halted: Callable[[], bool], start: Callable[[Task], Solver]) -> None:
        """Solve it, and end it or let go of it."""
        framed, task = self._framed()
        solver = start(task)
        try:
            made = self._made(solver, task.seconds, halted)
        except EOFError:
            log.warning("solver_died", plan=str(self.plan_id))
            self._speak()  # what he found last is kept
            _once(self.wiring, solving.give_back, self.plan_id, self.lease)
            return
        finally:
            solver.end()
        if made is not None:
            ending = ending_of(framed, made.result, made.explained)
            _once(self.wiring, solving.finish, self.plan_id, self.lease, ending)

    def _framed(self) -> tuple[Frame, Task]:
        with self.wiring.unit(write=False) as unit:
            plan = unit.get(PlanRow, self.plan_id)
            framed = frame(unit, plan)
        best = Plan(tuple(Proposal(one, shift, need) for one, shift, need in plan.best))
        address = self.wiring.settings.dask_scheduler
        executor = f"dask://{address}" if address else None
        # Who cancelled before anybody had begun again wants the best so far, and no more.
        seconds = 0.0 if plan.cancel_asked_at else float(plan.time_limit_s)
        initial = best if plan.best else None
        return framed, Task(framed.problem, seconds, plan.seed, initial, framed.mends, executor)

    def _made(self, solver: Solver, limit: float, halted: Callable[[], bool]) -> Made | None:
        """Return what was made; nothing where the plan is no longer ours."""
        while time.monotonic() - self.began < limit + OVERTIME:
            message = solver.heard(LOOK)
            if isinstance(message, Made):
                return message
            self._keep(message, limit)
            if halted():
                _once(self.wiring, solving.hand_over, self.plan_id, self.lease)
                return None
            if time.monotonic() - self.spoke >= SPEAK:
                match self._speak():
                    case Order.LOST:
                        return None
                    case Order.STOP:
                        solver.ask_to_stop()
                    case Order.GO_ON:
                        pass
        raise EOFError

    def _keep(self, message: Progress | Plan | None, limit: float) -> None:
        if isinstance(message, Plan):
            self.best = message
        elif message is not None:
            self.progress = message
        parts = 0.0 if self.progress is None else self.progress.done / max(1, self.progress.parts)
        passed = (time.monotonic() - self.began) / max(1.0, limit)
        self.percent = max(self.percent, min(99, int(100 * max(parts, passed))))

    def _speak(self) -> Order:
        best = None if self.best is None else [proposal.pair for proposal in self.best.proposals]
        order = _once(self.wiring, solving.tell, self.plan_id, self.lease, self.progress, self.percent, best)
        self.best, self.spoke = None, time.monotonic()
        return order
