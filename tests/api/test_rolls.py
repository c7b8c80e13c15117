"""The roll: a whole class in one call, children without consent kept safe, tutors' view, and whose guardian is called."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.attendance import Attendance
from models.class_session import ClassSessionStatus
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.learner import SchoolStage
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import SATURDAY, Met, noted, on_session, reasons_to_call, roll
from tests.makers.doors import answer, ask, by_phone, done, faults, problem, refused
from worker.passing import move_shifts


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner, capacity=40, tutor_places=10)


def read(caller: Client, met: Met) -> Any:
    return done(caller.get(f"/v1/class-sessions/{met.session.id}/attendance"))


def test_a_class_of_thirty_is_noted_in_one_call_and_read_with_as_many_queries_as_a_class_of_one(
    manager: Client, running: Met, enrol: Callable[..., Any], queries: Any
) -> None:
    one = enrol()
    with queries() as few:
        read(manager, running)
    class_of_thirty = [one, *(enrol() for _ in range(29))]
    with queries() as seen:
        assert len(read(manager, running)["items"]) == 30
    assert len(seen) == len(few)
    shown = done(roll(manager, running.session.id, *(noted(each) for each in class_of_thirty)))["items"]
    assert [line["status"] for line in shown] == ["present"] * 30


def test_late_and_early_leaving_are_noted_with_their_hours_and_corrected(
    manager: Client, running: Met, enrol: Callable[..., Any], wiring: Wiring
) -> None:
    late, early = enrol(), enrol()
    done(
        roll(
            manager,
            running.session.id,
            noted(late, "late", arrived="10:20", progress=["spoke_more"]),
            noted(early, "left_early", left="11:00"),
        )
    )
    lines = {line["learner_id"]: line for line in read(manager, running)["items"]}
    assert lines[str(late.id)]["arrived_at"] == "2025-11-15T10:20:00+09:00"
    assert lines[str(late.id)]["progress"] == ["spoke_more"]
    assert lines[str(early.id)]["left_at"] == "2025-11-15T11:00:00+09:00"
    done(roll(manager, running.session.id, noted(late)))
    lines = {line["learner_id"]: line for line in read(manager, running)["items"]}
    assert (lines[str(late.id)]["status"], lines[str(late.id)]["arrived_at"]) == ("present", None)
    assert lines[str(early.id)]["status"] == "left_early"
    with wiring.unit(write=False) as unit:
        assert len(unit.session.exec(select(Attendance)).all()) == 2


def test_faults_of_a_roll_are_named_each_and_nothing_is_noted(
    manager: Client, running: Met, enrol: Callable[..., Any], make: Make, owner: Organization
) -> None:
    one, two = enrol(), enrol()
    stranger = make.learner(owner)
    said = roll(
        manager,
        running.session.id,
        noted(one),
        noted(one),
        noted(stranger),
        noted(two, "absent", arrived="10:00"),
    )
    assert faults(said) == [
        ("/items/1/learner_id", "FIELD_DUPLICATE"),
        ("/items/2/learner_id", "FIELD_REFERENCE"),
        ("/items/3/status", "FIELD_CONFLICT"),
    ]
    crossed = roll(manager, running.session.id, noted(two, "late", arrived="11:00", left="10:30"))
    assert faults(crossed) == [("/items/0/left", "FIELD_CONFLICT")]
    assert {line["status"] for line in read(manager, running)["items"]} == {None}


def test_a_child_without_consent_is_kept_safe_and_never_noted_as_attending(
    manager: Client, running: Met, enrol: Callable[..., Any], room: Classroom
) -> None:
    wanting, grown = enrol(consents=()), enrol(stage=SchoolStage.ADULT, consents=(), guardian_name=None)
    for status in ("present", "late", "left_early"):
        said = roll(manager, running.session.id, noted(grown), noted(wanting, status))
        assert refused(said) == [("CLS_CONSENT", "never")]
        assert [(one["pointer"], one["code"]) for one in said.json()["errors"]] == [("/items/1/status", "CLS_CONSENT")]
        assert wanting.first_name not in said.text
    assert {line["status"] for line in read(manager, running)["items"]} == {None}
    shown = done(roll(manager, running.session.id, noted(grown), noted(wanting, "kept_safe")))["items"]
    lines = {line["learner_id"]: (line["status"], line["consent"]) for line in shown}
    assert lines == {str(grown.id): ("present", True), str(wanting.id): ("kept_safe", False)}
    assert reasons_to_call(manager, room) == {str(wanting.id): ["consent_missing"]}
    body = {"scopes": ["participation"], "signed_on": "2025-11-15", "language": "vi"}
    done(manager.post(f"/v1/learners/{wanting.id}/consents", json=body), 201)
    assert reasons_to_call(manager, room) == {}
    done(roll(manager, running.session.id, noted(wanting)))


def test_a_consent_taken_back_today_leaves_tomorrows_roll_everywhere(  # noqa: PLR0913, PLR0917 - fixtures
    manager: Client, make: Make, running: Met, room: Classroom, owner: Organization, as_: As, clock: SetClock
) -> None:
    gone = make.learner(owner, consents=())
    consent = make.consent(gone)
    make.enrollment(gone, room)
    make.enrollment(gone, make.classroom(owner=owner))
    tomorrow = make.class_session(room, on=SATURDAY + timedelta(days=1), status=ClassSessionStatus.OPEN)
    tutor = make.tutor()
    make.assignment(tomorrow, tutor)
    assert [line["consent"] for line in read(manager, tomorrow)["items"]] == [True]

    done(manager.post(f"/v1/learners/{gone.id}/consents/{consent.id}/revoke"))
    assert [line["consent"] for line in read(manager, running)["items"]] == [False]  # today she may still be kept safe
    for caller in (manager, as_(Role.COORDINATOR), as_(tutor)):
        assert read(caller, tomorrow)["items"] == []
    clock.now = tomorrow.session.starts_at
    assert refused(roll(manager, tomorrow.session.id, noted(gone))) == [("CLS_CONSENT", "never")]
    done(roll(manager, tomorrow.session.id, noted(gone, "kept_safe")))  # she came all the same
    assert [line["status"] for line in read(manager, tomorrow)["items"]] == ["kept_safe"]


def test_tutors_read_first_names_and_the_way_home_of_their_own_session_near_the_day(
    make: Make, running: Met, room: Classroom, enrol: Callable[..., Any], as_: As, clock: SetClock
) -> None:
    learner = enrol()
    teaches, stranger = make.tutor(), make.tutor()
    stood = make.assignment(running, teaches)
    (line,) = read(as_(teaches), running)["items"]
    assert line == {
        "learner_id": str(learner.id),
        "first_name": learner.first_name,
        "pickup_rule": "guardian",
        "consent": None,
        "status": None,
        "arrived_at": None,
        "left_at": None,
        "progress": [],
        "guardian_reached_at": None,
    }
    path = f"/v1/class-sessions/{running.session.id}/attendance"
    assert problem(as_(stranger).get(path)) == (404, "NOT_FOUND")
    assert problem(as_(Role.CLASSROOM_MANAGER).get(path)) == (404, "NOT_FOUND")
    assert roll(as_(teaches), running.session.id, noted(learner)).status_code == 403
    assert as_(teaches).get(f"/v1/learners/{learner.id}").status_code == 403
    far = make.class_session(room, on=SATURDAY + timedelta(days=7))
    make.assignment(far, teaches)
    assert problem(as_(teaches).get(f"/v1/class-sessions/{far.session.id}/attendance")) == (404, "NOT_FOUND")
    clock.forward(days=2)
    assert problem(as_(teaches).get(path)) == (404, "NOT_FOUND")
    assert stood.status is AssignmentStatus.CONFIRMED


def test_a_roll_is_noted_from_an_hour_before_the_start_in_a_session_that_takes_place(
    manager: Client, make: Make, room: Classroom, enrol: Callable[..., Any], running: Met, clock: SetClock
) -> None:
    learner = enrol()
    later = make.class_session(room, starts=time(14), ends=time(15), status=ClassSessionStatus.OPEN)
    planned = make.class_session(room, starts=time(9), ends=time(12))
    for one, code in ((later, "CLS_EARLY"), (planned, "CLS_STATE")):
        assert problem(roll(manager, one.session.id, noted(learner))) == (409, code)
    path = f"/v1/class-sessions/{running.session.id}/attendance"
    assert problem(manager.put(path, json={"items": [noted(learner)]})) == (428, "PRECONDITION_REQUIRED")
    clock.now = later.session.starts_at - timedelta(hours=1, seconds=1)
    assert problem(roll(manager, later.session.id, noted(learner))) == (409, "CLS_EARLY")
    clock.forward(seconds=1)
    assert done(roll(manager, later.session.id, noted(learner)))["status"] == "open"
    assert done(roll(manager, running.session.id, noted(learner)))["status"] == "held"


def test_a_family_that_calls_days_before_is_excused_at_once(
    manager: Client, make: Make, room: Classroom, enrol: Callable[..., Any], clock: SetClock
) -> None:
    silent, came = enrol(), enrol()
    for week in (0, 1):
        day = SATURDAY + timedelta(days=7 * week)
        running = make.class_session(room, on=day, status=ClassSessionStatus.OPEN)
        clock.now = running.session.starts_at
        done(roll(manager, running.session.id, noted(silent, "absent"), noted(came)))
    next_time = make.class_session(room, on=SATURDAY + timedelta(days=14))
    for _ in range(2):
        make.assignment(next_time, make.tutor())
    planned = next_time.session
    refused_with = roll(manager, planned.id, noted(silent, "absent_notified"), noted(came))
    assert problem(refused_with) == (409, "CLS_EARLY")
    done(roll(manager, planned.id, noted(silent, "absent_notified")))
    assert {line["learner_id"]: line["status"] for line in read(manager, next_time)["items"]} == {
        str(silent.id): "absent_notified",
        str(came.id): None,
    }
    assert reasons_to_call(manager, room) == {
        str(silent.id): ["absent_twice"]
    }  # that they were not there is still unexplained
    clock.now = planned.starts_at - timedelta(minutes=10)
    done(on_session(manager, planned.id, "open"))
    done(roll(manager, planned.id, noted(came), noted(silent)))
    clock.now = planned.starts_at
    assert reasons_to_call(manager, room) == {}


def test_a_child_kept_safe_before_the_start_is_called_about_and_settled_at_once(
    manager: Client, make: Make, room: Classroom, enrol: Callable[..., Any], clock: SetClock
) -> None:
    wanting = enrol(consents=())
    running = make.class_session(room, status=ClassSessionStatus.OPEN)
    clock.now = running.session.starts_at - timedelta(minutes=20)
    done(roll(manager, running.session.id, noted(wanting, "kept_safe")))
    assert reasons_to_call(manager, room) == {str(wanting.id): ["consent_missing"]}
    call = {"result": "reached", "at": clock().isoformat()}
    done(manager.post(f"/v1/classrooms/{room.id}/guardian-calls/{wanting.id}", json=call))
    assert reasons_to_call(manager, room) == {}
    clock.forward(minutes=40)
    done(roll(manager, running.session.id, noted(wanting, "kept_safe")))  # the roll of everybody, once more
    assert reasons_to_call(manager, room) == {}
    assert read(manager, running)["items"][0]["guardian_reached_at"] is not None


def test_two_absences_in_a_row_without_a_word_put_the_guardian_on_the_call_list(
    manager: Client, make: Make, room: Classroom, enrol: Callable[..., Any], clock: SetClock
) -> None:
    children = silent, _, back = enrol(), enrol(), enrol()
    weeks = [SATURDAY + timedelta(days=7 * week) for week in range(3)]
    marks = (("present", "absent", "absent"), ("absent", "absent_notified", "absent"), ("absent", "absent", "present"))
    expected: tuple[list[Any], ...] = ([], [back], [silent])
    for week, day in enumerate(weeks):
        made = make.class_session(room, on=day, status=ClassSessionStatus.OPEN)
        clock.now = made.session.starts_at + timedelta(hours=1)
        told = (noted(one, mark[week]) for one, mark in zip(children, marks, strict=True))
        done(roll(manager, made.session.id, *told))
        assert reasons_to_call(manager, room) == {str(one.id): ["absent_twice"] for one in expected[week]}


def test_a_class_that_is_called_off_puts_every_guardian_on_the_list_until_its_hour(
    manager: Client, make: Make, room: Classroom, enrol: Callable[..., Any], running: Met, clock: SetClock
) -> None:
    learners = [enrol(), enrol(stage=SchoolStage.ADULT, consents=(), guardian_name=None)]
    later = make.class_session(room, starts=time(14), ends=time(15))
    done(on_session(manager, later.session.id, "cancel", reason="大雪"))
    assert reasons_to_call(manager, room) == {str(one.id): ["session_called_off"] for one in learners}
    clock.forward(hours=5)
    assert reasons_to_call(manager, room) == {}
    assert running.session.status is ClassSessionStatus.OPEN


def test_saturday_half_past_nine_by_the_manager_alone_in_eight_calls(
    manager: Client,
    make: Make,
    owner: Organization,
    wiring: Wiring,
    clock: SetClock,
    check_data: Callable[[], None],
) -> None:
    room = make.classroom(owner=owner, min_tutors=3, tutor_places=4)
    saturday = make.class_session(room)
    came, reserve = make.tutor(), make.tutor()
    make.assignment(saturday, came)
    make.tutor()  # somebody else who could come
    with wiring.unit() as unit:
        unit.add(ClassroomTutor(classroom_id=room.id, volunteer_id=reserve.id, role=TutorRole.RESERVE))
    children = [make.learner(owner) for _ in range(5)]
    unsigned = make.learner(owner, consents=(), guardian_language="id")
    for each in (*children, unsigned):
        make.enrollment(each, room)
    clock.now = saturday.session.starts_at - timedelta(minutes=30)

    before = done(manager.get(f"/v1/class-sessions/{saturday.session.id}"))  # 1 who is missing
    assert (before["tutors"], before["min_tutors"]) == (1, 3)
    # 2 who could come, reserves first
    first = done(manager.get(f"/v1/shifts/{before['shift_id']}/candidates?limit=3"))["items"][0]
    assert (first["volunteer_id"], first["tutor_role"]) == (str(reserve.id), "reserve")
    # 3 and 4 she is telephoned, and says yes
    (offer,) = done(ask(manager, saturday, reserve), 201)["items"]
    yes = done(answer(manager, offer["id"], "accept", on_behalf=by_phone(reserve, clock().isoformat())))
    assert yes["assignment"]["status"] == "confirmed"
    # 5 two of three tutors, and two adults: reduced
    opened = done(on_session(manager, saturday.session.id, "open", mode="reduced"))
    assert (opened["status"], opened["mode"], opened["tutors"]) == ("open", "reduced", 2)
    clock.forward(minutes=45)
    move_shifts(wiring)
    # 6 the roll of everybody
    entries = [*(noted(each) for each in children), noted(unsigned, "kept_safe")]
    shown = done(roll(manager, saturday.session.id, *entries))["items"]
    assert sorted(line["status"] for line in shown) == ["kept_safe", *["present"] * 5]
    # 7 whom to call, in which language
    (call,) = done(manager.get(f"/v1/classrooms/{room.id}/guardian-calls"))["items"]
    assert (call["learner_id"], call["guardian_language"], call["because"]) == (
        str(unsigned.id),
        "id",
        ["consent_missing"],
    )
    # 8 what went wrong
    incident = {
        "about": {"type": "class_session", "id": str(saturday.session.id)},
        "kind": "safeguarding",
        "severity": 2,
        "text": "同意のない子どもが一人で来たため、事務室で待ってもらいました。",
    }
    done(manager.post("/v1/incidents", json=incident), 201)
    check_data()


def test_an_incident_is_told_about_a_session_of_hers_alone(manager: Client, make: Make) -> None:
    theirs = make.class_session(on=date(2025, 11, 22))
    about = {"type": "class_session", "id": str(theirs.session.id)}
    said = manager.post(
        "/v1/incidents", json={"about": about, "kind": "accident", "severity": 1, "text": "転びました。"}
    )
    assert problem(said) == (404, "NOT_FOUND")
