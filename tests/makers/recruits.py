"""Applications as the public and the office send them, and the steps that follow."""

from typing import Any
from uuid import UUID

import httpx2
from sqlmodel import col, select
from starlette.testclient import TestClient

from api.db import Wiring
from models.recruitment import VolunteerApplication
from models.volunteer import Volunteer

ROUNDS = "/v1/recruitment-rounds"
AUTUMN = {"name": "秋の募集", "opens_on": "2025-11-01", "closes_on": "2025-11-30", "activity_kinds": ["event", "event"]}
APPLICATIONS = "/v1/volunteer-applications"


def applicant(**over: Any) -> dict[str, Any]:
    """A grown-up who wants to interpret Vietnamese."""
    return {
        "family_name": "架空",
        "given_name": "麻衣",
        "family_kana": "カクウ",
        "given_kana": "マイ",
        "birth_date": "1990-04-02",
        "email": "mai@example.jp",
        "activity_kinds": ["interpretation"],
        "languages": [{"tag": "vi", "level": "C1"}, {"tag": "ja", "level": "native"}],
        **over,
    }


def apply(caller: TestClient, key: str | None = None, **over: Any) -> httpx2.Response:
    return caller.post(APPLICATIONS, json=applicant(**over), headers={"Idempotency-Key": key} if key else {})


def applied(wiring: Wiring) -> list[VolunteerApplication]:
    """Every application so far, oldest first."""
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(select(VolunteerApplication).order_by(col(VolunteerApplication.id))))


def step(caller: TestClient, volunteer: Volunteer | UUID | str, verb: str, **body: Any) -> httpx2.Response:
    """A verb of somebody's registration."""
    volunteer_id = volunteer.id if isinstance(volunteer, Volunteer) else volunteer
    return caller.post(f"/v1/volunteers/{volunteer_id}/{verb}", json=body)
