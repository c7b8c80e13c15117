"""Changing a request that is not accepted yet."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.record import AuditEvent
from models.service_type import ServiceType
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import FAMILY, broken, home_visit, moved, path_of, submitted, written
from tests.makers.doors import faults, problem


def change(by: Client, request: dict[str, Any], etag: str | None = "*", **fields: Any) -> Any:
    headers = {"If-Match": etag} if etag else {}
    return by.patch(path_of(request), json=fields, headers=headers)


EVERY_FIELD: dict[str, Any] = {
    "home_district": "west",
    "starts_at": "2025-11-21T13:00:00+09:00",
    "ends_at": "2025-11-21T14:00:00+09:00",
    "languages": ["en", "zh"],
    "places": 2,
    "modality": "video",
    "meeting_point": "裏口",
    "topics": ["sleep"],
    "gender_requirement": {"value": "female", "reason": "授乳の相談"},
    "onsite_contact": {"name": "受付", "phone": "076-000-0003"},
    "escort": {"name": "保健師", "role": "public_health_nurse", "phone": "076-000-0004"},
    "note": "段差あり",
}


def test_a_change_replaces_what_it_names(clerk: Client, wiring: Wiring) -> None:
    request = written(clerk, home_visit())

    answer = change(clerk, request, f'"{request["id"]}.1"', **EVERY_FIELD)

    assert answer.status_code == 200, answer.text
    assert answer.json() == request | EVERY_FIELD | {"version": 2}
    assert answer.headers["etag"] == f'"{request["id"]}.2"'
    assert clerk.get(path_of(request)).json() == answer.json()
    with wiring.unit(write=False) as unit:
        (event,) = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "dispatch_request.change"))
    assert event.fields == sorted([*EVERY_FIELD, "gender_reason"])


def test_what_may_be_empty_can_be_emptied(clerk: Client) -> None:
    request = written(clerk, home_visit(meeting_point="玄関", gender_requirement={"value": "female", "reason": "授乳"}))

    after = change(clerk, request, escort=None, meeting_point=None, gender_requirement=None).json()

    assert (after["escort"], after["meeting_point"], after["gender_requirement"]) == (None, "", None)


WRONG = [
    ({"starts_at": None}, [("/starts_at", "FIELD_NULL")]),
    ({"note": None}, [("/note", "FIELD_NULL")]),
    ({"clients": []}, [("/clients", "FIELD_UNKNOWN")]),
    ({"starts_at": "2025-11-20T10:00:00"}, [("/starts_at", "FIELD_NAIVE_TIME")]),
    ({"ends_at": "2025-02-29T10:00:00+09:00"}, [("/ends_at", "DATE_UNREAL")]),
    ({"ends_at": "2025-11-20T09:00:00+09:00"}, [("/ends_at", "REQ_DURATION")]),
    ({"home_district": None}, [("/home_district", "FIELD_MISSING")]),
    ({"facility_id": str(new_id())}, [("/facility_id", "FIELD_REFERENCE")]),
    ({"languages": ["ja"]}, [("/languages/0", "LANG_TAG")]),
]


@pytest.mark.parametrize(("fields", "expected"), WRONG)
def test_a_wrong_change_changes_nothing(fields: dict[str, Any], expected: list[tuple[str, str]], clerk: Client) -> None:
    request = written(clerk, home_visit())

    assert faults(change(clerk, request, **fields)) == expected
    assert clerk.get(path_of(request)).json() == request


def test_a_change_says_which_version_it_saw(clerk: Client) -> None:
    request = written(clerk, home_visit())
    first = f'"{request["id"]}.1"'

    assert change(clerk, request, first, places=2).status_code == 200
    assert problem(change(clerk, request, first, places=3)) == (412, "VERSION")
    assert problem(change(clerk, request, None, places=3)) == (428, "PRECONDITION_REQUIRED")
    stale = clerk.post(f"{path_of(request)}/submit", json={}, headers={"If-Match": first})
    assert problem(stale) == (412, "VERSION")
    assert clerk.get(path_of(request)).json()["places"] == 2


def test_a_change_keeps_the_rules_of_its_state(clerk: Client) -> None:
    request = written(clerk, home_visit())
    assert broken(change(clerk, request, note="mail a@example.jp")) == ["REQ_FREE_TEXT_PII"]
    assert change(clerk, request, escort=None).status_code == 200

    handed_in = submitted(clerk, home_visit(languages=["en"]))
    assert broken(change(clerk, handed_in, escort=None)) == ["REQ_ESCORT"]


def test_a_change_follows_the_service_to_its_next_version(clerk: Client, make: Make) -> None:
    request = written(clerk, home_visit())
    old = make.service_type("newborn_home_visit", valid_to=date(2025, 11, 30))
    with make.wiring.unit() as unit:
        columns = old.model_dump(exclude={"id", "version", "valid_from", "valid_to", "max_minutes"})
        unit.add(ServiceType(**columns, valid_from=date(2025, 12, 1), max_minutes=30))

    december = change(clerk, request, starts_at="2025-12-04T10:00:00+09:00", ends_at="2025-12-04T11:30:00+09:00")

    assert december.status_code == 200, december.text
    assert december.json()["needs_override"] == ["REQ_DURATION"]


def test_what_was_returned_is_mended_and_handed_in_again(clerk: Client, office: Client, clock: SetClock) -> None:
    request = moved(office, submitted(clerk, home_visit()), "return", reason="時間をご確認ください")
    clock.forward(days=1)

    assert request["status_reason"] == "時間をご確認ください"
    assert change(clerk, request, places=2).status_code == 200
    again = moved(clerk, request, "submit")
    assert (again["status"], again["status_reason"]) == ("submitted", None)
    assert again["received_at"] == "2025-11-11T09:00:00+09:00"


def test_what_is_over_or_has_begun_is_not_changed(clerk: Client, office: Client, clock: SetClock) -> None:
    rejected = moved(office, submitted(clerk, home_visit()), "reject", reason="範囲外")
    draft = written(clerk, home_visit(languages=["en"]))
    refused = change(clerk, rejected, places=2)
    assert problem(refused) == (409, "REQ_STATE")
    assert (refused.json()["state"], refused.json()["allowed"]) == ("rejected", [])

    clock.now = datetime.fromisoformat("2025-11-20T10:00:00+09:00")
    late = change(clerk, draft, starts_at="2025-12-04T10:00:00+09:00", ends_at="2025-12-04T11:30:00+09:00")
    assert problem(late) == (409, "REQ_STATE")
    assert (late.json()["state"], late.json()["allowed"]) == ("draft", [])


def test_nobody_else_sees_or_touches_it(clerk: Client, office: Client, as_: As) -> None:
    request = written(clerk, home_visit())
    foreign, volunteer = as_(Role.REQUESTER), as_(Role.VOLUNTEER)

    assert problem(foreign.get(path_of(request))) == (404, "NOT_FOUND")
    assert problem(change(foreign, request, places=2)) == (404, "NOT_FOUND")
    for verb, body in (("submit", {}), ("cancel", {"reason": "中止"}), ("clients", {"age_months": 2})):
        assert problem(foreign.post(f"{path_of(request)}/{verb}", json=body)) == (404, "NOT_FOUND")
    assert problem(volunteer.get(path_of(request))) == (403, "NOT_PERMITTED")
    reason = {"reason": "中止"}
    for verb, body in (
        ("accept", {}),
        ("return", reason),
        ("reject", reason),
        ("mark-unfilled", reason),
        ("reopen", {}),
    ):
        assert problem(clerk.post(f"{path_of(request)}/{verb}", json=body)) == (403, "NOT_PERMITTED")
    assert problem(office.get(f"/v1/dispatch-requests/{new_id()}")) == (404, "NOT_FOUND")
    assert clerk.get(path_of(request)).json() == request


def forced(by: Client, request: dict[str, Any], **fields: Any) -> Any:
    return by.patch(f"{path_of(request)}?force=true", json=fields, headers={"If-Match": "*"})


def test_a_change_makes_no_second_request_of_the_same(clerk: Client) -> None:
    first = written(clerk, home_visit())
    other = written(clerk, home_visit(languages=["en"]))

    again = change(clerk, other, languages=["vi", "en"])
    assert problem(again) == (409, "REQ_DUPLICATE")
    assert first["request_no"] in again.json()["detail"]
    assert clerk.get(path_of(other)).json()["languages"] == ["en"]
    assert change(clerk, other, languages=["en", "vi"]).status_code == 200  # the first one is served
    assert forced(clerk, other, languages=["vi"]).status_code == 200
    assert change(clerk, other, note="段差あり", languages=["vi", "en"]).status_code == 200  # forced before
    assert change(clerk, first, starts_at=first["starts_at"]).status_code == 200


def test_a_change_to_the_time_of_another_request_is_told_apart_by_the_family(clerk: Client) -> None:
    later = {"starts_at": "2025-11-21T10:00:00+09:00", "ends_at": "2025-11-21T11:30:00+09:00"}
    first = written(clerk, home_visit())
    known = {"age_months": 3, "consent_on": "2025-11-06", "client_ref": first["clients"][0]["client_ref"]}
    same, alike = (written(clerk, home_visit(clients=[one], **later), force=True) for one in (known, FAMILY))
    elder = written(clerk, home_visit(clients=[FAMILY | {"age_months": 2}], **later))
    back = {"starts_at": first["starts_at"], "ends_at": first["ends_at"]}

    assert problem(change(clerk, same, **back)) == (409, "REQ_DUPLICATE")
    assert problem(change(clerk, alike, **back)) == (409, "REQ_DUPLICATE")
    assert change(clerk, elder, **back).status_code == 200
    assert moved(clerk, first, "cancel", reason="中止")["status"] == "cancelled"
    assert change(clerk, alike, **back).status_code == 200
