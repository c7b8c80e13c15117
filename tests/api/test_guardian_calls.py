"""Guardians who are telephoned: who was reached leaves the list, a child kept safe is resolved, the others stay."""

from datetime import timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.learner import Learner
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import SATURDAY, Met, noted, on_session, roll
from tests.makers.doors import audited, done, faults, problem


@pytest.fixture
def unsigned(make: Make, owner: Organization, room: Classroom, manager: Client, running: Met) -> Learner:
    """A child without consent who came and is kept safe."""
    made = make.learner(owner, consents=(), guardian_language="id")
    make.enrollment(made, room)
    done(roll(manager, running.session.id, noted(made, "kept_safe")))
    return made


def calls(caller: Client, room: Classroom) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(caller.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    return found


def call(caller: Client, room: Classroom, learner: Learner, result: str, **over: Any) -> Any:
    path = f"/v1/classrooms/{room.id}/guardian-calls/{learner.id}"
    return caller.post(path, json={"result": result, **over})


def test_a_guardian_who_was_reached_leaves_the_list_and_her_child_is_no_longer_merely_kept_safe(
    manager: Client, room: Classroom, unsigned: Learner, running: Met, clock: SetClock, as_: As
) -> None:
    (before,) = calls(manager, room)
    assert (before["guardian_language"], before["attempts"], before["last_result"]) == ("id", 0, None)
    assert done(call(manager, room, unsigned, "reached"))["items"] == []
    assert calls(manager, room) == []
    (line,) = done(manager.get(f"/v1/class-sessions/{running.session.id}/attendance"))["items"]
    assert (line["status"], line["guardian_reached_at"]) == ("kept_safe", "2025-11-15T10:30:00+09:00")
    done(roll(manager, running.session.id, noted(unsigned, "kept_safe")))  # noted again, she stays reached
    assert calls(manager, room) == []
    (kept,) = done(as_(Role.COORDINATOR).get(f"/v1/contact-attempts?learner_id={unsigned.id}"))["items"]
    assert (kept["learner_id"], kept["about"]["type"], kept["result"]) == (str(unsigned.id), "classroom", "reached")
    clock.forward(hours=3)
    assert done(on_session(manager, running.session.id, "record")).get("warnings", []) == []


def test_a_call_before_the_session_told_nobody_of_it(
    manager: Client, room: Classroom, unsigned: Learner, running: Met
) -> None:
    done(call(manager, room, unsigned, "reached", at="2025-11-03T10:00:00+09:00"))
    (line,) = done(manager.get(f"/v1/class-sessions/{running.session.id}/attendance"))["items"]
    assert (line["status"], line["guardian_reached_at"]) == ("kept_safe", None)
    (still,) = calls(manager, room)
    assert (still["because"], still["attempts"]) == (["consent_missing"], 0)


def test_a_call_settles_the_absences_that_it_came_after_and_no_later_one(
    manager: Client, room: Classroom, make: Make, owner: Organization, clock: SetClock
) -> None:
    absent, friday = make.learner(owner), SATURDAY - timedelta(days=1)
    make.enrollment(absent, room)
    for week in range(3):
        held = make.class_session(room, on=SATURDAY + timedelta(weeks=week), status=ClassSessionStatus.OPEN)
        clock.now = held.session.starts_at + timedelta(minutes=30)
        done(roll(manager, held.session.id, noted(absent, "absent")))
        if week == 1:  # written down after the second absence, made before it
            before = f"{friday + timedelta(weeks=1)}T10:00:00+09:00"
            (line,) = done(call(manager, room, absent, "reached", at=before))["items"]
            assert line["because"] == ["absent_twice"]
            assert done(call(manager, room, absent, "reached"))["items"] == []
    (line,) = calls(manager, room)
    assert (line["because"], line["attempts"]) == (["absent_twice"], 0)


def test_a_call_is_told_to_the_minute(
    manager: Client, room: Classroom, make: Make, owner: Organization, clock: SetClock
) -> None:
    make.enrollment(told := make.learner(owner), room)
    later = make.class_session(room, on=SATURDAY + timedelta(weeks=1))
    clock.forward(seconds=40)
    done(on_session(manager, later.session.id, "cancel", reason="大雪"))
    called = clock.now.replace(second=0)  # as a form gives it
    clock.forward(minutes=1)
    assert [one["because"] for one in calls(manager, room)] == [["session_called_off"]]
    assert done(call(manager, room, told, "reached", at=called.isoformat()))["items"] == []


def test_whose_guardian_was_read_is_in_the_log(
    manager: Client, room: Classroom, unsigned: Learner, make: Make, owner: Organization, wiring: Wiring
) -> None:
    other = make.learner(owner)  # with consent, and on no list
    make.enrollment(other, room)
    calls(manager, room)
    (event,) = [one for one in audited(wiring, unsigned.id) if one.action == "guardian_calls.read"]
    assert (event.actor_id, event.fields) == (manager.account.id, ["guardian_name", "guardian_phone"])
    assert event.facts == {"classroom": room.code}
    assert audited(wiring, other.id) == []
    done(call(manager, room, unsigned, "no_answer"))  # whose answer is the list
    assert [one.action for one in audited(wiring, unsigned.id)].count("guardian_calls.read") == 2


def test_nobody_leaves_the_list_because_nobody_answered(
    manager: Client, room: Classroom, unsigned: Learner, running: Met, clock: SetClock
) -> None:
    for result, count in (("no_answer", 1), ("wrong_number", 2)):
        (line,) = done(call(manager, room, unsigned, result))["items"]
        assert (line["attempts"], line["last_result"], line["because"]) == (count, result, ["consent_missing"])
    clock.forward(hours=3)
    said = done(on_session(manager, running.session.id, "record"))
    assert [one["code"] for one in said["warnings"]] == ["CLS_KEPT_SAFE"]
    assert unsigned.first_name not in str(said["warnings"])


def test_who_is_to_be_called_back_is_off_the_list_until_then(
    manager: Client, room: Classroom, unsigned: Learner, clock: SetClock, as_: As
) -> None:
    assert faults(call(manager, room, unsigned, "call_back")) == [("/call_back_at", "FIELD_MISSING")]
    later = "2025-11-15T13:00:00+09:00"
    assert faults(call(manager, room, unsigned, "reached", call_back_at=later)) == [("/call_back_at", "FIELD_CONFLICT")]
    assert done(call(manager, room, unsigned, "call_back", call_back_at=later))["items"] == []
    clock.forward(hours=3)
    (line,) = calls(manager, room)
    assert (line["last_result"], line["attempts"]) == ("call_back", 1)
    office = as_(Role.COORDINATOR)  # whose worklist holds promises to volunteers and institutions alone
    assert str(unsigned.id) not in office.get("/v1/worklist").text


def test_a_new_reason_puts_a_guardian_back_on_the_list(
    manager: Client, room: Classroom, unsigned: Learner, make: Make, clock: SetClock
) -> None:
    done(call(manager, room, unsigned, "reached"))
    clock.forward(hours=1)
    later = make.class_session(room, on=SATURDAY + timedelta(days=7))
    done(on_session(manager, later.session.id, "cancel", reason="大雪"))
    (line,) = calls(manager, room)
    assert (line["because"], line["attempts"]) == (["session_called_off"], 0)
    assert line["called_off"] == ["2025-11-22T10:00:00+09:00"]


def test_a_child_whose_status_is_corrected_is_kept_safe_no_more(
    manager: Client, room: Classroom, unsigned: Learner, running: Met
) -> None:
    done(call(manager, room, unsigned, "reached"))
    body = {"scopes": ["participation"], "signed_on": "2025-11-15", "language": "id"}
    done(manager.post(f"/v1/learners/{unsigned.id}/consents", json=body), 201)
    (line,) = done(roll(manager, running.session.id, noted(unsigned)))["items"]
    assert (line["status"], line["guardian_reached_at"]) == ("present", None)


def test_only_guardians_of_who_learns_here_are_called(
    manager: Client, room: Classroom, make: Make, owner: Organization, unsigned: Learner, as_: As
) -> None:
    assert problem(call(manager, room, make.learner(owner), "reached")) == (404, "NOT_FOUND")
    assert problem(call(as_(Role.CLASSROOM_MANAGER), room, unsigned, "reached")) == (404, "NOT_FOUND")
    assert call(as_(make.tutor()), room, unsigned, "reached").status_code == 403
