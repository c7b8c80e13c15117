"""Availability calls through HTTP: sent by the office, answered by volunteers, entered for them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from models.volunteer import Volunteer
from tests.conftest import Client
from tests.makers.doors import by_phone, done

CALLS = "/v1/availability-calls"
MINE = "/v1/me/availability-calls"
DECEMBER = {"from": "2025-12-01", "to": "2025-12-31", "answer_by": "2025-11-20T17:00:00+09:00"}
NINTH = datetime.fromisoformat("2025-12-09T10:00:00+09:00")
"""A Tuesday in the month that is asked about."""


def call_sent(office: Client, **over: Any) -> dict[str, Any]:
    call: dict[str, Any] = done(office.post(CALLS, json=DECEMBER | over), 201)
    return call


def put_answer(caller: Client, path: str, etag: str = "*", **answer: Any) -> Any:
    return caller.put(path, json=answer, headers={"If-Match": etag})


def enter_answer(office: Client, call_id: UUID, volunteer: Volunteer, **answer: Any) -> Any:
    at = answer.pop("at", "2025-11-10T09:00:00+09:00")
    path = f"{CALLS}/{call_id}/answers/{volunteer.id}"
    return put_answer(office, path, on_behalf=by_phone(volunteer, at), **answer)
