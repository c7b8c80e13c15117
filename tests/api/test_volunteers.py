"""Volunteers: who sees whom, and keeping an entry up to date."""

from typing import Any

from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.organization import Organization, OrganizationKind
from models.person import Person
from models.record import AuditEvent
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.register import ids, in_register


def test_a_liaison_sees_the_students_of_her_university(
    make: Make, as_: As, liaison: Client, university: Organization
) -> None:
    elsewhere = make.organization(kind=OrganizationKind.UNIVERSITY)
    student = make.volunteer(is_student=True, affiliation_id=university.id)
    graduate = make.volunteer(is_student=False, affiliation_id=university.id)
    stranger = make.volunteer(is_student=True, affiliation_id=elsewhere.id)
    nobodys = make.volunteer(is_student=True)

    assert in_register(liaison) == ids(student)
    shown = liaison.get(f"/v1/volunteers/{student.id}").json()
    assert shown["contact"]["email"] is not None  # domain.md §5: a liaison reads contact data of her own students
    assert (shown["birth_date"], shown["notes_staff"]) == (None, None)
    for other in (graduate, stranger, nobodys):
        assert liaison.get(f"/v1/volunteers/{other.id}").status_code == 404
    assert in_register(as_(Role.UNIVERSITY_LIAISON)) == set()


def test_an_institution_that_is_also_a_volunteer_sees_no_students(
    make: Make, as_: As, university: Organization
) -> None:
    student = make.volunteer(is_student=True, affiliation_id=university.id)
    both = as_(Role.REQUESTER, Role.VOLUNTEER, organization=university)

    assert both.get(f"/v1/volunteers/{student.id}").status_code == 404


def test_a_volunteer_reads_herself_and_nobody_else(make: Make, as_: As, office: Client) -> None:
    volunteer = make.volunteer(notes_staff="要相談", person=make.person(phone="076-000-0001"))
    herself = as_(volunteer)
    where = f"/v1/volunteers/{volunteer.id}"

    own = herself.get(where)

    assert own.status_code == 200
    assert own.headers["etag"] == volunteer.etag
    assert own.json()["birth_date"] == "1990-04-01"
    assert own.json()["contact"]["phone"] == "076-000-0001"
    assert own.json()["notes_staff"] is None
    assert office.get(where).json()["notes_staff"] == "要相談"
    assert herself.get(f"/v1/volunteers/{make.volunteer().id}").status_code == 404
    assert herself.get("/v1/volunteers").status_code == 403
    assert office.get(f"/v1/volunteers/{new_id()}").status_code == 404


def test_a_volunteer_changes_her_own_entry(make: Make, as_: As, wiring: Wiring) -> None:
    volunteer = make.volunteer(max_travel_km=20)
    herself = as_(volunteer)
    patch = {"phone": "076-000-0002", "max_per_month": 2, "max_travel_km": None}

    changed = herself.patch(f"/v1/volunteers/{volunteer.id}", json=patch, headers={"If-Match": volunteer.etag})

    assert changed.status_code == 200, changed.text
    assert changed.json()["contact"]["phone"] == "076-000-0002"
    assert (changed.json()["max_per_month"], changed.json()["max_travel_km"]) == (2, None)
    assert changed.json()["version"] == 2
    with wiring.unit(write=False) as unit:
        person = unit.get(Person, volunteer.person_id)
        assert (person.version, person.phone) == (2, "076-000-0002")
        event = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "volunteer.change")).one()
        assert event.fields == ["max_per_month", "max_travel_km", "phone"]
        assert event.subject_volunteer_id == volunteer.id


def test_only_staff_write_the_notes_of_staff(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    volunteer = make.volunteer()
    where, match = f"/v1/volunteers/{volunteer.id}", {"If-Match": volunteer.etag}

    assert as_(volunteer).patch(where, json={"notes_staff": "x"}, headers=match).status_code == 403
    written = office.patch(where, json={"notes_staff": "面談済み"}, headers=match)

    assert written.json()["notes_staff"] == "面談済み"
    with wiring.unit(write=False) as unit:
        assert unit.get(Person, volunteer.person_id).version == 1  # nothing of the person changed


def test_a_change_wants_the_version_last_seen(make: Make, office: Client) -> None:
    volunteer = make.volunteer()
    where = f"/v1/volunteers/{volunteer.id}"

    assert office.patch(where, json={"max_per_month": 1}).status_code == 428
    assert office.patch(where, json={"max_per_month": 1}, headers={"If-Match": '"old"'}).status_code == 412
    assert office.patch(where, json={"max_per_month": None}, headers={"If-Match": "*"}).status_code == 422


def test_others_have_no_part_in_volunteers(make: Make, as_: As, liaison: Client, university: Organization) -> None:
    student = make.volunteer(is_student=True, affiliation_id=university.id)
    where = f"/v1/volunteers/{student.id}"

    for role in (Role.REQUESTER, Role.VIEWER, Role.CLASSROOM_MANAGER, Role.TRAINER, Role.CONSULTATION_OFFICER):
        caller = as_(role)
        assert caller.get("/v1/volunteers").status_code == 403
        assert caller.get(where).status_code == 403
    assert liaison.patch(where, json={}, headers={"If-Match": "*"}).status_code == 403
    another = as_(make.volunteer())
    assert another.patch(where, json={}, headers={"If-Match": "*"}).status_code == 404


def test_a_nationality_is_for_staff_only(make: Make, as_: As) -> None:
    mai = make.volunteer()
    office, path = as_(Role.COORDINATOR), f"/v1/volunteers/{mai.id}"

    def wanted(caller: Client, country: str | None) -> Any:
        return caller.patch(path, json={"nationality": country}, headers={"If-Match": "*"})

    assert wanted(office, "VN").json()["nationality"] == "VN"
    assert as_(mai).get(path).json()["nationality"] is None
    assert wanted(as_(mai), "JP").status_code == 403
    for wrong in ("vn", "AB", "VNM", ""):
        assert wanted(office, wrong).json()["errors"][0]["code"] == "FIELD_FORMAT", wrong
    assert wanted(office, None).json()["nationality"] is None
