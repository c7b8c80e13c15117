"""Changes of a series: of one occurrence, of one and all later ones, of all; seen before they are made."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.organization import Facility
from models.record import AuditEvent
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.asking import REQUESTS
from tests.makers.doors import done, faults, notices_of, problem
from tests.makers.terms import SERIES, changed, days, mornings, opened, path_of, read, told, verb

WINTER = ["2025-12-02", "2025-12-04", "2025-12-09", "2025-12-11", "2025-12-16", "2025-12-18"]
LATER = {"starts": "10:00", "ends": "12:00"}


@pytest.fixture
def series(secretary: Client, school: Facility) -> dict[str, Any]:
    return opened(secretary, mornings(school))


def since(day: str, scope: str = "following") -> dict[str, str]:
    return {"scope": scope, "from": day}


def hours(series: dict[str, Any]) -> list[str]:
    return [each["starts_at"][11:16] for each in series["occurrences"]]


def test_all_are_changed_and_the_series_with_them(secretary: Client, series: dict[str, Any]) -> None:
    items = changed(secretary, series, LATER | {"note": "三階の教室"})

    assert told(items) == [(day, 200, None) for day in WINTER]
    assert items[0]["changes"] == [
        {"field": "ends_at", "before": "2025-12-02T11:30:00+09:00", "after": "2025-12-02T12:00:00+09:00"},
        {"field": "note", "before": "", "after": "三階の教室"},
        {"field": "starts_at", "before": "2025-12-02T09:30:00+09:00", "after": "2025-12-02T10:00:00+09:00"},
    ]
    after = read(secretary, series)
    assert (hours(after), after["starts"], after["ends"]) == (["10:00"] * 6, "10:00", "12:00")
    assert (after["template"]["note"], after["version"], after["rule"]) == ("三階の教室", 2, series["rule"])


def test_a_change_answers_with_the_version_that_the_next_one_names(secretary: Client, series: dict[str, Any]) -> None:
    path = path_of(series)

    def change(etag: str, **query: Any) -> Any:
        return secretary.patch(path, json=LATER, headers={"If-Match": etag}, params=query)

    first = secretary.get(path).headers["ETag"]
    assert "ETag" not in change(first, preview=True).headers
    second = change(first).headers["ETag"]
    assert second == secretary.get(path).headers["ETag"] != first
    assert problem(change(first)) == (412, "VERSION")
    third = change(second, **since("2025-12-09", "one")).headers["ETag"]
    split = change(third, **since("2025-12-11"))
    assert split.headers["ETag"] == secretary.get(path).headers["ETag"] != third
    assert split.json()["items"][0]["series_id"] != series["id"]


def test_one_is_changed_and_stays_in_its_series(secretary: Client, series: dict[str, Any]) -> None:
    items = changed(secretary, series, LATER, **since("2025-12-09", "one"))

    assert told(items) == [("2025-12-09", 200, None)]
    after = read(secretary, series)
    assert hours(after) == ["09:30", "09:30", "10:00", "09:30", "09:30", "09:30"]
    assert (after["starts"], after["version"], days(after)) == ("09:30", 2, WINTER)


def test_from_one_on_they_become_a_series_of_their_own(
    secretary: Client, series: dict[str, Any], wiring: Wiring, check_data: Callable[[], None]
) -> None:
    items = changed(secretary, series, LATER, **since("2025-12-11"))

    assert told(items) == [(day, 200, None) for day in WINTER[3:]]
    (later_id,) = {item["series_id"] for item in items}
    earlier, later = read(secretary, series), done(secretary.get(f"{SERIES}/{later_id}"))
    assert (days(earlier), days(later)) == (WINTER[:3], WINTER[3:])
    assert (hours(earlier), hours(later)) == (["09:30"] * 3, ["10:00"] * 3)
    assert (earlier["rule"], later["rule"]) == (
        "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20251210",
        "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20251218",
    )
    assert (later["starts_on"], later["split_from"], later["starts"]) == ("2025-12-11", series["id"], "10:00")
    assert (earlier["starts"], earlier["split_from"]) == ("09:30", None)
    request = done(secretary.get(f"{REQUESTS}/{later['occurrences'][0]['id']}"))
    assert request["continuity_of"] == earlier["occurrences"][0]["id"]
    with wiring.unit(write=False) as unit:
        actions = [event.action for event in unit.session.exec(select(AuditEvent))]
    assert actions.count("dispatch_series.split") == 1
    check_data()


def test_days_left_out_go_with_their_part(secretary: Client, school: Facility) -> None:
    series = opened(
        secretary, mornings(school, excluded=["2025-12-04", "2025-12-16"], rule="FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6")
    )

    items = changed(secretary, series, LATER, **since("2025-12-11"))

    later = done(secretary.get(f"{SERIES}/{items[0]['series_id']}"))
    assert (read(secretary, series)["excluded"], later["excluded"]) == (["2025-12-04"], ["2025-12-16"])
    assert days(later) == ["2025-12-11", "2025-12-18"]


def test_from_the_first_on_is_all(secretary: Client, series: dict[str, Any]) -> None:
    items = changed(secretary, series, LATER, **since("2025-12-02"))

    assert {item["series_id"] for item in items} == {series["id"]}
    assert read(secretary, series)["starts"] == "10:00"
    assert len(done(secretary.get(SERIES))["items"]) == 1


def test_a_preview_says_the_same_and_changes_nothing(
    secretary: Client, office: Client, school: Facility, wiring: Wiring
) -> None:
    series = opened(secretary, mornings(school, submit=True))
    assert office.post(f"{REQUESTS}/{series['occurrences'][4]['id']}/accept", json={}).status_code == 200
    before = read(secretary, series)
    with wiring.unit(write=False) as unit:
        events = len(unit.session.exec(select(AuditEvent)).all())

    seen = changed(secretary, series, LATER, preview=True, **since("2025-12-11"))

    assert read(secretary, series) == before
    assert len(done(secretary.get(SERIES))["items"]) == 1
    with wiring.unit(write=False) as unit:
        assert len(unit.session.exec(select(AuditEvent)).all()) == events
    assert {item["series_id"] for item in seen} == {None}
    made = changed(secretary, series, LATER, **since("2025-12-11"))
    assert seen == [item | {"series_id": None} for item in made]
    assert told(made) == [("2025-12-11", 200, None), ("2025-12-16", 200, None), ("2025-12-18", 200, None)]


def test_what_is_accepted_is_changed_too_and_told_once(
    secretary: Client, office: Client, school: Facility, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    series = opened(secretary, mornings(school, submit=True))
    verb(office, series, "accept")
    before = len(notices_of(wiring))

    items = changed(secretary, series, LATER, **since("2025-12-11"))

    assert {(item["status"], item["request_status"]) for item in items} == {(200, "matching")}
    assert [kind for kind, _ in notices_of(wiring)[before:]] == ["office_series_changed"]
    changed(office, series, {"starts": "10:00"})
    assert [kind for kind, _ in notices_of(wiring)[before + 1 :]] == ["series_changed"]
    check_data()


def test_what_was_moved_by_hand_keeps_its_day_by_the_rule(secretary: Client, series: dict[str, Any]) -> None:
    moved = f"{REQUESTS}/{series['occurrences'][2]['id']}"
    friday = {"starts_at": "2025-12-12T14:00:00+09:00", "ends_at": "2025-12-12T16:00:00+09:00"}
    assert secretary.patch(moved, json=friday, headers={"If-Match": "*"}).status_code == 200
    assert days(read(secretary, series)) == WINTER

    one = changed(secretary, series, {"starts": "13:00"}, **since("2025-12-09", "one"))
    assert (told(one), one[0]["changes"][0]["after"]) == ([("2025-12-09", 200, None)], "2025-12-12T13:00:00+09:00")

    changed(secretary, series, LATER)
    assert [each["starts_at"] for each in read(secretary, series)["occurrences"]][2] == "2025-12-12T10:00:00+09:00"


def test_what_is_over_or_cancelled_is_left_alone(secretary: Client, series: dict[str, Any], clock: SetClock) -> None:
    verb(secretary, series, "cancel", {"reason": "休み"}, **since("2025-12-16", "one"))
    clock.now = datetime.fromisoformat("2025-12-04T12:00:00+09:00")

    items = changed(secretary, series, LATER)
    assert told(items) == [(day, 200, None) for day in ("2025-12-09", "2025-12-11", "2025-12-18")]
    for day in ("2025-12-02", "2025-12-16"):
        assert told(changed(secretary, series, LATER, **since(day, "one"))) == [(day, 409, "REQ_STATE")]


def test_a_change_that_no_occurrence_takes_leaves_the_series(
    secretary: Client, series: dict[str, Any], make: Make
) -> None:
    office_place = make.facility()

    items = changed(secretary, series, {"facility_id": str(office_place.id)}, **since("2025-12-11"))

    assert {(item["status"], item["code"]) for item in items} == {(422, "FIELD_CONFLICT")}
    assert read(secretary, series) == series


def test_what_would_become_the_same_as_another_is_changed_only_by_force(
    secretary: Client, school: Facility, series: dict[str, Any]
) -> None:
    clients = [
        {"client_ref": series["template"]["clients"][0]["client_ref"], "age_months": 90, "consent_on": "2025-11-06"}
    ]
    other = mornings(school, rule="FREQ=DAILY;COUNT=1", starts_on="2025-12-09", clients=clients, **LATER)
    opened(secretary, other)

    items = changed(secretary, series, LATER)
    assert [each for each in told(items) if each[1] != 200] == [("2025-12-09", 409, "REQ_DUPLICATE")]
    forced = changed(secretary, series, LATER, force=True, **since("2025-12-09", "one"))
    assert told(forced) == [("2025-12-09", 200, None)]


def test_one_may_take_what_the_others_do_not(secretary: Client, series: dict[str, Any]) -> None:
    items = changed(secretary, series, {"starts": "11:30"}, **since("2025-12-09", "one"))
    assert told(items) == [("2025-12-09", 422, "REQ_DURATION")]
    assert faults(secretary.patch(path_of(series), json={"starts": "11:30"}, headers={"If-Match": "*"})) == [
        ("/ends", "FIELD_CONFLICT")
    ]


def test_contact_topics_and_requirement_are_changed_like_those_of_a_request(
    secretary: Client, series: dict[str, Any]
) -> None:
    contact = {"name": "教務主任", "phone": "076-000-0003"}
    wanted = {"value": "female", "reason": "保護者の希望"}
    body = {
        "onsite_contact": contact,
        "topics": ["school_life"],
        "gender_requirement": wanted,
        "languages": ["en"],
        "meeting_point": "職員室",
        "places": 2,
    }

    items = changed(secretary, series, body)

    assert [change["field"] for change in items[5]["changes"]] == [
        "gender_reason",
        "gender_requirement",
        "languages",
        "meeting_point",
        "onsite_contact",
        "places",
        "topics",
    ]
    template = read(secretary, series)["template"]
    assert {name: template[name] for name in body} == body
    request = done(secretary.get(f"{REQUESTS}/{series['occurrences'][5]['id']}"))
    assert {name: request[name] for name in body} == body
    (cleared, *_) = changed(secretary, series, {"gender_requirement": None, "meeting_point": None})
    assert {change["field"]: change["after"] for change in cleared["changes"]} == {
        "gender_reason": None,
        "gender_requirement": None,
        "meeting_point": "",
    }


def test_a_change_wants_the_version_that_was_seen_and_known_fields(secretary: Client, series: dict[str, Any]) -> None:
    assert problem(secretary.patch(path_of(series), json=LATER)) == (428, "PRECONDITION_REQUIRED")
    stale = {"If-Match": f'"{series["id"]}.9"'}
    assert problem(secretary.patch(path_of(series), json=LATER, headers=stale)) == (412, "VERSION")
    for body, fault in (
        ({"rule": "FREQ=DAILY;COUNT=2"}, ("/rule", "FIELD_UNKNOWN")),
        ({"starts": None}, ("/starts", "FIELD_NULL")),
        ({"starts_at": "2025-12-02T10:00:00+09:00"}, ("/starts_at", "FIELD_UNKNOWN")),
    ):
        assert faults(secretary.patch(path_of(series), json=body, headers={"If-Match": "*"})) == [fault]


def test_an_institution_changes_its_own_only(secretary: Client, office: Client, make: Make) -> None:
    foreign, _ = make.series()
    path = f"{SERIES}/{foreign.id}"
    assert problem(secretary.patch(path, json=LATER, headers={"If-Match": "*"})) == (404, "NOT_FOUND")
    assert office.patch(path, json=LATER, headers={"If-Match": "*"}).status_code == 207
