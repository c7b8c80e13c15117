"""Other days for a term: sessions move within their week with their tutors, none is lost, none is there twice."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import HOLDING, Assignment
from models.attendance import Attendance
from models.classroom import Classroom, Term
from models.organization import Organization
from models.record import Notice
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import add_term, change_rule, change_term, met_of, noted, on_session, roll, terms_of
from tests.makers.doors import claim, done, faults, hand, notices_of, on_shift, problem
from tests.makers.waves import asked_in, cascades_of
from worker.waves import send_waves

SUNDAYS = "FREQ=WEEKLY;BYDAY=SU;UNTIL=20251130"
FIRST = date(2025, 11, 15)


def met_on(caller: Client, room: Classroom) -> list[tuple[str, str]]:
    """Days and states of all sessions, soonest first."""
    sessions = (one for term in terms_of(caller, room) for one in term["sessions"])
    return sorted((one["starts_at"][5:16], one["status"]) for one in sessions)


def test_saturdays_become_sundays_and_a_preview_says_whom_it_touches(
    manager: Client, room: Classroom, make: Make, as_: As, wiring: Wiring, check_data: Callable[[], None]
) -> None:
    term = done(add_term(manager, room), 201)  # 15, 22, 29 November
    tutor, taken = make.tutor(), make.tutor()
    met = met_of(wiring, term["sessions"][0]["id"])
    for one in (tutor, taken):
        done(claim(as_(one), met), 201)
    elsewhere = make.class_session(on=date(2025, 11, 16))
    done(claim(as_(taken), elsewhere), 201)
    before = met_on(manager, room)
    shown = done(change_rule(manager, term, SUNDAYS, "preview=true"))
    assert met_on(manager, room) == before
    changed = done(change_rule(manager, term, SUNDAYS))
    assert changed == shown
    # 23 November is Labour Thanksgiving Day: that Saturday finds no day in its week.
    assert met_on(manager, room) == [
        ("11-16T10:00", "planned"),
        ("11-22T10:00", "cancelled"),
        ("11-30T10:00", "planned"),
    ]
    effects = {one["volunteer_id"]: (one["effect"], one["because"]) for one in changed["items"][0]["tutors"]}
    assert effects[str(taken.id)] == ("release", ["ASG_OVERLAP"])
    assert effects[str(tutor.id)][0] == "reconfirm"
    assert (taken.id, "cancelled", False) in on_shift(wiring, met)
    assert ("assignment_changed_released", taken.id) in notices_of(wiring)
    (now,) = terms_of(manager, room)
    assert (now["id"], now["rule"], now["starts_on"], now["left_out"]) == (
        term["id"],
        SUNDAYS,
        "2025-11-10",
        ["2025-11-23"],
    )
    check_data()


def test_nobody_is_looked_for_in_place_of_who_learns(
    manager: Client, room: Classroom, make: Make, as_: As, wiring: Wiring
) -> None:
    """A trainee who cannot come on the new day is released; the place to learn is offered to nobody."""
    term = done(add_term(manager, room), 201)
    met, office, learning = met_of(wiring, term["sessions"][0]["id"]), as_(Role.COORDINATOR), make.tutor()
    places = {"demand_id": str(met.demand.id), "places": 1}
    shown = done(office.post(f"/v1/shifts/{met.shift.id}/trainee-places", json=places))
    (place,) = [one["id"] for one in shown["demands"] if one["role"] == "trainee"]
    done(hand(office, met, learning, demand_id=place), 201)
    done(claim(as_(learning), make.class_session(on=date(2025, 11, 16))), 201)
    for _ in range(2):
        make.tutor()

    done(change_rule(manager, term, SUNDAYS))
    send_waves(wiring)

    assert (learning.id, "cancelled", False) in on_shift(wiring, met)
    assert (cascades_of(wiring, met), asked_in(wiring, met)) == ([], {})


def test_a_later_part_with_other_days_becomes_a_term_beside_the_earlier(
    manager: Client, room: Classroom, clock: SetClock, check_data: Callable[[], None]
) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=4", consult_desk=True), 201)
    rule = "FREQ=WEEKLY;BYDAY=WE,SA;UNTIL=20251206"
    done(change_rule(manager, term, rule, "scope=following&from=2025-11-29", starts="09:00"))
    assert met_on(manager, room) == [
        ("11-15T10:00", "planned"),
        ("11-22T10:00", "planned"),
        ("11-26T09:00", "planned"),
        ("11-29T09:00", "planned"),
        ("12-03T09:00", "planned"),
        ("12-06T09:00", "planned"),
    ]
    earlier, later = terms_of(manager, room)
    assert [one["id"] for one in term["sessions"]][:2] == [one["id"] for one in earlier["sessions"]]
    assert (later["rule"], later["starts"], later["starts_on"]) == (rule, "09:00", "2025-11-24")
    assert all(one["consult_desk"] for one in later["sessions"])
    clock.forward(days=20)  # a Sunday: what was held stays, 3 and 6 December become one Monday
    done(change_rule(manager, later, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20251206"))
    assert ("12-01T09:00", "planned") in met_on(manager, room)
    assert ("12-06T09:00", "cancelled") in met_on(manager, room)
    check_data()


def test_what_was_called_off_is_not_revived_and_what_replaces_it_stays(
    manager: Client, room: Classroom, check_data: Callable[[], None]
) -> None:
    term = done(add_term(manager, room), 201)
    first, second, _ = (one["id"] for one in term["sessions"])
    done(on_session(manager, first, "cancel", reason="会場の都合"))
    done(on_session(manager, second, "postpone", held_on="2025-11-20", reason="会場の都合"))
    done(change_rule(manager, term, "FREQ=WEEKLY;BYDAY=SA,SU;UNTIL=20251130", skip_holidays=False))
    assert met_on(manager, room) == [
        ("11-15T10:00", "cancelled"),
        ("11-20T10:00", "planned"),
        ("11-22T10:00", "postponed"),
        ("11-29T10:00", "planned"),
        ("11-30T10:00", "planned"),
    ]
    check_data()
    later = next(one for one in terms_of(manager, room) if one["id"] != term["id"])
    assert faults(change_rule(manager, term, SUNDAYS)) == [("from", "FIELD_REFERENCE")]
    gone = next(one["id"] for one in later["sessions"] if one["occurrence_on"] == "2025-11-30")
    done(on_session(manager, gone, "cancel", reason="会場の都合"))
    only = "FREQ=WEEKLY;BYDAY=SU;COUNT=1"
    said = change_rule(manager, later, only, "scope=following&from=2025-11-29")
    assert faults(said) == [("/rule", "SER_EMPTY")]


@pytest.mark.parametrize(
    ("query", "over", "fault"),
    [
        ("scope=one&from=2025-11-15", {}, ("scope", "FIELD_CONFLICT")),
        ("scope=following", {}, ("from", "FIELD_MISSING")),
        ("scope=following&from=2025-11-16", {}, ("from", "FIELD_REFERENCE")),
        ("", {"starts": "12:00"}, ("/ends", "FIELD_CONFLICT")),
        ("", {"rule": "FREQ=WEEKLY"}, ("/rule", "SER_ENDLESS")),
        ("", {"rule": "FREQ=WEEKLY;UNTIL=20251109"}, ("/rule", "SER_EMPTY")),
        ("", {"no_class_dates": ["2025-11-17"]}, ("/no_class_dates/0", "FIELD_CONFLICT")),
        ("", {"reason": "電話は090-1234-5678"}, ("/reason", "REQ_FREE_TEXT_PII")),
    ],
)
def test_a_change_of_days_that_cannot_be_is_refused_precisely(
    manager: Client, room: Classroom, query: str, over: dict[str, Any], fault: tuple[str, str]
) -> None:
    term = done(add_term(manager, room), 201)
    assert faults(change_rule(manager, term, over.pop("rule", SUNDAYS), query, **over)) == [fault]


def test_other_days_may_not_stand_on_those_of_another_term(manager: Client, room: Classroom) -> None:
    term = done(add_term(manager, room), 201)
    done(add_term(manager, room, starts_on="2025-11-16", rule="FREQ=WEEKLY;COUNT=1"), 201)
    before = met_on(manager, room)
    assert problem(change_rule(manager, term, SUNDAYS)) == (409, "CLS_CLASH")
    assert met_on(manager, room) == before


LAST = date(2025, 12, 14)
PATTERNS = ("SA", "SU", "FR", "WE,SA", "TU,TH")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["cancel", "hour", *PATTERNS, *PATTERNS]),
        st.integers(0, 9),
        st.sampled_from(["09:00", "10:00"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


class Model:
    """The days of the latest term with hour and session ("" where an edit made it), and what was called off on the way."""

    def __init__(self, sessions: list[dict[str, Any]]) -> None:
        self.days = {date.fromisoformat(one["occurrence_on"]): ("10:00", one["id"]) for one in sessions}
        self.earlier: dict[date, tuple[str, str]] = {}
        """Days that an earlier term kept."""
        self.off: set[date] = set()
        """Days of the latest term that were called off."""
        self.gone: list[str] = []
        self.moved: set[str] = set()
        """Sessions that took place on another day once."""

    def cancel(self, day: date) -> None:
        self.gone.append(self.days.pop(day)[1])
        self.off.add(day)

    def change_rule(self, pattern: str, first: date, hour: str) -> None:
        """Week by week: a day that is shared stays, the others move in their order, the rest is cancelled or new."""
        old = {day: self.days.pop(day)[1] for day in sorted(self.days) if day >= first}
        taken = self.off | self.days.keys()
        self.earlier |= self.days
        self.days, lost = {}, set()
        for monday in (first - timedelta(days=first.weekday()) + timedelta(days=7 * week) for week in range(6)):
            week = [day for day in (monday + timedelta(days=each) for each in range(7)) if day <= LAST]
            days = [day for day in week if WEEKDAYS[day.weekday()] in pattern.split(",") and day not in taken | PAST]
            free = [day for day in days if day not in old]
            for day in (day for day in week if day in old):
                target = day if day in days else free.pop(0) if free else None
                if target is None:
                    self.gone.append(old[day])
                    lost.add(day)
                else:
                    self.days[target] = (hour, old[day])
                    self.moved |= set() if target == day else {old[day]}
            self.days.update(dict.fromkeys(free, (hour, "")))
        self.off = {day for day in self.off if day >= first} | lost


PAST = {date(2025, 11, 10)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10, deadline=None)
@given(edits=EDITS)
def test_edits_do_to_days_what_a_simple_model_says(
    make: Make, as_: As, wiring: Wiring, check_data: Callable[[], None], edits: list[tuple[str, int, str, bool]]
) -> None:
    owner = make.organization()
    manager = as_(Role.CLASSROOM_MANAGER, organization=owner)
    room = make.classroom(owner=owner)
    term = done(add_term(manager, room, rule=f"FREQ=WEEKLY;UNTIL={LAST:%Y%m%d}", skip_holidays=False), 201)
    stood = {one["id"]: make.assignment(met_of(wiring, one["id"]), make.tutor()) for one in term["sessions"]}
    _excuse(make, manager, owner, room, term)
    model = Model(term["sessions"])
    for what, at, hour, preview in edits:
        if model.days:
            first = sorted(model.days)[at % len(model.days)]
            if _edit(manager, room, what, first, hour, preview=preview) and not preview:
                _follow(model, what, first, hour)
    shown = [one for each in terms_of(manager, room) for one in each["sessions"]]
    planned = {one["occurrence_on"]: one for one in shown if one["status"] == "planned"}
    expected = {day.isoformat(): found for day, found in (model.earlier | model.days).items()}
    assert {day: one["starts_at"][11:16] for day, one in planned.items()} == {
        day: hour for day, (hour, _) in expected.items()
    }
    assert all(session_id in {"", planned[day]["id"]} for day, (_, session_id) in expected.items())
    assert len(shown) == len(expected) + len(model.gone)
    assert {one["id"] for one in shown} >= set(filter(None, model.gone)) | stood.keys()
    _nobody_is_forgotten(wiring, stood, {one["id"] for one in planned.values()})
    assert _excused_from(wiring) & stood.keys() == stood.keys() - model.moved
    check_data()


def _excuse(make: Make, manager: Client, owner: Organization, room: Classroom, term: dict[str, Any]) -> None:
    """Somebody who is excused from each session."""
    learner = make.learner(owner)
    make.enrollment(learner, room)
    for one in term["sessions"]:
        done(roll(manager, one["id"], noted(learner, "absent_notified")))


def _excused_from(wiring: Wiring) -> set[str]:
    with wiring.unit(write=False) as unit:
        return {str(session_id) for session_id in unit.session.exec(select(Attendance.session_id))}


def _edit(manager: Client, room: Classroom, what: str, first: date, hour: str, *, preview: bool) -> bool:
    """Do it to the term in which the day stands, and tell whether it was done."""
    (term,) = [
        each
        for each in terms_of(manager, room)
        if any(one["occurrence_on"] == first.isoformat() and one["status"] == "planned" for one in each["sessions"])
    ]
    query = f"from={first}&preview={str(preview).lower()}&scope="
    if what == "cancel":
        path = f"/v1/classrooms/{room.id}/terms/{term['id']}/cancel?{query}one"
        said = manager.post(path, json={"reason": "会場の都合"})
    elif what == "hour":
        said = change_term(manager, term, f"{query}one", starts=hour)
    else:
        rule = f"FREQ=WEEKLY;BYDAY={what};UNTIL={LAST:%Y%m%d}"
        said = change_rule(manager, term, rule, f"{query}following", starts=hour, skip_holidays=False)
    assert said.status_code == 200 or {said.json()["code"]} <= {"CLS_CLASH", "FIELD_INVALID"}, said.text
    return bool(said.status_code == 200)


def _follow(model: Model, what: str, first: date, hour: str) -> None:
    if what == "cancel":
        model.cancel(first)
    elif what == "hour":
        model.days[first] = (hour, model.days[first][1])
    else:
        model.change_rule(what, first, hour)


def _nobody_is_forgotten(wiring: Wiring, stood: dict[str, Assignment], planned: set[str]) -> None:
    """Who stood on a session still does, at its time; or it is called off or closed to her, and she was told."""
    with wiring.unit(write=False) as unit:
        told = {notice.volunteer_id for notice in unit.session.exec(select(Notice))}
        for session_id, assignment in stood.items():
            now = unit.get(Assignment, assignment.id)
            assert now.status in HOLDING or now.volunteer_id in told
            assert session_id in planned or now.status not in HOLDING
        assert all(term.rule for term in unit.session.exec(select(Term)))
