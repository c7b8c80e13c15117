"""The data both sides work on: a season of shifts, a volunteer who looks at them, and one claimer for each claim."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from api.authn import issue
from api.db import Wiring
from bench.service.season import LANGUAGES, NOW, SHIFTS_A_DAY, Season
from models.account import Account
from services.clock import SetClock
from tests.databases import fill, settings_for, wired

HELD: Final = 3
"""Shifts on which the volunteer who looks at the list stands already."""


@dataclass(frozen=True)
class Target:
    """A claim that will succeed once: who makes it, and for which shift."""

    token: str
    shift_id: UUID


@dataclass(frozen=True)
class Stage:
    """A filled database."""

    url: str
    reader: str
    """Access token of the volunteer who looks at the list."""
    example: Target
    """The claim whose answer is sent again as prebuilt bytes."""
    targets: Iterator[Target]

    def take(self, count: int) -> list[Target]:
        """Return claims that nobody has made yet."""
        taken = list(islice(self.targets, count))
        if len(taken) < count:
            message = "the stage was set for fewer claims"
            raise ValueError(message)
        return taken


def set_stage(url: str, *, shifts: int, claims: int) -> Stage:
    """Fill an empty database: `shifts` open shifts, the last `claims` of which have a claimer each.

    Raises `ValueError` where the shifts are too few to be both held by the reader and left to be claimed.
    """
    if shifts // 4 + HELD * len(LANGUAGES) * SHIFTS_A_DAY > shifts - claims:
        message = f"{shifts} shifts are too few for {claims} claims"
        raise ValueError(message)
    fill(url)
    wiring = wired(settings_for(url), SetClock(NOW))
    try:
        with wiring.unit() as unit:
            return _filled(Season(unit), wiring, url, shifts, claims)
    finally:
        wiring.database.close()


def _filled(season: Season, wiring: Wiring, url: str, shifts: int, claims: int) -> Stage:
    opened = [season.opened(number) for number in range(shifts)]
    season.write()
    reader = season.volunteer(0, LANGUAGES[0])
    for shift, demand in opened[shifts // 4 :: len(LANGUAGES) * SHIFTS_A_DAY][:HELD]:
        season.stand(reader, shift, demand)
    last = opened[len(opened) - claims :]
    found = [(season.volunteer(1 + n, demand.language or ""), shift) for n, (shift, demand) in enumerate(last)]
    season.write()
    targets = iter([Target(_token(wiring, one), shift.id) for one, shift in found])
    return Stage(url, _token(wiring, reader), next(targets), targets)


def _token(wiring: Wiring, account: Account) -> str:
    return issue(account.id, wiring.vault.secret_key, wiring.clock(), timedelta(days=1000))


@contextmanager
def sqlite_database(folder: Path, name: str) -> Iterator[str]:
    """Give the address of an empty file."""
    yield f"sqlite:///{folder / name}.db"


@contextmanager
def postgresql_database(_: Path, name: str) -> Iterator[str]:
    """Give the address of an empty database of the cluster that `make bench` started."""
    from tests.postgres import cluster  # noqa: PLC0415 - psycopg is needed on PostgreSQL only

    running = cluster()
    running.drop(name)
    running.create(name)
    try:
        yield running.url(name)
    finally:
        running.drop(name)
