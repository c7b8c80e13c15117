"""A finished dispatch that the office writes down afterwards: whole, in one call, through the same doors."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from models.dispatch_request import DispatchRequest
from models.organization import Organization
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import REQUESTS, broken, home_visit
from tests.makers.doors import audited, done, faults, notices_of, problem, reason, refused
from tests.makers.people import DAILY

Check = Callable[[], None]
STARTS, ENDS = "2025-11-06T10:00:00+09:00", "2025-11-06T11:00:00+09:00"
TIMES = {"actual_start": STARTS, "actual_end": "2025-11-06T11:10:00+09:00"}


@pytest.fixture
def mai(make: Make) -> Volunteer:
    return make.volunteer(languages={"vi": "C1"}, certs=("checkup", "home_visit"))


def finished(centre: Organization, *came: Volunteer, **over: Any) -> dict[str, Any]:
    """A visit of last Thursday, four days before the clock of the tests."""
    return home_visit(
        organization_id=str(centre.id),
        starts_at=STARTS,
        ends_at=ENDS,
        reason="電話だけで手配したため",
        served_by=[{"volunteer_id": str(one.id), "report": TIMES} for one in came],
        report={**TIMES, "families": [{"n": 1, "served": "on_site"}]},
        **over,
    )


def record(caller: Client, body: dict[str, Any], **query: Any) -> httpx2.Response:
    return caller.post(REQUESTS, json=body, params={"recorded_late": "true", **query})


def test_it_is_made_with_who_came_and_both_reports(
    as_: As, office: Client, centre: Organization, mai: Volunteer, wiring: Wiring, check_data: Check
) -> None:
    clerk = as_(Role.REQUESTER, organization=centre)

    made = done(record(office, finished(centre, mai)), 201)

    assert (made["status"], made["channel"], made["assigned"][0][:2]) == ("completed", "web", "ハナ")
    assert made["clients"][0]["served"] == "on_site"
    reports = done(office.get(f"{REQUESTS}/{made['id']}/reports"))["items"]
    assert [(one["kind"], one["minutes"]) for one in reports] == [("volunteer", 70), ("requester", 70)]
    (stood,) = done(as_(mai).get("/v1/assignments"))["items"]
    assert (stood["status"], stood["via"]) == ("completed", "hand")
    assert notices_of(wiring) == [("dispatch_recorded_volunteer", mai.id), ("dispatch_recorded", clerk.account.id)]
    acts = [(event.action, event.facts.get("overrides")) for event in audited(wiring, made["id"])]
    assert ("dispatch_request.record_late", ["REQ_PAST", "REQ_LEAD"]) in acts
    with wiring.unit(write=False) as unit:
        row = unit.get(DispatchRequest, UUID(made["id"]))
        assert {entry["reason"] for entry in row.overrides} == {"電話だけで手配したため"}
    check_data()


def test_fewer_may_have_come_than_were_asked_for(
    make: Make, office: Client, centre: Organization, mai: Volunteer, check_data: Check
) -> None:
    assert done(record(office, finished(centre, mai, places=2)), 201)["status"] == "completed"
    rin = make.volunteer(languages={"vi": "C1"}, certs=("checkup", "home_visit"))
    kei = make.volunteer(languages={"vi": "C1"}, certs=("checkup", "home_visit"))
    both = {**finished(centre, rin, kei, places=2), "note": "二人で"}
    assert len(done(record(office, both, force="true"), 201)["assigned"]) == 2
    check_data()


def test_only_the_office_records(as_: As, centre: Organization, mai: Volunteer) -> None:
    clerk = as_(Role.REQUESTER, organization=centre)
    assert problem(record(clerk, finished(centre, mai))) == (403, "NOT_PERMITTED")
    assert problem(record(as_(mai), finished(centre, mai))) == (403, "NOT_PERMITTED")


@pytest.mark.parametrize("name", ["reason", "served_by", "report"])
def test_a_record_is_whole(office: Client, centre: Organization, mai: Volunteer, name: str) -> None:
    body = finished(centre, mai)
    del body[name]
    assert faults(record(office, body)) == [(f"/{name}", "FIELD_MISSING")]


@pytest.mark.parametrize("name", ["reason", "served_by", "report"])
def test_what_is_still_to_come_has_no_such_parts(
    office: Client, centre: Organization, mai: Volunteer, name: str
) -> None:
    body = home_visit(organization_id=str(centre.id), **{name: finished(centre, mai)[name]})
    assert faults(office.post(REQUESTS, json=body)) == [(f"/{name}", "FIELD_CONFLICT")]


def test_all_that_is_wrong_with_a_record_is_said_at_once(
    make: Make, office: Client, centre: Organization, mai: Volunteer
) -> None:
    body = finished(centre, mai, make.volunteer())
    body |= {"starts_at": "2025-11-10T08:30:00+09:00", "ends_at": "2025-11-10T09:30:00+09:00"}
    body["served_by"][1]["volunteer_id"] = str(centre.id)
    del body["reason"], body["report"]

    assert faults(record(office, body)) == [
        ("/reason", "FIELD_MISSING"),
        ("/report", "FIELD_MISSING"),
        ("/ends_at", "FIELD_RANGE"),
        ("/served_by", "FIELD_RANGE"),
        ("/served_by/1/volunteer_id", "FIELD_REFERENCE"),
    ]
    bare = home_visit(organization_id=str(centre.id), starts_at=STARTS, ends_at=ENDS)
    missing = [(f"/{name}", "FIELD_MISSING") for name in ("reason", "served_by", "report")]
    assert faults(record(office, bare)) == missing
    early = [(pointer, "FIELD_CONFLICT") for pointer, _ in missing]
    assert faults(office.post(REQUESTS, json=finished(centre, mai))) == early


def test_what_is_not_over_is_not_recorded(office: Client, centre: Organization, mai: Volunteer) -> None:
    body = {**finished(centre, mai), "starts_at": "2025-11-10T08:30:00+09:00", "ends_at": "2025-11-10T09:30:00+09:00"}
    assert faults(record(office, body)) == [("/ends_at", "FIELD_RANGE")]


def test_without_the_word_the_past_is_refused(office: Client, centre: Organization) -> None:
    body = home_visit(organization_id=str(centre.id), starts_at=STARTS, ends_at=ENDS)
    assert broken(office.post(REQUESTS, json=body)) == ["REQ_PAST"]


def test_no_more_came_than_places(make: Make, office: Client, centre: Organization, mai: Volunteer) -> None:
    assert faults(record(office, finished(centre, mai, make.volunteer()))) == [("/served_by", "FIELD_RANGE")]


def test_texts_and_people_are_looked_at(office: Client, centre: Organization, mai: Volunteer) -> None:
    leaky = {**finished(centre, mai), "reason": "090-0000-0000へ電話"}
    assert faults(record(office, leaky)) == [("/reason", "REQ_FREE_TEXT_PII")]
    nobody = finished(centre, mai)
    nobody["served_by"][0]["volunteer_id"] = str(centre.id)
    assert faults(record(office, nobody)) == [("/served_by/0/volunteer_id", "FIELD_REFERENCE")]


def test_what_can_never_be_was_not_either(
    make: Make, office: Client, centre: Organization, mai: Volunteer, check_data: Check
) -> None:
    uncertified = make.volunteer(languages={"vi": "C1"})
    assert ("ASG_NO_CERT", "never") in refused(record(office, finished(centre, uncertified)))
    done(record(office, finished(centre, mai)), 201)
    again = {**finished(centre, mai), "home_district": "west"}
    assert refused(record(office, again, force="true")) == [("ASG_OVERLAP", "never")]
    check_data()


def test_the_same_again_is_refused_unless_forced(make: Make, office: Client, centre: Organization) -> None:
    def able() -> Volunteer:
        return make.volunteer(languages={"vi": "C1"}, certs=("checkup", "home_visit"))

    done(record(office, finished(centre, able())), 201)
    assert problem(record(office, finished(centre, able()))) == (409, "REQ_DUPLICATE")
    done(record(office, finished(centre, able()), force="true"), 201)


def test_she_came_whatever_her_calendar_said(make: Make, office: Client, centre: Organization) -> None:
    never_thursdays = tuple(window for window in DAILY if window[0] != 3)
    busy = make.volunteer(
        languages={"vi": "C1"}, certs=("checkup", "home_visit"), max_per_month=0, rules=never_thursdays
    )
    assert done(record(office, finished(centre, busy)), 201)["status"] == "completed"


def test_a_lower_level_wants_its_reason_here_too(make: Make, office: Client, centre: Organization) -> None:
    nearly = make.volunteer(languages={"vi": "A2"}, certs=("checkup", "home_visit"))
    body = finished(centre, nearly)
    assert refused(record(office, body)) == [("ASG_LEVEL", "with_reason")]
    body["served_by"][0]["overrides"] = [reason("ASG_LEVEL")]
    assert done(record(office, body), 201)["status"] == "completed"


def test_reported_times_are_judged_here_too(office: Client, centre: Organization, mai: Volunteer) -> None:
    body = finished(centre, mai)
    body["report"]["actual_end"] = STARTS
    assert problem(record(office, body)) == (422, "REP_TIMES")
