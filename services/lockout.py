"""How long one must wait after wrong passwords, for known and unknown addresses alike.

A known address counts on its account. For an unknown one a row per address would let anybody fill the database, so the
count is kept in the memory of the process, for the last ten thousand such addresses. Where several processes serve, an
unknown address may therefore be given a few tries more than a known one; nothing else tells the two apart.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from services.credentials import digest
from services.errors import TooMany

FREE_FAILURES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
_REMEMBERED = 10_000


def locked_until(failures: int, now: datetime) -> datetime | None:
    """Return until when to wait after so many failures in a row: from the fifth on 30 s, doubling up to 15 min."""
    if failures < FREE_FAILURES:
        return None
    doublings = min(failures - FREE_FAILURES, 5)
    return now + min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def refuse_locked(until: datetime | None, now: datetime) -> None:
    """Raise `TooMany` while the pause lasts."""
    if until is not None and until > now:
        seconds = (until - now) / timedelta(seconds=1)
        raise TooMany(retry_after_s=max(1, round(seconds)), limit=FREE_FAILURES)


@dataclass(frozen=True)
class _Tries:
    failures: int = 0
    locked_until: datetime | None = None


@dataclass
class Strangers:
    """The failures of addresses that have no account, the latest last."""

    _seen: OrderedDict[str, _Tries] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def refuse_locked(self, address: str, now: datetime) -> None:
        """Raise `TooMany` while the pause of an address lasts."""
        with self._lock:
            tries = self._seen.get(digest(address), _Tries())
        refuse_locked(tries.locked_until, now)

    def fail(self, address: str, now: datetime) -> None:
        """Count one more failure of an address."""
        name = digest(address)
        with self._lock:
            failures = self._seen.pop(name, _Tries()).failures + 1
            self._seen[name] = _Tries(failures, locked_until(failures, now))
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
