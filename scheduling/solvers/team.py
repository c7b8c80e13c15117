"""The parts of a problem at work: shares of the time, here or by an executor, and how all of them stand together."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Final

from scheduling.solution import Score
from scheduling.solvers.core import Core, Ints
from scheduling.solvers.lane import BEAT, remote, work
from scheduling.solvers.part import State, Task
from scheduling.stopping import Progress, Status, Stop

LEAST: Final = 1.0
"""Seconds that a part gets at least, as long as there are any."""
RETURN: Final = 0.1
"""Share of the time, one second at most, kept for the way back from an executor."""


@dataclass(slots=True)
class Member:
    """A part with its pairs' positions in the whole, and how it stands."""

    core: Core
    pairs: Ints
    state: State


class Team:
    """All parts of a problem; `before` is what stands without them, `reserve` the seconds needed after them."""

    def __init__(
        self,
        members: Sequence[Member],
        before: Score,
        stop: Stop,
        watch: Callable[[Progress], None],
        seed: int,
        reserve: float = 0.0,
    ) -> None:
        self.members = members
        self._before, self._stop, self._watch, self._seed = before, stop, watch, seed
        self._reserve = reserve
        self._rounds = 0

    def work(self, executor: Executor | None, lanes: int) -> Status:
        """Work in rounds until nothing is left to do or it is time to stop; return why it ended."""
        while True:
            self._watch(self.progress())
            why = self._why()
            waiting = self._waiting()
            if why is not None or not waiting:
                return why or Status.feasible
            lost = self._round_here(waiting) if executor is None else self._round_out(waiting, executor, lanes)
            if lost:
                self._round_here(lost)
            self._rounds += 1

    def progress(self) -> Progress:
        """Return how all parts stand together."""
        states = [member.state for member in self.members]
        return Progress(
            phase="parts",
            done=len(states) - len(self._waiting()),
            parts=len(states),
            fill=self._before.weighted_fill + sum(state.worth.fill for state in states),
            fill_bound=self._before.weighted_fill + sum(state.fill_bound for state in states),
            soft=self._before.soft + sum(state.worth.soft for state in states),
            soft_bound=self._before.soft + sum(state.soft_bound for state in states),
        )

    def _waiting(self) -> list[int]:
        """Return the parts on which more time would not be wasted."""
        gap = self._stop.soft_gap()
        states = enumerate(member.state for member in self.members)
        return [number for number, state in states if not (state.proven or state.settled or state.within(gap))]

    def _why(self) -> Status | None:
        """Return why to stop, None to go on."""
        return self._stop.reached(self.progress()) or (Status.timed_out if self._left() <= 0 else None)

    def _halted(self) -> bool:
        return self._why() is not None

    def _left(self) -> float:
        return self._stop.remaining() - self._reserve

    def _task(self, number: int) -> Task:
        member = self.members[number]
        seed = self._seed + number + len(self.members) * self._rounds
        return Task(number, member.core, member.state, seed, self._stop.soft_gap())

    def _sizes(self, numbers: Iterable[int]) -> int:
        return sum(self.members[number].core.size for number in numbers)

    def _round_here(self, waiting: Sequence[int]) -> list[int]:
        """Work on one part after the other, small ones first: what they leave of their time goes to the large."""
        order = sorted(waiting, key=lambda number: (self.members[number].core.size, number))
        for at, number in enumerate(order):
            if self._halted():
                break
            left = self._left()
            share = left * self._sizes([number]) / self._sizes(order[at:])
            state = work(self._task(number), min(left, max(LEAST, share)), self._keeper(number), self._halted)
            self._keep(number, state)
        return []

    def _round_out(self, waiting: Sequence[int], executor: Executor, lanes: int) -> list[int]:
        """Give the parts to an executor, large ones first; return those whose workers were lost."""
        left, total = self._left(), self._sizes(waiting)
        left -= min(1.0, RETURN * left)
        order = sorted(waiting, key=lambda number: (-self.members[number].core.size, number))
        futures = {
            executor.submit(
                remote,
                self._task(number),
                min(left, max(LEAST, left * lanes * self._sizes([number]) / total)),
            ): number
            for number in order
        }
        return self._gathered(futures)

    def _gathered(self, futures: dict["Future[State]", int]) -> list[int]:
        lost, pending = [], set(futures)
        while pending and not self._halted():
            done, pending = wait(pending, timeout=BEAT, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=futures.__getitem__):
                if future.exception() is None:
                    self._keep(futures[future], future.result())
                else:
                    lost.append(futures[future])
        for future in pending:
            future.cancel()
        return lost

    def _keeper(self, number: int) -> Callable[[State], None]:
        return lambda state: self._keep(number, state)

    def _keep(self, number: int, state: State) -> None:
        self.members[number].state = state
        self._watch(self.progress())
