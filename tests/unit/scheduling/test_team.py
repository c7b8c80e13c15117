"""Parts at work by an executor: the same plan as without one, whatever happens to its workers."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from scheduling import solve as solving
from scheduling.problem import Problem
from scheduling.solution import check
from scheduling.solve import solve
from scheduling.solvers import lane, team
from scheduling.solvers.part import State, Task
from scheduling.stopping import AnyOf, Cancelled, Status, TimeLimit
from tests.unit.scheduling.instances import need, problem, shift, span, speaks, volunteer
from tests.unit.scheduling.weeks import week

TAGS = ("vi", "en", "pt", "ne")


def towns() -> Problem:
    """Four parts that have nothing to do with each other, each with one person for two shifts."""
    return problem(
        *(volunteer(id=tag, languages=speaks(**{tag: "C1"}, ja="native")) for tag in TAGS),
        shifts=[
            shift(id=f"{tag}{hour}", interval=span(hour, hour + 100), needs=(need(languages=(tag,)),))
            for tag in TAGS
            for hour in (900, 1200)
        ],
    )


def test_small_parts_are_worked_on_together() -> None:
    seen: list[int] = []

    solve(towns(), progress=lambda one: seen.append(one.parts))

    assert seen[-1] == 1


@pytest.fixture
def separate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "BATCH", 1)


class Losing(Executor):
    """An executor whose workers die of the first tasks."""

    def __init__(self, losses: int) -> None:
        self._losses = losses

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self._losses -= 1
        if self._losses >= 0:
            future.set_exception(BrokenExecutor("a worker died"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


class Idle(Executor):
    """An executor that never gets to anything, and sets a flag when it is asked to."""

    def __init__(self, flag: threading.Event) -> None:
        self._flag = flag
        self.futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":  # noqa: ARG002
        self._flag.set()
        self.futures.append(Future())
        return self.futures[-1]


@pytest.mark.usefixtures("separate")
def test_an_executor_makes_no_other_plan() -> None:
    alone = solve(towns(), seed=1)

    with ThreadPoolExecutor(2) as pool:
        assert solve(towns(), seed=1, executor=pool, lanes=2) == alone
    with ProcessPoolExecutor(1) as pool:
        assert solve(towns(), seed=1, executor=pool) == alone
    assert alone.status is Status.optimal


@pytest.mark.usefixtures("separate")
def test_what_lost_workers_had_is_done_here() -> None:
    assert solve(towns(), executor=Losing(2)) == solve(towns())


@pytest.mark.usefixtures("separate")
def test_what_an_executor_never_returns_keeps_its_first_plan() -> None:
    flag = threading.Event()
    idle = Idle(flag)

    result = solve(towns(), executor=idle, stop=AnyOf((TimeLimit(60), Cancelled(flag))))

    assert result.status is Status.cancelled
    assert len(result.plan.proposals) == 2 * len(TAGS)
    assert all(future.cancelled() for future in idle.futures)


@pytest.mark.usefixtures("separate")
def test_time_runs_out_between_two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    flag = threading.Event()

    def last(*given: Any) -> State:
        flag.set()
        return lane.work(*given)

    monkeypatch.setattr(team, "work", last)

    result = solve(towns(), stop=Cancelled(flag))

    assert result.status is Status.cancelled
    assert check(towns(), result.plan) == ()


def test_a_part_that_was_cut_short_is_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[float] = []

    def short(task: Task, seconds: float, *others: Any) -> State:
        rounds.append(seconds)
        return lane.work(task, 0 if len(rounds) == 1 else seconds, *others)

    monkeypatch.setattr(team, "work", short)

    assert solve(week(people=4, shifts=7)) == solve(week(people=4, shifts=7))
    assert len(rounds) > 1


SCRIPT = """
from tests.unit.scheduling.weeks import week
from scheduling.solve import solve
print([proposal.pair for proposal in solve(week(), seed=7).plan.proposals])
"""


def test_the_same_seed_makes_the_same_plan_in_any_process() -> None:
    plans = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": hashing},
            check=True,
            capture_output=True,
        ).stdout
        for hashing in ("1", "2")
    }

    assert plans == {f"{[proposal.pair for proposal in solve(week(), seed=7).plan.proposals]}\n".encode()}
