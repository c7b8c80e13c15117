"""Learners on their way to a school: stages with history, what they aim at, and days that nobody misses."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.db import Wiring
from models.enrollment import ClassEnrollmentStatus
from models.learner import Learner, SchoolStage
from models.organization import Organization
from models.record import Notice
from models.schooling import LearnerTarget
from services import school_deadlines
from services.clock import SetClock
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import audited, done, faults, notices_of, problem
from tests.makers.listed import codes
from tests.makers.school_days import (
    DEADLINES,
    EXAM,
    NO_GUARDIAN,
    PHONE,
    aim,
    live_until,
    move,
    of,
    own_days,
    pupil,
    told,
)
from tests.outbox import mails, text_of
from tests.queries import Statements
from worker.deliver import deliver_due
from worker.following_up import tell_of_deadlines


@pytest.fixture
def linh(make: Make, owner: Organization) -> Learner:
    return pupil(make, owner)


def test_a_stage_moves_on_and_its_history_stays(manager: Client, wiring: Wiring) -> None:
    draft = {"first_name": "リン", "school_stage": "elementary", "native_language": "vi", "pickup_rule": "guardian"}
    guardian = {"name": "架空 花子", "phone": "076-000-0001", "language": "vi", "email": "hanako@example.jp"}
    linh = done(manager.post("/v1/learners", json={**draft, "guardian": guardian}), 201)
    assert linh["guardian"]["email"] == "hanako@example.jp"
    path = f"/v1/learners/{linh['id']}/school-stages"
    moved = done(manager.post(path, json={"stage": "junior_high", "since": "2025-11-10"}), 201)["items"]
    assert [(one["stage"], one["since"]) for one in moved] == [
        ("junior_high", "2025-11-10"),
        ("elementary", "2025-11-10"),
    ]
    assert done(manager.get(f"/v1/learners/{linh['id']}"))["school_stage"] == "junior_high"
    for day in ("2025-11-09", "2025-11-11"):
        refused = manager.post(path, json={"stage": "adult", "since": day})
        assert faults(refused) == [("/since", "FIELD_RANGE")]
    again = manager.post(path, json={"stage": "junior_high", "since": "2025-11-10"})
    assert faults(again) == [("/stage", "FIELD_DUPLICATE")]
    assert len(done(manager.get(path))["items"]) == 2
    assert [event.action for event in audited(wiring, linh["id"])] == ["learner.create", "learner.move_on"]


def test_a_child_needs_a_guardian(make: Make, manager: Client, owner: Organization) -> None:
    adult = make.learner(owner, stage=SchoolStage.ADULT, **NO_GUARDIAN)
    refused = manager.post(of(adult, "school-stages"), json={"stage": "junior_high", "since": "2025-11-10"})
    assert faults(refused) == [("/stage", "FIELD_CONFLICT")]


def test_a_learner_s_own_days_come_before_the_year_s(office: Client, manager: Client, linh: Learner) -> None:
    exam = done(office.post(DEADLINES, json=EXAM), 201)
    done(office.post(DEADLINES, json={**EXAM, "code": "results_day", "due_on": "2026-03-12"}), 201)
    assert faults(office.post(DEADLINES, json=EXAM)) == [("/code", "FIELD_DUPLICATE")]
    target = done(aim(manager, linh), 201)
    assert [(day["code"], day["due_on"], day["own"]) for day in target["deadlines"]] == [
        ("entrance_exam", "2025-12-20", False),
        ("results_day", "2026-03-12", False),
    ]
    assert faults(aim(manager, linh)) == [("/goal", "FIELD_DUPLICATE")]
    mine = done(
        own_days(manager, linh, target, entrance_exam="2026-01-24", results_day=None, documents_ready="2026-01-09")
    )
    assert [(day["code"], day["due_on"], day["own"]) for day in mine["deadlines"]] == [
        ("documents_ready", "2026-01-09", True),
        ("entrance_exam", "2026-01-24", True),
    ]
    twice = {"items": [{"code": "entrance_exam", "due_on": None}] * 2}
    path = of(linh, "targets", target["id"], "deadlines")
    assert faults(manager.put(path, json=twice, headers={"If-Match": "*"})) == [("/items", "FIELD_DUPLICATE")]
    assert manager.put(path, json=twice).status_code == 428
    assert move(office, exam, "2025-12-22")["due_on"] == "2025-12-22"
    assert office.delete(f"{DEADLINES}/{exam['id']}").status_code == 204
    listed = done(manager.get(DEADLINES, params={"fiscal_year": 2025}))["items"]
    assert [(one["code"], one["actions"]) for one in listed] == [("results_day", [])]


@pytest.mark.parametrize("day", ["2024-12-20", "2025-03-31", "2026-05-01", "2027-03-01"])
def test_a_day_of_another_year_is_refused(office: Client, manager: Client, linh: Learner, day: str) -> None:
    """A year mistyped would tell the family too late or never; formalities fall in the April after the year."""
    exam = done(office.post(DEADLINES, json=EXAM), 201)
    target = done(aim(manager, linh), 201)
    other = {**EXAM, "code": "enrolment_formalities"}
    refused = office.post(DEADLINES, json={**other, "due_on": day})
    moved = office.patch(f"{DEADLINES}/{exam['id']}", json={"due_on": day}, headers={"If-Match": "*"})
    assert faults(refused) == faults(moved) == [("/due_on", "FIELD_RANGE")]
    assert "2025年4月1日" in (said := refused.json()["errors"][0]["detail"])
    assert "2026年4月30日" in said
    own = own_days(manager, linh, target, documents_ready=None, entrance_exam=day)
    assert faults(own) == [("/items/1/due_on", "FIELD_RANGE")]
    assert faults(office.post(DEADLINES, json={**other, "fiscal_year": 2000})) == [("/due_on", "FIELD_RANGE")]
    assert done(office.post(DEADLINES, json={**other, "due_on": "2026-04-30"}), 201)["warnings"] == []


def test_a_day_that_is_over_is_warned_of(office: Client, manager: Client, linh: Learner) -> None:
    made = done(office.post(DEADLINES, json={**EXAM, "due_on": "2025-04-10"}), 201)
    assert [one["code"] for one in made["warnings"]] == ["TGT_DAY_OVER"]
    assert "2025年4月10日" in made["warnings"][0]["detail"]
    assert [one["code"] for one in move(office, made, "2025-11-09")["warnings"]] == ["TGT_DAY_OVER"]
    assert move(office, made, "2025-11-10")["warnings"] == []
    target = done(aim(manager, linh), 201)
    mine = done(own_days(manager, linh, target, entrance_exam="2025-11-09", results_day="2025-11-12"))
    assert [one["code"] for one in mine["warnings"]] == ["TGT_DAY_OVER"]


def test_a_target_ends_and_may_be_aimed_at_again(
    make: Make, manager: Client, linh: Learner, owner: Organization
) -> None:
    target = done(aim(manager, linh), 201)
    path = of(linh, "targets", target["id"])
    given_up = done(manager.post(f"{path}/give-up"))
    assert (given_up["status"], given_up["actions"]) == ("given_up", [])
    assert problem(manager.post(f"{path}/meet")) == (409, "TGT_STATE")
    assert problem(own_days(manager, linh, target, entrance_exam="2026-01-24")) == (409, "TGT_STATE")
    again = done(aim(manager, linh), 201)
    assert done(manager.post(of(linh, "targets", again["id"], "meet")))["status"] == "met"
    assert [one["status"] for one in done(manager.get(of(linh, "targets")))["items"]] == ["met", "given_up"]
    brother = pupil(make, owner)
    assert problem(manager.post(of(brother, "targets", again["id"], "meet"))) == (404, "NOT_FOUND")


def test_a_family_is_told_thirty_and_seven_days_ahead_once_each(
    office: Client, manager: Client, linh: Learner, clock: SetClock, wiring: Wiring
) -> None:
    done(office.post(DEADLINES, json=EXAM), 201)
    done(aim(manager, linh), 201)
    live_until(wiring, clock, date(2025, 12, 25))
    assert told(wiring) == [(date(2025, 11, 20), "12-20"), (date(2025, 12, 13), "12-20")]
    hers = [kind for kind, whom in notices_of(wiring) if whom == manager.account.id]
    assert hers == ["deadline_near_manager"] * 2


def test_a_day_that_moves_takes_its_notices_along(
    make: Make, office: Client, manager: Client, owner: Organization, clock: SetClock, wiring: Wiring
) -> None:
    """At once, since the family knows a wrong day; and again thirty days before the new one where that is farther off."""
    linh = pupil(make, owner, guardian_email="hanako@example.jp")
    exam = done(office.post(DEADLINES, json=EXAM), 201)
    target = done(aim(manager, linh), 201)
    live_until(wiring, clock, date(2025, 11, 21))
    deliver_due(wiring)
    move(office, exam, "2025-12-27")
    live_until(wiring, clock, date(2025, 11, 28))
    deliver_due(wiring)
    move(office, exam, "2025-12-24")
    live_until(wiring, clock, date(2025, 12, 1))
    deliver_due(wiring)
    own_days(manager, linh, target, entrance_exam="2025-12-23")
    live_until(wiring, clock, date(2025, 12, 30))
    assert told(wiring) == [
        (date(2025, 11, 20), "12-20"),
        (date(2025, 11, 22), "12-27"),
        (date(2025, 11, 27), "12-27"),
        (date(2025, 11, 29), "12-24"),
        (date(2025, 12, 2), "12-23"),
        (date(2025, 12, 16), "12-23"),
    ]


def test_who_comes_late_hears_of_the_nearest_alone(
    office: Client, manager: Client, linh: Learner, clock: SetClock, wiring: Wiring
) -> None:
    """A target, or a worker that was down: within seven days there is one notice, on the day itself one, and none after."""
    done(office.post(DEADLINES, json={**EXAM, "due_on": "2025-11-10"}), 201)
    done(office.post(DEADLINES, json={**EXAM, "code": "documents_ready", "due_on": "2025-11-14"}), 201)
    done(office.post(DEADLINES, json={**EXAM, "code": "guidance_event", "due_on": "2025-11-09"}), 201)
    target = done(aim(manager, linh), 201)
    live_until(wiring, clock, date(2025, 11, 14))
    assert told(wiring) == [(date(2025, 11, 10), "11-10"), (date(2025, 11, 10), "11-14")]
    shown = done(manager.get(of(linh, "targets")))["items"]
    assert {day["code"]: day["told_on"] for day in shown[0]["deadlines"]} == {
        "guidance_event": None,
        "entrance_exam": "2025-11-10",
        "documents_ready": "2025-11-10",
    }
    assert target["deadlines"][0]["told_on"] is None


def test_nothing_is_told_of_who_left_or_whose_consent_is_gone(
    make: Make, office: Client, manager: Client, owner: Organization, wiring: Wiring, clock: SetClock
) -> None:
    done(office.post(DEADLINES, json=EXAM), 201)
    left, revoked, unsigned, elsewhere, given_up = (
        make.learner(owner, stage=SchoolStage.JUNIOR_HIGH),
        pupil(make, owner),
        pupil(make, owner, consents=()),
        make.learner(owner, stage=SchoolStage.JUNIOR_HIGH),
        pupil(make, owner),
    )
    make.enrollment(left, make.classroom(owner=owner), ClassEnrollmentStatus.LEFT)
    targets = {
        learner.id: done(aim(manager, learner), 201) for learner in (left, revoked, unsigned, elsewhere, given_up)
    }
    done(manager.post(of(given_up, "targets", targets[given_up.id]["id"], "give-up")))
    consent = done(manager.get(of(revoked, "consents")))["items"][0]
    done(manager.post(of(revoked, "consents", consent["id"], "revoke")))
    before = len(notices_of(wiring))
    live_until(wiring, clock, date(2025, 12, 20))
    assert len(notices_of(wiring)) == before
    with wiring.unit() as unit:
        school_deadlines.notify(unit, unit.get(LearnerTarget, UUID(targets[left.id]["id"])))
    assert told(wiring) == []


def test_an_adult_s_days_are_told_to_the_classroom(
    make: Make, office: Client, manager: Client, owner: Organization, wiring: Wiring, clock: SetClock
) -> None:
    adult = make.learner(owner, stage=SchoolStage.ADULT, consents=(), **NO_GUARDIAN)
    make.enrollment(adult, make.classroom(owner=owner))
    done(office.post(DEADLINES, json=EXAM), 201)
    done(aim(manager, adult), 201)
    clock.forward(days=15)
    assert tell_of_deadlines(wiring) == 1
    assert notices_of(wiring) == [("deadline_near_manager", manager.account.id)]


@pytest.mark.parametrize("guardian", [True, False])
def test_an_adult_whose_classroom_has_no_account_is_told_by_the_office(
    make: Make, office: Client, owner: Organization, wiring: Wiring, clock: SetClock, *, guardian: bool
) -> None:
    """Whether or not there is still a guardian on file from her school days: an adult's guardian is not told."""
    adult = make.learner(owner, stage=SchoolStage.ADULT, **({} if guardian else NO_GUARDIAN))
    make.enrollment(adult, make.classroom(owner=owner))
    done(office.post(DEADLINES, json=EXAM), 201)
    done(aim(office, adult), 201)
    clock.forward(days=15)
    assert tell_of_deadlines(wiring) == 1
    assert notices_of(wiring) == [("deadline_near_manager", office.account.id)]


def test_the_office_is_not_told_of_what_a_guardian_is_told(
    office: Client, linh: Learner, wiring: Wiring, clock: SetClock
) -> None:
    done(office.post(DEADLINES, json=EXAM), 201)
    done(aim(office, linh), 201)
    clock.forward(days=15)
    assert tell_of_deadlines(wiring) == 1
    assert [kind for kind, _ in notices_of(wiring)] == ["deadline_near"]


def test_the_classroom_reads_whether_the_guardian_is_told(
    office: Client, manager: Client, linh: Learner, wiring: Wiring, clock: SetClock
) -> None:
    """She moved to `adult` since; her guardian stays on file and is not told of her affairs."""
    exam = done(office.post(DEADLINES, json=EXAM), 201)
    done(aim(manager, linh), 201)
    live_until(wiring, clock, date(2025, 11, 20))
    deliver_due(wiring)
    done(manager.post(of(linh, "school-stages"), json={"stage": "adult", "since": "2025-11-20"}), 201)
    move(office, exam, "2025-12-22")
    tell_of_deadlines(wiring)
    assert [kind for kind, whom in notices_of(wiring) if whom is None] == ["deadline_near"]
    deliver_due(wiring)
    first, second = [mail.get_content() for mail in mails(wiring) if mail["To"] == manager.account.email][-2:]
    assert "保護者にもお知らせしました" in first
    assert "保護者へのお知らせはありません" in second


def test_a_guardian_of_two_reads_of_which_child_it_is(
    make: Make, office: Client, manager: Client, owner: Organization, wiring: Wiring, clock: SetClock
) -> None:
    """In the text and not in the subject; the classroom's letter names nobody and leads to the learner."""
    done(office.post(DEADLINES, json=EXAM), 201)
    home = {"guardian_email": "hanako@example.jp", "guardian_language": "en"}
    linh, minh = (pupil(make, owner, first_name=name, **home) for name in ("Linh", "Minh"))
    for child in (linh, minh):
        target = done(aim(manager, child), 201)
    done(own_days(manager, minh, target, entrance_exam="2025-12-18"))
    clock.forward(days=15)
    tell_of_deadlines(wiring)
    deliver_due(wiring)
    hers: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for mail in mails(wiring):
        (hers if mail["To"] == "hanako@example.jp" else others).append((mail["Subject"], text_of(mail)))
    named = [(subject.partition(" on ")[2], "Linh" in body, "Minh" in body) for subject, body in hers]
    assert sorted(named) == [("18 Dec 2025", False, True), ("20 Dec 2025", True, False)]
    assert not any(re.search("Linh|Minh", subject) for subject, _ in hers)
    assert not any(re.search("Linh|Minh", subject + body) for subject, body in others)
    ours = "\n".join(body for _, body in others)
    assert all(f"/v1/learners/{child.id}\n" in ours for child in (linh, minh))


def test_a_guardian_is_written_to_in_her_language(
    make: Make, office: Client, manager: Client, owner: Organization, wiring: Wiring
) -> None:
    """Where the catalogue does not speak it, in plain Japanese."""
    done(office.post(DEADLINES, json={**EXAM, "due_on": "2025-11-20"}), 201)
    for tag in ("en", "vi", "ja"):
        learner = pupil(make, owner, guardian_language=tag, guardian_email="g@example.jp")
        done(aim(manager, learner), 201)
    tell_of_deadlines(wiring)
    with wiring.unit(write=False) as unit:
        hers = select(Notice).where(col(Notice.learner_id).is_not(None)).order_by(col(Notice.id))
        notices = unit.session.exec(hers).all()
    assert {(one.channel, one.address) for one in notices} == {("mail", "g@example.jp")}
    assert sorted(one.language for one in notices) == ["en", "ja", "ja-simple"]
    assert done(office.get(PHONE))["items"] == []


def test_a_guardian_without_mail_is_telephoned_and_that_is_logged(
    office: Client, manager: Client, linh: Learner, wiring: Wiring, clock: SetClock
) -> None:
    exam = done(office.post(DEADLINES, json=EXAM), 201)
    done(aim(manager, linh), 201)
    clock.forward(days=15)
    tell_of_deadlines(wiring)
    assert codes(office) == ["to_phone"]
    (call,) = done(office.get(PHONE))["items"]
    assert (call["party"]["type"], call["party"]["id"], call["language"]) == ("learner", str(linh.id), "vi")
    assert (call["name"], call["numbers"][0]["phone"]) == (linh.guardian_name, "076-000-0000")
    assert "入学試験" in call["to_say"][0]["subject"]
    assert [event.action for event in audited(wiring, linh.id)][-1] == "phone_list.read"
    body = {"learner_id": str(linh.id), "notice_ids": [call["to_say"][0]["notice_id"]]}
    later = {**body, "result": "call_back", "call_back_at": "2025-11-26T10:00:00+09:00"}
    assert done(office.post("/v1/contact-attempts", json=later), 201)["learner_id"] == str(linh.id)
    assert codes(office) == ["call_back"]
    (attempt,) = done(office.get("/v1/contact-attempts", params={"learner_id": str(linh.id)}))["items"]
    assert (attempt["result"], attempt["volunteer_id"]) == ("call_back", None)
    clock.forward(days=2)
    (again,) = done(office.get(PHONE))["items"]
    assert (again["name"], again["promised"] is not None) == (linh.guardian_name, True)
    move(office, exam, "2026-02-20")  # what was to be said is not so any more
    assert [one["to_say"] for one in done(office.get(PHONE))["items"]] == [[]]
    move(office, exam, "2025-12-20")
    done(office.post("/v1/contact-attempts", json={**body, "result": "reached"}), 201)
    assert done(office.get(PHONE))["items"] == []


def test_a_call_goes_to_one_party(make: Make, office: Client, linh: Learner) -> None:
    nobody = "01935b5c-7d00-7000-8000-000000000000"
    both = {"learner_id": str(linh.id), "volunteer_id": str(make.volunteer().id), "result": "reached"}
    assert faults(office.post("/v1/contact-attempts", json=both)) == [("/volunteer_id", "FIELD_CONFLICT")]
    absent = {"learner_id": nobody, "result": "reached"}
    assert faults(office.post("/v1/contact-attempts", json=absent)) == [("/learner_id", "FIELD_REFERENCE")]


def test_a_consent_taken_back_before_the_call_leaves_nothing_to_say(
    office: Client, manager: Client, linh: Learner, wiring: Wiring, clock: SetClock
) -> None:
    done(office.post(DEADLINES, json=EXAM), 201)
    done(aim(manager, linh), 201)
    clock.forward(days=15)
    tell_of_deadlines(wiring)
    consent = done(manager.get(of(linh, "consents")))["items"][0]
    done(manager.post(of(linh, "consents", consent["id"], "revoke")))
    assert done(office.get(PHONE))["items"] == []


@pytest.mark.parametrize("became", ["moved", "left", "met", "revoked", "as_it_was"])
def test_a_notice_that_waits_in_the_outbox_is_not_sent_once_it_is_moot(
    make: Make, office: Client, manager: Client, owner: Organization, clock: SetClock, became: str
) -> None:
    """Neither to the guardian nor to the classroom; asked again whenever it is about to be sent."""
    wiring, learner = make.wiring, pupil(make, owner, guardian_email="g@example.jp")
    exam, target = done(office.post(DEADLINES, json=EXAM), 201), done(aim(manager, learner), 201)
    clock.forward(days=15)
    assert tell_of_deadlines(wiring) == 1
    if became == "moved":
        move(office, exam, "2026-02-20")
    elif became == "left":
        (enrollment,) = done(manager.get("/v1/enrollments", params={"learner_id": str(learner.id)}))["items"]
        done(manager.post(f"/v1/enrollments/{enrollment['id']}/leave"))
    elif became == "met":
        done(manager.post(of(learner, "targets", target["id"], "meet")))
    elif became == "revoked":
        (consent,) = done(manager.get(of(learner, "consents")))["items"]
        done(manager.post(of(learner, "consents", consent["id"], "revoke")))
    deliver_due(wiring)
    with wiring.unit(write=False) as unit:
        near = select(Notice.status).where(col(Notice.kind).startswith("deadline_near"))
        assert set(unit.session.exec(near)) == {"sent" if became == "as_it_was" else "failed"}
    assert len([mail for mail in mails(wiring) if mail["To"] == "g@example.jp"]) == (became == "as_it_was")


def test_targets_need_as_many_queries_for_many_as_for_one(
    make: Make, manager: Client, linh: Learner, queries: Callable[[], AbstractContextManager[Statements]]
) -> None:
    seen = []
    for year in range(2000, 2012):
        make.target(linh, fiscal_year=year)
        if year in {2000, 2011}:
            with queries() as listing:
                done(manager.get(of(linh, "targets")))
            seen.append(len(listing))
    assert seen[0] == seen[1]
