"""Answers to availability calls: given from a phone, entered by staff, and followed by matching."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.availability_call import AvailabilityCallAnswer, CallStatus
from models.shift import ShiftStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.availability_calls import CALLS, DECEMBER, MINE, NINTH, call_sent, enter_answer, put_answer
from tests.makers.doors import audited, by_phone, claim, done, faults, problem, refused


def test_a_month_is_answered_in_two_calls_from_a_phone(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    volunteer = make.volunteer(rules=((1, time(13), time(15)), (1, time(9), time(12))))
    make.away(volunteer, NINTH, NINTH + timedelta(hours=1))
    herself, call = as_(volunteer), call_sent(office)

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
    answer = done(put_answer(herself, f"{MINE}/{call['id']}", shown.headers["etag"], days=named, at_most=2))

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
    answered = put_answer(herself, f"{MINE}/{sooner.id}", etag, none_this_month=True)
    assert done(answered)["none_this_month"] is True
    assert answered.headers["etag"] == f'"{sooner.id}.2"'
    assert problem(put_answer(herself, f"{MINE}/{sooner.id}", etag, at_most=1)) == (412, "VERSION")


def test_an_answer_replaces_the_one_before_and_a_late_one_counts(make: Make, as_: As, clock: SetClock) -> None:
    volunteer = make.volunteer()
    herself, call = as_(volunteer), make.availability_call(volunteer)
    path = f"{MINE}/{call.id}"
    done(put_answer(herself, path, days=[{"day": "2025-12-01"}], at_most=3))

    clock.forward(days=10)
    assert done(put_answer(herself, path, none_this_month=True))["late"] is False
    clock.forward(seconds=1)
    late = done(put_answer(herself, path, at_most=1))

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

    assert faults(put_answer(as_(volunteer), f"{MINE}/{call.id}", **answer)) == [fault]


def test_staff_enter_what_reached_the_office(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    asked, newcomer, silent = make.volunteer(), make.volunteer(), make.volunteer()
    call = make.availability_call(asked, silent)
    days = [{"day": "2025-12-02", "starts": "13:00"}, {"day": "2025-12-02", "ends": "10:00"}]

    clock.forward(hours=2)
    first = done(enter_answer(office, call.id, asked, days=days, at="2025-11-10T10:00:00+09:00"))
    done(enter_answer(office, call.id, newcomer, none_this_month=True))

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
        assert faults(enter_answer(office, call.id, silent, at=at)) == [("/on_behalf/at", "FIELD_RANGE")]
    anothers = put_answer(office, f"{CALLS}/{call.id}/answers/{silent.id}", on_behalf=by_phone(asked))
    assert faults(anothers) == [("/on_behalf/of", "FIELD_REFERENCE")]
    missing = put_answer(office, f"{CALLS}/{call.id}/answers/{silent.id}", at_most=1)
    assert faults(missing) == [("/on_behalf", "FIELD_MISSING")]


# What an answer does to matching.
def test_the_named_days_count_and_the_others_do_not(make: Make, as_: As, office: Client) -> None:
    naming, silent = make.volunteer(rules=()), make.volunteer(rules=())
    call = make.availability_call(naming, silent)
    done(put_answer(as_(naming), f"{MINE}/{call.id}", days=[{"day": "2025-12-09", "starts": "09:00", "ends": "13:00"}]))
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
    done(put_answer(herself, f"{MINE}/{call.id}", none_this_month=True))
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
    done(put_answer(herself, f"{MINE}/{call.id}", at_most=1))
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
    done(put_answer(herself, f"{MINE}/{call.id}", none_this_month=True))
    clock.now = datetime.fromisoformat("2026-01-05T09:00:00+09:00")

    done(claim(herself, make.shift_with_demand(starts_at=datetime.fromisoformat("2026-01-20T10:00:00+09:00"))), 201)
