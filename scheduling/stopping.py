"""When to stop: by time, by gap, or because somebody asked. The only clock of the engine is here.

A criterion looks at how things stand and answers whether that is enough; the best plan found is kept in each case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from time import monotonic
from typing import Literal, Protocol

Phase = Literal["read", "pairs", "greedy", "parts", "check", "done"]


class Status(StrEnum):
    """How a solve ended, for a level or as a whole.

    Proven; good enough or not getting better; out of time; asked to stop; or bound by locks that break the rules.
    """

    optimal = "optimal"
    feasible = "feasible"
    timed_out = "timed_out"
    cancelled = "cancelled"
    infeasible = "infeasible"


class Flag(Protocol):
    """What can be set from outside: a `threading.Event`, or one of `multiprocessing`."""

    def is_set(self) -> bool:
        """Tell whether it was set."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How a solve stands: independent parts finished, the best plan's value at both levels, and their bounds."""

    phase: Phase
    done: int = 0
    parts: int = 0
    fill: int = 0
    fill_bound: int | None = None
    soft: int = 0
    soft_bound: int | None = None


class Stop(Protocol):
    """A stopping criterion."""

    def reached(self, progress: Progress) -> Status | None:
        """Return why to stop, as things stand; None to go on."""
        ...

    def remaining(self) -> float:
        """Return the seconds left, infinity when time is no matter."""
        ...

    def soft_gap(self) -> float:
        """Return the share of the soft value within which no further search is worth its while."""
        ...


@dataclass(frozen=True, slots=True)
class Never:
    """Go on until everything is proven, or nothing gets better."""

    def reached(self, progress: Progress) -> Status | None:  # noqa: ARG002 (the protocol's)
        """Never."""
        return None

    def remaining(self) -> float:
        """No limit."""
        return inf

    def soft_gap(self) -> float:
        """Every point counts."""
        return 0.0


@dataclass(frozen=True, slots=True)
class TimeLimit(Never):
    """Stop when so many seconds have passed since this was made."""

    seconds: float
    _since: float = field(default_factory=monotonic, repr=False, compare=False)

    def reached(self, progress: Progress) -> Status | None:  # noqa: ARG002 (the protocol's)
        """Stop when the time is over."""
        return Status.timed_out if self.remaining() <= 0 else None

    def remaining(self) -> float:
        """Return the seconds left."""
        return self.seconds - (monotonic() - self._since)


@dataclass(frozen=True, slots=True)
class GapReached(Never):
    """Stop when the fill is proven optimal and the soft points are within a share of their bound, 0.03 for 3 %."""

    share: float

    def reached(self, progress: Progress) -> Status | None:
        """Stop when both levels are good enough."""
        if progress.soft_bound is None or progress.fill_bound != progress.fill:
            return None
        enough = progress.soft_bound - progress.soft <= self.share * abs(progress.soft)
        return Status.feasible if enough else None

    def soft_gap(self) -> float:
        """Return the share."""
        return self.share


@dataclass(frozen=True, slots=True)
class Cancelled(Never):
    """Stop when a flag is set."""

    flag: Flag

    def reached(self, progress: Progress) -> Status | None:  # noqa: ARG002 (the protocol's)
        """Stop when somebody set the flag."""
        return Status.cancelled if self.flag.is_set() else None


@dataclass(frozen=True, slots=True)
class AnyOf(Never):
    """Stop when one of several criteria says so."""

    stops: Sequence[Stop]

    def reached(self, progress: Progress) -> Status | None:
        """Return the first reason there is."""
        return next((why for stop in self.stops if (why := stop.reached(progress))), None)

    def remaining(self) -> float:
        """Return the least of what is left."""
        return min((stop.remaining() for stop in self.stops), default=inf)

    def soft_gap(self) -> float:
        """Return the most lenient of the gaps."""
        return max((stop.soft_gap() for stop in self.stops), default=0.0)


class Deadline:
    """A point in time within one process."""

    def __init__(self, seconds: float) -> None:
        self._ends = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left, none when it has passed."""
        return max(0.0, self._ends - monotonic())

    def passed(self) -> bool:
        """Tell whether it has passed."""
        return self.left() <= 0
