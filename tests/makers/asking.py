"""Bodies of dispatch requests, and the first steps of one through HTTP."""

from typing import Any

from sqlmodel import col, select

from api.db import Wiring
from models.dispatch_request import DispatchRequest
from models.organization import Facility
from tests.conftest import Client

REQUESTS = "/v1/dispatch-requests"
FAMILY = {"age_months": 3, "consent_on": "2025-11-06"}
ESCORT = {"name": "助産師", "role": "midwife", "phone": "076-000-0002"}


def home_visit(**over: Any) -> dict[str, Any]:
    """A newborn home visit for a Vietnamese family, eight business days ahead of the clock of the tests."""
    return {
        "service_type": "newborn_home_visit",
        "home_district": "east",
        "starts_at": "2025-11-20T10:00:00+09:00",
        "ends_at": "2025-11-20T11:30:00+09:00",
        "languages": ["vi"],
        "clients": [FAMILY],
        "escort": ESCORT,
        **over,
    }


def centre_visit(place: Facility, **over: Any) -> dict[str, Any]:
    """A check-up at a centre for one family, outside the calendar of check-up sessions."""
    return {
        "service_type": "infant_checkup",
        "facility_id": str(place.id),
        "starts_at": "2025-11-20T10:00:00+09:00",
        "ends_at": "2025-11-20T12:00:00+09:00",
        "languages": ["en"],
        "clients": [FAMILY],
        **over,
    }


def path_of(request: dict[str, Any]) -> str:
    return f"{REQUESTS}/{request['id']}"


def written(clerk: Client, body: dict[str, Any], **query: Any) -> dict[str, Any]:
    """The draft that was made of a body."""
    answer = clerk.post(REQUESTS, json=body, params=query)
    assert answer.status_code == 201, answer.text
    request: dict[str, Any] = answer.json()
    return request


def moved(by: Client, request: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
    """The request after a verb."""
    answer = by.post(f"{path_of(request)}/{verb}", json=body)
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


def submitted(clerk: Client, body: dict[str, Any]) -> dict[str, Any]:
    return moved(clerk, written(clerk, body), "submit")


def accepted(clerk: Client, office: Client, body: dict[str, Any]) -> dict[str, Any]:
    return moved(office, submitted(clerk, body), "accept")


def broken(answer: Any) -> list[str]:
    """The codes of the rules that refuse, in their order; the problem bears the first."""
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    codes = [violation["code"] for violation in problem["violations"]]
    assert problem["code"] == codes[0]
    return codes


def stored(wiring: Wiring) -> list[DispatchRequest]:
    """Every request as the database has it, oldest first."""
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(select(DispatchRequest).order_by(col(DispatchRequest.id))))
