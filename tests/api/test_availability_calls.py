"""Availability calls: the office asks for a month, volunteers answer from a phone, and matching follows the answers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.availability_call import AvailabilityCall, AvailabilityCallAnswer, CallStatus
from models.base import new_id
from models.record import Notice, NoticeChannel
from models.shift import ShiftStatus
from models.volunteer import ActivityKind, Volunteer, VolunteerStatus
from services.availability_calls import remind
from services.clock import SetClock
from services.unit import Unit
from services.wording import LANGUAGES, say
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import audited, by_phone, claim, done, faults, notices_of, problem, refused
from worker.reminding import remind_silent

CALLS = "/v1/availability-calls"
MINE = "/v1/me/availability-calls"
DECEMBER = {"from": "2025-12-01", "to": "2025-12-31", "answer_by": "2025-11-20T17:00:00+09:00"}
NINTH = datetime.fromisoformat("2025-12-09T10:00:00+09:00")
"""A Tuesday in the month that is asked about."""

OpenUnit = Callable[..., AbstractContextManager[Unit]]


def sent(office: Client, **over: Any) -> dict[str, Any]:
    call: dict[str, Any] = done(office.post(CALLS, json=DECEMBER | over), 201)
    return call


def put(caller: Client, path: str, etag: str = "*", **answer: Any) -> Any:
    return caller.put(path, json=answer, headers={"If-Match": etag})


def entered(office: Client, call_id: UUID, volunteer: Volunteer, **answer: Any) -> Any:
    at = answer.pop("at", "2025-11-10T09:00:00+09:00")
    path = f"{CALLS}/{call_id}/answers/{volunteer.id}"
    return put(office, path, on_behalf=by_phone(volunteer, at), **answer)


def test_each_active_volunteer_is_asked_once(make: Make, office: Client, wiring: Wiring) -> None:
    mailed, called = make.volunteer(), make.volunteer(person=make.person(email=None))
    make.volunteer(status=VolunteerStatus.ON_LEAVE)

    call = sent(office, note="年末はお休みです")

    assert call.items() >= (DECEMBER | {"status": "open", "asked": 2, "answered": 0, "actions": ["close"]}).items()
    assert notices_of(wiring) == [("availability_call", mailed.id), ("availability_call", called.id)]
    with wiring.unit(write=False) as unit:
        channels = unit.session.exec(select(Notice.channel).order_by(col(Notice.id))).all()
    assert channels == [NoticeChannel.MAIL, NoticeChannel.TO_PHONE]
    assert [event.action for event in audited(wiring, call["id"])] == ["availability_call.ask"]


def test_only_those_of_an_activity_are_asked(make: Make, office: Client, wiring: Wiring) -> None:
    make.volunteer()
    tutor = make.volunteer(activities=(ActivityKind.STUDY_SUPPORT, ActivityKind.JAPANESE_TUTORING))

    call = sent(office, activities=["study_support", "japanese_tutoring", "study_support"])

    assert (call["activities"], call["asked"]) == (["japanese_tutoring", "study_support"], 1)
    assert notices_of(wiring) == [("availability_call", tutor.id)]


@pytest.mark.parametrize(
    ("over", "fault"),
    [
        ({"to": "2025-11-30"}, ("/to", "FIELD_CONFLICT")),
        ({"from": "2025-10-01", "to": "2025-11-09"}, ("/to", "FIELD_RANGE")),
        ({"to": "2026-02-01"}, ("/to", "FIELD_RANGE")),
        ({"answer_by": "2025-11-10T09:00:00+09:00"}, ("/answer_by", "FIELD_RANGE")),
        ({"answer_by": "2026-01-01T00:00:01+09:00"}, ("/answer_by", "FIELD_RANGE")),
        ({"activities": ["singing"]}, ("/activities/0", "FIELD_FORMAT")),
        ({"first_on": "2025-12-01"}, ("/first_on", "FIELD_UNKNOWN")),
    ],
)
def test_what_cannot_be_asked(
    make: Make, office: Client, wiring: Wiring, over: dict[str, Any], fault: tuple[str, str]
) -> None:
    make.volunteer()

    assert faults(office.post(CALLS, json=DECEMBER | over)) == [fault]
    assert notices_of(wiring) == []


def test_the_longest_and_the_latest_call(office: Client) -> None:
    sent(office, **{"from": "2025-11-10", "to": "2026-01-10"}, answer_by="2026-01-11T00:00:00+09:00")


def test_a_month_is_answered_in_two_calls_from_a_phone(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    volunteer = make.volunteer(rules=((1, time(13), time(15)), (1, time(9), time(12))))
    make.away(volunteer, NINTH, NINTH + timedelta(hours=1))
    herself, call = as_(volunteer), sent(office)

    shown = herself.get(f"{MINE}/{call['id']}")

    body = done(shown)
    assert body.items() >= (DECEMBER | {"id": call["id"], "answered_at": None, "days": None, "late": False}).items()
    assert body["actions"] == ["answer"]
    days = {entry["day"]: entry for entry in body["calendar"]}
    assert (len(days), body["calendar"][0]["day"], body["calendar"][-1]["day"]) == (31, "2025-12-01", "2025-12-31")
    windows = [
        {"starts": "09:00", "ends": "12:00", "preferred": False},
        {"starts": "13:00", "ends": "15:00", "preferred": False},
    ]
    assert days["2025-12-02"] == {"day": "2025-12-02", "weekly": windows, "away": False}
    assert days["2025-12-09"] == {"day": "2025-12-09", "weekly": windows, "away": True}
    assert days["2025-12-03"] == {"day": "2025-12-03", "weekly": [], "away": False}

    named = [{"day": "2025-12-02"}, {"day": "2025-12-04", "starts": "10:00", "ends": "15:30"}]
    answer = done(put(herself, f"{MINE}/{call['id']}", shown.headers["etag"], days=named, at_most=2))

    assert answer["days"] == [{"day": "2025-12-02", "starts": None, "ends": None}, named[1]]
    assert (answer["answered_at"], answer["at_most"]) == ("2025-11-10T09:00:00+09:00", 2)
    with wiring.unit(write=False) as unit:
        row = unit.session.exec(select(AvailabilityCallAnswer)).one()
        assert (row.call_id, row.version) == (UUID(call["id"]), 2)
    assert [event.action for event in audited(wiring, row.id)] == ["availability_call.answer"]


def test_the_list_alone_is_enough_to_answer(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    herself = as_(volunteer)
    later = make.availability_call(volunteer, first_on=date(2026, 1, 1), last_on=date(2026, 1, 31))
    sooner = make.availability_call(volunteer)
    make.availability_call(volunteer, status=CallStatus.CLOSED)
    make.availability_call(volunteer, first_on=date(2025, 10, 1), last_on=date(2025, 11, 9))
    make.availability_call(make.volunteer())

    items = done(herself.get(MINE))["items"]

    assert [item["id"] for item in items] == [str(sooner.id), str(later.id)]
    assert items[0].keys() == {"id", "version", "from", "to", "answer_by", "answered_at"}
    etag = f'"{sooner.id}.{items[0]["version"]}"'
    answered = put(herself, f"{MINE}/{sooner.id}", etag, none_this_month=True)
    assert done(answered)["none_this_month"] is True
    assert answered.headers["etag"] == f'"{sooner.id}.2"'
    assert problem(put(herself, f"{MINE}/{sooner.id}", etag, at_most=1)) == (412, "VERSION")


def test_an_answer_replaces_the_one_before_and_a_late_one_counts(make: Make, as_: As, clock: SetClock) -> None:
    volunteer = make.volunteer()
    herself, call = as_(volunteer), make.availability_call(volunteer)
    path = f"{MINE}/{call.id}"
    done(put(herself, path, days=[{"day": "2025-12-01"}], at_most=3))

    clock.forward(days=10)
    assert done(put(herself, path, none_this_month=True))["late"] is False
    clock.forward(seconds=1)
    late = done(put(herself, path, at_most=1))

    assert (late["late"], late["none_this_month"], late["at_most"], late["days"]) == (True, False, 1, None)
    assert done(herself.get(path)) == late


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"none_this_month": True, "at_most": 1}, ("/none_this_month", "FIELD_CONFLICT")),
        ({"none_this_month": True, "days": [{"day": "2025-12-01"}]}, ("/none_this_month", "FIELD_CONFLICT")),
        ({"at_most": 0}, ("/at_most", "FIELD_RANGE")),
        ({"days": []}, ("/days", "FIELD_RANGE")),
        ({"days": [{"day": "2025-12-01"}, {"day": "2025-11-30"}]}, ("/days/1/day", "FIELD_RANGE")),
        ({"days": [{"day": "2026-01-01"}]}, ("/days/0/day", "FIELD_RANGE")),
        ({"days": [{"day": "2025-12-01", "starts": "10:00", "ends": "10:00"}]}, ("/days/0/ends", "FIELD_CONFLICT")),
        ({"days": [{"day": "2025-12-01", "ends": "00:00"}]}, ("/days/0/ends", "FIELD_CONFLICT")),
        ({"on_behalf": None}, ("/on_behalf", "FIELD_UNKNOWN")),
    ],
)
def test_an_answer_that_cannot_stand(make: Make, as_: As, answer: dict[str, Any], fault: tuple[str, str]) -> None:
    volunteer = make.volunteer()
    call = make.availability_call(volunteer)

    assert faults(put(as_(volunteer), f"{MINE}/{call.id}", **answer)) == [fault]


def test_staff_enter_what_reached_the_office(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    asked, newcomer, silent = make.volunteer(), make.volunteer(), make.volunteer()
    call = make.availability_call(asked, silent)
    days = [{"day": "2025-12-02", "starts": "13:00"}, {"day": "2025-12-02", "ends": "10:00"}]

    clock.forward(hours=2)
    first = done(entered(office, call.id, asked, days=days, at="2025-11-10T10:00:00+09:00"))
    done(entered(office, call.id, newcomer, none_this_month=True))

    assert (first["volunteer_id"], first["answered_at"]) == (str(asked.id), "2025-11-10T10:00:00+09:00")
    assert first["days"] == [
        {"day": "2025-12-02", "starts": "13:00", "ends": None},
        {"day": "2025-12-02", "starts": None, "ends": "10:00"},
    ]
    assert first["actions"] == ["answer"]
    assert done(office.get(f"{CALLS}/{call.id}/answers/{asked.id}")) == first
    assert done(as_(newcomer).get(f"{MINE}/{call.id}"))["none_this_month"] is True
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(AvailabilityCallAnswer).order_by(col(AvailabilityCallAnswer.id))).all()
    assert [row.on_behalf and row.on_behalf["channel"] for row in rows] == ["phone", None, "phone"]
    assert audited(wiring, rows[0].id)[-1].on_behalf == rows[0].on_behalf
    for at in ("2025-11-10T11:01:01+09:00", "2025-11-10T08:59:59+09:00"):  # to come, and before she was asked
        assert faults(entered(office, call.id, silent, at=at)) == [("/on_behalf/at", "FIELD_RANGE")]
    anothers = put(office, f"{CALLS}/{call.id}/answers/{silent.id}", on_behalf=by_phone(asked))
    assert faults(anothers) == [("/on_behalf/of", "FIELD_REFERENCE")]
    missing = put(office, f"{CALLS}/{call.id}/answers/{silent.id}", at_most=1)
    assert faults(missing) == [("/on_behalf", "FIELD_MISSING")]


def test_who_has_answered_and_who_has_not(make: Make, office: Client, clock: SetClock) -> None:
    people = [make.volunteer() for _ in range(3)]
    call = make.availability_call(*people, answer_by=NOW + timedelta(hours=1))
    clock.forward(hours=2)
    done(entered(office, call.id, people[0], at="2025-11-10T10:00:00+09:00"))
    done(entered(office, call.id, people[1], days=[{"day": "2025-12-02"}], at_most=1, at="2025-11-10T10:01:00+09:00"))
    path = f"{CALLS}/{call.id}"

    read = done(office.get(path))
    listed = done(office.get(f"{path}/answers"))["items"]

    assert (read["asked"], read["answered"]) == (3, 2)
    assert [
        (one["volunteer_no"], one["late"], one["days_named"], one["at_most"], one["channel"]) for one in listed
    ] == [
        (people[0].volunteer_no, False, None, None, "phone"),
        (people[1].volunteer_no, True, 1, 1, "phone"),
        (people[2].volunteer_no, False, None, None, None),
    ]
    for answered, count in (("true", 2), ("false", 1)):
        assert len(done(office.get(f"{path}/answers", params={"answered": answered}))["items"]) == count
    page = done(office.get(f"{path}/answers", params={"limit": 2}))
    rest = done(office.get(f"{path}/answers", params={"limit": 2, "cursor": page["next_cursor"]}))
    assert page["items"] + rest["items"] == listed


def test_calls_are_listed_by_what_is_open(make: Make, office: Client) -> None:
    asked = make.volunteer()
    over = make.availability_call(asked, first_on=date(2025, 10, 1), last_on=date(2025, 11, 9))
    coming, shut = make.availability_call(asked), make.availability_call(status=CallStatus.CLOSED)

    listed = done(office.get(CALLS))["items"]

    assert [(one["id"], one["status"], one["asked"]) for one in listed] == [
        (str(shut.id), "closed", 0),
        (str(coming.id), "open", 1),
        (str(over.id), "closed", 1),
    ]
    for status, calls in (("open", [coming]), ("closed", [shut, over])):
        items = done(office.get(CALLS, params={"status": status}))["items"]
        assert [one["id"] for one in items] == [str(call.id) for call in calls]


def test_a_closed_call_takes_no_answers(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    volunteer = make.volunteer()
    call = make.availability_call(volunteer)
    path = f"{CALLS}/{call.id}"
    assert problem(office.post(f"{path}/close", headers={"If-Match": '"old"'})) == (412, "VERSION")

    closed = done(office.post(f"{path}/close"))

    assert (closed["status"], closed["actions"], closed["version"]) == ("closed", [], 2)
    assert [event.action for event in audited(wiring, call.id)] == ["availability_call.close"]
    assert problem(office.post(f"{path}/close")) == (409, "CALL_STATE")
    assert problem(put(as_(volunteer), f"{MINE}/{call.id}", at_most=1)) == (409, "CALL_STATE")
    assert problem(entered(office, call.id, volunteer)) == (409, "CALL_STATE")
    assert done(as_(volunteer).get(f"{MINE}/{call.id}"))["actions"] == []


def test_a_month_that_is_over_takes_no_answers(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    volunteer = make.volunteer()
    call = make.availability_call(volunteer)
    clock.now = datetime.fromisoformat("2026-01-01T00:00:00+09:00")

    assert problem(put(as_(volunteer), f"{MINE}/{call.id}", at_most=1)) == (409, "CALL_STATE")
    assert problem(office.post(f"{CALLS}/{call.id}/close")) == (409, "CALL_STATE")


def test_what_is_not_there(make: Make, as_: As, office: Client) -> None:
    asked, other = make.volunteer(), make.volunteer()
    call = make.availability_call(asked)

    assert problem(as_(other).get(f"{MINE}/{call.id}")) == (404, "NOT_FOUND")
    assert problem(put(as_(other), f"{MINE}/{call.id}", at_most=1)) == (404, "NOT_FOUND")
    assert problem(office.get(f"{CALLS}/{call.id}/answers/{other.id}")) == (404, "NOT_FOUND")
    assert problem(office.get(f"{CALLS}/{new_id()}/answers")) == (404, "NOT_FOUND")
    assert problem(entered(office, new_id(), asked)) == (404, "NOT_FOUND")
    assert as_(Role.REQUESTER).post(CALLS, json=DECEMBER).status_code == 403
    assert as_(asked).get(CALLS).status_code == 403
    assert office.get(MINE).status_code == 403


# What an answer does to matching.


def test_the_named_days_count_and_the_others_do_not(make: Make, as_: As, office: Client) -> None:
    naming, silent = make.volunteer(rules=()), make.volunteer(rules=())
    call = make.availability_call(naming, silent)
    done(put(as_(naming), f"{MINE}/{call.id}", days=[{"day": "2025-12-09", "starts": "09:00", "ends": "13:00"}]))
    ninth = make.shift_with_demand(starts_at=NINTH)
    tenth = make.shift_with_demand(starts_at=NINTH + timedelta(days=1))

    here = candidates(office, ninth)
    there = candidates(office, tenth)

    assert here[str(naming.id)]["consent_needed"] == here[str(silent.id)]["consent_needed"] == []
    assert points(here[str(naming.id)]) > points(here[str(silent.id)]) > 0
    assert there[str(naming.id)]["consent_needed"] == ["ASG_UNAVAILABLE"]
    assert (points(there[str(naming.id)]), there[str(silent.id)]["consent_needed"]) == (0, [])
    assert list(here) == [str(naming.id), str(silent.id)]
    assert list(there) == [str(silent.id), str(naming.id)]


def candidates(office: Client, opened: Any) -> dict[str, Any]:
    items = done(office.get(f"/v1/shifts/{opened.shift.id}/candidates"))["items"]
    return {one["volunteer_id"]: one for one in items}


def points(candidate: dict[str, Any]) -> int:
    return sum(one["points"] for one in candidate["reasons"] if one["criterion"] == "preference")


def test_her_own_claim_overrides_her_answer_but_not_a_time_away(make: Make, as_: As) -> None:
    volunteer = make.volunteer()
    call = make.availability_call(volunteer)
    herself = as_(volunteer)
    done(put(herself, f"{MINE}/{call.id}", none_this_month=True))
    make.away(volunteer, NINTH + timedelta(days=1), NINTH + timedelta(days=2))

    claimable = done(herself.get("/v1/shifts", params={"claimable": True}))["items"]
    assert claimable == []
    assert done(claim(herself, make.shift_with_demand(starts_at=NINTH)), 201)["status"] == "confirmed"
    away = make.shift_with_demand(starts_at=NINTH + timedelta(days=1))
    assert refused(claim(herself, away)) == [("ASG_UNAVAILABLE", "with_consent")]
    assert done(claim(herself, away, "ASG_UNAVAILABLE"), 201)["status"] == "confirmed"


def test_at_most_caps_the_month_she_answered_for(make: Make, as_: As, wiring: Wiring) -> None:
    volunteer = make.volunteer(max_per_month=4)
    herself, call = as_(volunteer), make.availability_call(volunteer)
    done(put(herself, f"{MINE}/{call.id}", at_most=1))
    first, second = make.shift_with_demand(starts_at=NINTH), make.shift_with_demand(starts_at=NINTH + timedelta(days=2))
    november = make.shift_with_demand()

    done(claim(herself, first), 201)

    shown = done(herself.get(f"/v1/shifts/{second.shift.id}"))
    assert shown["consent_needed"] == ["ASG_CAP"]
    assert refused(claim(herself, second)) == [("ASG_CAP", "with_consent")]
    done(claim(herself, november), 201)
    with wiring.unit(write=False) as unit:
        assert unit.get(type(second.shift), second.shift.id).status is ShiftStatus.OPEN


def test_an_answer_about_a_month_that_is_over_is_not_asked_again(make: Make, as_: As, clock: SetClock) -> None:
    volunteer = make.volunteer()
    herself, call = as_(volunteer), make.availability_call(volunteer)
    done(put(herself, f"{MINE}/{call.id}", none_this_month=True))
    clock.now = datetime.fromisoformat("2026-01-05T09:00:00+09:00")

    done(claim(herself, make.shift_with_demand(starts_at=datetime.fromisoformat("2026-01-20T10:00:00+09:00"))), 201)


# Those who have not answered are reminded, once.


def test_the_silent_are_reminded_once_before_the_deadline(make: Make, as_: As, wiring: Wiring, clock: SetClock) -> None:
    answering, silent, gone = (make.volunteer() for _ in range(3))
    call = make.availability_call(answering, silent, gone)
    done(put(as_(answering), f"{MINE}/{call.id}", at_most=1))
    with wiring.unit() as unit:
        unit.get(Volunteer, gone.id).status = VolunteerStatus.SUSPENDED
    clock.forward(days=8, seconds=-1)
    assert remind_silent(wiring) == 0

    clock.forward(seconds=1)
    assert [remind_silent(wiring) for _ in range(2)] == [1, 0]

    assert notices_of(wiring) == [("availability_call_reminder", silent.id)]
    assert [event.action for event in audited(wiring, call.id)] == ["availability_call.remind"]


def test_nobody_is_reminded_in_vain(make: Make, unit: OpenUnit, wiring: Wiring, clock: SetClock) -> None:
    volunteer = make.volunteer()
    shut = make.availability_call(volunteer, status=CallStatus.CLOSED)
    over = make.availability_call(volunteer, answer_by=NOW + timedelta(days=8))
    done_with = make.availability_call(volunteer, reminded_at=NOW)
    early = make.availability_call(volunteer, remind_at=NOW + timedelta(days=9))
    clock.forward(days=8)

    with unit() as it:  # one that another worker has just dealt with may still be in this one's hand
        for call in (shut, over, done_with, early):
            remind(it, it.lock(AvailabilityCall, call.id))
    assert remind_silent(wiring) == 0
    assert notices_of(wiring) == []


@pytest.mark.parametrize(
    ("answer_by", "remind_at"),
    [
        ("2025-11-20T17:00:00+09:00", "2025-11-18T17:00:00+09:00"),
        ("2025-11-12T09:00:00+09:00", "2025-11-11T09:00:00+09:00"),
    ],
    ids=["two days before", "half of what is left"],
)
def test_when_a_reminder_is_due(office: Client, wiring: Wiring, answer_by: str, remind_at: str) -> None:
    call = sent(office, answer_by=answer_by)

    with wiring.unit(write=False) as unit:
        assert unit.get(AvailabilityCall, UUID(call["id"])).remind_at == datetime.fromisoformat(remind_at)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["availability_call", "availability_call_reminder"])
def test_a_call_says_what_is_asked_until_when_and_what_follows_from_silence(kind: str, language: str) -> None:
    facts = {
        "first_on": date(2025, 12, 1),
        "last_on": date(2025, 12, 31),
        "answer_by": datetime.fromisoformat("2025-11-20T17:00:00+09:00"),
        "note": None,
        "link": "http://here",
        "foundation": "国際交流財団",
    }

    body = say("notices", f"{kind}_body", language, facts)

    for day in (
        ("1 Dec 2025", "31 Dec 2025", "20 Nov 2025 17:00") if language == "en" else ("12月1日", "11月20日 17:00")
    ):
        assert day in body
    assert "http://here" in body
    assert {"en": "Without an answer", "ja": "お答えがない場合", "ja-simple": "答えがないとき"}[language] in body
