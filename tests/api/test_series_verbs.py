"""Verbs of a whole series: handed in, accepted and cancelled together, each occurrence answered by itself."""

from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.organization import Facility
from models.record import AuditEvent
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import REQUESTS
from tests.makers.doors import done, faults, problem
from tests.makers.terms import SERIES, days, mornings, opened, path_of, read, told, verb
from tests.outbox import notices, sent_kinds

WINTER = ["2025-12-02", "2025-12-04", "2025-12-09", "2025-12-11", "2025-12-16", "2025-12-18"]
WHY = {"reason": "学年の都合"}


def test_each_verb_answers_with_the_version_that_it_left(secretary: Client, office: Client, school: Facility) -> None:
    path = path_of(opened(secretary, mornings(school)))
    tags = [secretary.get(path).headers["ETag"]]

    for caller, name, body in ((secretary, "submit", {}), (office, "accept", {}), (secretary, "cancel", WHY)):
        said = caller.post(f"{path}/{name}", json=body, headers={"If-Match": tags[-1]})
        assert said.status_code == 207
        tags.append(said.headers["ETag"])
        assert secretary.get(path).headers["ETag"] == tags[-1]

    assert len(set(tags)) == 4


def test_drafts_are_handed_in_together_and_the_office_is_told_once(
    secretary: Client, office: Client, school: Facility, wiring: Wiring
) -> None:
    series = opened(secretary, mornings(school, starts="16:00", ends="18:00"))
    secretary.post(f"{REQUESTS}/{series['occurrences'][2]['id']}/cancel", json={"reason": "休み"})

    items = verb(secretary, series, "submit")

    rest = [day for day in WINTER if day != "2025-12-09"]
    assert told(items) == [(day, 200, None) for day in rest]
    assert {(item["request_status"], item["series_id"]) for item in items} == {("submitted", series["id"])}
    (notice,) = (each for each in notices(wiring) if each.kind == "office_series_submitted")
    assert (notice.facts["n"], notice.facts["needs_override"]) == (5, ["REQ_HOURS"])
    assert not [each for each in notices(wiring) if each.kind.startswith("office_request_s")]
    after = read(office, series)
    assert after["by_status"] == {"cancelled": 1, "submitted": 5}
    assert (after["version"], after["actions"]) == (2, ["accept", "cancel"])
    assert verb(secretary, series, "submit") == []
    assert read(office, series)["version"] == 2


def test_of_what_is_urgent_the_office_is_told_by_itself(
    secretary: Client, as_: As, school: Facility, wiring: Wiring
) -> None:
    as_(Role.COORDINATOR)  # somebody who is told
    opened(secretary, mornings(school, starts_on="2025-11-11", rule="FREQ=WEEKLY;BYDAY=TU;COUNT=3", submit=True))

    assert sorted(notice.kind for notice in notices(wiring)) == [
        "office_request_urgent",
        "office_request_urgent",
        "office_series_submitted",
    ]


def test_an_occurrence_that_cannot_be_handed_in_leaves_the_others(secretary: Client, school: Facility) -> None:
    series = opened(secretary, mornings(school, rule="FREQ=DAILY;COUNT=2"))
    second = f"{REQUESTS}/{series['occurrences'][1]['id']}"
    assert secretary.delete(f"{second}/clients/1").status_code == 200

    assert told(verb(secretary, series, "submit")) == [("2025-12-02", 200, None), ("2025-12-03", 422, "REQ_CONSENT")]


def test_a_whole_series_is_accepted_at_once(
    secretary: Client, office: Client, school: Facility, wiring: Wiring
) -> None:
    series = opened(secretary, mornings(school, submit=True))

    items = verb(office, series, "accept")

    assert told(items) == [(day, 200, None) for day in WINTER]
    assert read(office, series)["by_status"] == {"matching": 6}
    shifts = {each["shift_id"] for each in read(office, series)["occurrences"]}
    assert len(shifts - {None}) == 6
    (notice,) = (each for each in notices(wiring) if each.kind == "series_accepted")
    assert (notice.account_id, notice.facts["n"]) == (secretary.account.id, 6)
    assert not [each for each in notices(wiring) if each.kind == "request_accepted"]
    with wiring.unit(write=False) as unit:
        actions = [event.action for event in unit.session.exec(select(AuditEvent))]
    assert actions.count("dispatch_request.accept") == 6
    assert actions.count("dispatch_series.accept") == 1
    assert verb(office, series, "accept") == []


def test_what_wants_an_override_is_accepted_only_with_it(secretary: Client, office: Client, school: Facility) -> None:
    series = opened(secretary, mornings(school, rule="FREQ=WEEKLY;BYDAY=TU,SA;COUNT=4", submit=True))

    first = verb(office, series, "accept")
    assert told(first) == [
        ("2025-12-02", 200, None),
        ("2025-12-06", 422, "REQ_CLOSED_DAY"),
        ("2025-12-09", 200, None),
        ("2025-12-13", 422, "REQ_CLOSED_DAY"),
    ]
    assert [violation["code"] for violation in first[1]["violations"]] == ["REQ_CLOSED_DAY"]

    second = verb(office, series, "accept", {"overrides": [{"code": "REQ_CLOSED_DAY", "reason": "参観日"}]})
    assert told(second) == [("2025-12-06", 200, None), ("2025-12-13", 200, None)]


def test_verbs_want_the_version_that_was_seen(secretary: Client, school: Facility) -> None:
    series = opened(secretary, mornings(school))
    stale = {"If-Match": f'"{series["id"]}.7"'}

    for name, body in (("submit", {}), ("cancel", {"reason": "中止"})):
        assert problem(secretary.post(f"{path_of(series)}/{name}", json=body, headers=stale)) == (412, "VERSION")
    seen = {"If-Match": f'"{series["id"]}.1"'}
    assert secretary.post(f"{path_of(series)}/submit", json={}, headers=seen).status_code == 207


def preferred(office: Client, occurrence: dict[str, Any]) -> dict[str, bool]:
    """For each candidate, whether continuity counts for her."""
    items = done(office.get(f"/v1/shifts/{occurrence['shift_id']}/candidates"))["items"]
    return {
        one["volunteer_id"]: any(why["criterion"] == "continuity" and why["points"] for why in one["reasons"])
        for one in items
    }


def test_whoever_stands_on_an_earlier_occurrence_is_preferred_for_the_later_ones(
    secretary: Client, office: Client, school: Facility, make: Make
) -> None:
    """Not only of the first: and not for those before it."""
    series = opened(secretary, mornings(school, clients=[], submit=False, rule="FREQ=DAILY;COUNT=3"))
    for each in series["occurrences"]:
        family = {"age_months": 90, "consent_on": "2025-11-06"}  # a family of its own: only the series connects them
        assert secretary.post(f"{REQUESTS}/{each['id']}/clients", json=family).status_code == 200
    verb(secretary, series, "submit")
    verb(office, series, "accept")
    first, second, third = read(office, series)["occurrences"]
    her, other = (
        make.volunteer(languages={"vi": "C1"}, certs=("school",), cleared=True, child_contact_ok=True, max_per_month=9)
        for _ in range(2)
    )
    taken = office.post(f"/v1/shifts/{second['shift_id']}/assignments", json={"volunteer_id": str(her.id)})
    assert taken.status_code == 201, taken.text

    assert preferred(office, first) == {str(her.id): False, str(other.id): False}
    assert preferred(office, third) == {str(her.id): True, str(other.id): False}
    assert next(iter(preferred(office, third))) == str(her.id)


def test_one_occurrence_is_cancelled_like_any_request(
    secretary: Client, office: Client, school: Facility, wiring: Wiring
) -> None:
    series = opened(secretary, mornings(school))

    items = verb(secretary, series, "cancel", WHY, scope="one", **{"from": "2025-12-09"})

    assert told(items) == [("2025-12-09", 200, None)]
    after = read(office, series)
    assert (after["by_status"], after["status"]) == ({"cancelled": 1, "draft": 5}, "active")
    assert days(after) == WINTER  # it is still known what was not to be
    assert sent_kinds(wiring) == ["request_cancelled"]
    again = verb(secretary, series, "cancel", WHY, scope="one", **{"from": "2025-12-09"})
    assert told(again) == [("2025-12-09", 409, "REQ_STATE")]


def test_from_one_on_all_are_cancelled_with_who_was_to_come(
    secretary: Client, office: Client, school: Facility, make: Make, wiring: Wiring
) -> None:
    series = opened(secretary, mornings(school, submit=True))
    verb(office, series, "accept")
    her = make.volunteer(languages={"vi": "C1"}, certs=("school",), cleared=True, child_contact_ok=True)
    shift_id = read(office, series)["occurrences"][4]["shift_id"]
    body = {"volunteer_id": str(her.id)}
    assert office.post(f"/v1/shifts/{shift_id}/assignments", json=body).status_code == 201
    before = sent_kinds(wiring)

    items = verb(secretary, series, "cancel", WHY, scope="following", **{"from": "2025-12-11"})

    assert told(items) == [(day, 200, None) for day in WINTER[3:]]
    assert read(office, series)["by_status"] == {"cancelled": 3, "matching": 3}
    new = sent_kinds(wiring)
    for kind in before:
        new.remove(kind)
    assert new == ["assignment_cancelled", "office_series_cancelled", "series_cancelled"]
    assert done(office.get(f"/v1/shifts/{shift_id}"))["status"] == "cancelled"


def test_what_is_over_stays_and_the_series_ends(
    secretary: Client, office: Client, school: Facility, clock: SetClock, wiring: Wiring
) -> None:
    series = opened(secretary, mornings(school, submit=True))
    verb(office, series, "accept")
    clock.now = datetime.fromisoformat("2025-12-08T15:00:00+09:00")

    items = verb(secretary, series, "cancel", WHY)

    assert told(items) == [(day, 200, None) for day in WINTER[2:]]
    assert [[warning["code"] for warning in item.get("warnings", [])] for item in items] == [
        ["REQ_CANCEL_LATE"],
        [],
        [],
        [],
    ]
    after = read(office, series)
    assert (after["status"], after["by_status"], after["actions"]) == ("cancelled", {"cancelled": 4, "matching": 2}, [])
    for name, body in (("submit", {}), ("accept", {}), ("cancel", WHY)):
        answer = office.post(f"{path_of(series)}/{name}", json=body)
        assert problem(answer) == (409, "SER_STATE")
        assert (answer.json()["state"], answer.json()["allowed"]) == ("cancelled", [])
    answer = secretary.patch(path_of(series), json={"note": "三階"}, headers={"If-Match": "*"})
    assert problem(answer) == (409, "SER_STATE")
    with wiring.unit(write=False) as unit:
        assert "dispatch_series.cancel" in {event.action for event in unit.session.exec(select(AuditEvent))}


def test_drafts_are_cancelled_without_telling_the_office(
    secretary: Client, as_: As, school: Facility, wiring: Wiring
) -> None:
    as_(Role.COORDINATOR)
    series = opened(secretary, mornings(school))

    verb(secretary, series, "cancel", WHY)

    assert read(secretary, series)["status"] == "cancelled"
    assert sent_kinds(wiring) == ["series_cancelled"]


def test_a_reason_with_personal_details_cancels_nothing(secretary: Client, school: Facility, wiring: Wiring) -> None:
    series = opened(secretary, mornings(school))

    items = verb(secretary, series, "cancel", {"reason": "電話 090-1234-5678"})

    assert {(item["status"], item["code"]) for item in items} == {(422, "REQ_FREE_TEXT_PII")}
    assert (read(secretary, series)["version"], sent_kinds(wiring)) == (1, [])


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"scope": "one"}, ("from", "FIELD_MISSING")),
        ({"scope": "following"}, ("from", "FIELD_MISSING")),
        ({"from": "2025-12-02"}, ("from", "FIELD_CONFLICT")),
        ({"scope": "one", "from": "2025-12-03"}, ("from", "FIELD_REFERENCE")),
        ({"scope": "following", "from": "2026-12-02"}, ("from", "FIELD_REFERENCE")),
        ({"scope": "some"}, ("scope", "FIELD_FORMAT")),
        ({"scope": "one", "from": "2 December"}, ("from", "FIELD_FORMAT")),
    ],
)
def test_an_aim_must_name_an_occurrence(
    secretary: Client, school: Facility, query: dict[str, str], fault: tuple[str, str]
) -> None:
    series = opened(secretary, mornings(school))
    assert faults(secretary.post(f"{path_of(series)}/cancel", json=WHY, params=query)) == [fault]
    answer = secretary.patch(path_of(series), json={"note": "三階"}, params=query, headers={"If-Match": "*"})
    assert faults(answer) == [fault]
    assert read(secretary, series)["version"] == 1


def test_what_has_passed_is_no_longer_offered_as_a_verb(office: Client, make: Make, clock: SetClock) -> None:
    series, _ = make.series()
    clock.now = datetime.fromisoformat("2025-12-20T09:00:00+09:00")

    assert done(office.get(f"{SERIES}/{series.id}"))["actions"] == []
