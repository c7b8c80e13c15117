"""Whoever learns nowhere is erased a year after anybody saw to her, and not while she has a place or was promised one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from dateutil.relativedelta import relativedelta
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.attendance import Attendance, AttendanceStatus
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import GuardianConsent, Learner
from models.organization import FacilityKind, Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, done
from tests.makers.erasing import GONE, ask_for_place, purge_day, take_in, write_down
from worker.following_up import erase_what_is_over

Check = Callable[[], None]


def test_only_who_learns_nowhere_is_dated(manager: Client, make: Make, owner: Organization, wiring: Wiring) -> None:
    """From being written down, until she has a place; anew from leaving the last one."""
    learner, rooms = write_down(manager), [make.classroom(owner=owner) for _ in range(2)]
    assert purge_day(wiring, Learner, learner) == GONE
    enrollments = [take_in(manager, room, learner) for room in rooms]
    assert purge_day(wiring, Learner, learner) is None
    done(manager.post(f"/v1/enrollments/{enrollments[0]}/leave"))
    assert purge_day(wiring, Learner, learner) is None
    done(manager.post(f"/v1/enrollments/{enrollments[1]}/complete"))
    assert purge_day(wiring, Learner, learner) == GONE
    take_in(manager, rooms[0], learner)
    assert purge_day(wiring, Learner, learner) is None


@pytest.mark.parametrize("verbs", [[], ["interview"]])
def test_who_asked_for_a_place_and_was_forgotten_is_erased(
    manager: Client, room: Classroom, wiring: Wiring, clock: SetClock, check_data: Check, *, verbs: list[str]
) -> None:
    """A year after anybody touched it; what she asked for ends with it."""
    learner = write_down(manager)
    enrollment = ask_for_place(manager, room, learner)
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

    ask_for_place(manager, room, learner)
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
    other = ask_for_place(manager, make.classroom(owner=owner), learner)
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
    done(manager.post(f"/v1/enrollments/{ask_for_place(manager, room, learner)}/interview"))
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
