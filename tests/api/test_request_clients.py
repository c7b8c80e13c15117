"""Families on a request, and whom they must not meet."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.client import Client as Family
from models.client import ClientExclusion
from models.dispatch_request import RequestStatus
from models.offer import OfferStatus
from models.organization import Organization
from models.record import AuditEvent
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers import doors, work
from tests.makers.asking import FAMILY, broken, home_visit, moved, path_of, written
from tests.makers.doors import faults, problem
from tests.makers.work import VISIT, Opened
from tests.outbox import notices


@pytest.fixture
def standby(make: Make, centre: Organization) -> Opened:
    """An accepted standby request, without a family yet."""
    return make.shift_with_demand(owner=centre, matched_at=NOW)


def clients_of(opened: Opened) -> str:
    return f"/v1/dispatch-requests/{opened.request.id}/clients"


def logged(wiring: Wiring) -> list[str]:
    """What was done to requests and families, oldest first."""
    events = select(AuditEvent.action).where(col(AuditEvent.object_type).in_(["dispatch_request", "client"]))
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(events.order_by(col(AuditEvent.id))))


def test_families_join_an_accepted_standby(clerk: Client, standby: Opened, wiring: Wiring) -> None:
    first = clerk.post(clients_of(standby), json=FAMILY | {"time_band": "13:30"})
    second = clerk.post(clients_of(standby), json=FAMILY)

    assert (first.status_code, second.status_code) == (200, 200)
    assert [(family["n"], family["time_band"]) for family in second.json()["clients"]] == [(1, "13:30"), (2, None)]
    assert (second.json()["status"], second.json()["version"]) == ("matching", 3)
    assert second.headers["etag"] == f'"{standby.request.id}.3"'
    assert logged(wiring) == ["dispatch_request.add_client"] * 2
    assert notices(wiring) == []


def test_consent_comes_before_the_family_once_it_is_submitted(clerk: Client, standby: Opened) -> None:
    draft = written(clerk, home_visit(clients=[]))

    assert broken(clerk.post(clients_of(standby), json={"age_months": 3})) == ["REQ_CONSENT"]
    assert clerk.post(f"{path_of(draft)}/clients", json={"age_months": 3}).status_code == 200


def test_a_wrong_family_is_named(clerk: Client, standby: Opened, make: Make) -> None:
    ref = clerk.post(clients_of(standby), json=FAMILY).json()["clients"][0]["client_ref"]
    foreign = make.shift_with_demand()
    theirs = make.family(foreign.request)
    with make.wiring.unit(write=False) as unit:
        foreign_ref = unit.get(Family, theirs.client_id).ref

    for over, expected in (
        ({"client_ref": ref}, ("/client_ref", "FIELD_DUPLICATE")),
        ({"client_ref": foreign_ref}, ("/client_ref", "FIELD_REFERENCE")),
        ({"consent_on": "2025-11-11"}, ("/consent_on", "FIELD_RANGE")),
        ({"consent_on": "2025-02-30"}, ("/consent_on", "DATE_UNREAL")),
        ({"age_months": 217}, ("/age_months", "FIELD_RANGE")),
        ({"name": "架空"}, ("/name", "FIELD_UNKNOWN")),
    ):
        assert faults(clerk.post(clients_of(standby), json=FAMILY | over)) == [expected]


def test_a_family_leaves(clerk: Client, standby: Opened) -> None:
    for _ in range(2):
        clerk.post(clients_of(standby), json=FAMILY)

    after = clerk.delete(f"{clients_of(standby)}/1")

    assert after.status_code == 200
    assert [family["n"] for family in after.json()["clients"]] == [2]
    assert problem(clerk.delete(f"{clients_of(standby)}/1")) == (404, "NOT_FOUND")
    assert faults(clerk.delete(f"{clients_of(standby)}/99999999999999999999")) == [("n", "FIELD_RANGE")]
    stale = clerk.delete(f"{clients_of(standby)}/2", headers={"If-Match": f'"{standby.request.id}.1"'})
    assert problem(stale) == (412, "VERSION")


@pytest.mark.parametrize("status", [RequestStatus.CANCELLED, RequestStatus.REJECTED])
def test_nobody_joins_what_is_over(status: RequestStatus, clerk: Client, make: Make, centre: Organization) -> None:
    request = make.request(owner=centre, status=status, ages=(3,))
    path = f"/v1/dispatch-requests/{request.id}/clients"

    for answer in (clerk.post(path, json=FAMILY), clerk.delete(f"{path}/1")):
        assert problem(answer) == (409, "REQ_STATE")
        assert (answer.json()["state"], answer.json()["allowed"]) == (status, [])


def test_nobody_joins_from_the_start_on(clerk: Client, standby: Opened, clock: SetClock) -> None:
    clock.now = datetime.fromisoformat("2025-11-20T09:59:59+09:00")
    assert clerk.post(clients_of(standby), json=FAMILY).status_code == 200
    clock.forward(seconds=1)

    late = clerk.post(clients_of(standby), json=FAMILY)

    assert (problem(late), late.json()["allowed"]) == ((409, "REQ_STATE"), [])


def test_references_are_never_given_twice(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    letters: Iterator[str] = iter("222222223333")
    monkeypatch.setattr(secrets, "choice", lambda _: next(letters))

    request = written(clerk, home_visit(clients=[FAMILY, FAMILY]))

    assert [family["client_ref"] for family in request["clients"]] == ["C-2222", "C-3333"]


def test_request_numbers_start_anew_in_april(clerk: Client, clock: SetClock) -> None:
    numbers = []
    for now in ("2026-03-31T23:00:00+09:00", "2026-03-31T23:59:00+09:00", "2026-04-01T00:00:00+09:00"):
        clock.now = datetime.fromisoformat(now)
        day = {"starts_at": "2026-05-20T10:00:00+09:00", "ends_at": "2026-05-20T11:00:00+09:00"}
        numbers.append(written(clerk, home_visit(**day), force=True)["request_no"][:10])

    assert numbers == ["D-25-00001", "D-25-00002", "D-26-00001"]


def exclusions(ref: str) -> str:
    return f"/v1/clients/{ref}/exclusions"


def test_staff_keep_a_person_from_a_family(
    office: Client, clerk: Client, standby: Opened, make: Make, as_: As, wiring: Wiring
) -> None:
    her = make.volunteer()
    ref = clerk.post(clients_of(standby), json=FAMILY).json()["clients"][0]["client_ref"]
    shift = f"/v1/shifts/{standby.shift.id}"
    assert as_(her).get(shift).status_code == 200

    made = office.post(exclusions(ref), json={"volunteer_id": str(her.id)})

    assert made.status_code == 201
    entry = made.json()
    assert entry | {"id": ""} == {
        "id": "",
        "client_ref": ref,
        "volunteer_id": str(her.id),
        "kind": "family_wish",
        "created_at": "2025-11-10T09:00:00+09:00",
    }
    assert office.get(exclusions(ref)).json()["items"] == [entry]
    assert problem(as_(her).get(shift)) == (404, "NOT_FOUND")
    again = office.post(exclusions(ref), json={"volunteer_id": str(her.id), "kind": "acquainted"})
    assert (again.status_code, again.json()["id"], again.json()["kind"]) == (201, entry["id"], "acquainted")

    assert office.delete(f"{exclusions(ref)}/{entry['id']}").status_code == 204
    assert office.get(exclusions(ref)).json()["items"] == []
    assert as_(her).get(shift).status_code == 200
    assert problem(office.delete(f"{exclusions(ref)}/{entry['id']}")) == (404, "NOT_FOUND")
    assert logged(wiring) == [
        "dispatch_request.add_client",
        "client.exclude",
        "client.exclude",
        "client.lift_exclusion",
    ]
    assert notices(wiring) == []


def test_exclusions_are_staffs_alone(office: Client, clerk: Client, as_: As, make: Make) -> None:
    request = written(clerk, home_visit(clients=[FAMILY, FAMILY]))
    ref, other = (family["client_ref"] for family in request["clients"])
    body = {"volunteer_id": str(make.volunteer().id)}
    entry = office.post(exclusions(ref), json=body).json()

    for caller in (clerk, as_(Role.VOLUNTEER), as_(Role.VIEWER)):
        assert problem(caller.get(exclusions(ref))) == (403, "NOT_PERMITTED")
        assert problem(caller.post(exclusions(ref), json=body)) == (403, "NOT_PERMITTED")
        assert problem(caller.delete(f"{exclusions(ref)}/{entry['id']}")) == (403, "NOT_PERMITTED")
    assert faults(office.post(exclusions(ref), json={"volunteer_id": str(new_id())})) == [
        ("/volunteer_id", "FIELD_REFERENCE")
    ]
    assert problem(office.get(exclusions("C-ZZZZ"))) == (404, "NOT_FOUND")
    assert faults(office.get(exclusions("%00"))) == [("ref", "FIELD_FORMAT")]
    assert problem(office.delete(f"{exclusions(other)}/{entry['id']}")) == (404, "NOT_FOUND")
    assert office.get(exclusions(ref)).json()["items"] == [entry]


def test_only_the_office_learns_that_a_family_must_not_meet_who_is_coming(
    office: Client, clerk: Client, standby: Opened, make: Make, wiring: Wiring
) -> None:
    earlier = written(clerk, home_visit(clients=[FAMILY, FAMILY, FAMILY]))
    barred, fine, reconciled = (family["client_ref"] for family in earlier["clients"])
    her = make.volunteer()
    make.assignment(standby, her)
    office.post(exclusions(barred), json={"volunteer_id": str(her.id)})
    office.post(exclusions(fine), json={"volunteer_id": str(make.volunteer().id)})
    lifted = office.post(exclusions(reconciled), json={"volunteer_id": str(her.id)}).json()["id"]
    office.delete(f"{exclusions(reconciled)}/{lifted}")

    for ref in (fine, reconciled):
        assert clerk.post(clients_of(standby), json=FAMILY | {"client_ref": ref}).status_code == 200
    assert notices(wiring) == []
    joined = clerk.post(clients_of(standby), json=FAMILY | {"client_ref": barred})

    assert (joined.status_code, joined.json()["warnings"]) == (200, [])
    (notice,) = notices(wiring)
    assert (notice.kind, notice.account_id) == ("office_check_assignment", office.account.id)
    assert notice.facts["no"] == standby.request.request_no
    assert clerk.get(path_of(earlier)).status_code == 200


def test_the_office_learns_at_once_that_who_is_excluded_is_coming(
    office: Client, standby: Opened, make: Make, as_: As, clock: SetClock, wiring: Wiring
) -> None:
    her, other = make.volunteer(), make.volunteer()
    make.assignment(standby, her)
    ref = office.post(clients_of(standby), json=FAMILY).json()["clients"][0]["client_ref"]

    office.post(exclusions(ref), json={"volunteer_id": str(other.id)})
    assert notices(wiring) == []
    assert office.post(exclusions(ref), json={"volunteer_id": str(her.id)}).status_code == 201

    (notice,) = notices(wiring)
    assert (notice.kind, notice.account_id) == ("office_check_assignment", office.account.id)
    assert notice.facts["no"] == standby.request.request_no
    assert as_(her).get(f"/v1/shifts/{standby.shift.id}").status_code == 200
    clock.now = standby.shift.ends_at
    office.post(exclusions(ref), json={"volunteer_id": str(her.id)})
    assert len(notices(wiring)) == 1


def test_who_leaves_a_family_she_knows_is_looked_for_on_its_other_visits(make: Make, as_: As, wiring: Wiring) -> None:
    make.account(Role.COORDINATOR)
    her, left, kept = make.volunteer(), make.shift_with_demand(ages=(3,)), make.shift_with_demand()
    with wiring.unit(write=False) as unit:
        family = unit.session.exec(select(Family)).one()
    with wiring.unit() as unit:
        work.family(unit, kept.request, client=family)
    held = make.assignment(left, her)
    make.assignment(kept, make.volunteer())
    assert doors.settle(as_(her), held, "withdraw", reason="acquaintance").status_code == 200
    assert "office_check_assignment" not in {notice.kind for notice in notices(wiring)}

    elsewhere = make.shift_with_demand(starts_at=VISIT + timedelta(days=1))
    with wiring.unit() as unit:
        work.family(unit, elsewhere.request, client=family)
    make.assignment(elsewhere, her)
    offer = make.offer(left, her, OfferStatus.SENT)
    with wiring.unit() as unit:
        unit.session.exec(select(ClientExclusion)).one().lifted_at = unit.now
    assert doors.answer(as_(her), offer, "decline", reason="acquaintance").status_code == 200

    told = [notice.facts["no"] for notice in notices(wiring) if notice.kind == "office_check_assignment"]
    assert told == [elsewhere.request.request_no]


def test_the_last_family_of_a_visit_stays_once_it_is_handed_in(clerk: Client, make: Make, centre: Organization) -> None:
    visit = make.request(
        service="newborn_home_visit", owner=centre, home_district="east", status=RequestStatus.SUBMITTED, ages=(2, 3)
    )
    path = f"/v1/dispatch-requests/{visit.id}/clients"

    assert clerk.delete(f"{path}/1").status_code == 200
    assert problem(clerk.delete(f"{path}/2")) == (422, "REQ_CONSENT")


def test_a_family_outside_the_window_is_recorded_before_acceptance_and_refused_after(
    clerk: Client, office: Client
) -> None:
    request = written(clerk, home_visit())
    path = f"{path_of(request)}/clients"

    joined = clerk.post(path, json=FAMILY | {"age_months": 5})
    assert (joined.status_code, joined.json()["needs_override"]) == (200, ["REQ_AGE_WINDOW"])
    moved(clerk, request, "submit")
    assert clerk.post(path, json=FAMILY | {"age_months": 6}).json()["needs_override"] == ["REQ_AGE_WINDOW"]
    override = {"code": "REQ_AGE_WINDOW", "reason": "早産"}
    moved(office, request, "accept", overrides=[override])

    for caller in (clerk, office):
        assert broken(caller.post(path, json=FAMILY | {"age_months": 7})) == ["REQ_AGE_WINDOW"]
    assert clerk.post(path, json=FAMILY | {"age_months": 4}).status_code == 200
    assert [family["age_months"] for family in clerk.get(path_of(request)).json()["clients"]] == [3, 5, 6, 4]


def test_a_check_up_outside_its_window_is_remarked_when_the_family_joins(
    clerk: Client, centre: Organization, make: Make
) -> None:
    place = make.facility(owner=centre)
    session = make.checkup_session(place=place)
    opened = make.shift_with_demand(owner=centre, place=place, checkup_session_id=session.id)

    fitting = clerk.post(clients_of(opened), json=FAMILY | {"age_months": 3})
    assert (fitting.status_code, fitting.json()["warnings"]) == (200, [])
    elder = clerk.post(clients_of(opened), json=FAMILY | {"age_months": 9})
    assert (elder.status_code, [warning["code"] for warning in elder.json()["warnings"]]) == (200, ["REQ_AGE_WINDOW"])
