"""The ways to a place and back, as clients take them, and what they leave behind in the tables."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx2
from sqlmodel import col, select
from starlette.testclient import TestClient

from api.db import Wiring
from models.assignment import Assignment, Booking
from models.dispatch_request import RequestStatus
from models.offer import Offer
from models.record import AuditEvent, Notice
from models.shift import Demand, Shift, ShiftStatus
from models.volunteer import Volunteer
from tests.makers.work import Opened, Placed


def claim(caller: TestClient, opened: Placed, *consents: str, **over: Any) -> httpx2.Response:
    return caller.post(f"/v1/shifts/{opened.shift.id}/claims", json={"consents": list(consents), **over})


def hand(
    caller: TestClient, opened: Placed, volunteer: Volunteer, *overrides: dict[str, Any], **over: Any
) -> httpx2.Response:
    body = {"volunteer_id": str(volunteer.id), "overrides": list(overrides), **over}
    return caller.post(f"/v1/shifts/{opened.shift.id}/assignments", json=body)


def ask(caller: TestClient, opened: Placed, *named: Volunteer, **over: Any) -> httpx2.Response:
    people = {"volunteer_ids": [str(one.id) for one in named]} if named else {}
    return caller.post(f"/v1/shifts/{opened.shift.id}/offers", json={**people, **over})


def answer(caller: TestClient, offer: Offer | UUID | str, verb: str, **body: Any) -> httpx2.Response:
    offer_id = offer.id if isinstance(offer, Offer) else offer
    return caller.post(f"/v1/offers/{offer_id}/{verb}", json=body)


def settle(caller: TestClient, assignment: Assignment | str, verb: str, **body: Any) -> httpx2.Response:
    assignment_id = assignment.id if isinstance(assignment, Assignment) else assignment
    return caller.post(f"/v1/assignments/{assignment_id}/{verb}", json=body)


def reason(code: str, consent_at: str | None = None) -> dict[str, Any]:
    """An override by a coordinator; with `consent_at` the volunteer said yes to it."""
    return {"code": code, "reason": "電話で確認", **({"consent_at": consent_at} if consent_at else {})}


def by_phone(volunteer: Volunteer, at: str = "2025-11-10T09:00:00+09:00") -> dict[str, Any]:
    """What staff enter for somebody who called."""
    return {"of": str(volunteer.id), "channel": "phone", "at": at}


def refused(said: httpx2.Response) -> list[tuple[str, str]]:
    """The rules that refused, with their classes; each says something, and the first is the problem's code."""
    assert said.status_code == 409, said.text
    violations = said.json()["violations"]
    assert said.json()["code"] == violations[0]["code"]
    assert all(violation["detail"] for violation in violations)
    return [(violation["code"], violation["class"]) for violation in violations]


def problem(said: httpx2.Response) -> tuple[int, str]:
    return said.status_code, said.json()["code"]


def faults(said: httpx2.Response) -> list[tuple[str, str]]:
    assert said.status_code == 422, said.text
    return [(fault["pointer"], fault["code"]) for fault in said.json()["errors"]]


def warned(body: dict[str, Any]) -> list[str]:
    """The codes of the warnings that came with a success."""
    return [warning["code"] for warning in body["warnings"]]


def done(said: httpx2.Response, status: int = 200) -> Any:
    """The body of a success."""
    assert said.status_code == status, said.text
    return said.json()


def on_shift(wiring: Wiring, opened: Placed) -> list[tuple[UUID, str, bool]]:
    """Who stands or stood on the shift, in which state, and whether it holds her time."""
    statement = (
        select(Assignment.volunteer_id, Assignment.status, Booking.active)
        .join(Booking, col(Booking.source_id) == Assignment.id)
        .where(Assignment.shift_id == opened.shift.id)
        .order_by(col(Assignment.id))
    )
    with wiring.unit(write=False) as unit:
        return [(one, str(status), active) for one, status, active in unit.session.exec(statement)]


def standing_of(wiring: Wiring, opened: Opened) -> tuple[ShiftStatus, RequestStatus, int]:
    """How shift and request stand, and how many places are taken."""
    with wiring.unit(write=False) as unit:
        return (
            unit.get(Shift, opened.shift.id).status,
            unit.get(type(opened.request), opened.request.id).status,
            unit.get(Demand, opened.demand.id).taken,
        )


def notices_of(wiring: Wiring) -> list[tuple[str, UUID | None]]:
    """Every notice so far: its kind and to which volunteer or account it goes, oldest first."""
    with wiring.unit(write=False) as unit:
        rows: Sequence[Notice] = unit.session.exec(select(Notice).order_by(col(Notice.id))).all()
        return [(row.kind, row.volunteer_id or row.account_id) for row in rows]


def audited(wiring: Wiring, object_id: UUID | str) -> list[AuditEvent]:
    """What was written about an object, oldest first."""
    statement = select(AuditEvent).where(AuditEvent.object_id == UUID(str(object_id))).order_by(col(AuditEvent.id))
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(statement).all())
