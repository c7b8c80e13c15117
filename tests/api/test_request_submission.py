"""Handing a request in: what refuses it, what is only recorded, and the same request again."""

from datetime import date, datetime
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.organization import Facility
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import FAMILY, REQUESTS, broken, centre_visit, home_visit, moved, path_of, submitted, written
from tests.makers.doors import problem
from tests.makers.moments import hours
from tests.outbox import notices


def test_submitting_tells_the_office(clerk: Client, office: Client, wiring: Wiring) -> None:
    request = submitted(clerk, home_visit())

    assert (request["status"], request["version"]) == ("submitted", 2)
    assert (request["received_at"], request["actions"]) == ("2025-11-10T09:00:00+09:00", ["cancel"])
    (notice,) = notices(wiring)
    assert (notice.kind, notice.account_id, str(notice.object_id)) == (
        "office_request_submitted",
        office.account.id,
        request["id"],
    )
    assert notice.facts["no"] == request["request_no"]
    assert notice.facts["needs_override"] == []
    assert office.get(path_of(request)).json()["actions"] == ["accept", "return", "reject", "cancel"]


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"escort": None}, ["REQ_ESCORT"]),
        ({"clients": [{"age_months": 2}]}, ["REQ_CONSENT"]),
        ({"clients": [FAMILY, {"age_months": 2}]}, ["REQ_CONSENT"]),
        ({"clients": []}, ["REQ_CONSENT"]),
        ({"escort": None, "clients": []}, ["REQ_ESCORT", "REQ_CONSENT"]),
    ],
)
def test_a_draft_may_lack_what_a_submission_needs(
    over: dict[str, Any], expected: list[str], clerk: Client, office: Client, wiring: Wiring
) -> None:
    request = written(clerk, home_visit(**over))

    assert broken(clerk.post(f"{path_of(request)}/submit", json={})) == expected
    kept = office.get(path_of(request)).json()
    assert (kept["status"], kept["received_at"], kept["version"]) == ("draft", None, 1)
    assert notices(wiring) == []


def test_a_standby_needs_no_family(clerk: Client, place: Facility, make: Make) -> None:
    session = make.checkup_session(place=place)
    without_session = written(clerk, centre_visit(place, clients=[]))
    standby = centre_visit(place, clients=[], checkup_session_id=str(session.id), languages=["vi"])

    assert broken(clerk.post(f"{path_of(without_session)}/submit", json={})) == ["REQ_CONSENT"]
    assert submitted(clerk, standby)["status"] == "submitted"


def test_a_submission_after_the_start_is_refused(clerk: Client, clock: SetClock) -> None:
    request = written(clerk, home_visit())
    clock.now = datetime.fromisoformat("2025-11-20T10:00:00+09:00")

    assert broken(clerk.post(f"{path_of(request)}/submit", json={})) == ["REQ_PAST"]


@pytest.mark.parametrize(
    ("columns", "day", "expected"),
    [
        ({"enabled": False}, "2025-11-20", ["REQ_SERVICE_OFF"]),
        ({"valid_from": date(2025, 11, 21)}, "2025-11-20", ["REQ_SERVICE_OFF"]),
        ({"valid_from": date(2025, 11, 20)}, "2025-11-20", None),
        ({"valid_to": date(2025, 11, 19)}, "2025-11-20", ["REQ_SERVICE_OFF"]),
        ({"valid_to": date(2025, 11, 20)}, "2025-11-20", None),
    ],
)
def test_a_service_is_asked_for_while_it_is_open(
    columns: dict[str, Any], day: str, expected: list[str] | None, clerk: Client, make: Make
) -> None:
    make.service_type("newborn_home_visit", **columns)

    answer = clerk.post(REQUESTS, json=home_visit(**hours(day)))

    if expected is None:
        assert answer.status_code == 201
    else:
        assert broken(answer) == expected


def test_hospital_accompaniment_is_not_open_yet(clerk: Client, make: Make) -> None:
    hospital = make.facility(kind="hospital")

    answer = clerk.post(REQUESTS, json=centre_visit(hospital, service_type="hospital_accompaniment"))

    assert broken(answer) == ["REQ_SERVICE_OFF"]


# The clock stands on Monday 2025-11-10; Monday 2025-11-24 is a substitute holiday, Sunday 2025-11-23 Labour Thanksgiving.
URGENT: tuple[str, list[str]] = ("office_request_urgent", ["REQ_LEAD"])
IN_TIME: tuple[str, list[str]] = ("office_request_submitted", [])
LEAD = [
    (("2025-11-10", "2025-11-19"), IN_TIME),
    (("2025-11-10", "2025-11-18"), URGENT),
    (("2025-11-17", "2025-11-27"), IN_TIME),
    (("2025-11-17", "2025-11-26"), URGENT),
    (("2025-12-24", "2026-01-08"), URGENT),
    (("2025-12-24", "2026-01-09"), IN_TIME),
]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(("dates", "expected"), LEAD)
def test_the_lead_time_is_seven_business_days(
    dates: tuple[str, str], expected: tuple[str, list[str]], clerk: Client, clock: SetClock, wiring: Wiring
) -> None:
    today, day = dates
    notice_kind, overrides = expected
    clock.now = datetime.fromisoformat(f"{today}T16:00:00+09:00")

    request = submitted(clerk, home_visit(**hours(day)))

    assert (request["urgent"], request["needs_override"]) == (bool(overrides), overrides)
    (notice,) = notices(wiring)
    assert (notice.kind, notice.facts["needs_override"]) == (notice_kind, overrides)


RECORDED: list[tuple[dict[str, Any], list[str]]] = [
    (hours("2025-11-20", "09:00", "10:00"), []),
    (hours("2025-11-20", "16:00", "17:00"), []),
    (hours("2025-11-20", "08:59", "10:00"), ["REQ_HOURS"]),
    (hours("2025-11-20", "16:00", "17:01"), ["REQ_HOURS"]),
    ({"starts_at": "2025-11-20T23:00:00+09:00", "ends_at": "2025-11-21T01:00:00+09:00"}, ["REQ_HOURS"]),
    (hours("2025-11-22"), ["REQ_CLOSED_DAY"]),
    (hours("2025-11-24"), ["REQ_CLOSED_DAY"]),
    (hours("2025-12-29"), ["REQ_CLOSED_DAY"]),
    (hours("2026-01-03"), ["REQ_CLOSED_DAY"]),
    (hours("2025-12-26"), []),
    (hours("2025-11-20", "10:00", "12:00"), []),
    (hours("2025-11-20", "10:00", "12:01"), ["REQ_DURATION"]),
    (hours("2025-11-20", "10:00", "13:00"), ["REQ_DURATION"]),
    ({"clients": [FAMILY | {"age_months": 0}, FAMILY | {"age_months": 4}]}, []),
    ({"clients": [FAMILY, FAMILY | {"age_months": 5}]}, ["REQ_AGE_WINDOW"]),
    (
        hours("2025-11-15", "17:00", "19:30") | {"clients": [FAMILY | {"age_months": 9}]},
        ["REQ_LEAD", "REQ_CLOSED_DAY", "REQ_HOURS", "REQ_DURATION", "REQ_AGE_WINDOW"],
    ),
]


@pytest.mark.parametrize(("over", "expected"), RECORDED)
def test_what_wants_an_override_is_recorded_not_refused(
    over: dict[str, Any], expected: list[str], clerk: Client
) -> None:
    request = submitted(clerk, home_visit(**over))

    assert (request["status"], request["needs_override"]) == ("submitted", expected)


def test_office_hours_bind_only_services_that_keep_them(clerk: Client, make: Make) -> None:
    make.service_type("newborn_home_visit", office_hours_only=False)

    request = submitted(clerk, home_visit(**hours("2025-11-15", "18:00", "19:00")))

    assert (request["urgent"], request["needs_override"]) == (False, [])


@pytest.mark.parametrize(("age", "warnings"), [(2, ["REQ_AGE_WINDOW"]), (3, []), (5, []), (6, ["REQ_AGE_WINDOW"])])
def test_a_checkup_outside_its_window_only_warns(
    age: int, warnings: list[str], clerk: Client, place: Facility, make: Make
) -> None:
    session = make.checkup_session(place=place)
    body = centre_visit(place, checkup_session_id=str(session.id), clients=[FAMILY | {"age_months": age}])

    request = submitted(clerk, body)

    assert [warning["code"] for warning in request["warnings"]] == warnings
    assert request["needs_override"] == []


def test_words_about_health_only_warn(clerk: Client) -> None:
    answer = clerk.post(
        REQUESTS, json=home_visit(note="発達の診断について 2025-11-20 10:00"), headers={"Accept-Language": "en"}
    )

    assert answer.status_code == 201
    assert answer.json()["warnings"] == [
        {"code": "REQ_FREE_TEXT_PII", "detail": "Do not put personal or health details in notes (found: health words)."}
    ]


def test_the_same_request_again_names_the_other(clerk: Client) -> None:
    first = submitted(clerk, home_visit())

    again = clerk.post(REQUESTS, json=home_visit(), headers={"Accept-Language": "en"})

    assert problem(again) == (409, "REQ_DUPLICATE")
    assert again.json()["detail"] == f"The same request exists ({first['request_no']})."
    assert written(clerk, home_visit(), force=True)["request_no"] != first["request_no"]


def test_a_reference_tells_families_apart(clerk: Client) -> None:
    first = written(clerk, home_visit())
    ref = first["clients"][0]["client_ref"]
    other = written(clerk, home_visit(**hours("2025-11-21")))["clients"][0]["client_ref"]

    assert problem(clerk.post(REQUESTS, json=home_visit(clients=[FAMILY | {"client_ref": ref}]))) == (
        409,
        "REQ_DUPLICATE",
    )
    written(clerk, home_visit(clients=[FAMILY | {"client_ref": other}]))


@pytest.mark.parametrize(
    "over",
    [{"languages": ["en"]}, hours("2025-11-20", "10:01", "11:30"), {"clients": [FAMILY | {"age_months": 4}]}],
)
def test_another_request_is_no_duplicate(over: dict[str, Any], clerk: Client, as_: As) -> None:
    written(clerk, home_visit())

    written(clerk, home_visit(**over))
    written(as_(Role.REQUESTER), home_visit())


@pytest.mark.parametrize("verb", ["cancel", "reject"])
def test_a_dead_request_may_be_asked_again(verb: str, clerk: Client, office: Client) -> None:
    moved(office, submitted(clerk, home_visit()), verb, reason="日程の都合")

    assert written(clerk, home_visit())["status"] == "draft"
