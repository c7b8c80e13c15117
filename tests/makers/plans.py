"""Plans as the office has them made, and a solver that works in the tests' own process."""

import threading
from collections import deque
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from api.db import Wiring
from models.assignment import Assignment
from models.offer import Offer
from models.record import Notice
from tests.conftest import Client
from tests.factories import Make
from tests.makers.work import VISIT, Opened
from worker.planning import solve_plans
from worker.solver import run
from worker.tasks import Message, Task

PLANS = "/v1/plans"
MONTH = {"from": "2025-11-15", "to": "2025-12-31", "time_limit_s": 20}


class Here:
    """A solver that works at once, in this process, and then tells what it would have told."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.said: deque[Message] = deque()
        run(task, self.said.append, threading.Event())

    def heard(self, seconds: float) -> Message | None:  # noqa: ARG002 - the protocol's
        if not self.said:
            raise EOFError
        return self.said.popleft()

    def ask_to_stop(self) -> None:
        """It has come to its end already."""

    def end(self) -> None:
        """There is nothing to end."""


class Dying(Here):
    """A solver that dies before it tells what it made."""

    def heard(self, seconds: float) -> Message | None:
        if len(self.said) == 1:
            raise EOFError
        return super().heard(seconds)


def ordered(office: Client, **over: Any) -> dict[str, Any]:
    """A plan that waits for a worker."""
    answer = office.post(PLANS, json={**MONTH, **over})
    assert answer.status_code == 202, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


def planned(office: Client, wiring: Wiring, **over: Any) -> dict[str, Any]:
    """A plan that was made."""
    plan = ordered(office, **over)
    assert solve_plans(wiring, start=Here) == 1
    return read(office, plan)


def read(office: Client, plan: dict[str, Any], part: str = "") -> dict[str, Any]:
    answer = office.get(f"{PLANS}/{plan['id']}{part}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def proposals(office: Client, plan: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    """All lines of a plan."""
    answer = office.get(f"{PLANS}/{plan['id']}/proposals", params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def pairs(lines: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Who on which shift."""
    return {(line["volunteer_id"], line["shift_id"]) for line in lines}


def verb(by: Client, plan: dict[str, Any], name: str, **body: Any) -> Any:
    return by.post(f"{PLANS}/{plan['id']}/{name}", json=body or None)


def month(make: Make, count: int, **over: Any) -> list[Opened]:
    """Visits on one day after another."""
    return [make.shift_with_demand(starts_at=VISIT + timedelta(days=day), **over) for day in range(count)]


def applied(office: Client, plan: dict[str, Any], mode: str, **over: Any) -> dict[str, Any]:
    answer = verb(office, plan, "apply", mode=mode, **over)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def outcomes(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(item["outcome"], item["code"]) for item in answer["items"]]


def offers_of(wiring: Wiring) -> list[Offer]:
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(select(Offer).order_by(col(Offer.id))))


def assignments_of(wiring: Wiring) -> list[Assignment]:
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(select(Assignment).order_by(col(Assignment.id))))


def notices_to(wiring: Wiring, volunteer_id: Any, kind: str) -> int:
    with wiring.unit(write=False) as unit:
        hers = select(Notice).where(Notice.volunteer_id == volunteer_id, Notice.kind == kind)
        return len(unit.session.exec(hers).all())
