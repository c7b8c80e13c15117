"""Families hear of a day thirty and seven days ahead, in their language, by mail or by telephone."""

import re
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
from tests.makers.doors import audited, done, faults, notices_of
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
from worker.deliver import deliver_due
from worker.following_up import tell_of_deadlines


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
