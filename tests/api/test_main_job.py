"""The main job of contract.md, steps 1 to 4, played through HTTP by its roles."""

from typing import Any

from tests.conftest import As, Client
from tests.factories import Make

VISIT = {"starts_at": "2025-11-20T10:00:00+09:00", "ends_at": "2025-11-20T11:30:00+09:00"}


def visit(**over: Any) -> dict[str, Any]:
    """The body of contract.md: a newborn home visit for a Vietnamese family."""
    return {
        "service_type": "newborn_home_visit",
        "facility_id": None,
        "home_district": "east",
        **VISIT,
        "languages": ["vi"],
        "places": 1,
        "modality": "on_site",
        "meeting_point": "玄関前",
        "clients": [{"age_months": 2, "consent_on": "2025-11-06"}],
        "topics": ["feeding"],
        "gender_requirement": None,
        "continuity_of": None,
        "onsite_contact": {"name": "担当者", "phone": "076-000-0001"},
        "escort": {"name": "助産師", "role": "midwife", "phone": "076-000-0002"},
        "note": "",
        **over,
    }


def accepted(clerk: Client, office: Client, **over: Any) -> dict[str, Any]:
    """A request that the office has accepted."""
    created = clerk.post("/v1/dispatch-requests", json=visit(**over))
    assert created.status_code == 201, created.text
    path = f"/v1/dispatch-requests/{created.json()['id']}"
    assert clerk.post(f"{path}/submit", json={}).status_code == 200
    answer = office.post(f"{path}/accept", json={})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_health_centre_asks_and_an_interpreter_comes(clerk: Client, office: Client, make: Make, as_: As) -> None:
    linh = make.volunteer(languages={"ja": "native", "vi": "B2"}, certs=("home_visit",))
    mai = make.volunteer(languages={"ja": "C1", "vi": "native"}, certs=("home_visit",))
    request = accepted(clerk, office)
    assert request["status"] == "matching"
    shift = f"/v1/shifts/{request['shift_id']}"

    ranked = office.get(f"{shift}/candidates").json()
    assert {one["volunteer_id"] for one in ranked["items"]} == {str(linh.id), str(mai.id)}
    assert all(one["eligible"] and one["reasons"] for one in ranked["items"])

    offers = office.post(f"{shift}/offers", json={"top": 2})
    assert offers.status_code == 201, offers.text
    by_volunteer = {offer["volunteer_id"]: offer["id"] for offer in offers.json()["items"]}

    first, second = as_(mai), as_(linh)
    yes = first.post(f"/v1/offers/{by_volunteer[str(mai.id)]}/accept", json={})
    assert yes.status_code == 200, yes.text
    assert yes.json()["assignment"]["status"] == "confirmed"
    late = second.post(f"/v1/offers/{by_volunteer[str(linh.id)]}/accept", json={})
    assert (late.status_code, late.json()["code"]) == (409, "OFF_FILLED")

    seen = clerk.get(f"/v1/dispatch-requests/{request['id']}").json()
    assert seen["status"] == "filled"
    assert len(seen["assigned"]) == 1
    schedule = first.get("/v1/me/schedule").json()["items"]
    assert [entry["briefing"]["meeting_point"] for entry in schedule] == ["玄関前"]
