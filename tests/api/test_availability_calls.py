"""Availability calls: whom the office asks for a month, who has answered, and who is reminded."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.availability_call import AvailabilityCall, CallStatus
from models.base import new_id
from models.record import Notice, NoticeChannel
from models.volunteer import ActivityKind, Volunteer, VolunteerStatus
from services.availability_calls import remind
from services.clock import SetClock
from services.unit import Unit
from services.wording import LANGUAGES, say
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.availability_calls import CALLS, DECEMBER, MINE, call_sent, enter_answer, put_answer
from tests.makers.doors import audited, done, faults, notices_of, problem
from worker.reminding import remind_silent

OpenUnit = Callable[..., AbstractContextManager[Unit]]


def test_each_active_volunteer_is_asked_once(make: Make, office: Client, wiring: Wiring) -> None:
    mailed, called = make.volunteer(), make.volunteer(person=make.person(email=None))
    make.volunteer(status=VolunteerStatus.ON_LEAVE)

    call = call_sent(office, note="年末はお休みです")

    assert call.items() >= (DECEMBER | {"status": "open", "asked": 2, "answered": 0, "actions": ["close"]}).items()
    assert notices_of(wiring) == [("availability_call", mailed.id), ("availability_call", called.id)]
    with wiring.unit(write=False) as unit:
        channels = unit.session.exec(select(Notice.channel).order_by(col(Notice.id))).all()
    assert channels == [NoticeChannel.MAIL, NoticeChannel.TO_PHONE]
    assert [event.action for event in audited(wiring, call["id"])] == ["availability_call.ask"]


def test_only_those_of_an_activity_are_asked(make: Make, office: Client, wiring: Wiring) -> None:
    make.volunteer()
    tutor = make.volunteer(activities=(ActivityKind.STUDY_SUPPORT, ActivityKind.JAPANESE_TUTORING))

    call = call_sent(office, activities=["study_support", "japanese_tutoring", "study_support"])

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
    call_sent(office, **{"from": "2025-11-10", "to": "2026-01-10"}, answer_by="2026-01-11T00:00:00+09:00")


def test_who_has_answered_and_who_has_not(make: Make, office: Client, clock: SetClock) -> None:
    people = [make.volunteer() for _ in range(3)]
    call = make.availability_call(*people, answer_by=NOW + timedelta(hours=1))
    clock.forward(hours=2)
    done(enter_answer(office, call.id, people[0], at="2025-11-10T10:00:00+09:00"))
    done(
        enter_answer(
            office, call.id, people[1], days=[{"day": "2025-12-02"}], at_most=1, at="2025-11-10T10:01:00+09:00"
        )
    )
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
    assert problem(put_answer(as_(volunteer), f"{MINE}/{call.id}", at_most=1)) == (409, "CALL_STATE")
    assert problem(enter_answer(office, call.id, volunteer)) == (409, "CALL_STATE")
    assert done(as_(volunteer).get(f"{MINE}/{call.id}"))["actions"] == []


def test_a_month_that_is_over_takes_no_answers(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    volunteer = make.volunteer()
    call = make.availability_call(volunteer)
    clock.now = datetime.fromisoformat("2026-01-01T00:00:00+09:00")

    assert problem(put_answer(as_(volunteer), f"{MINE}/{call.id}", at_most=1)) == (409, "CALL_STATE")
    assert problem(office.post(f"{CALLS}/{call.id}/close")) == (409, "CALL_STATE")


def test_what_is_not_there(make: Make, as_: As, office: Client) -> None:
    asked, other = make.volunteer(), make.volunteer()
    call = make.availability_call(asked)

    assert problem(as_(other).get(f"{MINE}/{call.id}")) == (404, "NOT_FOUND")
    assert problem(put_answer(as_(other), f"{MINE}/{call.id}", at_most=1)) == (404, "NOT_FOUND")
    assert problem(office.get(f"{CALLS}/{call.id}/answers/{other.id}")) == (404, "NOT_FOUND")
    assert problem(office.get(f"{CALLS}/{new_id()}/answers")) == (404, "NOT_FOUND")
    assert problem(enter_answer(office, new_id(), asked)) == (404, "NOT_FOUND")
    assert as_(Role.REQUESTER).post(CALLS, json=DECEMBER).status_code == 403
    assert as_(asked).get(CALLS).status_code == 403
    assert office.get(MINE).status_code == 403


# Those who have not answered are reminded, once.
def test_the_silent_are_reminded_once_before_the_deadline(make: Make, as_: As, wiring: Wiring, clock: SetClock) -> None:
    answering, silent, gone = (make.volunteer() for _ in range(3))
    call = make.availability_call(answering, silent, gone)
    done(put_answer(as_(answering), f"{MINE}/{call.id}", at_most=1))
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
    call = call_sent(office, answer_by=answer_by)

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
