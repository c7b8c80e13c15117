"""Short messages about an assignment, as both sides write and read them."""

from typing import Any

import httpx2
from starlette.testclient import TestClient

from models.assignment import Assignment
from tests.makers.doors import done


def write(caller: TestClient, stands: Assignment, code: str, **over: Any) -> httpx2.Response:
    return caller.post(f"/v1/assignments/{stands.id}/messages", json={"code": code, **over})


def read(caller: TestClient, stands: Assignment) -> list[tuple[str, str, str]]:
    """From whom, to whom and what, oldest first."""
    items = done(caller.get(f"/v1/assignments/{stands.id}/messages"))["items"]
    return [(one["sender"], one["receiver"], one["code"]) for one in items]
