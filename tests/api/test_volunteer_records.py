"""What a volunteer brings: languages, skills, certificates, pledges, insurance."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.organization import Organization, OrganizationKind
from models.record import AuditEvent
from models.volunteer import Volunteer
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers import people
from tests.makers.doors import faults
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
OpenUnit = Callable[..., AbstractContextManager[Unit]]

VI = {"tag": "vi", "speaking": "B2", "listening": "B1"}
DRAFTS: dict[str, dict[str, Any]] = {
    "languages": VI,
    "skills": {"skill_code": "first_aid", "level": 2},
    "certifications": {"cert_code": "home_visit", "granted_on": "2025-11-01"},
    "pledges": {"version_code": "2025-04", "signed_on": "2025-11-10"},
    "insurance": {"fiscal_year": 2025, "starts_on": "2025-11-11"},
    "work-permission": {"checked_on": "2025-11-10", "expires_on": "2026-11-09", "result": "ok"},
}


@pytest.fixture
def volunteer(make: Make) -> Volunteer:
    return make.volunteer(languages={"ja": "native"}, certs=(), pledge=False, insured=False)


@pytest.fixture
def where(volunteer: Volunteer) -> str:
    return f"/v1/volunteers/{volunteer.id}"


@pytest.mark.parametrize("kind", DRAFTS)
def test_staff_record_and_she_reads_it(
    kind: str, office: Client, as_: As, volunteer: Volunteer, where: str, wiring: Wiring
) -> None:
    made = office.post(f"{where}/{kind}", json=DRAFTS[kind], headers={"If-Match": volunteer.etag})

    assert made.status_code == 201, made.text
    assert made.json().items() >= DRAFTS[kind].items()
    assert made.headers["location"] == f"{where}/{kind}/{made.json()['id']}"
    assert as_(volunteer).get(f"{where}/{kind}").json()["items"][-1] | {"actions": []} == made.json()
    with wiring.unit(write=False) as unit:
        assert unit.get(Volunteer, volunteer.id).version == 2  # a change of a child is a change of the root
        event = unit.session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()[-1]
        assert (event.object_id.hex, event.subject_volunteer_id) == (made.json()["id"].replace("-", ""), volunteer.id)


@pytest.mark.parametrize("kind", DRAFTS)
def test_what_is_added_honours_the_version_of_the_volunteer(kind: str, office: Client, where: str) -> None:
    assert office.post(f"{where}/{kind}", json=DRAFTS[kind], headers={"If-Match": '"old"'}).status_code == 412


@pytest.mark.parametrize("kind", DRAFTS)
def test_only_staff_record(kind: str, as_: As, volunteer: Volunteer, make: Make, where: str, office: Client) -> None:
    for caller in (as_(volunteer), as_(Role.REQUESTER), as_(Role.VIEWER), as_(Role.UNIVERSITY_LIAISON)):
        assert caller.post(f"{where}/{kind}", json=DRAFTS[kind]).status_code == 403
    assert as_(make.volunteer()).get(f"{where}/{kind}").status_code == 404
    assert as_(Role.REQUESTER).get(f"{where}/{kind}").status_code == 403
    assert office.post(f"/v1/volunteers/{new_id()}/{kind}", json=DRAFTS[kind]).status_code == 404


def test_a_liaison_reads_languages_and_certificates_of_her_students_only(make: Make, as_: As) -> None:
    university: Organization = make.organization(kind=OrganizationKind.UNIVERSITY)
    student = make.volunteer(is_student=True, affiliation_id=university.id)
    liaison = as_(Role.UNIVERSITY_LIAISON, organization=university)

    answered = {kind: liaison.get(f"/v1/volunteers/{student.id}/{kind}").status_code for kind in DRAFTS}

    assert answered == {
        "languages": 200,
        "skills": 200,
        "certifications": 200,
        "pledges": 403,
        "insurance": 403,
        "work-permission": 403,
    }


def test_a_language_is_of_the_list_and_recorded_once(office: Client, where: str) -> None:
    assert office.post(f"{where}/languages", json=VI).status_code == 201
    assert faults(office.post(f"{where}/languages", json=VI)) == [("/tag", "FIELD_DUPLICATE")]
    assert faults(office.post(f"{where}/languages", json=VI | {"tag": "tlh"})) == [("/tag", "LANG_TAG")]
    assert faults(office.post(f"{where}/languages", json=VI | {"tag": "no tag"}))[0][0] == "/tag"


def test_the_levels_of_a_language_are_corrected(
    office: Client, where: str, make: Make, volunteer: Volunteer, wiring: Wiring
) -> None:
    language = make.language(volunteer, "vi", "B1")
    levels = {"speaking": "B1", "listening": "B2", "reading": "A2", "evidence": "interview"}
    path = f"{where}/languages/{language.id}"

    assert office.put(path, json=levels).status_code == 428
    assert office.put(path, json=levels, headers={"If-Match": '"old"'}).status_code == 412
    assert office.put(path, json=levels | {"tag": "ko"}, headers={"If-Match": "*"}).status_code == 422
    corrected = office.put(path, json=levels, headers={"If-Match": language.etag})

    assert corrected.status_code == 200, corrected.text
    assert corrected.json().items() >= (levels | {"tag": "vi", "writing": None, "version": 2}).items()
    with wiring.unit(write=False) as unit:
        event = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "language.correct")).one()
        assert event.fields == ["listening", "reading"]
        assert unit.get(Volunteer, volunteer.id).version == 2


def test_a_skill_is_of_the_list_recorded_once_and_corrected(office: Client, where: str) -> None:
    draft = DRAFTS["skills"]
    made = office.post(f"{where}/skills", json=draft)

    assert faults(office.post(f"{where}/skills", json=draft)) == [("/skill_code", "FIELD_DUPLICATE")]
    assert faults(office.post(f"{where}/skills", json=draft | {"skill_code": "flying"})) == [
        ("/skill_code", "FIELD_REFERENCE")
    ]
    assert faults(office.post(f"{where}/skills", json=draft | {"level": 6})) == [("/level", "FIELD_RANGE")]
    path = made.headers["location"]
    corrected = office.put(path, json={"level": 5, "verified": True}, headers={"If-Match": made.headers["etag"]})
    assert (corrected.json()["level"], corrected.json()["verified"]) == (5, True)


def test_a_record_belongs_to_its_volunteer(office: Client, admin: Client, make: Make, where: str) -> None:
    other = make.volunteer()
    language = make.language(other, "vi")
    certification = make.certification(other)

    levels = {"speaking": "B1", "listening": "B2"}
    assert office.put(f"{where}/languages/{language.id}", json=levels, headers={"If-Match": "*"}).status_code == 404
    revoking = f"{where}/certifications/{certification.id}/revoke"
    assert admin.post(revoking, json={"reason": "x"}).status_code == 404
    assert admin.post(f"{where}/certifications/{new_id()}/revoke", json={"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("expires_on", "status"),
    [
        (None, "valid"),
        (date(2026, 1, 10), "valid"),
        (date(2026, 1, 9), "expiring"),
        (date(2025, 11, 10), "expiring"),
        (date(2025, 11, 9), "expired"),
    ],
)
def test_the_status_of_a_certificate_follows_from_its_dates(
    make: Make, office: Client, volunteer: Volunteer, where: str, expires_on: date | None, status: str
) -> None:
    make.certification(volunteer, "checkup", expires_on=expires_on)

    assert [one["status"] for one in office.get(f"{where}/certifications").json()["items"]] == [status]


def test_a_certificate_ends_after_it_begins_and_a_renewal_is_one_more(office: Client, where: str) -> None:
    draft = DRAFTS["certifications"]

    refused = office.post(f"{where}/certifications", json=draft | {"expires_on": "2025-10-31"})
    assert faults(refused) == [("/expires_on", "FIELD_CONFLICT")]
    assert office.post(f"{where}/certifications", json=draft | {"expires_on": "2025-11-01"}).status_code == 201
    assert office.post(f"{where}/certifications", json=draft).status_code == 201
    assert len(office.get(f"{where}/certifications").json()["items"]) == 2


def test_an_administrator_revokes_a_certificate_once(
    make: Make, admin: Client, office: Client, as_: As, volunteer: Volunteer, where: str
) -> None:
    certification = make.certification(volunteer)
    path = f"{where}/certifications/{certification.id}/revoke"

    for caller in (office, as_(volunteer)):
        assert caller.post(path, json={"reason": "規約違反"}).status_code == 403
        assert caller.get(f"{where}/certifications").json()["items"][0]["actions"] == []
    assert admin.get(f"{where}/certifications").json()["items"][0]["actions"] == ["revoke"]
    assert admin.post(path, json={"reason": "規約違反"}, headers={"If-Match": '"old"'}).status_code == 412
    revoked = admin.post(path, json={"reason": "規約違反"}, headers={"If-Match": certification.etag})
    again = admin.post(path, json={"reason": "規約違反"})

    assert revoked.status_code == 200, revoked.text
    assert (revoked.json()["status"], revoked.json()["revoked_on"]) == ("revoked", "2025-11-10")
    assert "規約違反" not in revoked.text
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "CERT_STATE", "revoked")
    assert office.get(where).json()["certifications"] == []


def test_a_pledge_is_current_in_the_version_in_force(office: Client, where: str) -> None:
    draft = DRAFTS["pledges"]

    assert office.post(f"{where}/pledges", json=draft).json()["current"] is True
    assert office.post(f"{where}/pledges", json=draft | {"version_code": "2023-04"}).json()["current"] is False
    tomorrow = office.post(f"{where}/pledges", json=draft | {"signed_on": "2025-11-11"})
    assert faults(tomorrow) == [("/signed_on", "FIELD_RANGE")]


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("2025-03-31", None), ("2025-04-01", "2026-03-31"), ("2026-03-31", "2026-03-31"), ("2026-04-01", None)],
)
def test_insurance_lasts_until_the_end_of_its_fiscal_year(
    office: Client, where: str, starts_on: str, ends_on: str | None
) -> None:
    answer = office.post(f"{where}/insurance", json={"fiscal_year": 2025, "starts_on": starts_on})

    if ends_on is None:
        assert faults(answer) == [("/starts_on", "FIELD_RANGE")]
    else:
        assert answer.json()["ends_on"] == ends_on


@pytest.mark.parametrize("count", [1, 100])
def test_records_need_as_many_queries_for_a_hundred_rows_as_for_one(
    office: Client, volunteer: Volunteer, where: str, unit: OpenUnit, queries: Queries, count: int
) -> None:
    with unit() as it:
        for _ in range(count):
            people.certification(it, volunteer)

    with queries() as seen:
        assert len(office.get(f"{where}/certifications").json()["items"]) == count

    assert len(seen) == 4


def test_a_repeated_grant_answers_the_first(office: Client, where: str, clock: SetClock) -> None:
    key = {"Idempotency-Key": "grant-1"}

    first = office.post(f"{where}/certifications", json=DRAFTS["certifications"], headers=key)
    clock.forward(hours=1)
    second = office.post(f"{where}/certifications", json=DRAFTS["certifications"], headers=key)

    assert second.json() == first.json()
    assert len(office.get(f"{where}/certifications").json()["items"]) == 1


@pytest.mark.parametrize(("result", "needed"), [("ok", True), ("needs_permission", True), ("not_needed", False)])
def test_whether_a_permission_is_needed_follows_from_the_result(
    result: str,
    needed: bool,  # noqa: FBT001 - a parameter
    office: Client,
    where: str,
) -> None:
    look = {"checked_on": "2025-11-01", "result": result}
    for body in (look, look | {"needed": needed}):
        made = office.post(f"{where}/work-permission", json=body)
        assert (made.status_code, made.json()["needed"], made.json()["expires_on"]) == (201, needed, None)
    said = office.post(f"{where}/work-permission", json=look | {"needed": not needed})
    assert faults(said) == [("/needed", "FIELD_CONFLICT")]


def test_a_look_at_the_work_permission_holds_days_that_can_be(office: Client, where: str) -> None:
    look = DRAFTS["work-permission"]
    path = f"{where}/work-permission"

    assert faults(office.post(path, json=look | {"checked_on": "2025-11-11"})) == [("/checked_on", "FIELD_RANGE")]
    assert faults(office.post(path, json=look | {"expires_on": "2025-11-09"})) == [("/expires_on", "FIELD_CONFLICT")]
    assert faults(office.post(path, json=look | {"result": "maybe"}))[0][0] == "/result"
    assert faults(office.post(path, json=look | {"card_number": "AB12345678CD"})) == [("/card_number", "FIELD_UNKNOWN")]
