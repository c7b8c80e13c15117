"""`python -m bench.scheduling.month`: a month through the service, from the order of a plan to its last offer, on SQLite.

The worker solves it in its child process; then each shift is carried out in a transaction of its own, by asking and by
assigning. What others would have to wait for is the longest of those transactions.
"""
# ruff: noqa: T201 (a command line prints)

import argparse
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.offer import Offer, OfferStatus
from models.organization import Organization
from models.plan import PlanApply, PlanCreate, PlanMode
from services import applying, planning
from services.actor import Actor
from services.clock import SetClock
from tests.databases import SqliteHouse, settings_for, wired
from tests.makers import people, work
from worker.planning import solve_plans

NOW: Final = datetime.fromisoformat("2025-11-10T09:00+09:00")
FIRST: Final = datetime.fromisoformat("2025-11-20T10:00+09:00")
DAYS: Final = 28
LANGUAGES: Final = ("en", "vi", "zh", "pt", "ko", "tl")


def main() -> None:
    """Plan and apply a month of each size."""
    asked = _arguments()
    print("| volunteers x shifts | mode | ordered to ready, s | applied, s | longest transaction, ms | lines |")
    print("|---|---|---|---|---|---|")
    for volunteers, shifts in asked.sizes:
        with tempfile.TemporaryDirectory() as folder:
            wiring = wired(settings_for(SqliteHouse(Path(folder)).fresh(Path(folder))), SetClock(NOW))
            office = _stage(wiring, volunteers, shifts)
            for mode in (PlanMode.OFFER, PlanMode.ASSIGN):
                print(f"| {volunteers} x {shifts} | {mode} | {_month(wiring, office, mode)} |", flush=True)
            wiring.database.close()


def _stage(wiring: Wiring, volunteers: int, shifts: int) -> Actor:
    with wiring.unit() as unit:
        account = people.account(unit, Role.COORDINATOR)
        for n in range(volunteers):
            people.volunteer(unit, languages={LANGUAGES[n % 6]: "C1"}, max_per_month=4)
        centre = people.facility(unit)
        for n in range(shifts):
            work.shift_with_demand(
                unit,
                owner=unit.get(Organization, centre.organization_id),
                place=centre,
                starts_at=FIRST + timedelta(days=n % DAYS, hours=n // DAYS % 4 * 2),
                minutes=90,
                languages=[LANGUAGES[n * 7 % 6]],
            )
    return Actor(account.id, frozenset({Role.COORDINATOR}))


def _month(wiring: Wiring, office: Actor, mode: PlanMode) -> str:
    began = time.perf_counter()
    with wiring.unit(office) as unit:
        order = {"from": "2025-11-15", "to": "2025-12-31", "time_limit_s": 60}
        plan = planning.create(unit, PlanCreate.model_validate(order))
    solve_plans(wiring)
    ready = time.perf_counter()
    longest, lines = _applied(wiring, office, plan.id, PlanApply(mode=mode))
    done = time.perf_counter()
    _forget(wiring)
    return f"{ready - began:.1f} | {done - ready:.1f} | {1000 * longest:.0f} | {lines}"


def _applied(wiring: Wiring, office: Actor, plan_id: UUID, draft: PlanApply) -> tuple[float, int]:
    longest = 0.0
    with wiring.unit(office) as unit:
        steps = applying.begin(unit, plan_id, draft)
    for step in steps:
        began = time.perf_counter()
        with wiring.unit(office) as unit:
            step(unit)
        longest = max(longest, time.perf_counter() - began)
    with wiring.unit(office) as unit:
        return longest, len(applying.finish(unit, plan_id, draft).items)


def _forget(wiring: Wiring) -> None:
    """Take the offers back, so that the places may be planned once more."""
    with wiring.unit() as unit:
        for offer in unit.session.exec(select(Offer)):
            offer.status = OfferStatus.WITHDRAWN


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scheduling.month", description=main.__doc__)
    parser.add_argument("--sizes", nargs="+", type=_size, default=[(200, 300), (2000, 3000)], help="200x300 and such")
    return parser.parse_args()


def _size(text: str) -> tuple[int, int]:
    volunteers, _, shifts = text.partition("x")
    return int(volunteers), int(shifts)


if __name__ == "__main__":
    main()
