"""Who is due to be erased, foreseen by administrators; and what keeps somebody's data beyond their day."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.host import HostStatus
from models.person import Person
from models.record import AuditEvent
from models.volunteer import Volunteer, VolunteerStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, problem
from tests.queries import Statements
from worker.registrations import anonymize_the_gone

Check = Callable[[], None]
Queries = Callable[[], AbstractContextManager[Statements]]
TODAY = date(2025, 11, 10)
LOOKS = (("2025-11-10", 1), ("2026-04-01", 2))
REASON = {"reason": "保険会社の照会"}


def gone(make: Make, purge_on: date = TODAY, **over: Any) -> Volunteer:
    return make.volunteer(status=VolunteerStatus.WITHDRAWN, left_on=TODAY, purge_on=purge_on, **over)


def due(admin: Client, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(admin.get("/v1/retention/volunteers", params=query))["items"]
    return items


def status_of(wiring: Wiring, one: Volunteer) -> VolunteerStatus:
    with wiring.unit(write=False) as unit:
        return unit.get(Volunteer, one.id).status


def test_who_is_due_is_foreseen_with_what_would_go_and_nothing_does(make: Make, admin: Client, wiring: Wiring) -> None:
    one = gone(make, certs=("home_visit",), notes_staff="静かな方")
    later = gone(make, date(2026, 4, 1))
    make.account_of(one)

    (entry,) = due(admin)
    assert (entry["volunteer_no"], entry["status"], entry["purge_on"]) == (one.volunteer_no, "withdrawn", "2025-11-10")
    assert {"birth_date", "district_code", "notes_staff"} <= set(entry["fields"])
    assert (entry["kept_by"], entry["account"], entry["records"]) == ([], True, {"earlier_steps": 2})
    assert [found["volunteer_id"] for found in due(admin, on="2026-04-01")] == [str(one.id), str(later.id)]
    assert status_of(wiring, one) is VolunteerStatus.WITHDRAWN
    looks = [event for event in audited(wiring, admin.account.id) if event.action == "retention.preview"]
    assert [event.facts for event in looks] == [{"on": day, "of": "volunteer", "found": n} for day, n in LOOKS]

    assert anonymize_the_gone(wiring) == 1
    with wiring.unit(write=False) as unit:
        held = unit.get(Volunteer, one.id)
        assert (held.notes_staff, unit.get(Person, held.person_id).birth_date) == ("", None)
    assert due(admin) == []


def test_nothing_is_left_of_a_household_or_of_remarks_on_loans(
    make: Make, admin: Client, wiring: Wiring, check_data: Check
) -> None:
    one = gone(make)
    host = make.host(one, status=HostStatus.ENDED, dates=[["2025-11-15", "2025-11-16"]], traits=["cat"])
    loan = make.loan(volunteer_id=one.id, note="ご自宅に届けた", returned_on=TODAY)
    assert due(admin)[0]["records"] == {"host": 1, "device_loan": 1}
    assert anonymize_the_gone(wiring) == 1
    left = done(admin.get(f"/v1/hosts/{host.id}"))
    assert (left["district_code"], left["dates"], left["languages"], left["traits"]) == (None, [], [], [])
    assert done(admin.get(f"/v1/device-loans/{loan.id}"))["note"] == ""
    check_data()


def test_a_hold_keeps_what_is_due_until_it_is_lifted(
    make: Make, admin: Client, wiring: Wiring, check_data: Check
) -> None:
    one, path = gone(make), "/v1/volunteers/{}/legal-holds"
    hold = done(admin.post(path.format(one.id), json=REASON), 201)
    other = done(admin.post(path.format(one.id), json={"reason": "裁判所の照会"}), 201)
    assert (hold["status"], hold["reason"], hold["actions"]) == ("standing", REASON["reason"], ["lift"])
    assert due(admin)[0]["kept_by"] == ["legal_hold"]

    assert anonymize_the_gone(wiring) == 0
    lifted = done(admin.post(f"/v1/legal-holds/{hold['id']}/lift", json={"reason": "照会終了"}))
    assert (lifted["status"], lifted["lifted_reason"], lifted["actions"]) == ("lifted", "照会終了", [])
    assert anonymize_the_gone(wiring) == 0
    done(admin.post(f"/v1/legal-holds/{other['id']}/lift", json={"reason": "照会終了"}))
    assert anonymize_the_gone(wiring) == 1
    assert status_of(wiring, one) is VolunteerStatus.ANONYMIZED

    said = [found["status"] for found in done(admin.get(path.format(one.id)))["items"]]
    assert said == ["lifted", "lifted"]
    with wiring.unit(write=False) as unit:
        events = unit.session.exec(
            select(AuditEvent.action)
            .where(AuditEvent.subject_volunteer_id == one.id, col(AuditEvent.action).startswith("legal_hold"))
            .order_by(col(AuditEvent.id))
        ).all()
    assert events == ["legal_hold.place"] * 2 + ["legal_hold.lift"] * 2 + ["legal_hold.read"]
    check_data()


def test_an_open_incident_about_what_she_did_keeps_her_data(make: Make, admin: Client, wiring: Wiring) -> None:
    stood, asked, other = gone(make), gone(make), gone(make)
    held = make.assignment(make.shift_with_demand(), stood, AssignmentStatus.CANCELLED)
    opened = make.shift_with_demand()
    make.assignment(opened, asked, AssignmentStatus.WITHDRAWN)
    told = {"kind": "complaint", "severity": 2, "text": "時間に遅れたとの申し出"}
    about = ({"type": "assignment", "id": str(held.id)}, {"type": "dispatch_request", "id": str(opened.request.id)})
    incidents = [done(admin.post("/v1/incidents", json={**told, "about": one}), 201)["id"] for one in about]

    kept = {entry["volunteer_id"]: entry["kept_by"] for entry in due(admin)}
    assert kept == {str(stood.id): ["open_incident"], str(asked.id): ["open_incident"], str(other.id): []}
    assert anonymize_the_gone(wiring) == 1
    for incident in incidents:
        done(admin.post(f"/v1/incidents/{incident}/close", json={"reason": "お詫びし、解決した"}))
    assert anonymize_the_gone(wiring) == 2


def test_a_hold_that_comes_between_the_reading_and_the_lock_counts(make: Make, wiring: Wiring) -> None:
    from services import anonymizing  # noqa: PLC0415 - called as the sweep would

    one = gone(make)
    make.legal_hold(one)
    with wiring.unit() as unit:
        anonymizing.anonymize(unit, unit.lock(Volunteer, one.id))
    assert status_of(wiring, one) is VolunteerStatus.WITHDRAWN


def test_holds_are_the_administrators_and_say_nothing_about_her(make: Make, admin: Client, as_: As) -> None:
    one = gone(make)
    path = f"/v1/volunteers/{one.id}/legal-holds"
    assert faults(admin.post(path, json={"reason": "090-0000-0000の件"})) == [("/reason", "REQ_FREE_TEXT_PII")]
    assert problem(admin.post(f"/v1/volunteers/{new_id()}/legal-holds", json=REASON)) == (404, "NOT_FOUND")
    hold = done(admin.post(path, json=REASON), 201)
    lift = f"/v1/legal-holds/{hold['id']}/lift"
    assert faults(admin.post(lift, json={"reason": "090-0000-0000の件"})) == [("/reason", "REQ_FREE_TEXT_PII")]
    stale = {"If-Match": f'"{hold["id"]}.7"'}
    assert problem(admin.post(lift, json=REASON, headers=stale)) == (412, "VERSION")
    done(admin.post(lift, json=REASON))
    assert problem(admin.post(lift, json=REASON)) == (409, "HLD_STATE")
    for role in (Role.COORDINATOR, Role.VIEWER):
        assert as_(role).get("/v1/retention/volunteers").status_code == 403
        assert as_(role).post(path, json=REASON).status_code == 403


def test_the_dry_run_needs_as_many_queries_for_many(make: Make, admin: Client, queries: Queries) -> None:
    spent = []
    for count in (1, 19):
        for _ in range(count):
            gone(make)
        with queries() as seen:
            done(admin.get("/v1/retention/volunteers", params={"limit": 100}))
        spent.append(len(seen))
    assert spent[0] == spent[1]
