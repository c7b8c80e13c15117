"""Requests, series, other ways and calls on the worklist: until when, and gone once the verb it names was used."""

from datetime import timedelta

from models.account import Role
from models.dispatch_request import RequestStatus
from models.organization import FacilityKind
from models.shift import ShiftStatus
from models.volunteer import VolunteerStatus
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import by_phone, done, reason
from tests.makers.listed import brief, codes, follow, listed, only
from tests.makers.moments import at
from tests.makers.terms import mornings
from tests.makers.terms import opened as opened_series
from tests.makers.work import VISIT


def test_a_request_is_decided_by_the_close_of_the_next_business_day(make: Make, office: Client) -> None:
    request = make.request(status=RequestStatus.SUBMITTED, ages=(3,))
    make.request(ages=(3,))  # a draft is the institution's

    entry = only(office)

    assert brief(entry) == ("request_undecided", "2025-11-11T17:00", "POST", "accept", False)
    assert entry["object"] == {"type": "dispatch_request", "id": str(request.id), "no": request.request_no}
    done(follow(office, entry["verb"], {}))
    assert listed(office) == []


def test_a_weekend_counts_for_nobody_s_deadline(make: Make, office: Client, clock: SetClock) -> None:
    clock.now = at("14T18:30")  # a Friday evening
    make.request(status=RequestStatus.SUBMITTED, starts_at=VISIT + timedelta(days=30), ages=(3,))

    assert only(office)["deadline"] == "2025-11-17T17:00:00+09:00"


def test_a_late_request_wants_an_override_within_hours(make: Make, office: Client) -> None:
    make.request(status=RequestStatus.SUBMITTED, starts_at=at("13T10:00"), ages=(3,))

    entry = only(office)

    assert brief(entry) == ("override_wanted", "2025-11-10T11:00", "POST", "accept", True)
    assert entry["because"]["detail"].endswith("依頼の期限")
    done(follow(office, entry["verb"], {"overrides": [reason("REQ_LEAD")]}))
    assert listed(office) == []


def test_a_series_is_decided_in_one_call(make: Make, as_: As, office: Client) -> None:
    board = make.organization(name="架空小学校")
    clerk, school = as_(Role.REQUESTER, organization=board), make.facility(owner=board, kind=FacilityKind.SCHOOL)
    series = opened_series(clerk, mornings(school, submit=True))

    entry = only(office)
    assert brief(entry) == ("series_undecided", "2025-11-11T17:00", "POST", "accept", False)
    assert entry["object"] == {"type": "dispatch_series", "id": series["id"], "no": None}
    assert f"{len(series['occurrences'])} 件" in entry["because"]["detail"]
    assert follow(office, entry["verb"], {}).status_code == 207
    assert codes(office, kind="series_undecided") == []


def test_a_series_that_breaks_a_rule_wants_its_reason_once(make: Make, as_: As, office: Client) -> None:
    board = make.organization(name="架空小学校")
    clerk, school = as_(Role.REQUESTER, organization=board), make.facility(owner=board, kind=FacilityKind.SCHOOL)
    opened_series(clerk, mornings(school, submit=True, starts="08:00", ends="09:30"))

    entry = only(office)
    assert brief(entry)[0] == "series_override_wanted"
    follow(office, entry["verb"], {"overrides": [reason("REQ_HOURS")]})
    assert codes(office, kind="series_override_wanted") == []


def test_a_series_with_one_request_left_to_decide_shows_that_request(make: Make, as_: As, office: Client) -> None:
    board = make.organization(name="架空小学校")
    clerk, school = as_(Role.REQUESTER, organization=board), make.facility(owner=board, kind=FacilityKind.SCHOOL)
    series = opened_series(clerk, mornings(school, submit=True))
    for one in series["occurrences"][1:]:
        done(office.post(f"/v1/dispatch-requests/{one['id']}/accept", json={}))

    assert [entry["object"]["id"] for entry in listed(office, kind="request_undecided")] == [
        series["occurrences"][0]["id"]
    ]


def test_no_deadline_lies_after_the_start_and_a_start_ends_it(make: Make, office: Client, clock: SetClock) -> None:
    make.request(status=RequestStatus.SUBMITTED, starts_at=at("10T10:00"), ages=(3,))

    assert only(office)["deadline"] == "2025-11-10T10:00:00+09:00"
    clock.now = at("10T10:00")
    assert listed(office) == []


def test_another_way_whose_time_has_come_wants_its_outcome(make: Make, office: Client) -> None:
    unfilled = make.request(status=RequestStatus.UNFILLED)
    make.shift_with_demand(request=unfilled, status=ShiftStatus.PLANNED)
    done_today = make.fallback(unfilled, arranged_for=NOW)
    make.fallback(unfilled, arranged_for=NOW + timedelta(minutes=1))

    entry = only(office)

    assert brief(entry) == ("outcome_due", "2025-11-11T17:00", "POST", "outcome", False)
    assert entry["object"] == {"type": "fallback", "id": str(done_today.id), "no": unfilled.request_no}
    done(follow(office, entry["verb"], {"outcome": "served"}))
    assert listed(office) == []


def test_who_has_not_answered_a_call_is_asked_before_its_deadline(make: Make, office: Client, clock: SetClock) -> None:
    silent, away = make.volunteer(), make.volunteer(status=VolunteerStatus.ON_LEAVE)
    make.availability_call(silent, away)
    clock.now = at("17T09:00")
    assert listed(office) == []
    clock.now = at("18T09:00")

    entry = only(office)

    assert brief(entry) == ("answers_missing", "2025-11-20T09:00", "GET", "answers", False)
    assert "1人" in entry["because"]["detail"]
    asked = done(follow(office, entry["verb"]))["items"]
    assert {one["volunteer_id"] for one in asked} == {str(silent.id), str(away.id)}
    path = f"/v1/availability-calls/{entry['object']['id']}/answers/{silent.id}"
    told = {"none_this_month": True, "on_behalf": by_phone(silent, "2025-11-18T09:00:00+09:00")}
    done(office.put(path, json=told, headers={"If-Match": "*"}))
    assert listed(office) == []
