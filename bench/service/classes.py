"""A year of classrooms, made by a server over HTTP: `python -m bench.service.classes [--classrooms 200]`.

Every classroom gets two half-years of Saturdays, each in one request, holidays left out. Then the roll of a class of thirty
is read and saved whole. The server's own CPU time and the peak of its resident memory are what counts.
"""
# ruff: noqa: T201 - a command line prints

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from api.authn import issue
from bench.service.contest import DATABASES
from bench.service.running import Request, Server, serving
from bench.service.season import NOW
from bench.service.server import Role
from models.account import Account, AccountStatus
from models.account import Role as AccountRole
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from services.clock import SetClock
from services.unit import Unit
from tests.databases import fill, settings_for, wired
from tests.makers import classes

HALVES: Final = (date(2025, 11, 15), date(2026, 5, 16))
TERM: Final = {"rule": "FREQ=WEEKLY;COUNT=26", "starts": "10:00", "ends": "11:30"}
LEARNERS: Final = 30
ROLLS: Final = 20


@dataclass(frozen=True)
class Stage:
    """Classrooms without a term yet, a session that runs with its learners, and somebody who may do everything here."""

    classroom_ids: Sequence[str]
    session_id: str
    learner_ids: Sequence[str]
    token: str


@dataclass(frozen=True)
class Figures:
    """What it took: seconds and CPU seconds for the year, peak megabytes, milliseconds of CPU to read and save a roll."""

    sessions: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    read_ms: float
    save_ms: float


def measure(url: str, classrooms: int) -> Figures:
    """Fill an empty database with classrooms, let a server make their year and note a roll."""
    stage = _stage(url, classrooms)
    with serving(Role("product", url)) as server:
        server.ask(_request(stage, "GET", "/v1/classrooms?limit=1"))
        began, before = time.perf_counter(), server.cpu_seconds()
        made = sum(_made(server, stage, one, first) for first in HALVES for one in stage.classroom_ids)
        took, spent = time.perf_counter() - began, server.cpu_seconds() - before
        path = f"/v1/class-sessions/{stage.session_id}/attendance"
        items = [{"learner_id": one, "status": "present"} for one in stage.learner_ids]
        read = _cpu_ms(server, _request(stage, "GET", path))
        save = _cpu_ms(server, _request(stage, "PUT", path, {"items": items}))
        return Figures(made, took, spent, _peak_mb(server), read, save)


def _stage(url: str, classrooms: int) -> Stage:
    fill(url)
    wiring = wired(settings_for(url), SetClock(NOW))
    try:
        with wiring.unit() as unit:
            return _filled(unit, classrooms, wiring.vault.secret_key)
    finally:
        wiring.database.close()


def _filled(unit: Unit, classrooms: int, secret: str) -> Stage:
    columns = {"display_name": "bench", "language": "ja", "status": AccountStatus.ACTIVE}
    roles = [AccountRole.COORDINATOR.value]
    account = unit.add(Account(email="bench@example.jp", roles=roles, **columns, **unit.stamp()))
    rooms = [classes.classroom(unit) for _ in range(classrooms)]
    session_id, learners = _running(unit)
    token = issue(account.id, secret, unit.now, timedelta(days=1000))
    return Stage([str(room.id) for room in rooms], session_id, learners, token)


def _running(unit: Unit) -> tuple[str, list[str]]:
    """A session that runs now, and its thirty learners."""
    owner = classes.organization(unit)
    room: Classroom = classes.classroom(unit, owner=owner, capacity=LEARNERS)
    local = unit.now.astimezone(unit.zone)
    hours = {"starts": (local - timedelta(hours=1)).time(), "ends": (local + timedelta(hours=1)).time()}
    met = classes.class_session(unit, room, on=local.date(), status=ClassSessionStatus.OPEN, **hours)
    learners = [classes.learner(unit, owner) for _ in range(LEARNERS)]
    for learner in learners:
        classes.enrollment(unit, learner, room)
    return str(met.session.id), [str(learner.id) for learner in learners]


def _made(server: Server, stage: Stage, classroom_id: str, first: date) -> int:
    body = {**TERM, "name": "半期", "starts_on": first.isoformat()}
    answer = _asked(server, _request(stage, "POST", f"/v1/classrooms/{classroom_id}/terms", body))
    return len(json.loads(answer)["sessions"])


def _cpu_ms(server: Server, request: Request) -> float:
    before = server.cpu_seconds()
    for _ in range(ROLLS):
        _asked(server, request)
    return (server.cpu_seconds() - before) / ROLLS * 1000


def _request(stage: Stage, method: str, path: str, body: object = None) -> Request:
    head = f"{method} {path} HTTP/1.1\r\nAuthorization: Bearer {stage.token}\r\nIf-Match: *"
    return (head, "") if body is None else (f"{head}\r\nContent-Type: application/json", json.dumps(body))


def _asked(server: Server, request: Request) -> bytes:
    status, answer = server.ask(request)
    if status >= 400:  # noqa: PLR2004 - an error
        message = f"{request[0]} answered {status}: {answer.decode()}"
        raise RuntimeError(message)
    return answer


def _peak_mb(server: Server) -> float:
    """Return the most memory that a server held so far."""
    lines = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    """Measure each database and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.service.classes", description=__doc__)
    parser.add_argument("--classrooms", type=int, default=200)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    options = parser.parse_args()
    print("| database | sessions | s | server's CPU s | peak MB | roll read, CPU ms | roll saved, CPU ms |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="kakehashi-bench-", ignore_cleanup_errors=True) as name:
        for database in options.databases:
            with DATABASES[database](Path(name), "kakehashi_bench_classes") as url:
                found = measure(url, options.classrooms)
            print(
                f"| {database} | {found.sessions} | {found.seconds:.1f} | {found.cpu_seconds:.1f} | {found.peak_mb:.0f}"
                f" | {found.read_ms:.0f} | {found.save_ms:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
