"""A plan is followed while it is made: events until it is ready, or may not be seen any more."""

import json
from typing import Any

import pytest

from api.db import Wiring
from models.account import AccountStatus, Role
from models.base import new_id
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import problem
from tests.makers.plans import PLANS, Here, month, ordered, planned
from worker.planning import solve_plans


def events(text: str) -> list[tuple[str, str]]:
    """Each event's name, with the status that it tells."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block.startswith("event: ")]
    return [(name.removeprefix("event: "), _status(data)) for name, data in blocks]


def _status(data: str) -> str:
    shown: dict[str, Any] = json.loads(data.removeprefix("data: "))
    return str(shown["status"])


def test_a_plan_that_is_made_is_told_at_once(office: Client, wiring: Wiring) -> None:
    plan = planned(office, wiring)

    answer = office.get(f"{PLANS}/{plan['id']}/events")

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert events(answer.text) == [("progress", "ready"), ("end", "ready")]
    assert problem(office.get(f"{PLANS}/{new_id()}/events")) == (404, "NOT_FOUND")


def test_a_plan_is_followed_until_it_is_ready(
    make: Make, office: Client, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.following.PAUSE", 0.01)
    monkeypatch.setattr("api.following.SIGN_OF_LIFE", 0.0)
    month(make, 1)
    make.volunteer()
    plan = ordered(office)
    reads: list[str] = []
    _between(monkeypatch, reads, 3, lambda: solve_plans(wiring, start=Here))

    text = office.get(f"{PLANS}/{plan['id']}/events").text

    assert events(text) == [("progress", "queued"), ("progress", "ready"), ("end", "ready")]
    assert ": still at it" in text


def test_who_may_not_see_it_any_more_hears_no_more(as_: As, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.following.PAUSE", 0.01)
    office = as_(Role.COORDINATOR)
    plan = ordered(office)

    def disable() -> None:
        with wiring.unit() as unit:
            unit.lock(type(office.account), office.account.id).status = AccountStatus.DISABLED

    _between(monkeypatch, [], 2, disable)

    assert events(office.get(f"{PLANS}/{plan['id']}/events").text) == [("progress", "queued")]


def test_a_stream_ends_when_a_new_token_is_due(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.following.PAUSE", 0.01)
    plan = ordered(office)
    monkeypatch.setattr("routers.plans.MINUTE", 0.0)

    assert events(office.get(f"{PLANS}/{plan['id']}/events").text) == [("progress", "queued"), ("end", "queued")]


def _between(monkeypatch: pytest.MonkeyPatch, reads: list[str], count: int, do: Any) -> None:
    """Do something before the read of that number."""
    from services import planning  # noqa: PLC0415 - replaced here

    follow = planning.follow

    def counted(*args: Any) -> Any:
        reads.append("read")
        if len(reads) == count:
            do()
        return follow(*args)

    monkeypatch.setattr(planning, "follow", counted)
