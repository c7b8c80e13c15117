"""Parts of a plan searched in a process of their own, and what tells a search to stop."""

import contextlib
import threading
from multiprocessing import Pipe
from typing import Any

import numpy as np
import pytest

from scheduling.solvers import lane
from scheduling.solvers.core import Worth
from scheduling.solvers.part import State, Task, begin
from scheduling.stopping import AnyOf, Deadline, GapReached, Never, Progress, Status, TimeLimit
from tests.unit.scheduling.weeks import numbers, week


def task(**over: Any) -> Task:
    core = numbers(week(people=4, shifts=7)).core
    return Task(0, core, begin(core, np.zeros(core.size, dtype=bool)), seed=1, **over)


def go_on() -> bool:
    return False


def test_a_child_reports_step_by_step_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "INLINE", 0)
    seen: list[State] = []

    state = lane.work(task(), 60, seen.append, go_on)

    assert state.proven
    assert len(seen) > 1


def test_a_child_sends_every_step_and_says_which_is_the_last() -> None:
    receiver, sender = Pipe(duplex=False)

    lane._child(sender, task(), 60)

    sent = []
    with contextlib.suppress(EOFError):
        while True:
            sent.append(receiver.recv())
    assert [finished for _, finished in sent] == [False] * (len(sent) - 1) + [True]
    assert sent[-1][0].proven


def test_a_child_is_ended_when_it_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "INLINE", 0)
    waiting = task()

    assert lane.work(waiting, 0, lambda _: None, go_on) is waiting.state
    assert lane.work(waiting, 60, lambda _: None, lambda: True) is waiting.state


def test_what_a_child_reported_before_it_died_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "INLINE", 0)
    monkeypatch.setattr(lane, "_child", _dying)
    waiting = task()

    state = lane.work(waiting, 60, lambda _: None, go_on)

    assert (state.worth, state.settled) == (Worth(1, 1), True)


def _dying(sender: Any, job: Task, _: float) -> None:
    sender.send((State(job.state.chosen, Worth(1, 1), 9, 9), False))
    sender.close()
    raise SystemExit(0)


@pytest.mark.parametrize("inline", [lane.INLINE, 0])
def test_an_executor_runs_a_part_without_a_word(monkeypatch: pytest.MonkeyPatch, inline: int) -> None:
    monkeypatch.setattr(lane, "INLINE", inline)

    assert lane.remote(task(), 60).proven


def test_a_deadline_passes() -> None:
    assert Deadline(0).passed()
    assert Deadline(60).left() > 0


def test_criteria_tell_why_to_stop() -> None:
    open_gap = Progress("parts", fill=1, fill_bound=1, soft=100, soft_bound=110)
    event = threading.Event()

    assert Never().reached(open_gap) is None
    assert TimeLimit(0).reached(open_gap) is Status.timed_out
    assert TimeLimit(60).reached(open_gap) is None
    assert GapReached(0.1).reached(open_gap) is Status.feasible
    assert GapReached(0.01).reached(open_gap) is None
    assert GapReached(0.1).reached(Progress("pairs")) is None
    both = AnyOf((TimeLimit(0), GapReached(0.1)))
    assert both.reached(open_gap) is Status.timed_out
    assert both.soft_gap() == 0.1
    assert both.remaining() <= 0
    assert AnyOf(()).remaining() == float("inf")
    assert not event.is_set()
