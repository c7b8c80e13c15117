"""A family's identity: written apart, kept encrypted, never echoed, read for a purpose by who needs it when."""

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.client import ClientIdentity
from models.organization import Organization
from models.record import AuditEvent
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import faults, problem
from tests.makers.work import Opened

NAME, PHONE, ADDRESS = "架空タオ", "076-000-9999", "架空町一丁目二番"
IDENTITY = {"name": NAME, "phone": PHONE, "address": ADDRESS}


@pytest.fixture
def visit(make: Make, centre: Organization) -> Opened:
    """An accepted visit of two families with two places, on 2025-11-20 from 10:00 to 12:00."""
    return make.shift_with_demand(owner=centre, ages=(3, 4), places=2, matched_at=NOW)


@pytest.fixture
def her(make: Make, visit: Opened) -> Volunteer:
    """Who comes."""
    coming = make.volunteer()
    make.assignment(visit, coming)
    return coming


def path(visit: Opened) -> str:
    return f"/v1/dispatch-requests/{visit.request.id}"


def put(by: Client, visit: Opened, n: int = 1, etag: str | None = "*", **over: Any) -> Any:
    headers = {"If-Match": etag} if etag else {}
    return by.put(f"{path(visit)}/clients/{n}/identity", json=IDENTITY | over, headers=headers)


def ask(by: Client, visit: Opened, **body: Any) -> Any:
    return by.post(f"{path(visit)}/client-disclosures", json={"purpose": "prepare_visit", **body})


def readings(wiring: Wiring) -> list[AuditEvent]:
    with wiring.unit(write=False) as unit:
        logged = select(AuditEvent).where(AuditEvent.action == "client_identity.read")
        return list(unit.session.exec(logged.order_by(col(AuditEvent.id))))


def test_an_identity_is_written_and_never_echoed(clerk: Client, visit: Opened, wiring: Wiring) -> None:
    answer = put(clerk, visit)

    assert (answer.status_code, answer.content) == (204, b"")
    seen = clerk.get(path(visit)).json()
    assert seen["version"] == 2
    assert [family["identity_on_file"] for family in seen["clients"]] == [True, False]
    with wiring.unit(write=False) as unit:
        (event,) = unit.session.exec(select(AuditEvent).where(AuditEvent.action == "client_identity.write"))
    assert (event.actor_id, event.object_id, event.fields) == (
        clerk.account.id,
        visit.request.id,
        ["address", "name", "phone"],
    )


def test_an_identity_is_encrypted_at_rest(clerk: Client, visit: Opened, wiring: Wiring) -> None:
    put(clerk, visit)
    put(clerk, visit, 2, name="架空ミン")

    with wiring.unit(write=False) as unit:
        tables = sa.inspect(unit.session.connection()).get_table_names()
        everything = [
            str(row)
            for table in tables
            for row in unit.session.execute(sa.text(f'SELECT * FROM "{table}"'))  # noqa: S608 - names of our own tables
        ]
        sealed = unit.session.exec(select(ClientIdentity.sealed)).all()
    assert (len(sealed), len(set(sealed))) == (2, 2)
    assert [row for row in everything for secret in (NAME, "ミン", PHONE, ADDRESS) if secret in row] == []


@pytest.fixture
def heard(office: Client, clerk: Client, visit: Opened, her: Volunteer, as_: As, clock: SetClock) -> list[str]:
    """What everybody is answered who looks at a visit whose families' identities are on file."""
    put(clerk, visit)
    clock.now = datetime.fromisoformat("2025-11-19T09:00:00+09:00")
    places = (
        (
            office,
            (path(visit), "/v1/dispatch-requests", f"/v1/shifts/{visit.shift.id}", "/v1/shifts", "/v1/assignments"),
        ),
        (clerk, (path(visit), "/v1/dispatch-requests", f"/v1/shifts/{visit.shift.id}", "/v1/assignments")),
        (as_(her), (f"/v1/shifts/{visit.shift.id}", "/v1/me/schedule", "/v1/assignments", "/v1/audit-events")),
        (as_(Role.ADMIN), ("/v1/audit-events", path(visit))),
    )
    answers = [by.get(place) for by, seen in places for place in seen]
    answers += [office.get(f"/v1/shifts/{visit.shift.id}/candidates?include_ineligible=true")]
    answers += [office.patch(path(visit), json={"note": "x"}, headers={"If-Match": "*"})]
    answers += [put(clerk, visit, 3), put(clerk, visit, 1, phone="x"), clerk.delete(f"{path(visit)}/clients/2")]
    assert {answer.status_code for answer in answers} == {200, 404, 422}
    return [answer.text for answer in answers]


def test_nobody_hears_it_without_asking(heard: list[str]) -> None:
    assert [text for text in heard for secret in (NAME, PHONE, ADDRESS) if secret in text] == []


def test_writing_again_replaces_it(clerk: Client, office: Client, visit: Opened) -> None:
    put(clerk, visit)
    assert (
        clerk.put(
            f"{path(visit)}/clients/1/identity",
            json={"name": "架空ミン"},
            headers={"If-Match": f'"{visit.request.id}.2"'},
        ).status_code
        == 204
    )

    disclosed = ask(office, visit).json()

    assert (disclosed["name"], disclosed["phone"], disclosed["address"]) == ("架空ミン", None, None)


def test_writing_knows_its_version_and_its_family(clerk: Client, as_: As, visit: Opened, clock: SetClock) -> None:
    assert problem(put(clerk, visit, etag=None)) == (428, "PRECONDITION_REQUIRED")
    assert problem(put(clerk, visit, etag=f'"{visit.request.id}.9"')) == (412, "VERSION")
    assert problem(put(clerk, visit, 3)) == (404, "NOT_FOUND")
    assert faults(put(clerk, visit, 0)) == [("n", "FIELD_RANGE")]
    assert faults(put(clerk, visit, name=None)) == [("/name", "FIELD_TYPE")]
    assert faults(put(clerk, visit, passport="X")) == [("/passport", "FIELD_UNKNOWN")]
    assert problem(put(as_(Role.REQUESTER), visit)) == (404, "NOT_FOUND")
    assert problem(put(as_(Role.VOLUNTEER), visit)) == (403, "NOT_PERMITTED")
    clock.now = datetime.fromisoformat("2025-11-20T10:00:00+09:00")
    assert problem(put(clerk, visit)) == (409, "REQ_STATE")


def test_a_family_that_leaves_takes_its_identity_along(clerk: Client, visit: Opened, wiring: Wiring) -> None:
    put(clerk, visit)

    assert clerk.delete(f"{path(visit)}/clients/1").status_code == 200
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(ClientIdentity)).all() == []


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.COORDINATOR, Role.ADMIN])
def test_staff_and_the_own_centre_read_it_for_a_purpose(
    role: Role, clerk: Client, as_: As, visit: Opened, wiring: Wiring
) -> None:
    put(clerk, visit)
    reader = clerk if role is Role.REQUESTER else as_(role)

    answer = ask(reader, visit)

    assert answer.status_code == 200
    assert answer.json() == {"client_ref": answer.json()["client_ref"], **IDENTITY}
    assert answer.json()["client_ref"] == clerk.get(path(visit)).json()["clients"][0]["client_ref"]
    (event,) = readings(wiring)
    assert (event.actor_id, event.object_id, event.purpose) == (reader.account.id, visit.request.id, "prepare_visit")
    assert (event.fields, event.subject_volunteer_id) == (["address", "name", "phone"], None)


def test_each_reading_wants_a_purpose_of_the_list(office: Client, clerk: Client, visit: Opened, wiring: Wiring) -> None:
    put(clerk, visit)

    assert problem(office.post(f"{path(visit)}/client-disclosures", json={})) == (422, "PRIV_PURPOSE")
    assert problem(ask(office, visit, purpose=None)) == (422, "PRIV_PURPOSE")
    assert faults(ask(office, visit, purpose="curiosity")) == [("/purpose", "FIELD_FORMAT")]
    assert faults(ask(office, visit, n=0)) == [("/n", "FIELD_RANGE")]
    for n in (2, 3):  # nothing on file, no such family
        assert problem(ask(office, visit, n=n)) == (404, "NOT_FOUND")
    assert readings(wiring) == []


def test_each_reading_is_logged_even_under_one_key(
    office: Client, clerk: Client, visit: Opened, wiring: Wiring
) -> None:
    put(clerk, visit)

    for _ in range(2):
        again = office.post(
            f"{path(visit)}/client-disclosures", json={"purpose": "contact_on_day"}, headers={"Idempotency-Key": "once"}
        )
        assert again.status_code == 200

    assert [event.purpose for event in readings(wiring)] == ["contact_on_day"] * 2


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2025-11-17T09:59:59+09:00", 404),
        ("2025-11-17T10:00:00+09:00", 200),
        ("2025-11-20T11:00:00+09:00", 200),
        ("2025-11-21T12:00:00+09:00", 200),
        ("2025-11-21T12:00:01+09:00", 404),
    ],
)
def test_the_assigned_reads_it_from_three_days_before_to_one_day_after(  # noqa: PLR0913, PLR0917 - the cast of the scene
    now: str, status: int, clerk: Client, as_: As, visit: Opened, her: Volunteer, clock: SetClock, wiring: Wiring
) -> None:
    put(clerk, visit)
    clock.now = datetime.fromisoformat(now)

    assert ask(as_(her), visit).status_code == status

    assert [event.subject_volunteer_id for event in readings(wiring)] == [her.id] * (status == 200)


@pytest.mark.parametrize(
    "status", [AssignmentStatus.TENTATIVE, AssignmentStatus.WITHDRAWN, AssignmentStatus.CANCELLED, None]
)
def test_for_any_other_volunteer_it_does_not_exist(
    status: AssignmentStatus | None, clerk: Client, as_: As, visit: Opened, make: Make, clock: SetClock
) -> None:
    put(clerk, visit)
    someone = make.volunteer()
    if status is not None:
        make.assignment(visit, someone, status)
    clock.now = datetime.fromisoformat("2025-11-20T09:00:00+09:00")

    assert problem(ask(as_(someone), visit)) == (404, "NOT_FOUND")
    assert problem(as_(someone).post(f"{path(visit)}/client-disclosures", json={})) == (404, "NOT_FOUND")


def test_what_is_not_there_or_not_accepted_discloses_nothing(
    clerk: Client, as_: As, make: Make, centre: Organization, visit: Opened
) -> None:
    put(clerk, visit)
    draft = make.request(owner=centre, ages=(3,))
    body = {"purpose": "prepare_visit"}

    for request_id in (draft.id, new_id()):
        answer = as_(Role.VOLUNTEER).post(f"/v1/dispatch-requests/{request_id}/client-disclosures", json=body)
        assert problem(answer) == (404, "NOT_FOUND")
    assert problem(ask(as_(Role.REQUESTER), visit)) == (404, "NOT_FOUND")
    assert problem(ask(as_(Role.VIEWER), visit)) == (403, "NOT_PERMITTED")
