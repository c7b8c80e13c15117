"""Series of requests: a rule becomes its requests, all or none; who sees them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from api.settings import Settings
from models.account import Role
from models.dispatch_series import DispatchSeries
from models.organization import Facility, Organization
from tests.conftest import As, Client
from tests.databases import House, settings_for
from tests.factories import Make
from tests.makers.asking import REQUESTS, broken, stored
from tests.makers.doors import done, faults, problem
from tests.makers.terms import SERIES, days, mornings, opened, path_of, read
from tests.queries import Statements

WINTER = ["2025-12-02", "2025-12-04", "2025-12-09", "2025-12-11", "2025-12-16", "2025-12-18"]


def test_school_mornings_of_a_term_leave_out_every_holiday(secretary: Client, school: Facility) -> None:
    """Counted by hand in the calendar of 2026: 5 May is 祝日 (こどもの日); 29 April and 6 May fall on Wednesdays."""
    series = opened(secretary, mornings(school, rule="FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20260716", starts_on="2026-04-07"))

    assert days(series) == [
        *(f"2026-04-{day}" for day in ("07", "09", "14", "16", "21", "23", "28", "30")),
        *(f"2026-05-{day}" for day in ("07", "12", "14", "19", "21", "26", "28")),
        *(f"2026-06-{day}" for day in ("02", "04", "09", "11", "16", "18", "23", "25", "30")),
        *(f"2026-07-{day}" for day in ("02", "07", "09", "14", "16")),
    ]
    assert series["excluded"] == ["2026-05-05"]
    assert (series["first_on"], series["last_on"], series["by_status"]) == ("2026-04-07", "2026-07-16", {"draft": 29})


def test_the_year_end_is_left_out_unless_it_is_wanted(secretary: Client, school: Facility) -> None:
    """The office closes from 29 December to 3 January."""
    term = mornings(school, rule="FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20260108", starts_on="2025-12-23")
    assert days(opened(secretary, term)) == ["2025-12-23", "2025-12-25", "2026-01-06", "2026-01-08"]

    whole = opened(secretary, term | {"skip_closed_days": False, "starts": "13:00", "ends": "15:00"})

    assert [day for day in days(whole) if day not in {"2025-12-23", "2025-12-25"}][:2] == ["2025-12-30", "2026-01-01"]
    assert whole["occurrences"][2]["needs_override"] == ["REQ_CLOSED_DAY"]


def test_weekends_are_no_holidays_of_a_rule_that_names_them(secretary: Client, school: Facility) -> None:
    series = opened(secretary, mornings(school, rule="FREQ=WEEKLY;BYDAY=SA;COUNT=2"))
    assert days(series) == ["2025-12-06", "2025-12-13"]


def test_days_can_be_left_out(secretary: Client, school: Facility) -> None:
    series = opened(secretary, mornings(school, excluded=["2025-12-04", "2025-12-18"]))

    assert days(series) == ["2025-12-02", "2025-12-09", "2025-12-11", "2025-12-16"]
    assert series["excluded"] == ["2025-12-04", "2025-12-18"]


def test_each_occurrence_is_a_request_of_the_same_family_that_continues_the_first(
    secretary: Client, school: Facility, board: Organization
) -> None:
    answer = secretary.post(SERIES, json=mornings(school, note="二階の教室"))

    series = answer.json()
    assert answer.headers["location"] == path_of(series)
    assert answer.headers["etag"] == f'"{series["id"]}.1"'
    assert read(secretary, series) == series
    requests = [done(secretary.get(f"{REQUESTS}/{each['id']}")) for each in series["occurrences"]]
    first, *later = requests
    assert [request["starts_at"] for request in requests] == [f"{day}T09:30:00+09:00" for day in WINTER]
    assert [request["occurrence_on"] for request in requests] == WINTER
    assert {request["series_id"] for request in requests} == {series["id"]}
    assert [first["continuity_of"], *{request["continuity_of"] for request in later}] == [None, first["id"]]
    assert len({request["clients"][0]["client_ref"] for request in requests}) == 1
    assert {(request["note"], request["facility_id"]) for request in requests} == {("二階の教室", str(school.id))}
    assert series["template"]["clients"][0]["client_ref"] == first["clients"][0]["client_ref"]
    assert (series["organization_id"], series["status"]) == (str(board.id), "active")
    assert series["actions"] == ["submit", "cancel"]


def test_the_first_may_continue_an_earlier_request(secretary: Client, school: Facility, make: Make) -> None:
    with make.wiring.unit(write=False) as unit:
        owner = unit.get(Organization, school.organization_id)
    earlier = make.request(owner=owner)

    series = opened(secretary, mornings(school, continuity_of=str(earlier.id)))

    first, second = (done(secretary.get(f"{REQUESTS}/{each['id']}")) for each in series["occurrences"][:2])
    assert (first["continuity_of"], second["continuity_of"]) == (str(earlier.id), first["id"])


class TestWhereClocksChange:
    """A foundation in Berlin, where summer time begins on 29 March 2026."""

    @pytest.fixture
    def settings(self, house: House, tmp_path: Path) -> Settings:
        return settings_for(house.lend(tmp_path), var=tmp_path, time_zone="Europe/Berlin", holiday_country="DE")

    def test_the_hour_on_the_wall_stays(self, secretary: Client, school: Facility) -> None:
        series = opened(secretary, mornings(school, rule="FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4", starts_on="2026-03-24"))

        assert [each["starts_at"] for each in series["occurrences"]] == [
            "2026-03-24T09:30:00+01:00",
            "2026-03-26T09:30:00+01:00",
            "2026-03-31T09:30:00+02:00",
            "2026-04-02T09:30:00+02:00",
        ]

    def test_and_stays_when_it_is_changed(self, secretary: Client, school: Facility) -> None:
        series = opened(secretary, mornings(school, rule="FREQ=WEEKLY;BYDAY=TH;COUNT=2", starts_on="2026-03-26"))

        secretary.patch(path_of(series), json={"starts": "10:00", "ends": "12:00"}, headers={"If-Match": "*"})

        after = read(secretary, series)["occurrences"]
        assert [each["starts_at"] for each in after] == ["2026-03-26T10:00:00+01:00", "2026-04-02T10:00:00+02:00"]
        assert [each["ends_at"] for each in after] == ["2026-03-26T12:00:00+01:00", "2026-04-02T12:00:00+02:00"]


@pytest.mark.parametrize(
    ("over", "fault"),
    [
        ({"rule": "FREQ=SOMETIMES;COUNT=2"}, ("/rule", "SER_RULE")),
        ({"rule": "FREQ=HOURLY;COUNT=2"}, ("/rule", "SER_OFTEN")),
        ({"rule": "FREQ=WEEKLY"}, ("/rule", "SER_ENDLESS")),
        ({"rule": "FREQ=WEEKLY;UNTIL=20260701"}, ("/rule", "SER_LONG")),
        ({"rule": "FREQ=DAILY;COUNT=75"}, ("/rule", "SER_LONG")),
        ({"rule": "FREQ=WEEKLY;UNTIL=20251201"}, ("/rule", "SER_EMPTY")),
        ({"rule": "FREQ=DAILY;COUNT=2", "excluded": ["2025-12-02", "2025-12-03"]}, ("/rule", "SER_EMPTY")),
        ({"rule": "FREQ=WEEKLY;COUNT=2\n"}, ("/rule", "FIELD_FORMAT")),
        ({"rule": ""}, ("/rule", "FIELD_RANGE")),
        ({"excluded": ["2025-12-04", "2025-12-03"]}, ("/excluded/1", "FIELD_CONFLICT")),
        ({"ends": "09:30"}, ("/ends", "FIELD_CONFLICT")),
        ({"starts": "9時"}, ("/starts", "FIELD_FORMAT")),
        ({"facility_id": None}, ("/facility_id", "FIELD_MISSING")),
        ({"languages": ["ja"]}, ("/languages/0", "LANG_TAG")),
        ({"checkup_session_id": "0199c4f0-0000-7000-8000-000000000000"}, ("/checkup_session_id", "FIELD_UNKNOWN")),
    ],
)
def test_what_cannot_be_repeated_says_where_and_writes_nothing(
    secretary: Client, school: Facility, wiring: Wiring, over: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(secretary.post(SERIES, json=mornings(school, **over))) == [fault]
    assert stored(wiring) == []


def test_a_bad_rule_names_the_part_that_is_bad(secretary: Client, school: Facility) -> None:
    answer = secretary.post(
        SERIES, json=mornings(school, rule="FREQ=WEEKLY;BYDAY=XX;COUNT=2"), headers={"Accept-Language": "en"}
    )
    assert "“BYDAY=XX”" in answer.json()["detail"]


def test_one_occurrence_that_cannot_be_undoes_all(
    secretary: Client, school: Facility, make: Make, wiring: Wiring
) -> None:
    make.service_type("school_support", valid_to=date(2025, 12, 12))
    assert broken(secretary.post(SERIES, json=mornings(school))) == ["REQ_SERVICE_OFF"]
    assert broken(secretary.post(SERIES, json=mornings(school, starts_on="2025-11-04"))) == ["REQ_PAST"]
    assert broken(
        secretary.post(SERIES, json=mornings(school, clients=[], submit=True, rule="FREQ=DAILY;COUNT=2"))
    ) == ["REQ_CONSENT"]
    assert stored(wiring) == []
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(DispatchSeries)).all() == []


def test_the_same_series_again_is_a_duplicate_unless_forced(
    secretary: Client, school: Facility, wiring: Wiring
) -> None:
    series = opened(secretary, mornings(school))
    secretary.post(f"{REQUESTS}/{series['occurrences'][0]['id']}/cancel", json={"reason": "休み"})

    answer = secretary.post(SERIES, json=mornings(school))

    assert problem(answer) == (409, "REQ_DUPLICATE")
    assert series["occurrences"][1]["request_no"] in answer.json()["detail"]
    assert len(stored(wiring)) == 6
    assert days(opened(secretary, mornings(school), force=True)) == WINTER


def test_the_same_call_again_is_answered_as_before(secretary: Client, school: Facility, wiring: Wiring) -> None:
    first, again = (
        secretary.post(SERIES, json=mornings(school), headers={"Idempotency-Key": "term"}) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert len(stored(wiring)) == 6


def test_staff_file_for_an_institution_by_fax(
    office: Client, school: Facility, board: Organization, wiring: Wiring
) -> None:
    fax = {"of": str(board.id), "channel": "fax", "at": "2025-11-07T16:00:00+09:00"}
    assert faults(office.post(SERIES, json=mornings(school))) == [("/organization_id", "FIELD_MISSING")]

    opened(office, mornings(school, organization_id=str(board.id), on_behalf=fax, submit=True))

    assert {(row.channel, row.received_at and row.received_at.isoformat()) for row in stored(wiring)} == {
        ("fax", "2025-11-07T07:00:00+00:00")
    }


def test_whose_series_it_is_and_who_may_not(
    secretary: Client, office: Client, as_: As, school: Facility, board: Organization, make: Make
) -> None:
    own, (foreign, _) = opened(secretary, mornings(school)), make.series()

    assert problem(secretary.get(f"{SERIES}/{foreign.id}")) == (404, "NOT_FOUND")
    assert problem(secretary.post(f"{SERIES}/{foreign.id}/cancel", json={"reason": "中止"})) == (404, "NOT_FOUND")
    assert problem(secretary.post(f"{path_of(own)}/accept", json={})) == (403, "NOT_PERMITTED")
    assert faults(secretary.post(SERIES, json=mornings(school, organization_id=str(foreign.organization_id)))) == [
        ("/organization_id", "FIELD_REFERENCE")
    ]
    fax = {"of": str(board.id), "channel": "fax", "at": "2025-11-07T16:00:00+09:00"}
    for path, body in (
        (SERIES, mornings(school, on_behalf=fax)),
        (f"{path_of(own)}/submit", {"on_behalf": fax}),
        (f"{path_of(own)}/cancel", {"reason": "中止", "on_behalf": fax}),
    ):
        assert problem(secretary.post(path, json=body)) == (403, "NOT_PERMITTED")
    for stranger in (as_(Role.VOLUNTEER), as_(Role.VIEWER)):
        assert problem(stranger.post(SERIES, json=mornings(school))) == (403, "NOT_PERMITTED")
        assert problem(stranger.get(SERIES)) == (403, "NOT_PERMITTED")
    assert [each["id"] for each in done(secretary.get(SERIES))["items"]] == [own["id"]]
    assert [each["id"] for each in done(office.get(SERIES))["items"]] == [str(foreign.id), own["id"]]


def test_series_are_listed_by_page_and_filter(office: Client, make: Make) -> None:
    made = [make.series(starts_on=date(2025, 12, day))[0] for day in (3, 1, 2)]

    listed, query = [], {"limit": 1}
    while True:
        page = done(office.get(SERIES, params=query))
        listed += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert [each["first_on"] for each in listed] == ["2025-12-01", "2025-12-02", "2025-12-03"]
    assert listed[0] == {name: done(office.get(f"{SERIES}/{made[1].id}"))[name] for name in listed[0]}
    assert done(office.get(SERIES, params={"status": "cancelled"}))["items"] == []
    filtered = done(office.get(SERIES, params={"organization_id": str(made[0].organization_id), "status": "active"}))
    assert [each["id"] for each in filtered["items"]] == [str(made[0].id)]


def test_the_number_of_queries_does_not_grow(
    office: Client, make: Make, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    short, _ = make.series()
    seen = []
    for _ in range(2):
        with queries() as listing:
            done(office.get(SERIES))
        seen.append(len(listing))
        make.series()
    assert len(set(seen)) == 1
    long, _ = make.series(count=9, starts_on=date(2026, 1, 5))
    with queries() as of_two:
        done(office.get(f"{SERIES}/{short.id}"))
    with queries() as of_nine:
        done(office.get(f"{SERIES}/{long.id}"))
    assert len(of_two) == len(of_nine)
