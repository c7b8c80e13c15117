"""Learners go a year after they left, consultations three years after they were settled; figures stay as they were."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
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
from models.consultation import Consultation, ConsultationIdentity
from models.contact_attempt import ContactAttempt
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import GuardianConsent, Learner, SchoolStage
from models.organization import FacilityKind, Organization
from models.pairing import Pairing, PairingStatus
from models.record import Notice
from models.referral import Referral
from models.school_referral import SchoolReferral
from models.schooling import DeadlineNotice, LearnerDeadline, LearnerTarget, SchoolStageChange
from services import erasing, purging
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, noted, on_session, roll
from tests.makers.consulting import go
from tests.makers.doors import audited, done, problem
from tests.queries import Statements
from worker.following_up import erase_what_is_over, purge_identities, tell_of_deadlines

Check = Callable[[], None]
Queries = Callable[[], AbstractContextManager[Statements]]
YEAR: Final = {"from": "2025-04-01", "to": "2026-03-31"}
LEAVES, GONE = date(2025, 11, 10), date(2026, 11, 10)
DRAFT: Final = {"school_stage": "junior_high", "native_language": "vi", "pickup_rule": "goes_alone", "goals": ["exam"]}
GUARDIAN: Final = {"name": "架空 花子", "phone": "076-000-0001", "language": "vi", "email": "hanako@example.jp"}
REASON: Final = {"reason": "裁判所の照会"}


def ask(manager: Client, room: Classroom, learner_id: str) -> str:
    draft = {"classroom_id": str(room.id), "learner_id": learner_id}
    enrollment: str = done(manager.post("/v1/enrollments", json=draft), 201)["id"]
    return enrollment


def enrol(manager: Client, room: Classroom, learner_id: str) -> str:
    enrollment = ask(manager, room, learner_id)
    for verb in ("interview", "enroll"):
        done(manager.post(f"/v1/enrollments/{enrollment}/{verb}"))
    return enrollment


def write_down(manager: Client) -> str:
    learner: str = done(manager.post("/v1/learners", json={**DRAFT, "first_name": "リン", "guardian": GUARDIAN}), 201)[
        "id"
    ]
    body = {"scopes": ["participation", "share_with_school"], "signed_on": "2025-11-10", "language": "vi"}
    done(manager.post(f"/v1/learners/{learner}/consents", json=body), 201)
    return learner


def purge_day(wiring: Wiring, table: Any, row_id: Any) -> date | None:
    with wiring.unit(write=False) as unit:
        day: date | None = unit.get(table, UUID(str(row_id))).purge_on
        return day


def due(admin: Client, what: str, on: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(admin.get(f"/v1/retention/{what}", params={"on": on}))["items"]
    return items


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
    enrollment = enrol(manager, room, learner_id)
    with wiring.unit(write=False) as unit:
        learner = unit.get(Learner, UUID(learner_id))
        consent = unit.session.exec(select(GuardianConsent).where(GuardianConsent.learner_id == learner.id)).all()[0]
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


def figures(admin: Client) -> list[Any]:
    """Every report on classrooms and consultations of the year, but for the instant at which it was made."""
    shown = []
    for what, by in (
        ("classrooms", ("half_year", "classroom", "language")),
        ("consultations", ("month", "half_year", "language", "topic", "channel", "heard_from")),
    ):
        for group_by in by:
            report = done(admin.get(f"/v1/reports/{what}", params={"group_by": group_by, **YEAR}))
            shown.append({name: part for name, part in report.items() if name != "as_of"})
    return shown


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


def test_only_who_learns_nowhere_is_dated(manager: Client, make: Make, owner: Organization, wiring: Wiring) -> None:
    """From being written down, until she has a place; anew from leaving the last one."""
    learner, rooms = write_down(manager), [make.classroom(owner=owner) for _ in range(2)]
    assert purge_day(wiring, Learner, learner) == GONE
    enrollments = [enrol(manager, room, learner) for room in rooms]
    assert purge_day(wiring, Learner, learner) is None
    done(manager.post(f"/v1/enrollments/{enrollments[0]}/leave"))
    assert purge_day(wiring, Learner, learner) is None
    done(manager.post(f"/v1/enrollments/{enrollments[1]}/complete"))
    assert purge_day(wiring, Learner, learner) == GONE
    enrol(manager, rooms[0], learner)
    assert purge_day(wiring, Learner, learner) is None


@pytest.mark.parametrize("verbs", [[], ["interview"]])
def test_who_asked_for_a_place_and_was_forgotten_is_erased(
    manager: Client, room: Classroom, wiring: Wiring, clock: SetClock, check_data: Check, *, verbs: list[str]
) -> None:
    """A year after anybody touched it; what she asked for ends with it."""
    learner = write_down(manager)
    enrollment = ask(manager, room, learner)
    assert purge_day(wiring, Learner, learner) == GONE
    clock.forward(days=10)
    for verb in verbs:
        done(manager.post(f"/v1/enrollments/{enrollment}/{verb}"))
    last = GONE + timedelta(days=10 * len(verbs))
    assert purge_day(wiring, Learner, learner) == last
    clock.now += last - clock.now.date() - timedelta(days=1)
    assert erase_what_is_over(wiring) == 0
    clock.forward(days=1)
    assert [erase_what_is_over(wiring) for _ in range(2)] == [1, 0]
    with wiring.unit(write=False) as unit:
        kept = unit.get(Learner, UUID(learner))
        assert (kept.first_name, kept.guardian_phone, kept.erased_on) == ("", None, last)
        assert unit.get(Enrollment, UUID(enrollment)).status is ClassEnrollmentStatus.LEFT
    assert [event.action for event in audited(wiring, enrollment)][-1] == "enrollment.leave"
    check_data()


def test_whoever_sees_to_a_question_puts_off_that_it_is_forgotten(
    manager: Client, room: Classroom, make: Make, owner: Organization, wiring: Wiring, clock: SetClock
) -> None:
    learner = write_down(manager)
    path, any_version = f"/v1/learners/{learner}", {"If-Match": "*"}

    def days(now: int) -> int | None:
        day = purge_day(wiring, Learner, learner)
        return None if day is None else (day - GONE).days - now

    ask(manager, room, learner)
    clock.forward(days=10)
    done(manager.patch(path, json={"goals": ["work"]}, headers=any_version))
    assert days(10) == 0
    clock.forward(days=10)
    signed = {"scopes": ["photo"], "signed_on": "2025-11-20", "language": "vi"}
    done(manager.post(f"{path}/consents", json=signed), 201)
    assert days(20) == 0
    clock.forward(days=10)
    done(manager.post(f"{path}/targets", json={"goal": "high_school_entrance", "fiscal_year": 2026}), 201)
    assert days(30) == 0
    clock.forward(days=10)
    done(manager.post(f"{path}/school-stages", json={"stage": "adult", "since": "2025-12-19"}), 201)
    assert days(40) == 0
    clock.forward(days=10)
    other = ask(manager, make.classroom(owner=owner), learner)
    assert days(50) == 0
    for verb in ("interview", "waitlist"):
        done(manager.post(f"/v1/enrollments/{other}/{verb}"))
    assert days(50) is None  # who waits was promised the next place, however long it takes
    clock.forward(days=10)
    done(manager.post(f"/v1/enrollments/{other}/leave"))
    assert days(60) == 0


@dataclass(frozen=True)
class Asked:
    """Somebody who asks for a place, the target she aims at and the consent that is shared, and who sees to her."""

    learner: str
    target: str
    consent: str
    referral: str
    room: Classroom
    manager: Client
    office: Client
    make: Make

    @property
    def path(self) -> str:
        return f"/v1/learners/{self.learner}"

    def refer(self) -> None:
        body = {
            "direction": "to_school",
            "school_id": str(self.make.facility(kind=FacilityKind.SCHOOL).id),
            "classroom_id": str(self.room.id),
        }
        done(self.manager.post(f"{self.path}/school-referrals", json=body), 201)

    def hear_of_referral(self) -> None:
        heard = {"outcome": "taken_in", "outcome_on": "2026-11-07"}
        done(self.manager.post(f"{self.path}/school-referrals/{self.referral}/answer", json=heard))

    def assess(self) -> None:
        found = {"learner_id": self.learner, "instrument": "interview", "result": "A2", "assessed_on": "2026-11-07"}
        done(self.manager.post("/v1/level-assessments", json=found), 201)

    def set_own_days(self) -> None:
        own = {"items": [{"code": "entrance_exam", "due_on": "2027-02-20"}]}
        done(self.manager.put(f"{self.path}/targets/{self.target}/deadlines", json=own, headers={"If-Match": "*"}))

    def meet_target(self) -> None:
        done(self.manager.post(f"{self.path}/targets/{self.target}/meet"))

    def take_consent_back(self) -> None:
        done(self.manager.post(f"{self.path}/consents/{self.consent}/revoke"))

    def call_from_office(self) -> None:
        done(self.office.post("/v1/contact-attempts", json={"learner_id": self.learner, "result": "reached"}), 201)

    def call_from_classroom(self) -> None:
        """About the day on which she came without her guardian's yes and was kept safe."""
        session = self.make.class_session(self.room).session
        with self.make.wiring.unit() as unit:
            mark: dict[str, Any] = {
                "status": AttendanceStatus.KEPT_SAFE,
                "noted_at": unit.now,
                "status_since": unit.now,
            }
            unit.add(Attendance(session_id=session.id, learner_id=UUID(self.learner), **mark))
        path = f"/v1/classrooms/{self.room.id}/guardian-calls/{self.learner}"
        done(self.manager.post(path, json={"result": "reached"}))


@pytest.mark.parametrize(
    "sees_to_her",
    [
        Asked.refer,
        Asked.hear_of_referral,
        Asked.assess,
        Asked.set_own_days,
        Asked.meet_target,
        Asked.take_consent_back,
        Asked.call_from_office,
        Asked.call_from_classroom,
    ],
)
def test_whatever_is_done_for_who_asks_puts_off_that_she_is_erased(
    room: Classroom,
    make: Make,
    owner: Organization,
    as_: As,
    clock: SetClock,
    sees_to_her: Callable[[Asked], None],
) -> None:
    """Three days before her day."""
    wiring = make.wiring
    manager = as_(Role.CLASSROOM_MANAGER, organization=owner)
    learner = write_down(manager)
    done(manager.post(f"/v1/enrollments/{ask(manager, room, learner)}/interview"))
    aimed = {"goal": "high_school_entrance", "fiscal_year": 2026}
    target = done(manager.post(f"/v1/learners/{learner}/targets", json=aimed), 201)["id"]
    with wiring.unit(write=False) as unit:
        given = unit.session.exec(select(GuardianConsent).where(GuardianConsent.learner_id == UUID(learner))).all()
    shared = next(one for one in given if one.scope == "share_with_school")
    referral = make.school_referral(shared, room, make.facility(kind=FacilityKind.SCHOOL))
    clock.now += relativedelta(years=1, days=-3)
    assert purge_day(wiring, Learner, learner) == GONE
    manager, office = as_(Role.CLASSROOM_MANAGER, organization=owner), as_(Role.COORDINATOR)
    sees_to_her(Asked(learner, target, str(shared.id), str(referral.id), room, manager, office, make))
    assert purge_day(wiring, Learner, learner) == date(2027, 11, 7)
    clock.forward(days=3)
    assert erase_what_is_over(wiring) == 0
    assert done(as_(Role.ADMIN).get(f"/v1/learners/{learner}"))["first_name"] == "リン"


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
def settled(make: Make, as_: As, wiring: Wiring) -> Consultation:
    """A consultation about two things that was handed on, heard of, and settled today."""
    officer = as_(Role.CONSULTATION_OFFICER)
    made = make.consultation(
        "in_progress",
        topics=["housing", "work"],
        urgent_codes=["violence"],
        urgency="urgent",
        officer_id=officer.account.id,
    )
    make.consulted_person(made)
    make.referral(made, outcome="helped", outcome_at=made.received_at)
    done(go(officer, made, "resolve", resolution="handed_on"))
    assert purge_day(wiring, Consultation, made.id) == date(2028, 11, 10)
    return made


def test_of_a_consultation_stays_after_three_years_what_is_counted(
    settled: Consultation, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    clock.now += relativedelta(years=3, days=-1)
    admin = as_(Role.ADMIN)
    assert erase_what_is_over(wiring) == 0
    assert due(admin, "consultations", "2028-11-09") == []
    (entry,) = due(admin, "consultations", "2028-11-10")
    assert (entry["consultation_id"], entry["no"], entry["kept_by"]) == (str(settled.id), settled.no, [])
    assert entry["fields"] == ["officer_id", "resolution", "urgent_codes"]
    assert entry["records"] == {"referral": 1, "consultation_identity": 1}

    clock.forward(days=1)
    before = figures(admin)
    assert before[-1]["total"]["referrals_heard"] == 1
    assert [erase_what_is_over(wiring) for _ in range(2)] == [1, 0]
    assert figures(admin) == before
    with wiring.unit(write=False) as unit:
        kept = unit.get(Consultation, settled.id)
        assert (kept.topics, kept.urgent_codes, kept.officer_id, kept.resolution) == (["housing"], [], None, None)
        assert unit.session.exec(select(ConsultationIdentity)).all() == []
        assert unit.session.exec(select(Referral.shared)).all() == [[]]
    assert [event.action for event in audited(wiring, settled.id)][-1] == "consultation.erase"
    check_data()


def test_a_consultation_that_goes_on_is_not_dated_and_a_hold_keeps_a_settled_one(
    settled: Consultation, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    path = f"/v1/consultations/{settled.id}/legal-holds"
    hold = done(as_(Role.ADMIN).post(path, json=REASON), 201)
    clock.now += relativedelta(years=3)
    admin = as_(Role.ADMIN)
    assert due(admin, "consultations", "2028-11-10")[0]["kept_by"] == ["legal_hold"]
    assert (erase_what_is_over(wiring), purge_identities(wiring)) == (0, 0)
    disclosed = admin.post(f"/v1/consultations/{settled.id}/client-disclosures", json={"purpose": "subject_request"})
    assert done(disclosed)["no"] == settled.no
    assert [one["consultation_id"] for one in done(admin.get(path))["items"]] == [str(settled.id)]
    done(go(admin, settled, "reopen"))
    assert purge_day(wiring, Consultation, settled.id) is None
    done(admin.post(f"/v1/legal-holds/{hold['id']}/lift", json=REASON))
    assert erase_what_is_over(wiring) == 0
    done(go(admin, settled, "resolve", resolution="answered"))
    done(go(admin, settled, "close"))
    assert purge_day(wiring, Consultation, settled.id) == date(2031, 11, 10)


def test_who_came_is_kept_by_a_hold_and_goes_once_it_is_lifted(
    settled: Consultation, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    hold = done(as_(Role.ADMIN).post(f"/v1/consultations/{settled.id}/legal-holds", json=REASON), 201)
    clock.forward(days=31)
    assert purge_identities(wiring) == 0
    with wiring.unit() as unit:
        purging.forget(unit, unit.session.exec(select(ConsultationIdentity)).one())
    done(as_(Role.ADMIN).post(f"/v1/legal-holds/{hold['id']}/lift", json=REASON))
    assert [purge_identities(wiring) for _ in range(2)] == [1, 0]
    with wiring.unit(write=False) as unit:
        assert unit.session.exec(select(ConsultationIdentity)).all() == []


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
