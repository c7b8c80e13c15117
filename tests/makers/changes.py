"""Changes to what is accepted, as clients make them and as clients look at them first."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
from sqlmodel import select
from starlette.testclient import TestClient

from api.db import Wiring
from models.assignment import Assignment, AssignmentStatus, Booking
from models.change_rule import ChangedField
from models.tables import METADATA
from tests.makers.asking import REQUESTS
from tests.makers.doors import done
from tests.makers.work import VISIT, Opened

RULES = "/v1/change-rules"
CHECKUPS = "/v1/checkup-sessions"
LATER: dict[str, Any] = {"starts_at": "2025-11-20T11:00:00+09:00", "ends_at": "2025-11-20T13:00:00+09:00"}
NEXT_DAY: dict[str, Any] = {"starts_at": "2025-11-21T10:00:00+09:00", "ends_at": "2025-11-21T12:00:00+09:00"}


def at(starts_at: datetime, minutes: int = 120) -> dict[str, str]:
    """The fields of a change to another time."""
    return {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(minutes=minutes)).isoformat()}


def after(**by: int) -> dict[str, str]:
    """The fields of a change that moves the ordinary visit."""
    return at(VISIT + timedelta(**by))


def change(by: TestClient, opened: Opened, etag: str = "*", **fields: Any) -> httpx2.Response:
    return by.patch(f"{REQUESTS}/{opened.request.id}", json=fields, headers={"If-Match": etag})


def look_first(by: TestClient, opened: Opened, **fields: Any) -> Any:
    """Whom a change would touch."""
    path = f"{REQUESTS}/{opened.request.id}"
    return done(by.patch(path, json=fields, params={"preview": True}, headers={"If-Match": "*"}))


def rules_with(administrator: TestClient, *items: dict[str, Any], **effects: str) -> None:
    """Set the rules of change: `effects` by field for every kind, `items` for one kind."""
    fields = {str(field): "release" for field in ChangedField} | effects
    every = [{"field": field, "effect": effect} for field, effect in fields.items()]
    done(administrator.put(RULES, json={"items": [*every, *items]}, headers={"If-Match": "*"}))


def stands(wiring: Wiring, assignment: Assignment) -> AssignmentStatus:
    """The state of an assignment now."""
    with wiring.unit(write=False) as unit:
        return unit.get(Assignment, assignment.id).status


def booked(wiring: Wiring, assignment: Assignment) -> tuple[datetime, datetime, bool]:
    """When her time is held for an assignment, and whether it is."""
    with wiring.unit(write=False) as unit:
        row = unit.session.exec(select(Booking).where(Booking.source_id == assignment.id)).one()
        return row.starts_at, row.ends_at, row.active


def every_row(wiring: Wiring) -> dict[str, list[Any]]:
    """All that is written anywhere."""
    with wiring.unit(write=False) as unit:
        return {
            table.name: sorted(map(repr, unit.session.connection().execute(table.select())))
            for table in METADATA.sorted_tables
        }
