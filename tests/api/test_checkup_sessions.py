"""The centres' calendar of infant check-ups."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.office import CheckupKind, CheckupStatus
from models.organization import Facility, Organization
from models.record import AuditEvent
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import work
from tests.makers.doors import faults
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
OpenUnit = Callable[..., AbstractContextManager[Unit]]


@pytest.fixture
def centre(make: Make, owner: Organization) -> Facility:
    return make.facility(owner=owner, name="架空センター")


@pytest.fixture
def clerk(as_: As, owner: Organization) -> Client:
    return as_(Role.REQUESTER, organization=owner)


def draft(place: Facility, **over: Any) -> dict[str, Any]:
    return {
        "facility_id": str(place.id),
        "kind": "checkup_18m",
        "held_on": "2025-11-25",
        "reception_starts": "13:00",
        "reception_ends": "14:00",
        "expected_families": 12,
        **over,
    }


def test_a_clerk_enters_a_checkup_of_her_own_centre(clerk: Client, centre: Facility) -> None:
    made = clerk.post("/v1/checkup-sessions", json=draft(centre))

    assert made.status_code == 201, made.text
    assert made.json() | {"id": "", "version": 0} == {
        **draft(centre),
        "id": "",
        "version": 0,
        "facility_name": "架空センター",
        "status": "planned",
        "actions": ["move", "cancel"],
        "warnings": [],
    }
    assert clerk.get(made.headers["location"]).json() == made.json()


def test_a_clerk_knows_no_other_centre(clerk: Client, make: Make) -> None:
    other = make.facility()
    session = make.checkup_session(place=other)

    assert faults(clerk.post("/v1/checkup-sessions", json=draft(other))) == [("/facility_id", "FIELD_REFERENCE")]
    assert clerk.get(f"/v1/checkup-sessions/{session.id}").status_code == 404
    assert clerk.post(f"/v1/checkup-sessions/{session.id}/cancel", json={"reason": "x"}).status_code == 404
    assert clerk.get("/v1/checkup-sessions").json()["items"] == []


def test_staff_enter_for_every_centre(office: Client, centre: Facility) -> None:
    assert office.post("/v1/checkup-sessions", json=draft(centre)).status_code == 201


def test_a_checkup_wants_a_place_an_order_and_a_day_of_its_own(office: Client, centre: Facility) -> None:
    def post(**over: Any) -> list[tuple[str, str]]:
        return faults(office.post("/v1/checkup-sessions", json=draft(centre, **over)))

    assert post(facility_id=str(new_id())) == [("/facility_id", "FIELD_REFERENCE")]
    assert post(reception_ends="13:00") == [("/reception_ends", "FIELD_CONFLICT")]
    assert office.post("/v1/checkup-sessions", json=draft(centre)).status_code == 201
    assert post() == [("/held_on", "FIELD_DUPLICATE")]


def test_the_calendar_is_narrowed(make: Make, office: Client, centre: Facility) -> None:
    first = make.checkup_session(place=centre, held_on=date(2025, 11, 18))
    second = make.checkup_session(place=centre, held_on=date(2025, 11, 19), kind=CheckupKind.CHECKUP_3Y)
    third = make.checkup_session(held_on=date(2025, 11, 20), status=CheckupStatus.CANCELLED)

    def ids(query: str = "") -> list[str]:
        return [entry["id"] for entry in office.get(f"/v1/checkup-sessions{query}").json()["items"]]

    assert ids() == [str(one.id) for one in (first, second, third)]
    assert ids("?from=2025-11-19") == [str(second.id), str(third.id)]
    assert ids("?to=2025-11-19") == [str(first.id), str(second.id)]
    assert ids("?kind=checkup_3y") == [str(second.id)]
    assert ids("?status=cancelled") == [str(third.id)]
    assert ids(f"?facility_id={centre.id}") == [str(first.id), str(second.id)]


def test_the_calendar_is_paged(make: Make, clerk: Client, centre: Facility) -> None:
    made = [make.checkup_session(place=centre, held_on=date(2025, 11, day)) for day in (18, 19, 20)]

    first = clerk.get("/v1/checkup-sessions?limit=2").json()
    rest = clerk.get("/v1/checkup-sessions", params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [entry["id"] for entry in first["items"] + rest["items"]] == [str(one.id) for one in made]
    assert rest["next_cursor"] is None


def test_a_planned_checkup_is_cancelled_once(make: Make, clerk: Client, centre: Facility, wiring: Wiring) -> None:
    session = make.checkup_session(place=centre)
    where = f"/v1/checkup-sessions/{session.id}/cancel"

    assert clerk.post(where, json={"reason": "会場の都合"}, headers={"If-Match": '"old"'}).status_code == 412
    cancelled = clerk.post(where, json={"reason": "会場の都合"}, headers={"If-Match": session.etag})
    again = clerk.post(where, json={"reason": "会場の都合"})

    assert cancelled.status_code == 200, cancelled.text
    assert (cancelled.json()["status"], cancelled.json()["version"]) == ("cancelled", 2)
    assert cancelled.json()["actions"] == []
    assert again.status_code == 409
    assert (again.json()["code"], again.json()["state"], again.json()["allowed"]) == ("CHK_STATE", "cancelled", [])
    with wiring.unit(write=False) as unit:
        event = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "checkup_session.cancel")).one()
        assert event.facts == {"reason": "会場の都合"}


def test_what_is_over_is_not_cancelled_even_before_a_sweep(
    make: Make, office: Client, centre: Facility, clock: SetClock
) -> None:
    session = make.checkup_session(place=centre, held_on=date(2025, 11, 10), reception_ends=time(14))
    where = f"/v1/checkup-sessions/{session.id}"

    clock.forward(hours=5)  # 14:00 of that day: reception is over

    answer = office.post(f"{where}/cancel", json={"reason": "会場の都合"})
    assert (answer.status_code, answer.json()["state"]) == (409, "held")
    assert office.get(where).json()["actions"] == []
    clock.forward(seconds=-1)
    assert office.get(where).json()["actions"] == ["move", "cancel"]


def test_a_reason_holds_no_personal_details(make: Make, office: Client, centre: Facility) -> None:
    session = make.checkup_session(place=centre)

    answer = office.post(f"/v1/checkup-sessions/{session.id}/cancel", json={"reason": "電話 076-000-1234"})

    assert faults(answer) == [("/reason", "REQ_FREE_TEXT_PII")]


def test_only_staff_act_on_behalf(make: Make, office: Client, clerk: Client, centre: Facility) -> None:
    session = make.checkup_session(place=centre)
    said = {"of": str(centre.organization_id), "channel": "phone", "at": "2025-11-10T09:00:00+09:00"}
    where = f"/v1/checkup-sessions/{session.id}/cancel"

    for wrong in ({"of": str(session.id)}, {"at": "2025-11-10T08:59:59+09:00"}):
        answer = office.post(where, json={"reason": "会場の都合", "on_behalf": said | wrong})
        assert [pointer for pointer, _ in faults(answer)] == [f"/on_behalf/{next(iter(wrong))}"]
    assert clerk.post(where, json={"reason": "会場の都合", "on_behalf": said}).status_code == 403
    assert office.post(where, json={"reason": "会場の都合", "on_behalf": said}).status_code == 200


@pytest.mark.parametrize("count", [1, 100])
def test_the_calendar_needs_as_many_queries_for_a_hundred_rows_as_for_one(
    office: Client, centre: Facility, unit: OpenUnit, queries: Queries, count: int
) -> None:
    with unit() as it:
        for offset in range(count):
            work.checkup_session(it, place=centre, held_on=date(2025, 11, 1) + timedelta(days=offset))

    with queries() as seen:
        assert len(office.get("/v1/checkup-sessions?limit=200").json()["items"]) == count

    assert len(seen) == 3


def test_others_have_no_part_in_the_calendar(as_: As, centre: Facility, client: Client) -> None:
    for role in (Role.VOLUNTEER, Role.VIEWER, Role.CLASSROOM_MANAGER, Role.UNIVERSITY_LIAISON):
        caller = as_(role)
        assert caller.get("/v1/checkup-sessions").status_code == 403
        assert caller.post("/v1/checkup-sessions", json=draft(centre)).status_code == 403
    assert client.get("/v1/checkup-sessions").status_code == 401
