"""The one clock: it feeds services, worker and demo, and tests may set it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


@dataclass
class SetClock:
    """A clock that stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Move on by a `timedelta` given by its parts."""
        self.now += timedelta(**by)
