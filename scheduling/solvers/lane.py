"""Where a part is worked on: here if it is small, else in a child process that is ended at the deadline.

Solvers overrun the limits they are given, while they build a model or solve its root. A child can be ended at any time;
what it reported last is kept.
"""

from collections.abc import Callable
from dataclasses import replace
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from typing import Final

from scheduling.solvers.part import Report, State, Task, improve
from scheduling.stopping import Deadline

INLINE: Final = 2000
"""Pairs up to which a part is not worth a process of its own."""
BEAT: Final = 0.1
"""Seconds between two looks at whether to stop."""
LEAVE: Final = 5.0
"""Seconds that a child which has finished is given to leave by itself."""

Halted = Callable[[], bool]


def work(task: Task, seconds: float, report: Report, halted: Halted) -> State:
    """Work on a part for at most so many seconds, in this process or in a child of it."""
    if task.core.size <= INLINE or current_process().daemon:  # a daemon may have no children
        return improve(task, seconds, report)
    return _guarded(task, seconds, report, halted)


def remote(task: Task, seconds: float) -> State:
    """Work on a part wherever an executor runs this."""
    return work(task, seconds, _nobody, _go_on)


def _nobody(state: State) -> None:
    """Report to nobody."""


def _go_on() -> bool:
    return False


def _guarded(task: Task, seconds: float, report: Report, halted: Halted) -> State:
    context, deadline, state = get_context("spawn"), Deadline(seconds), task.state
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(sender, task, seconds), daemon=True)
    child.start()
    sender.close()
    try:
        while not deadline.passed() and not halted():
            if receiver.poll(min(BEAT, deadline.left())):
                state, finished = receiver.recv()
                report(state)
                if finished:
                    child.join(LEAVE)
                    break
    except EOFError:
        state = replace(state, settled=True)  # the child died; what it reported stands, and no other is sent after it
    finally:
        child.kill()
        child.join()
        receiver.close()
    return state


def _child(sender: "Connection[tuple[State, bool], None]", task: Task, seconds: float) -> None:
    state = improve(task, seconds, lambda step: sender.send((step, False)))
    sender.send((state, True))
    sender.close()
