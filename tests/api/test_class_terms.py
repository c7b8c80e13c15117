"""Terms: a rule becomes sessions, holidays left out, the local hour kept; edits of one, this and later, all."""

from collections.abc import Callable
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom
from models.organization import Organization
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import SATURDAY, add_term, change_term, met_of, on_session
from tests.makers.doors import claim, done, faults, hand, notices_of, on_shift, problem

Check = Callable[[], None]


def days(term: dict[str, Any]) -> list[str]:
    return [session["starts_at"][:10] for session in term["sessions"]]


def cancel_term(caller: Client, term: dict[str, Any], query: str = "") -> Any:
    path = f"/v1/classrooms/{term['classroom_id']}/terms/{term['id']}/cancel?{query}"
    return caller.post(path, json={"reason": "会場の都合"})


def test_a_year_of_weekly_classes_leaves_out_golden_week_obon_and_new_year(manager: Client, room: Classroom) -> None:
    spring = done(
        add_term(
            manager,
            room,
            rule="FREQ=WEEKLY;BYDAY=MO,WE,SA;UNTIL=20260530",
            starts_on="2026-04-20",
            no_class_dates=["2026-05-25"],
        ),
        201,
    )
    summer = done(
        add_term(
            manager, room, rule="FREQ=WEEKLY;UNTIL=20260829", starts_on="2026-07-11", no_class_dates=["2026-08-15"]
        ),
        201,
    )
    winter = done(add_term(manager, room, rule="FREQ=WEEKLY;UNTIL=20260117", starts_on="2025-12-13"), 201)
    # By hand: 29 April is Showa Day; 4 and 6 May are Greenery Day and the day in lieu of 3 May, a Sunday.
    assert days(spring) == [
        "2026-04-20", "2026-04-22", "2026-04-25", "2026-04-27", "2026-05-02", "2026-05-09", "2026-05-11",
        "2026-05-13", "2026-05-16", "2026-05-18", "2026-05-20", "2026-05-23", "2026-05-27", "2026-05-30",
    ]  # fmt: skip
    assert spring["left_out"] == ["2026-04-29", "2026-05-04", "2026-05-06", "2026-05-25"]
    # Obon is no public holiday: the classroom names it. 11 August falls on a Tuesday.
    assert days(summer) == [
        "2026-07-11",
        "2026-07-18",
        "2026-07-25",
        "2026-08-01",
        "2026-08-08",
        "2026-08-22",
        "2026-08-29",
    ]
    # 3 January is within the closed days of the office, 29 December to 3 January.
    assert days(winter) == ["2025-12-13", "2025-12-20", "2025-12-27", "2026-01-10", "2026-01-17"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
def test_a_change_of_the_clocks_moves_no_hour(manager: Client, room: Classroom, wiring: Wiring, zone: str) -> None:
    object.__setattr__(wiring.rules, "zone", ZoneInfo(zone))
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=20", starts_on="2026-02-07", skip_holidays=False), 201)
    assert {session["starts_at"][11:16] for session in term["sessions"]} == {"10:00"}
    assert len({session["starts_at"][19:] for session in term["sessions"]}) == 2


def test_forty_sessions_are_made_in_one_request_each_open_to_tutors(
    manager: Client, room: Classroom, make: Make, as_: As
) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;BYDAY=SA,SU;COUNT=40", skip_holidays=False), 201)
    assert len(term["sessions"]) == 40
    tutor = as_(make.tutor())
    seen = done(tutor.get("/v1/shifts?claimable=true&activity=class_session&limit=200"))["items"]
    assert {shift["id"] for shift in seen} == {session["shift_id"] for session in term["sessions"]}
    assert {(shift["service_type"], shift["demands"][0]["role"]) for shift in seen} == {("class_session", "tutor")}
    not_with_children = as_(make.tutor(child_contact_ok=False))
    assert done(not_with_children.get("/v1/shifts?claimable=true&limit=1")) == {"items": [], "next_cursor": None}
    assert done(manager.get(f"/v1/classrooms/{room.id}/terms"))["items"] == [
        done(manager.get(f"/v1/classrooms/{room.id}/terms/{term['id']}"))
    ]


@pytest.mark.parametrize(
    ("over", "fault"),
    [
        ({"rule": "FREQ=WEEKLY"}, ("/rule", "SER_ENDLESS")),
        ({"rule": "FREQ=SECONDLY;COUNT=9"}, ("/rule", "SER_OFTEN")),
        ({"rule": "FREQ=WEEKLY;COUNT=3;UNTIL=20260101"}, ("/rule", "SER_RULE")),
        ({"rule": "FREQ=DAILY;UNTIL=20260501"}, ("/rule", "SER_LONG")),
        ({"rule": "FREQ=DAILY;COUNT=90"}, ("/rule", "SER_LONG")),
        ({"rule": "FREQ=DAILY;COUNT=1", "starts_on": "2025-11-23"}, ("/rule", "SER_EMPTY")),
        ({"ends": "10:00"}, ("/ends", "FIELD_CONFLICT")),
        ({"no_class_dates": ["2025-11-16"]}, ("/no_class_dates/0", "FIELD_CONFLICT")),
        ({"starts_on": "2025-11-08"}, ("/starts_on", "REQ_PAST")),
    ],
)
def test_a_term_that_cannot_be_is_refused_precisely(
    manager: Client, room: Classroom, over: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(add_term(manager, room, **over)) == [fault]


def test_a_classroom_does_not_meet_twice_at_one_time(manager: Client, room: Classroom) -> None:
    done(add_term(manager, room), 201)
    assert problem(add_term(manager, room, starts="11:00", ends="12:00")) == (409, "CLS_CLASH")
    done(add_term(manager, room, starts="11:30", ends="12:00"), 201)


def test_an_edit_of_one_this_and_later_and_all_moves_just_those(manager: Client, room: Classroom) -> None:
    term = done(add_term(manager, room), 201)

    def hours() -> list[str]:
        found = done(manager.get(f"/v1/classrooms/{room.id}/terms/{term['id']}"))["sessions"]
        return [f"{session['starts_at'][11:16]}-{session['ends_at'][11:16]}" for session in found]

    # 22 November is the middle one.
    done(change_term(manager, term, "scope=one&from=2025-11-22", starts="09:00"))
    assert hours() == ["10:00-11:30", "09:00-11:30", "10:00-11:30"]
    shown = done(change_term(manager, term, "scope=following&from=2025-11-22&preview=true", ends="12:00"))
    assert [change["ends_at"][11:16] for change in shown["items"]] == ["12:00", "12:00"]
    assert hours() == ["10:00-11:30", "09:00-11:30", "10:00-11:30"]
    done(change_term(manager, term, "scope=following&from=2025-11-22", ends="12:00"))
    assert hours() == ["10:00-11:30", "09:00-12:00", "10:00-12:00"]
    done(change_term(manager, term, starts="13:00", ends="14:00"))
    assert hours() == ["13:00-14:00"] * 3
    done(cancel_term(manager, term, "scope=following&from=2025-11-22"))
    left = done(manager.get(f"/v1/classrooms/{room.id}/terms/{term['id']}"))["sessions"]
    assert [session["status"] for session in left] == ["planned", "cancelled", "cancelled"]


@pytest.mark.parametrize(
    ("query", "body", "fault"),
    [
        ("scope=one", {"starts": "09:00"}, ("from", "FIELD_MISSING")),
        ("scope=all&from=2025-11-22", {"starts": "09:00"}, ("from", "FIELD_CONFLICT")),
        ("scope=one&from=2025-11-23", {"starts": "09:00"}, ("from", "FIELD_REFERENCE")),
        ("", {"starts": "12:00"}, ("/ends", "FIELD_CONFLICT")),
        ("scope=one&from=2025-11-22", {"starts": "12:00"}, ("/ends", "FIELD_CONFLICT")),
    ],
)
def test_an_edit_that_names_nothing_is_refused(
    manager: Client, room: Classroom, query: str, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    term = done(add_term(manager, room), 201)
    assert faults(change_term(manager, term, query, **body)) == [fault]


def test_an_edit_clashes_with_another_term_and_changes_nothing(manager: Client, room: Classroom) -> None:
    term = done(add_term(manager, room), 201)
    done(add_term(manager, room, starts="13:00", ends="14:00"), 201)
    assert problem(change_term(manager, term, ends="13:30")) == (409, "CLS_CLASH")
    assert done(manager.get(f"/v1/classrooms/{room.id}/terms/{term['id']}"))["ends"] == "11:30"


def test_tutors_follow_a_moved_session_and_who_is_taken_elsewhere_is_released(
    manager: Client, room: Classroom, make: Make, as_: As, wiring: Wiring, check_data: Check
) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    stays, taken, asked = (make.tutor() for _ in range(3))
    met = met_of(wiring, term["sessions"][0]["id"])
    for one in (stays, taken):
        done(claim(as_(one), met), 201)
    make.offer(met, asked)
    elsewhere = make.class_session(on=SATURDAY, starts=time(14), ends=time(15))
    done(hand(as_(Role.COORDINATOR), elsewhere, taken), 201)

    move = {"starts": "13:30", "ends": "14:30"}
    shown = done(change_term(manager, term, "preview=true", **move))
    assert on_shift(wiring, met) == [(stays.id, "confirmed", True), (taken.id, "confirmed", True)]
    moved = done(change_term(manager, term, **move))
    assert moved == shown
    (change,) = moved["items"]
    effects = {tutor["volunteer_id"]: (tutor["effect"], tutor["because"]) for tutor in change["tutors"]}
    assert effects[str(taken.id)] == ("release", ["ASG_OVERLAP"])
    assert effects[str(stays.id)][0] in {"notify", "reconfirm"}
    assert change["offers_withdrawn"] == 1
    assert (taken.id, "cancelled", False) in on_shift(wiring, met)
    assert ("assignment_changed_released", taken.id) in notices_of(wiring)
    check_data()


@pytest.mark.parametrize("come", [0, 3])
def test_tutors_are_not_asked_for_below_those_who_come_or_whom_the_class_needs(
    manager: Client, room: Classroom, make: Make, come: int
) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    met = met_of(make.wiring, term["sessions"][0]["id"])
    for _ in range(come):
        make.assignment(met, make.tutor())
    fewer = max(come, room.min_tutors) - 1
    assert faults(change_term(manager, term, tutor_places=fewer)) == [("/tutor_places", "FIELD_RANGE")]
    done(change_term(manager, term, tutor_places=fewer + 1))


def test_more_or_fewer_tutors_are_asked_for(
    manager: Client, room: Classroom, make: Make, as_: As, wiring: Wiring, check_data: Check
) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    met = met_of(wiring, term["sessions"][0]["id"])
    for _ in range(2):
        done(claim(as_(make.tutor()), met), 201)
    make.offer(met, make.tutor())
    done(change_term(manager, term, tutor_places=2))
    assert done(manager.get(f"/v1/shifts/{met.shift.id}"))["status"] == "filled"
    assert [kind for kind, _ in notices_of(wiring)][-1] == "offer_filled"
    done(change_term(manager, term, tutor_places=3))
    assert done(manager.get(f"/v1/shifts/{met.shift.id}"))["status"] == "open"
    check_data()


def test_what_has_begun_or_is_off_stays_as_it_is(manager: Client, room: Classroom, clock: Any) -> None:
    term = done(add_term(manager, room), 201)
    done(on_session(manager, term["sessions"][1]["id"], "cancel", reason="会場の都合"))
    clock.forward(days=6)
    changed = done(change_term(manager, term, starts="09:00"))["items"]
    assert [change["session_id"] for change in changed] == [term["sessions"][2]["id"]]


def test_terms_are_listed_with_a_constant_number_of_queries(manager: Client, room: Classroom, queries: Any) -> None:
    path = f"/v1/classrooms/{room.id}/terms"
    seen = []
    for starts_on in ("2025-11-15", "2025-12-06", "2026-01-10"):
        done(add_term(manager, room, starts_on=starts_on), 201)
        with queries() as asked:
            done(manager.get(path))
        seen.append(len(asked))
    assert len(set(seen)) == 1


def test_a_term_belongs_to_its_classroom(manager: Client, room: Classroom, make: Make, owner: Organization) -> None:
    term = done(add_term(manager, room), 201)
    other = make.classroom(owner=owner)
    assert problem(manager.get(f"/v1/classrooms/{other.id}/terms/{term['id']}")) == (404, "NOT_FOUND")
