"""The day of a class: opened with enough adults and tutors, cancelled, postponed, held, recorded, closed."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.class_days import staffed
from tests.makers.classes import SATURDAY, Met, noted, on_session, roll
from tests.makers.doors import answer, ask, audited, claim, done, faults, hand, notices_of, on_shift, problem, refused
from worker.classes import hold_classes
from worker.passing import move_shifts

Check = Callable[[], None]


def test_two_tutors_open_a_session(make: Make, met: Met, manager: Client, wiring: Wiring) -> None:
    staffed(make, met, 2)
    opened = done(on_session(manager, met.session.id, "open"))
    assert (opened["status"], opened["mode"], opened["tutors"], opened["warnings"]) == ("open", "full", 2, [])
    assert set(opened["actions"]) == {"open", "cancel", "postpone"}
    assert [event.action for event in audited(wiring, met.session.id)] == ["class_session.open"]


@pytest.mark.parametrize(
    ("tutors", "body", "opens"),
    [
        (1, {}, False),
        (1, {"venue_adults": ["館の職員"]}, False),  # two adults, one tutor of two
        (1, {"mode": "reduced"}, False),  # one adult alone
        (1, {"mode": "reduced", "venue_adults": ["館の職員"]}, True),
        (0, {"mode": "reduced", "venue_adults": ["館の職員", "館長"]}, False),  # adults, and nobody who teaches
        (2, {"mode": "reduced"}, True),
    ],
)
def test_two_adults_are_never_overridden_and_tutors_only_by_a_mode(
    make: Make, met: Met, manager: Client, tutors: int, body: dict[str, Any], *, opens: bool
) -> None:
    staffed(make, met, tutors)
    said = on_session(manager, met.session.id, "open", **body)
    if opens:
        assert done(said)["status"] == "open"
    else:
        assert problem(said) == (409, "CLS_STAFF")


def test_a_tutor_under_age_teaches_and_is_no_adult(make: Make, met: Met, manager: Client) -> None:
    young = make.person(birth_date=date(2008, 4, 1))
    staffed(make, met, 1)
    make.assignment(met, make.tutor(person=young))
    assert problem(on_session(manager, met.session.id, "open")) == (409, "CLS_STAFF")
    assert done(on_session(manager, met.session.id, "open", venue_adults=["館の職員"]))["tutors"] == 2


def test_a_tutor_whose_check_has_run_out_keeps_the_session_closed(make: Make, met: Met, manager: Client) -> None:
    staffed(make, met, 2)
    staffed(make, met, 1, cleared=False)
    assert problem(on_session(manager, met.session.id, "open")) == (409, "CLS_SAFETY")


def test_too_many_learners_for_a_tutor_is_a_warning(
    make: Make, met: Met, manager: Client, owner: Organization, room: Classroom
) -> None:
    staffed(make, met, 2)
    for _ in range(7):
        make.enrollment(make.learner(owner), room)
    opened = done(on_session(manager, met.session.id, "open"))
    assert [warning["code"] for warning in opened["warnings"]] == ["CLS_RATIO"]


def test_a_session_opens_together_with_another(make: Make, met: Met, manager: Client, owner: Organization) -> None:
    other = make.class_session(make.classroom(owner=owner), starts=time(9, 30), ends=time(12))
    staffed(make, other, 2)
    done(on_session(manager, other.session.id, "open"))
    merged = done(on_session(manager, met.session.id, "open", mode="merged_with", session_id=str(other.session.id)))
    assert (merged["mode"], merged["merged_with_id"], merged["tutors"]) == ("merged_with", str(other.session.id), 0)


def test_a_session_merges_with_one_of_its_house_and_hour_alone(
    make: Make, met: Met, manager: Client, owner: Organization, room: Classroom
) -> None:
    later = make.class_session(room, starts=time(11, 30), ends=time(12))
    off, planned = (
        make.class_session(make.classroom(owner=owner), status=status)
        for status in (ClassSessionStatus.CANCELLED, ClassSessionStatus.PLANNED)
    )
    is_open = ClassSessionStatus.OPEN
    short = make.class_session(make.classroom(owner=owner), status=is_open, ends=time(11, 29))
    late = make.class_session(make.classroom(owner=owner), status=is_open, starts=time(10, 1))
    theirs = make.class_session()
    for other, fault in (
        (met.session.id, "FIELD_REFERENCE"),
        (theirs.session.id, "FIELD_REFERENCE"),
        (met.shift.id, "FIELD_REFERENCE"),
        (later.session.id, "CLS_HOST"),
        (off.session.id, "CLS_HOST"),
        (planned.session.id, "CLS_HOST"),  # its adults are not known to come
        (short.session.id, "CLS_HOST"),  # the children would be alone at the end
        (late.session.id, "CLS_HOST"),
    ):
        said = on_session(manager, met.session.id, "open", mode="merged_with", session_id=str(other))
        assert faults(said) == [("/session_id", fault)]
    said = on_session(manager, met.session.id, "open", mode="merged_with")
    assert faults(said) == [("/session_id", "FIELD_MISSING")]
    said = on_session(manager, met.session.id, "open", session_id=str(later.session.id))
    assert faults(said) == [("/session_id", "FIELD_CONFLICT")]


def test_a_cancelled_session_tells_tutors_and_managers_and_frees_their_time(
    make: Make, met: Met, manager: Client, wiring: Wiring, as_: As, check_data: Check
) -> None:
    comes, asked = make.tutor(), make.tutor()
    make.assignment(met, comes)
    make.offer(met, asked)
    shown = done(manager.post(f"/v1/class-sessions/{met.session.id}/cancel?preview=true", json={"reason": "大雪"}))
    assert done(manager.get(f"/v1/class-sessions/{met.session.id}"))["status"] == "planned"
    cancelled = done(on_session(manager, met.session.id, "cancel", reason="大雪"))
    assert cancelled == shown
    (change,) = cancelled["items"]
    assert (change["status"], change["offers_withdrawn"]) == ("cancelled", 1)
    assert [tutor["effect"] for tutor in change["tutors"]] == ["release"]
    assert notices_of(wiring) == [
        ("assignment_cancelled", comes.id),
        ("offer_withdrawn", asked.id),
        ("class_session_cancelled", manager.account.id),
    ]
    assert on_shift(wiring, met) == [(comes.id, "cancelled", False)]
    assert done(manager.get(f"/v1/shifts/{met.shift.id}"))["status"] == "cancelled"
    assert problem(claim(as_(make.tutor()), met)) == (404, "NOT_FOUND")
    assert problem(on_session(manager, met.session.id, "cancel", reason="大雪")) == (409, "CLS_STATE")
    check_data()


def test_a_running_session_can_be_broken_off_and_a_past_one_cannot(
    make: Make, met: Met, manager: Client, clock: SetClock, wiring: Wiring, check_data: Check
) -> None:
    staffed(make, met, 2)
    done(on_session(manager, met.session.id, "open"))
    clock.now = met.session.starts_at
    move_shifts(wiring)
    assert problem(on_session(manager, met.session.id, "postpone", held_on="2025-11-22", reason="大雪")) == (
        409,
        "CLS_STATE",
    )
    done(on_session(manager, met.session.id, "cancel", reason="停電"))
    clock.forward(hours=3)
    move_shifts(wiring)
    assert problem(on_session(manager, met.session.id, "cancel", reason="停電")) == (409, "CLS_STATE")
    check_data()


def test_a_postponed_session_is_final_and_another_takes_its_place(
    make: Make, met: Met, manager: Client, check_data: Check
) -> None:
    make.assignment(met, make.tutor())
    said = on_session(
        manager, met.session.id, "postpone", held_on="2025-11-22", starts="13:00", ends="14:30", reason="大雪"
    )
    off, again = done(said)["items"]
    assert (off["status"], again["status"], again["occurrence_on"]) == ("postponed", "planned", None)
    replacing = done(manager.get(f"/v1/class-sessions/{again['session_id']}"))
    assert replacing["replaces_id"] == str(met.session.id)
    assert replacing["starts_at"] == "2025-11-22T13:00:00+09:00"
    assert problem(on_session(manager, met.session.id, "postpone", held_on="2025-11-23", reason="大雪")) == (
        409,
        "CLS_STATE",
    )
    term = f"/v1/classrooms/{replacing['classroom_id']}/terms/{replacing['term_id']}"
    assert len(done(manager.get(term))["sessions"]) == 2
    done(manager.post(f"{term}/cancel", json={"reason": "会場の都合"}))
    assert [one["status"] for one in done(manager.get(term))["sessions"]] == ["postponed", "cancelled"]
    check_data()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"held_on": "2025-11-08"}, ("/held_on", "REQ_PAST")),
        ({"held_on": "2025-11-22", "starts": "12:00"}, ("/ends", "FIELD_CONFLICT")),
        ({"held_on": "2025-11-22", "reason": "電話 076-000-0000 へ"}, ("/reason", "REQ_FREE_TEXT_PII")),
    ],
)
def test_a_postponement_that_cannot_be_changes_nothing(
    met: Met, manager: Client, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(on_session(manager, met.session.id, "postpone", **{"reason": "大雪", **body})) == [fault]
    assert done(manager.get(f"/v1/class-sessions/{met.session.id}"))["status"] == "planned"


def test_a_session_is_postponed_to_a_free_time(make: Make, met: Met, room: Classroom, manager: Client) -> None:
    make.class_session(room, on=SATURDAY + timedelta(days=7))
    said = on_session(manager, met.session.id, "postpone", held_on="2025-11-22", reason="大雪")
    assert problem(said) == (409, "CLS_CLASH")


def test_time_holds_what_was_opened_and_calls_off_what_nobody_opened(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make,
    met: Met,
    room: Classroom,
    manager: Client,
    clock: SetClock,
    wiring: Wiring,
    as_: As,
    owner: Organization,
) -> None:
    forgotten = make.class_session(room, starts=time(13), ends=time(14))
    staffed(make, met, 2)
    child = make.learner(owner)
    make.enrollment(child, room)
    done(on_session(manager, met.session.id, "open"))
    assert hold_classes(wiring) == 0
    assert problem(on_session(manager, met.session.id, "record")) == (409, "CLS_STATE")
    clock.now = forgotten.session.ends_at
    assert hold_classes(wiring) == 2
    assert hold_classes(wiring) == 0
    lapsed = done(manager.get(f"/v1/class-sessions/{forgotten.session.id}"))
    assert (lapsed["status"], lapsed["status_reason"]) == ("cancelled", "lapsed")
    assert notices_of(wiring)[-1] == ("class_session_lapsed", manager.account.id)

    assert problem(on_session(manager, met.session.id, "record")) == (409, "CLS_ROLL")
    done(roll(manager, met.session.id, noted(child)))
    assert done(on_session(manager, met.session.id, "record"))["status"] == "recorded"
    done(roll(manager, met.session.id, noted(child, "late", arrived="10:20")))  # still to be corrected
    assert manager.post(f"/v1/class-sessions/{met.session.id}/close").status_code == 403
    office = as_(Role.COORDINATOR)
    assert done(on_session(office, met.session.id, "close"))["actions"] == []
    assert problem(roll(manager, met.session.id, noted(child))) == (409, "CLS_STATE")


def test_sessions_are_listed_for_each_as_far_as_they_concern_her(
    make: Make, met: Met, room: Classroom, manager: Client, as_: As
) -> None:
    theirs = make.class_session(on=SATURDAY + timedelta(days=1))
    teaches, stranger = make.tutor(), make.tutor()
    make.assignment(met, teaches)
    path = "/v1/class-sessions"

    def listed(caller: Client, query: str = "") -> list[str]:
        return [one["id"] for one in done(caller.get(f"{path}?{query}"))["items"]]

    ours, other = str(met.session.id), str(theirs.session.id)
    assert listed(as_(Role.COORDINATOR)) == [ours, other]
    assert (listed(manager), listed(as_(teaches)), listed(as_(stranger))) == ([ours], [ours], [])
    office = as_(Role.COORDINATOR)
    assert listed(office, f"classroom_id={room.id}") == [ours]
    assert listed(office, "status=open") == []
    assert listed(office, "from=2025-11-16T00:00:00%2B09:00") == [other]
    assert listed(office, "to=2025-11-16T00:00:00%2B09:00") == [ours]
    for caller in (as_(stranger), as_(Role.CLASSROOM_MANAGER)):
        assert problem(caller.get(f"{path}/{ours}")) == (404, "NOT_FOUND")
    assert as_(Role.REQUESTER).get(path).status_code == 403


def test_nobody_is_tutor_and_interpreter_at_one_time_through_any_door(
    make: Make, met: Met, as_: As, check_data: Check
) -> None:
    office = as_(Role.COORDINATOR)
    both = make.tutor(certs=("checkup",))
    visit = make.shift_with_demand(starts_at=met.session.starts_at + timedelta(minutes=30))
    made = make.offer(visit, both)
    done(claim(as_(both), met), 201)
    for said in (
        claim(as_(both), visit),
        hand(office, visit, both),
        answer(as_(both), made, "accept"),
        ask(office, visit, both),
    ):
        assert ("ASG_OVERLAP", "never") in refused(said)
    taught = make.class_session(starts=time(11), ends=time(12))
    for said in (claim(as_(both), taught), hand(office, taught, both), ask(office, taught, both)):
        assert ("ASG_OVERLAP", "never") in refused(said)
    check_data()
