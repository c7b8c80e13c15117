"""Learners go a year after they left, whatever is corrected since; figures stay as they were."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import UUID

import pytest
from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.attendance import Attendance, AttendanceStatus
from models.class_session import ClassSessionStatus
from models.classroom import Classroom
from models.consultation import Consultation
from models.contact_attempt import ContactAttempt
from models.learner import GuardianConsent, Learner, SchoolStage
from models.pairing import Pairing, PairingStatus
from models.record import Notice
from models.school_referral import SchoolReferral
from models.schooling import DeadlineNotice, LearnerDeadline, LearnerTarget, SchoolStageChange
from services import erasing
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, noted, on_session, roll
from tests.makers.doors import audited, done, problem
from tests.makers.erasing import GONE, LEAVES, REASON, due, figures, purge_day, settled_today, take_in, write_down
from tests.queries import Statements
from worker.following_up import erase_what_is_over, tell_of_deadlines

Check = Callable[[], None]
Queries = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def met(make: Make, room: Classroom, clock: SetClock) -> Met:
    """A session of this morning that runs."""
    made = make.class_session(room, on=LEAVES, status=ClassSessionStatus.OPEN)
    clock.now = made.session.starts_at + timedelta(minutes=40)
    return made


@pytest.fixture
def left(make: Make, manager: Client, room: Classroom, met: Met, wiring: Wiring, clock: SetClock) -> Learner:
    """Somebody who came, aimed at high school, had a tutor, rose, was sent to a school, and has left today."""
    learner_id = write_down(manager)
    enrollment = take_in(manager, room, learner_id)
    with wiring.unit(write=False) as unit:
        learner = unit.get(Learner, UUID(learner_id))
        hers = select(GuardianConsent).where(GuardianConsent.learner_id == learner.id).order_by(col(GuardianConsent.id))
        consent = unit.session.exec(hers).all()[0]
    entry = {**noted(learner, "late"), "arrived": "10:20", "progress": ["spoke_more"]}
    done(roll(manager, met.session.id, entry))
    make.pairing(learner, make.tutor())
    for found, day in (("A1", date(2025, 10, 1)), ("A2", date(2025, 11, 1))):
        make.assessment(learner, found, assessed_on=day)
    make.school_referral(consent, room, make.facility(), outcome="taken_in", outcome_on=LEAVES)
    _aim(manager, learner_id)
    assert tell_of_deadlines(wiring) == 1
    call = {"result": "reached", "note_code": "will_come"}
    done(manager.post(f"/v1/classrooms/{room.id}/guardian-calls/{learner_id}", json=call))
    clock.forward(hours=3)
    done(on_session(manager, met.session.id, "record"))
    done(manager.post(f"/v1/enrollments/{enrollment}/leave"))
    return learner


def _aim(manager: Client, learner_id: str) -> None:
    aimed = {"goal": "high_school_entrance", "fiscal_year": 2025}
    target = done(manager.post(f"/v1/learners/{learner_id}/targets", json=aimed), 201)["id"]
    own = {"items": [{"code": "entrance_exam", "due_on": "2025-11-20"}]}
    path = f"/v1/learners/{learner_id}/targets/{target}/deadlines"
    done(manager.put(path, json=own, headers={"If-Match": "*"}))


def test_a_learner_is_erased_a_year_after_she_left_and_not_a_day_sooner(
    left: Learner, admin: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    assert purge_day(wiring, Learner, left.id) == GONE
    clock.now += relativedelta(years=1, days=-1)
    assert due(admin, "learners", "2026-11-09") == []
    assert erase_what_is_over(wiring) == 0
    (entry,) = due(admin, "learners", "2026-11-10")
    assert (entry["learner_id"], entry["purge_on"], entry["kept_by"]) == (str(left.id), "2026-11-10", [])
    assert entry["fields"] == sorted(
        ["first_name", "goals", "guardian_email", "guardian_language", "guardian_name", "guardian_phone", "pickup_rule"]
    )
    assert entry["records"] == {
        "attendance": 1,
        "pairing": 1,
        "contact_attempt": 1,
        "notice": 1,
        "learner_target": 1,
        "school_stage_change": 1,
    }
    looks = [event for event in audited(wiring, admin.account.id) if event.action == "retention.preview"]
    assert [(event.facts["of"], event.facts["found"]) for event in looks] == [("learner", 0), ("learner", 1)]

    clock.forward(days=1)
    before = figures(admin)
    assert before[0]["total"]["level_moves"] == before[0]["total"]["attendances"] == 1
    assert [erase_what_is_over(wiring) for _ in range(2)] == [1, 0]
    assert figures(admin) == before
    assert due(admin, "learners", "2030-01-01") == []
    check_data()


def test_nothing_is_left_that_tells_who_a_learner_was(
    left: Learner, manager: Client, met: Met, wiring: Wiring, clock: SetClock
) -> None:
    clock.now += relativedelta(years=1)
    assert erase_what_is_over(wiring) == 1
    with wiring.unit(write=False) as unit:
        kept = unit.get(Learner, left.id)
        assert (kept.first_name, kept.guardian_name, kept.goals, kept.erased_on) == ("", None, [], GONE)
        assert (kept.native_language, kept.school_stage) == ("vi", SchoolStage.JUNIOR_HIGH)
        for table in (LearnerTarget, LearnerDeadline, DeadlineNotice, SchoolStageChange):
            assert unit.session.exec(select(table)).all() == []
        mark = unit.session.exec(select(Attendance)).one()
        assert (mark.status, mark.arrived_at, mark.progress) == (AttendanceStatus.LATE, None, [])
        pairing = unit.session.exec(select(Pairing)).one()
        assert (pairing.status, pairing.end_reason, pairing.ended_on) == (
            PairingStatus.ENDED,
            "learner_left",
            LEAVES,
        )
        letter = unit.session.exec(select(Notice).where(col(Notice.learner_id).is_not(None))).one()
        assert (letter.status, letter.address, letter.facts) == ("failed", None, {})
        assert unit.session.exec(select(ContactAttempt.note_code)).one() is None
    assert problem(manager.get(f"/v1/learners/{left.id}")) == (404, "NOT_FOUND")
    assert done(manager.get("/v1/learners"))["items"] == []
    again = {"classroom_id": str(met.session.classroom_id), "learner_id": str(left.id)}
    assert problem(manager.post("/v1/enrollments", json=again)) == (404, "NOT_FOUND")
    (line,) = done(manager.get(f"/v1/class-sessions/{met.session.id}/attendance"))["items"]
    assert (line["first_name"], line["status"], line["progress"]) == ("", "late", [])
    assert [event.action for event in audited(wiring, left.id)][-1] == "learner.erase"


def test_who_was_told_of_a_learner_is_kept_three_years(left: Learner, wiring: Wiring, clock: SetClock) -> None:
    """The referral was sent three days before she left."""
    clock.now += relativedelta(years=1)
    assert erase_what_is_over(wiring) == 1
    with wiring.unit(write=False) as unit:
        referral = unit.session.exec(select(SchoolReferral)).one()
    assert referral.learner_id == left.id
    clock.now = referral.sent_at + relativedelta(years=3, days=-1)
    assert erase_what_is_over(wiring) == 0
    clock.forward(days=1)
    assert erase_what_is_over(wiring) == 1
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(SchoolReferral)).all() == []
    assert [event.action for event in audited(wiring, referral.id)] == ["school_referral.purge"]


def test_who_has_left_is_erased_on_her_day_whatever_is_corrected_since(
    left: Learner, manager: Client, wiring: Wiring, clock: SetClock
) -> None:
    clock.forward(days=20)
    done(manager.patch(f"/v1/learners/{left.id}", json={"goals": ["work"]}, headers={"If-Match": "*"}))
    assert purge_day(wiring, Learner, left.id) == GONE


def test_a_hold_and_an_open_incident_keep_a_learner(
    left: Learner, admin: Client, met: Met, wiring: Wiring, clock: SetClock
) -> None:
    path = f"/v1/learners/{left.id}/legal-holds"
    hold = done(admin.post(path, json=REASON), 201)
    assert (hold["learner_id"], hold["volunteer_id"], hold["consultation_id"]) == (str(left.id), None, None)
    told = {"kind": "accident", "severity": 2, "text": "階段で転んだ"}
    about = {"type": "class_session", "id": str(met.session.id)}
    incident = done(admin.post("/v1/incidents", json={**told, "about": about}), 201)["id"]
    clock.now += relativedelta(years=1)
    assert due(admin, "learners", "2026-11-10")[0]["kept_by"] == ["legal_hold", "open_incident"]
    assert erase_what_is_over(wiring) == 0
    done(admin.post(f"/v1/incidents/{incident}/close", json={"reason": "保護者に説明した"}))
    assert erase_what_is_over(wiring) == 0
    done(admin.post(f"/v1/legal-holds/{hold['id']}/lift", json=REASON))
    assert [one["status"] for one in done(admin.get(path))["items"]] == ["lifted"]
    assert erase_what_is_over(wiring) == 1


def test_an_incident_of_her_tutor_s_keeps_a_learner(
    left: Learner, admin: Client, met: Met, make: Make, wiring: Wiring, clock: SetClock
) -> None:
    """A tutor reports from her assignment; it is about whoever learned there."""
    stood = make.assignment(met, make.tutor(), AssignmentStatus.COMPLETED)
    told = {"kind": "accident", "severity": 2, "text": "階段で転んだ"}
    about = {"type": "assignment", "id": str(stood.id)}
    done(admin.post("/v1/incidents", json={**told, "about": about}), 201)
    clock.now += relativedelta(years=1)
    (entry,) = due(admin, "learners", "2026-11-10")
    assert (entry["learner_id"], entry["kept_by"]) == (str(left.id), ["open_incident"])
    assert erase_what_is_over(wiring) == 0


def test_nobody_calls_back_who_is_erased(left: Learner, as_: As, wiring: Wiring, clock: SetClock) -> None:
    office = as_(Role.COORDINATOR)
    back = (clock.now + timedelta(hours=1)).isoformat()
    body = {"learner_id": str(left.id), "result": "call_back", "call_back_at": back, "at": clock.now.isoformat()}
    done(office.post("/v1/contact-attempts", json=body), 201)
    clock.now += relativedelta(months=11)
    codes = {one["because"]["code"] for one in done(office.get("/v1/worklist"))["items"]}
    assert "call_back" in codes
    clock.now += relativedelta(months=1)
    assert erase_what_is_over(wiring) == 1
    assert {one["because"]["code"] for one in done(office.get("/v1/worklist"))["items"]} == codes - {"call_back"}


@pytest.fixture
def settled(make: Make, officer: Client) -> Consultation:
    return settled_today(make, officer)


def test_a_sweep_that_comes_late_erases_nothing(left: Learner, settled: Consultation, wiring: Wiring) -> None:
    """What was taken back between the reading and the lock counts."""
    with wiring.unit() as unit:
        erasing.erase_learner(unit, unit.lock(Learner, left.id))
        erasing.erase_consultation(unit, unit.lock(Consultation, settled.id))
    with wiring.unit(write=False) as unit:
        assert unit.get(Learner, left.id).first_name == "リン"
        assert unit.get(Consultation, settled.id).officer_id is not None


def test_the_dry_runs_need_as_many_queries_for_many(make: Make, admin: Client, queries: Queries) -> None:
    spent = []
    for count in (1, 9):
        for _ in range(count):
            make.learner(purge_on=LEAVES)
            make.consultation("closed", purge_on=LEAVES)
        with queries() as seen:
            due(admin, "learners", "2025-11-10")
            due(admin, "consultations", "2025-11-10")
        spent.append(len(seen))
    assert spent[0] == spent[1]


def test_holds_name_what_there_is(admin: Client, as_: As) -> None:
    for what in ("learners", "consultations"):
        path = f"/v1/{what}/01935b5c-7d00-7000-8000-000000000000/legal-holds"
        assert problem(admin.post(path, json=REASON)) == (404, "NOT_FOUND")
        assert problem(admin.get(path)) == (404, "NOT_FOUND")
        assert as_(Role.COORDINATOR).get(f"/v1/retention/{what}").status_code == 403
