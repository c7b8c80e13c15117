"""Filing many requests at once: a month of check-ups in one call, safe to repeat."""

from datetime import date
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.office import CheckupKind, CheckupSession, CheckupStatus
from models.organization import Facility, Organization
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import FAMILY, REQUESTS, centre_visit, home_visit, stored
from tests.makers.doors import faults, problem
from tests.outbox import notices

BATCH = f"{REQUESTS}/batch"
DAYS = [date(2025, 12, day) for day in (2, 4, 9, 11, 16, 18)]


@pytest.fixture
def month(make: Make, place: Facility) -> list[CheckupSession]:
    """Eighteen check-ups of December: three kinds on each of six days, all from 12:45."""
    return [make.checkup_session(place=place, held_on=day, kind=kind) for day in DAYS for kind in CheckupKind]


def ids(sessions: list[CheckupSession]) -> list[str]:
    return [str(session.id) for session in sessions]


def filed(by: Client, **batch: Any) -> list[dict[str, Any]]:
    answer = by.post(BATCH, json=batch)
    assert answer.status_code == 207, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_month_of_checkups_is_filed_in_one_call(
    clerk: Client, office: Client, month: list[CheckupSession], place: Facility, wiring: Wiring
) -> None:
    items = filed(clerk, checkup_session_ids=ids(month), languages=["vi"], submit=True)

    rows = stored(wiring)
    assert items == [
        {
            "index": index,
            "status": 201,
            "id": str(row.id),
            "request_no": row.request_no,
            "request_status": "submitted",
            "checkup_session_id": str(session.id),
            "language": "vi",
        }
        for index, (row, session) in enumerate(zip(rows, month, strict=True))
    ]
    first = office.get(f"{REQUESTS}/{items[0]['id']}").json()
    assert (first["starts_at"], first["ends_at"]) == ("2025-12-02T12:45:00+09:00", "2025-12-02T14:45:00+09:00")
    assert (first["facility_id"], first["clients"], first["needs_override"]) == (str(place.id), [], [])
    assert {notice.kind for notice in notices(wiring)} == {"office_request_submitted"}
    assert len(notices(wiring)) == 18


def test_filing_a_month_again_adds_nothing(
    clerk: Client, office: Client, month: list[CheckupSession], wiring: Wiring
) -> None:
    batch = {"checkup_session_ids": ids(month), "languages": ["vi"], "submit": True}
    first = filed(clerk, **batch)

    for by in (clerk, office):
        assert filed(by, **batch) == [item | {"status": 200} for item in first]
    assert len(stored(wiring)) == 18
    assert len(notices(wiring)) == 18


def test_drafts_of_an_earlier_call_are_handed_in_by_a_later_one(clerk: Client, month: list[CheckupSession]) -> None:
    sessions = ids(month[:2])
    drafts = filed(clerk, checkup_session_ids=sessions, languages=["vi", "en"])
    assert [(item["status"], item["request_status"], item["language"]) for item in drafts] == [
        (201, "draft", "vi"),
        (201, "draft", "en"),
    ] * 2

    again = filed(clerk, checkup_session_ids=sessions, languages=["en"], submit=True)

    assert again == [
        drafts[at] | {"index": n, "status": 200, "request_status": "submitted"} for n, at in ((0, 1), (1, 3))
    ]


def test_each_centre_files_for_itself(clerk: Client, as_: As, month: list[CheckupSession]) -> None:
    batch = {"checkup_session_ids": ids(month[:1]), "languages": ["vi"]}
    (own,) = filed(clerk, **batch)

    (other,) = filed(as_(Role.REQUESTER), **batch)

    assert (other["status"], other["id"] != own["id"]) == (201, True)


def test_a_failing_item_leaves_the_others(
    clerk: Client, place: Facility, make: Make, month: list[CheckupSession], wiring: Wiring
) -> None:
    cancelled = make.checkup_session(place=place, status=CheckupStatus.CANCELLED)
    items = filed(
        clerk,
        checkup_session_ids=[str(cancelled.id), str(month[0].id)],
        languages=["vi"],
        submit=True,
        items=[
            home_visit(escort=None),
            home_visit(note="薬の説明"),
            home_visit(),
            home_visit(languages=["ja"]),
            home_visit(languages=["en"], organization_id=str(new_id())),
        ],
    )

    assert [(item["status"], item.get("code")) for item in items] == [
        (422, "FIELD_REFERENCE"),
        (201, None),
        (422, "REQ_ESCORT"),
        (201, None),
        (409, "REQ_DUPLICATE"),
        (422, "LANG_TAG"),
        (422, "FIELD_REFERENCE"),
    ]
    assert [violation["code"] for violation in items[2]["violations"]] == ["REQ_ESCORT"]
    assert [warning["code"] for warning in items[3]["warnings"]] == ["REQ_FREE_TEXT_PII"]
    assert items[3]["request_no"] in items[4]["detail"]
    assert [str(row.id) for row in stored(wiring)] == [items[1]["id"], items[3]["id"]]
    assert [row.request_no[:10] for row in stored(wiring)] == ["D-25-00001", "D-25-00002"]


def test_staff_file_for_the_centre_of_each_place(
    office: Client, centre: Organization, place: Facility, month: list[CheckupSession], wiring: Wiring
) -> None:
    fax = {"of": str(centre.id), "channel": "fax", "at": "2025-11-07T16:00:00+09:00"}
    desk = fax | {"channel": "desk"}
    named = {"organization_id": str(centre.id)}

    items = filed(
        office,
        checkup_session_ids=ids(month[:1]),
        languages=["vi"],
        items=[centre_visit(place, **named), home_visit(**named, on_behalf=desk)],
        on_behalf=fax,
        submit=True,
    )

    assert [item["status"] for item in items] == [201, 201, 201]
    rows = stored(wiring)
    assert [row.channel for row in rows] == ["fax", "fax", "desk"]
    assert {row.organization_id for row in rows} == {centre.id}
    assert {row.received_at.isoformat() for row in rows if row.received_at} == {"2025-11-07T07:00:00+00:00"}


def test_a_family_makes_a_request_of_its_own(clerk: Client, place: Facility, month: list[CheckupSession]) -> None:
    standby = centre_visit(
        place,
        clients=[],
        checkup_session_id=str(month[0].id),
        starts_at="2025-12-02T13:00:00+09:00",
        ends_at="2025-12-02T14:00:00+09:00",
    )

    items = filed(clerk, items=[standby, standby, standby | {"clients": [FAMILY]}])

    assert [item["status"] for item in items] == [201, 200, 201]
    assert items[0]["id"] == items[1]["id"] != items[2]["id"]


def test_a_batch_that_cannot_be_read_files_nothing(
    clerk: Client, month: list[CheckupSession], make: Make, place: Facility, wiring: Wiring
) -> None:
    known = ids(month)
    more = ids([make.checkup_session(place=place, held_on=date(2026, 1, day)) for day in (13, 14, 15)])
    five = ["vi", "en", "zh", "ne", "id"]

    for batch, expected in (
        ({}, ("/items", "FIELD_MISSING")),
        ({"checkup_session_ids": known}, ("/languages", "FIELD_MISSING")),
        (
            {"checkup_session_ids": [known[0], str(new_id())], "languages": ["vi"]},
            ("/checkup_session_ids/1", "FIELD_REFERENCE"),
        ),
        ({"checkup_session_ids": [*known, *more], "languages": five}, ("/items", "FIELD_RANGE")),
        ({"items": [home_visit()] * 101}, ("/items", "FIELD_RANGE")),
        ({"items": [home_visit(), home_visit(places=0)]}, ("/items/1/places", "FIELD_RANGE")),
    ):
        assert faults(clerk.post(BATCH, json=batch)) == [expected]
    assert stored(wiring) == []


def test_without_an_open_checkup_service_there_is_nothing_to_file(
    clerk: Client, month: list[CheckupSession], make: Make
) -> None:
    make.service_type("infant_checkup", enabled=False)

    answer = clerk.post(BATCH, json={"checkup_session_ids": ids(month), "languages": ["vi"]})

    assert problem(answer) == (422, "REQ_SERVICE_OFF")
