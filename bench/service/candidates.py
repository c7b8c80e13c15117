"""`python -m bench.service.candidates`: the best 20 for a shift as the service answers, with and without the kept roll.

People and shifts are written past the services. Both ways answer the same shifts; the answers must be equal. "Changed" is
the kept roll while as many people change as it bears before a new one is made.
"""
# ruff: noqa: T201 (a command line prints)

import argparse
import gc
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest import mock
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from api import db
from api.db import Wiring
from bench.service.season import LANGUAGES, NOW, Season
from bench.service.stage import postgresql_database, sqlite_database
from models.account import Account, Role
from models.assignment import Assignment, AssignmentStatus, Via
from models.base import new_id
from models.competence import Level, VolunteerLanguage
from models.organization import District
from models.person import Person
from models.shift import Demand
from models.volunteer import Volunteer
from services import kept_roll, matching
from services.actor import Actor
from services.clock import SetClock
from tests.databases import fill, settings_for, wired

LIMIT: Final = 20
SHIFTS: Final = 300
AT_ONCE: Final = 2000
"""People written with one statement."""
DATABASES: Final = {"sqlite": sqlite_database, "postgresql": postgresql_database}


def main() -> None:
    """Fill a database of each size, and rank."""
    asked = _arguments()
    print(
        "| database | volunteers | how | rankings | p50 ms | p95 ms | p50 of CPU ms | p95 of CPU ms |",
        "|---" * 8 + "|",
        sep="\n",
    )
    for name in asked.databases:
        for count in asked.volunteers:
            with tempfile.TemporaryDirectory() as folder, DATABASES[name](Path(folder), "candidates") as url:
                fill(url)
                _contest(name, count, url, asked.fresh)


def _contest(name: str, count: int, url: str, fresh: int) -> None:
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(db, "_beside", lambda run: run()))
        plain, kept = (stack.enter_context(_process(url, least)) for least in (10**9, 1))
        office, shifts = _stage(plain, count)
        _say(name, count, "everybody read", plain, office, shifts[:fresh])
        _build(kept, office, shifts[0])
        gc.freeze()  # as `kakehashi serve` does
        gc.set_threshold(50_000, 20, 50)
        _say(name, count, "kept roll", kept, office, shifts)
        _change(kept)
        _say(name, count, f"kept roll, {kept_roll.MANY} changed", kept, office, shifts)
        _compare(plain, kept, office, shifts[:2])


@contextmanager
def _process(url: str, least: int) -> Iterator[Wiring]:
    wiring = wired(settings_for(url, kept_roll_from=least), SetClock(NOW))
    try:
        yield wiring
    finally:
        wiring.database.close()


def _stage(wiring: Wiring, count: int) -> tuple[Actor, list[UUID]]:
    """Write so many people, who differ in level, home, hours and load, and shifts."""
    draw = random.Random(count)  # noqa: S311 (repeatable, not secret)
    with wiring.unit() as unit:
        season = Season(unit)
        shifts = [season.opened(number)[0].id for number in range(SHIFTS)]
        earlier = [season.opened(SHIFTS + number)[0] for number in range(SHIFTS)]
        for number in range(count):
            season.volunteer(number, LANGUAGES[number % len(LANGUAGES)])
            if number % AT_ONCE == 0:
                season.write()
        season.write()
        for shift in earlier:
            shift.starts_at, shift.ends_at = (one - timedelta(days=40) for one in (shift.starts_at, shift.ends_at))
        _vary(unit.session, [shift.id for shift in earlier], draw)
        office = unit.session.exec(select(Account).where(col(Account.email).like("coordinator%"))).first()
        assert office is not None  # noqa: S101 (the season made five)
        return Actor(office.id, frozenset({Role.COORDINATOR})), shifts


def _vary(session: Any, shifts: list[UUID], draw: random.Random) -> None:
    """Let people differ in home, level, caps, and what is behind them."""
    districts = session.exec(select(District.code)).all()
    tables = (Person, VolunteerLanguage, Volunteer)
    people, spoken, volunteers = (session.exec(select(table.id)).all() for table in tables)
    levels = [Level.B1, Level.B2, Level.C1]
    session.execute(sa.update(Person), [{"id": one, "district_code": draw.choice(districts)} for one in people])
    both = ((one, draw.choice(levels)) for one in spoken)
    session.execute(sa.update(VolunteerLanguage), [{"id": one, "speaking": at, "listening": at} for one, at in both])
    caps = (
        {"max_travel_km": draw.choice([None, 5, 10, 20]), "max_per_month": draw.choice([1, 2, 4])} for _ in volunteers
    )
    session.execute(sa.update(Volunteer), [{"id": one, **cap} for one, cap in zip(volunteers, caps, strict=True)])
    demands = dict(session.execute(select(Demand.shift_id, Demand.id)).all())
    common = {"via": Via.HAND, "created_at": NOW, "updated_at": NOW, "version": 1}
    past = [(one, draw.choice(shifts)) for one in volunteers for _ in range(draw.randrange(6))]
    rows = [
        {
            "id": new_id(),
            "volunteer_id": one,
            "shift_id": shift,
            "demand_id": demands[shift],
            "status": AssignmentStatus.COMPLETED,
            "conditions": [],
            "overrides": [],
            "consents": [],
            **common,
        }
        for one, shift in past
    ]
    session.execute(sa.insert(Assignment), rows)


def _build(kept: Wiring, office: Actor, shift_id: UUID) -> None:
    memory, began = _megabytes(), time.process_time()
    _rank(kept, office, shift_id)
    print(
        f"(the kept roll was made, and one ranking read everybody: {time.process_time() - began:.1f} s of CPU, "
        f"{_megabytes() - memory:.0f} MB more at most)"
    )


def _change(wiring: Wiring) -> None:
    """Let as many people change as do not make a new roll yet."""
    with wiring.unit() as unit:
        ids = unit.session.exec(select(Volunteer.id).limit(kept_roll.MANY)).all()
        unit.session.execute(sa.update(Volunteer).where(col(Volunteer.id).in_(ids)).values(max_per_month=3))


def _rank(wiring: Wiring, office: Actor, shift_id: UUID) -> Any:
    with wiring.unit(office, write=False) as unit:
        return matching.candidates(unit, shift_id, demand_id=None, limit=LIMIT, include_ineligible=False)


def _compare(plain: Wiring, kept: Wiring, office: Actor, shifts: list[UUID]) -> None:
    for one in shifts:
        if _rank(plain, office, one) != _rank(kept, office, one):
            raise AssertionError("the kept roll ranks otherwise")


def _say(name: str, count: int, how: str, wiring: Wiring, office: Actor, shifts: list[UUID]) -> None:
    took, worked = [], []
    for one in shifts:
        began, busy = time.perf_counter(), time.thread_time()
        _rank(wiring, office, one)
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.thread_time() - busy))
    figures = [f(some) for some in (took, worked) for f in (statistics.median, _p95)]
    print(f"| {name} | {count} | {how} | {len(took)} |", " | ".join(f"{one:.1f}" for one in figures), "|", flush=True)


def _p95(some: list[float]) -> float:
    return statistics.quantiles(some, n=20)[-1] if len(some) > 1 else some[0]


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.service.candidates", description=__doc__)
    parser.add_argument("--volunteers", nargs="+", type=int, default=[20_000])
    parser.add_argument("--databases", nargs="+", choices=sorted(DATABASES), default=["sqlite"])
    parser.add_argument("--fresh", type=int, default=5, help="rankings without the roll, which take seconds each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
