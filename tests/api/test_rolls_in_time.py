"""Rolls over time: what can be known before the start, who learnt here then, and what a moved or broken-off class leaves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.account import Role
from models.assignment import AssignmentStatus
from models.class_session import ClassSessionStatus, OpenMode
from models.classroom import Classroom
from models.learner import SchoolStage
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import (
    SATURDAY,
    Met,
    add_term,
    change_rule,
    change_term,
    noted,
    on_session,
    reasons_to_call,
    roll,
)
from tests.makers.doors import done, faults, problem


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner, capacity=40, tutor_places=10)


@pytest.fixture
def met(make: Make, room: Classroom, clock: SetClock) -> Met:
    """An open session that begins in half an hour."""
    made = make.class_session(room, status=ClassSessionStatus.OPEN)
    clock.now = made.session.starts_at - timedelta(minutes=30)
    return made


def read(caller: Client, met: Met) -> dict[str, Any]:
    items = done(caller.get(f"/v1/class-sessions/{met.session.id}/attendance"))["items"]
    return {line["learner_id"]: line["status"] for line in items}


def leave(manager: Client, learner: Any) -> None:
    places = done(manager.get("/v1/enrollments?limit=200"))["items"]
    (place,) = [one["id"] for one in places if one["learner_id"] == str(learner.id)]
    done(manager.post(f"/v1/enrollments/{place}/leave", json={"reason": "転居"}))


def reach(manager: Client, room: Classroom, learner: Any, at: str) -> None:
    done(manager.post(f"/v1/classrooms/{room.id}/guardian-calls/{learner.id}", json={"result": "reached", "at": at}))


@pytest.mark.parametrize("status", ["absent", "late", "left_early"])
def test_who_is_missing_late_or_gone_early_is_known_from_the_start_on(
    manager: Client, met: Met, enrol: Callable[..., Any], clock: SetClock, status: str
) -> None:
    learner = enrol()
    assert problem(roll(manager, met.session.id, noted(learner, status))) == (409, "CLS_EARLY")
    clock.now = met.session.starts_at
    done(roll(manager, met.session.id, noted(learner, status)))


def test_an_excuse_is_taken_back_and_nothing_else_is(
    manager: Client, make: Make, room: Classroom, met: Met, enrol: Callable[..., Any]
) -> None:
    excused, here = enrol(), enrol()
    later = make.class_session(room, on=SATURDAY + timedelta(days=7))
    done(roll(manager, later.session.id, noted(excused, "absent_notified")))
    done(roll(manager, later.session.id, {"learner_id": str(excused.id), "status": None}, noted(here, None)))
    assert read(manager, later) == {str(excused.id): None, str(here.id): None}
    done(roll(manager, met.session.id, noted(here)))
    said = roll(manager, met.session.id, {"learner_id": str(here.id), "status": None})
    assert faults(said) == [("/items/0/status", "FIELD_NULL")]
    assert read(manager, met)[str(here.id)] == "present"


@pytest.mark.parametrize("ends", ["revoke", "leave"])
def test_who_is_excused_and_then_leaves_is_on_no_roll_to_come(  # noqa: PLR0913, PLR0917 - fixtures
    manager: Client, make: Make, room: Classroom, owner: Organization, as_: As, clock: SetClock, ends: str
) -> None:
    gone = make.learner(owner, consents=())
    consent = make.consent(gone)
    make.enrollment(gone, room)
    later = make.class_session(room, on=SATURDAY + timedelta(days=7))
    teaches = make.tutor()
    make.assignment(later, teaches)
    done(roll(manager, later.session.id, noted(gone, "absent_notified")))
    if ends == "revoke":
        done(manager.post(f"/v1/learners/{gone.id}/consents/{consent.id}/revoke"))
    else:
        leave(manager, gone)
    clock.now = later.session.starts_at - timedelta(days=1)
    assert read(as_(teaches), later) == read(manager, later) == {}


def test_a_call_before_the_child_was_kept_safe_settles_nothing(
    manager: Client, room: Classroom, met: Met, enrol: Callable[..., Any], clock: SetClock
) -> None:
    wanting = enrol(consents=())
    clock.now = met.session.starts_at - timedelta(minutes=10)
    done(roll(manager, met.session.id, noted(wanting, "kept_safe")))
    clock.forward(minutes=5)
    reach(manager, room, wanting, "2025-11-15T09:05:00+09:00")  # about something else, written down now
    assert reasons_to_call(manager, room) == {str(wanting.id): ["consent_missing"]}
    reach(manager, room, wanting, "2025-11-15T09:50:00+09:00")
    assert reasons_to_call(manager, room) == {}


def test_a_child_kept_safe_that_loses_its_place_is_still_called_about(
    manager: Client, room: Classroom, met: Met, enrol: Callable[..., Any]
) -> None:
    wanting = enrol(consents=())
    done(roll(manager, met.session.id, noted(wanting, "kept_safe")))
    leave(manager, wanting)
    assert reasons_to_call(manager, room) == {str(wanting.id): ["consent_missing"]}
    reach(manager, room, wanting, "2025-11-15T09:30:00+09:00")
    assert reasons_to_call(manager, room) == {}
    gone = manager.post(f"/v1/classrooms/{room.id}/guardian-calls/{wanting.id}", json={"result": "reached"})
    assert problem(gone) == (404, "NOT_FOUND")


def test_a_class_that_did_not_take_place_hides_no_absence(
    manager: Client, make: Make, room: Classroom, enrol: Callable[..., Any], clock: SetClock
) -> None:
    silent = enrol()
    for week, status in enumerate(("absent", "absent_notified", "absent")):
        held = make.class_session(room, on=SATURDAY + timedelta(days=7 * week), status=ClassSessionStatus.OPEN)
        clock.now = held.session.starts_at
        done(roll(manager, held.session.id, noted(silent, status)))
        if status == "absent_notified":
            done(on_session(manager, held.session.id, "cancel", reason="大雪"))
            clock.now = held.session.ends_at
    assert reasons_to_call(manager, room) == {str(silent.id): ["absent_twice"]}


def test_families_of_a_class_that_is_broken_off_are_called(
    manager: Client, room: Classroom, met: Met, enrol: Callable[..., Any], clock: SetClock
) -> None:
    here = enrol()
    clock.now = met.session.starts_at + timedelta(minutes=20)
    done(on_session(manager, met.session.id, "cancel", reason="停電"))
    assert reasons_to_call(manager, room) == {str(here.id): ["session_called_off"]}
    clock.now = met.session.ends_at
    assert reasons_to_call(manager, room) == {}


def test_families_of_a_class_that_moves_are_called_until_they_know(
    manager: Client, room: Classroom, enrol: Callable[..., Any], clock: SetClock
) -> None:
    learner = enrol()
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=2"), 201)
    done(change_term(manager, term, "scope=all", starts="14:00", ends="15:30"))
    (call,) = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    assert call["because"] == ["session_moved"]
    assert [(one["moved_from"][:16], one["starts_at"][:16]) for one in call["moved"]] == [
        ("2025-11-15T10:00", "2025-11-15T14:00"),
        ("2025-11-22T10:00", "2025-11-22T14:00"),
    ]
    reach(manager, room, learner, clock().isoformat())
    assert reasons_to_call(manager, room) == {}
    assert done(manager.get("/v1/worklist?kind=guardian_to_reach"))["items"] == []


def test_who_knows_no_other_hour_is_not_called_about_a_move(
    manager: Client, room: Classroom, enrol: Callable[..., Any], clock: SetClock
) -> None:
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=6"), 201)
    done(change_term(manager, term, "scope=all", starts="14:00", ends="15:30"))
    clock.forward(days=1)
    enrol()
    assert reasons_to_call(manager, room) == {}


def test_a_class_that_ends_at_another_hour_is_told(manager: Client, room: Classroom, enrol: Callable[..., Any]) -> None:
    learner = enrol()
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    done(change_term(manager, term, "scope=all", ends="10:45"))
    (call,) = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    assert (call["learner_id"], call["because"]) == (str(learner.id), ["session_moved"])
    assert call["moved"][0]["ends_at"][:16] == "2025-11-15T10:45"


def test_a_class_that_moved_and_is_cancelled_is_told_for_both_its_hours(
    manager: Client, room: Classroom, enrol: Callable[..., Any], clock: SetClock
) -> None:
    enrol()
    term = done(add_term(manager, room, rule="FREQ=WEEKLY;COUNT=1"), 201)
    done(change_rule(manager, term, "FREQ=WEEKLY;BYDAY=TH;UNTIL=20251113"))
    (thursday,) = done(manager.get(f"/v1/class-sessions?classroom_id={room.id}"))["items"]
    done(on_session(manager, thursday["id"], "cancel", reason="大雪"))
    clock.now = datetime.fromisoformat("2025-11-14T10:00:00+09:00")
    (call,) = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    assert [one[:16] for one in call["called_off"]] == ["2025-11-13T10:00", "2025-11-15T10:00"]


def test_a_call_before_the_second_absence_was_known_does_not_settle_it(
    manager: Client, make: Make, room: Classroom, enrol: Callable[..., Any], clock: SetClock
) -> None:
    silent = enrol()
    weeks = [
        make.class_session(room, on=SATURDAY + timedelta(days=7 * n), status=ClassSessionStatus.OPEN) for n in (0, 1)
    ]
    clock.now = weeks[0].session.starts_at
    done(roll(manager, weeks[0].session.id, noted(silent, "absent")))
    off = make.class_session(room, on=SATURDAY + timedelta(days=14))
    clock.now = weeks[1].session.ends_at + timedelta(days=1)
    done(on_session(manager, off.session.id, "cancel", reason="大雪"))
    reach(manager, room, silent, clock().isoformat())
    clock.forward(hours=1)
    done(roll(manager, weeks[1].session.id, noted(silent, "absent")))  # written down late
    assert reasons_to_call(manager, room) == {str(silent.id): ["absent_twice"]}


def test_a_family_that_left_is_not_called_about_what_becomes_of_the_class(
    manager: Client, make: Make, room: Classroom, met: Met, enrol: Callable[..., Any]
) -> None:
    wanting = enrol(consents=())
    done(roll(manager, met.session.id, noted(wanting, "kept_safe")))
    make.consent(wanting)
    leave(manager, wanting)
    off = make.class_session(room, on=SATURDAY + timedelta(days=14))
    done(on_session(manager, off.session.id, "cancel", reason="大雪"))
    assert reasons_to_call(manager, room) == {}


def test_an_adult_needs_nobody_s_consent_and_stays_excused(
    manager: Client, make: Make, room: Classroom, owner: Organization
) -> None:
    grown = make.learner(owner, stage=SchoolStage.ADULT, consents=(), guardian_name=None)
    consent = make.consent(grown)
    make.enrollment(grown, room)
    later = make.class_session(room, on=SATURDAY + timedelta(days=7))
    done(roll(manager, later.session.id, noted(grown, "absent_notified")))
    done(manager.post(f"/v1/learners/{grown.id}/consents/{consent.id}/revoke"))
    assert read(manager, later) == {str(grown.id): "absent_notified"}


def test_a_roll_is_of_those_who_learnt_here_then(  # noqa: PLR0913, PLR0917 - fixtures
    manager: Client,
    met: Met,
    make: Make,
    room: Classroom,
    owner: Organization,
    enrol: Callable[..., Any],
    clock: SetClock,
) -> None:
    here, gone = enrol(), enrol()
    clock.now = met.session.ends_at + timedelta(hours=3)
    leave(manager, gone)
    new = make.learner(owner)
    make.enrollment(new, room)
    assert set(read(manager, met)) == {str(here.id), str(gone.id)}
    done(roll(manager, met.session.id, noted(here), noted(gone)))
    assert done(on_session(manager, met.session.id, "record"))["status"] == "recorded"
    later = make.class_session(room, on=SATURDAY + timedelta(days=7))
    assert set(read(manager, later)) == {str(here.id), str(new.id)}
    done(roll(manager, met.session.id, noted(new)))  # she came before she was written down


def test_who_has_not_confirmed_reads_no_child_s_name(make: Make, as_: As, met: Met, enrol: Callable[..., Any]) -> None:
    learner, asked, sure = enrol(), make.tutor(), make.tutor()
    make.assignment(met, asked, AssignmentStatus.TENTATIVE)
    make.assignment(met, sure)
    path = f"/v1/class-sessions/{met.session.id}/attendance"
    assert problem(as_(asked).get(path)) == (404, "NOT_FOUND")
    assert read(as_(sure), met) == {str(learner.id): None}


def test_the_tutors_in_charge_of_a_merged_class_read_its_roll_too(
    make: Make, as_: As, owner: Organization, met: Met, enrol: Callable[..., Any]
) -> None:
    learner, teaches = enrol(), make.tutor()
    host = make.class_session(make.classroom(owner=owner), status=ClassSessionStatus.OPEN)
    make.assignment(host, teaches)
    with make.wiring.unit() as unit:
        row = unit.get(type(met.session), met.session.id)
        row.mode, row.merged_with_id = OpenMode.MERGED_WITH, host.session.id
    assert read(as_(teaches), met) == {str(learner.id): None}


def test_a_manager_who_teaches_elsewhere_reads_there_as_a_tutor_and_runs_nothing(
    make: Make, as_: As, met: Met, enrol: Callable[..., Any]
) -> None:
    learner = enrol()
    who = make.person()
    both = make.tutor(person=who)
    account = make.account(Role.CLASSROOM_MANAGER, Role.VOLUNTEER, organization=make.organization(), person=who)
    make.assignment(met, both)
    her = as_(account)
    (line,) = done(her.get(f"/v1/class-sessions/{met.session.id}/attendance"))["items"]
    assert (line["learner_id"], line["consent"]) == (str(learner.id), None)
    assert done(her.get(f"/v1/class-sessions/{met.session.id}"))["id"] == str(met.session.id)
    assert problem(roll(her, met.session.id, noted(learner))) == (404, "NOT_FOUND")
    assert problem(on_session(her, met.session.id, "cancel", reason="いたずら")) == (404, "NOT_FOUND")
