"""Writing a request: what it must point at, and the rules that refuse even a draft."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, Role
from models.base import new_id
from models.office import CheckupStatus
from models.organization import Facility, FacilityKind, Organization
from models.record import AuditEvent
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import FAMILY, REQUESTS, broken, centre_visit, home_visit, path_of, stored, written
from tests.makers.doors import faults


def test_a_clerk_writes_a_draft(clerk: Client, centre: Organization, wiring: Wiring) -> None:
    answer = clerk.post(REQUESTS, json=home_visit(note="玄関は南側"))

    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == path_of(body)
    assert answer.headers["etag"] == f'"{body["id"]}.1"'
    assert body["request_no"][:10] == "D-25-00001"
    assert body | {"id": "", "request_no": "", "clients": []} == {
        "id": "",
        "version": 1,
        "actions": ["submit", "cancel"],
        "warnings": [],
        "request_no": "",
        "status": "draft",
        "service_type": "newborn_home_visit",
        "organization_id": str(centre.id),
        "starts_at": "2025-11-20T10:00:00+09:00",
        "ends_at": "2025-11-20T11:30:00+09:00",
        "facility_id": None,
        "home_district": "east",
        "meeting_point": "",
        "modality": "on_site",
        "languages": ["vi"],
        "places": 1,
        "clients": [],
        "checkup_session_id": None,
        "onsite_contact": None,
        "escort": {"name": "助産師", "role": "midwife", "phone": "076-000-0002"},
        "gender_requirement": None,
        "continuity_of": None,
        "series_id": None,
        "occurrence_on": None,
        "topics": [],
        "note": "玄関は南側",
        "channel": "web",
        "received_at": None,
        "urgent": False,
        "needs_override": [],
        "status_reason": None,
        "late_cancel": False,
        "waived_reports": [],
        "shift_id": None,
        "assigned": [],
        "why_unfilled": None,
        "fallbacks": [],
    }
    (family,) = body["clients"]
    assert family == {
        "n": 1,
        "client_ref": family["client_ref"],
        "age_months": 3,
        "consent_on": "2025-11-06",
        "time_band": None,
        "identity_on_file": False,
        "served": None,
    }
    assert clerk.get(path_of(body)).json() == body
    with wiring.unit(write=False) as unit:
        (event,) = unit.session.exec(select(AuditEvent).where(col(AuditEvent.action).like("dispatch_request.%")))
    assert (event.action, str(event.object_id), event.actor_id) == (
        "dispatch_request.create",
        body["id"],
        clerk.account.id,
    )


WRONG_FIELDS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"service_type": "nothing_like_it"}, [("/service_type", "FIELD_REFERENCE")]),
    ({"colour": "red"}, [("/colour", "FIELD_UNKNOWN")]),
    ({"starts_at": "2025-11-20T10:00:00"}, [("/starts_at", "FIELD_NAIVE_TIME")]),
    ({"starts_at": "2025-11-31T10:00:00+09:00"}, [("/starts_at", "DATE_UNREAL")]),
    ({"starts_at": "2101-01-01T10:00:00+09:00"}, [("/starts_at", "DATE_UNREAL")]),
    ({"starts_at": 1763600400}, [("/starts_at", "FIELD_FORMAT")]),
    ({"ends_at": "2025-11-20T10:00:00+09:00"}, [("/ends_at", "REQ_DURATION")]),
    ({"ends_at": "2025-11-21T10:00:01+09:00"}, [("/ends_at", "REQ_DURATION")]),
    ({"home_district": None}, [("/home_district", "FIELD_MISSING")]),
    ({"home_district": "atlantis"}, [("/home_district", "FIELD_REFERENCE")]),
    ({"facility_id": str(new_id())}, [("/facility_id", "FIELD_REFERENCE")]),
    ({"languages": []}, [("/languages", "FIELD_RANGE")]),
    ({"languages": ["vi", "vi"]}, [("/languages", "FIELD_DUPLICATE")]),
    ({"languages": ["vi", "tlh", "ja"]}, [("/languages/1", "LANG_TAG"), ("/languages/2", "LANG_TAG")]),
    ({"places": 6}, [("/places", "FIELD_RANGE")]),
    ({"clients": [FAMILY] * 21}, [("/clients", "FIELD_RANGE")]),
    ({"clients": [FAMILY | {"consent_on": "2025-11-11"}]}, [("/clients/0/consent_on", "FIELD_RANGE")]),
    ({"clients": [FAMILY, FAMILY | {"client_ref": "C-2345"}]}, [("/clients/1/client_ref", "FIELD_REFERENCE")]),
    ({"clients": [FAMILY | {"client_ref": "12"}]}, [("/clients/0/client_ref", "FIELD_FORMAT")]),
    ({"gender_requirement": {"value": "female"}}, [("/gender_requirement/reason", "FIELD_MISSING")]),
    ({"topics": ["gossip"]}, [("/topics/0", "FIELD_FORMAT")]),
    ({"checkup_session_id": str(new_id())}, [("/checkup_session_id", "FIELD_REFERENCE")]),
    ({"continuity_of": str(new_id())}, [("/continuity_of", "FIELD_REFERENCE")]),
]


@pytest.mark.parametrize(("over", "expected"), WRONG_FIELDS)
def test_a_wrong_field_is_named(
    over: dict[str, Any], expected: list[tuple[str, str]], clerk: Client, wiring: Wiring
) -> None:
    assert faults(clerk.post(REQUESTS, json=home_visit(**over))) == expected
    assert stored(wiring) == []


def test_a_home_visit_has_no_facility_and_a_centre_visit_no_district(
    clerk: Client, place: Facility, make: Make
) -> None:
    hospital = make.facility(kind=FacilityKind.HOSPITAL)

    assert faults(clerk.post(REQUESTS, json=home_visit(facility_id=str(place.id)))) == [
        ("/facility_id", "FIELD_CONFLICT")
    ]
    for over, expected in (
        ({"home_district": "east"}, [("/home_district", "FIELD_CONFLICT")]),
        ({"facility_id": None}, [("/facility_id", "FIELD_MISSING")]),
        ({"facility_id": str(hospital.id)}, [("/facility_id", "FIELD_CONFLICT")]),
    ):
        assert faults(clerk.post(REQUESTS, json=centre_visit(place, **over))) == expected


def test_a_call_needs_no_place(clerk: Client, place: Facility) -> None:
    request = written(clerk, centre_visit(place, facility_id=None, modality="phone"))

    assert (request["modality"], request["facility_id"]) == ("phone", None)


def test_a_standby_request_fits_its_checkup(clerk: Client, place: Facility, make: Make) -> None:
    session = make.checkup_session(place=place)
    cancelled = make.checkup_session(place=place, held_on=date(2025, 11, 21), status=CheckupStatus.CANCELLED)
    elsewhere = make.facility()
    standby = centre_visit(place, clients=[], checkup_session_id=str(session.id))

    for over, expected in (
        ({"checkup_session_id": str(cancelled.id)}, [("/checkup_session_id", "FIELD_REFERENCE")]),
        ({"facility_id": str(elsewhere.id)}, [("/facility_id", "FIELD_CONFLICT")]),
        (
            {"starts_at": "2025-11-21T10:00:00+09:00", "ends_at": "2025-11-21T11:00:00+09:00"},
            [("/starts_at", "FIELD_CONFLICT")],
        ),
        (
            {"service_type": "individual_consultation"},
            [("/checkup_session_id", "FIELD_CONFLICT")],
        ),
    ):
        assert faults(clerk.post(REQUESTS, json=standby | over)) == expected
    assert written(clerk, standby)["checkup_session_id"] == str(session.id)


def test_an_earlier_request_of_the_same_centre_may_be_continued(clerk: Client, as_: As) -> None:
    own = written(clerk, home_visit())
    foreign = written(as_(Role.REQUESTER), home_visit())
    next_week = {"starts_at": "2025-11-27T10:00:00+09:00", "ends_at": "2025-11-27T11:00:00+09:00"}

    continued = written(clerk, home_visit(continuity_of=own["id"], **next_week))

    assert continued["continuity_of"] == own["id"]
    assert faults(clerk.post(REQUESTS, json=home_visit(continuity_of=foreign["id"], **next_week))) == [
        ("/continuity_of", "FIELD_REFERENCE")
    ]


def test_a_family_keeps_its_reference_within_its_centre(clerk: Client, as_: As) -> None:
    ref = written(clerk, home_visit())["clients"][0]["client_ref"]
    again = home_visit(
        clients=[FAMILY | {"client_ref": ref, "time_band": "10:30"}],
        starts_at="2025-11-27T10:00:00+09:00",
        ends_at="2025-11-27T11:00:00+09:00",
    )

    (family,) = written(clerk, again)["clients"]

    assert (family["client_ref"], family["time_band"]) == (ref, "10:30")
    assert faults(as_(Role.REQUESTER).post(REQUESTS, json=again)) == [("/clients/0/client_ref", "FIELD_REFERENCE")]


def test_a_family_stands_on_a_request_once(clerk: Client) -> None:
    ref = written(clerk, home_visit())["clients"][0]["client_ref"]
    twice = home_visit(clients=[FAMILY | {"client_ref": ref}] * 2, starts_at="2025-11-20T10:30:00+09:00")

    assert faults(clerk.post(REQUESTS, json=twice)) == [("/clients/1/client_ref", "FIELD_DUPLICATE")]


def test_a_requester_files_for_her_own_centre_only(clerk: Client, centre: Organization, make: Make) -> None:
    other = make.organization()

    assert faults(clerk.post(REQUESTS, json=home_visit(organization_id=str(other.id)))) == [
        ("/organization_id", "FIELD_REFERENCE")
    ]
    named = written(clerk, home_visit(organization_id=str(centre.id)))
    assert named["organization_id"] == str(centre.id)


def test_a_requester_without_a_centre_cannot_file(as_: As, make: Make, wiring: Wiring) -> None:
    account = make.account(Role.REQUESTER)
    with wiring.unit() as unit:
        unit.get(Account, account.id).organization_id = None

    assert faults(as_(account).post(REQUESTS, json=home_visit())) == [("/organization_id", "FIELD_REFERENCE")]


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"starts_at": "2025-11-10T09:00:00+09:00", "ends_at": "2025-11-10T10:00:00+09:00"}, ["REQ_PAST"]),
    ({"ends_at": "2025-11-20T13:01:00+09:00"}, ["REQ_DURATION"]),
    ({"topics": ["feeding", "surgery"]}, ["REQ_EXCLUDED"]),
    ({"note": "お母さんは０９０－１２３４－５６７８"}, ["REQ_FREE_TEXT_PII"]),  # noqa: RUF001 - typed as people type
    ({"meeting_point": "mail: a.b@example.jp"}, ["REQ_FREE_TEXT_PII"]),
    ({"gender_requirement": {"value": "female", "reason": "証番号 1234-5678"}}, ["REQ_FREE_TEXT_PII"]),
    ({"note": "前回と同じ通訳を指名します"}, ["REQ_NOMINATION"]),
    (
        {"note": "指名。電話 076-220-0000", "topics": ["grave_news"], "ends_at": "2025-11-20T14:00:00+09:00"},
        ["REQ_DURATION", "REQ_EXCLUDED", "REQ_FREE_TEXT_PII", "REQ_NOMINATION"],
    ),
]


@pytest.mark.parametrize(("over", "expected"), REFUSED)
def test_even_a_draft_is_refused(over: dict[str, Any], expected: list[str], clerk: Client, wiring: Wiring) -> None:
    assert broken(clerk.post(REQUESTS, json=home_visit(**over))) == expected
    assert stored(wiring) == []


def test_the_hard_limit_itself_is_allowed(clerk: Client) -> None:
    longest = written(clerk, home_visit(ends_at="2025-11-20T13:00:00+09:00"))

    assert longest["needs_override"] == ["REQ_DURATION"]
