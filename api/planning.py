"""Plans from files, for the command line: read, solve, judge, tell how it goes, write."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import cpu_count, get_context
from pathlib import Path
from typing import Any, Final, Self, TextIO, TypeVar

from scheduling.codec import BadFile
from scheduling.explain_plan import explain_plan
from scheduling.format import read_plan, read_problem, write_plan
from scheduling.problem import Problem
from scheduling.solution import Breach, Plan, check
from scheduling.solve import LevelResult, Result, solve
from scheduling.stopping import AnyOf, Cancelled, GapReached, Progress, Stop, TimeLimit

_Value = TypeVar("_Value")

BEAT: Final = 1.0
"""Seconds between two lines of progress."""
ANSWER: Final = 10.0
"""Seconds within which a Dask scheduler must answer."""
TOLD: Final = 50
"""Open places that a plan's file explains, and breaches that are listed."""


class BadInput(Exception):
    """A file cannot be read, or a choice cannot be met; the message says which and why."""


def make_plan(source: Path, target: Path, stops: Sequence[Stop], seed: int, executor: str | None) -> str:
    """Solve the problem of a file into another, telling progress; return what came out in a sentence."""
    with _interruptible() as cancelled, crew(executor) as (workers, lanes), _Teller(sys.stderr) as teller:
        teller.tell(Progress("read"))  # a large file takes a while
        problem = load_problem(source)
        stop = AnyOf((*stops, cancelled))
        result = solve(problem, stop=stop, seed=seed, executor=workers, lanes=lanes, progress=teller.tell)
    content = write_plan(result.plan, _said(problem, result))
    target.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return summary(result)


def judge_plan(problem_file: Path, plan_file: Path) -> list[str]:
    """Return a line for each rule that the plan of a file breaks, none if it holds."""
    problem, plan = load_problem(problem_file), load_plan(plan_file)
    strangers = [proposal.pair for proposal in plan.proposals if not problem.knows(proposal)]
    if strangers:
        raise BadInput(f"{plan_file}: not in the problem: {strangers[:TOLD]}")
    return [_line(breach) for breach in check(problem, plan)]


def load_problem(path: Path) -> Problem:
    """Read a problem's file."""
    return _read(path, read_problem)


def load_plan(path: Path) -> Plan:
    """Read a plan's file."""
    return _read(path, read_plan)


def stops(seconds: float | None, gap: float | None) -> list[Stop]:
    """Return the criteria that were asked for."""
    found: list[Stop] = []
    if seconds is not None:
        found.append(TimeLimit(seconds))
    if gap is not None:
        found.append(GapReached(gap))
    return found


def summary(result: Result) -> str:
    """Say what came out."""
    lines = [
        f"{result.score.filled} places filled; by priority {_level(result.fill)}; soft points {_level(result.soft)}.",
        *(f"refused: {_line(breach)}" for breach in result.refused),
        *(f"locked against a rule: {_line(breach)}" for breach in result.faults),
    ]
    return "\n".join(lines)


def _level(level: LevelResult) -> str:
    return f"{level.value} of at most {level.bound} ({level.status})"


def _read(path: Path, read: Callable[[Any], _Value]) -> _Value:
    try:
        return read(json.loads(path.read_text("utf-8")))
    except OSError as trouble:
        raise BadInput(f"{path}: {trouble.strerror}") from trouble
    except BadFile as bad:
        raise BadInput(f"{path}: {bad}") from bad
    except ValueError as wrong:
        raise BadInput(f"{path}: not JSON: {wrong}") from wrong


def _line(breach: Breach) -> str:
    proposal, violation = breach.proposal, breach.violation
    facts = ", ".join(f"{name} {value}" for name, value in violation.facts.items())
    return f"{proposal.volunteer_id} on {proposal.shift_id}: {violation.code}{facts and f' ({facts})'}"


def _said(problem: Problem, result: Result) -> dict[str, Any]:
    """Return what a plan's file says of it beside the proposals."""
    explained = explain_plan(problem, result.plan, limit=TOLD)
    return {
        "status": result.status,
        "score": result.score,
        "fill": result.fill,
        "soft": result.soft,
        "refused": result.refused,
        "faults": result.faults,
        "reasons": [one.reasons for one in explained.assigned],
        "open": explained.open,
        "advice": explained.advice,
    }


@contextmanager
def crew(name: str | None) -> Iterator[tuple[Executor | None, int]]:
    """Give the executor of a name: none, `process`, or the address of a Dask scheduler; and how many run at a time."""
    if name is None:
        yield None, 1
    elif name == "process":
        count = cpu_count()
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            yield pool, count
    elif name.startswith("dask://"):
        with _cluster(name.removeprefix("dask://")) as cluster:
            yield cluster
    else:
        raise BadInput(f"{name} is no executor: process or dask://HOST:PORT")


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client  # noqa: PLC0415 (an extra, installed where there is a cluster)

        connect: Any = Client  # which has no types
    except ImportError:
        raise BadInput("Dask is not installed: it comes with the extra `cluster`.") from None
    try:
        client = connect(f"tcp://{address}", timeout=ANSWER)
    except OSError as trouble:
        raise BadInput(f"No Dask scheduler answers at {address}.") from trouble
    with client:
        yield client.get_executor(), max(1, sum(client.ncores().values()))


@contextmanager
def _interruptible() -> Iterator[Stop]:
    """Give a criterion that Ctrl-C meets: the best plan so far is kept. A second Ctrl-C ends at once."""
    asked = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def ask(*_: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield Cancelled(asked)
    finally:
        signal.signal(signal.SIGINT, before)


class _Teller:
    """Tells progress: on a terminal in one line that changes, elsewhere a line now and then."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._end = "\r" if out.isatty() else "\n"
        self._phase, self._since, self._start = "", 0.0, time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._end == "\r":
            self._out.write("\n")

    def tell(self, progress: Progress) -> None:
        """Tell a change of phase at once, everything else once a second."""
        now = time.monotonic()
        if progress.phase == self._phase and now - self._since < BEAT:
            return
        self._phase, self._since = progress.phase, now
        self._out.write(f"{now - self._start:6.1f} s  {_told(progress)}{self._end}")
        self._out.flush()


def _told(progress: Progress) -> str:
    if progress.fill_bound is None or progress.soft_bound is None:
        return f"{progress.phase:<6}"
    return (
        f"{progress.phase:<6}  parts {progress.done}/{progress.parts}  "
        f"fill {progress.fill} of {progress.fill_bound}  soft {progress.soft} of {progress.soft_bound}"
    )
