"""Who may be a learner's tutor: consent and papers at every verb, and what rests or ends with one of the two."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.competence import InsuranceCoverage
from models.learner import Learner, SchoolStage
from models.organization import Organization
from models.pairing import PairingStatus
from models.volunteer import Volunteer, VolunteerStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import verb
from tests.makers.doors import done, faults, problem, refused


@dataclass(frozen=True)
class School:
    """A classroom with whoever runs it, and what she does there."""

    make: Make
    owner: Organization
    room: Classroom
    manager: Client

    def teaches(self, room: Classroom | None = None, **over: Any) -> Volunteer:
        """A tutor of the classroom, or of another one."""
        tutor, taught = self.make.tutor(**over), room or self.room
        with self.make.wiring.unit() as unit:
            unit.add(ClassroomTutor(classroom_id=taught.id, volunteer_id=tutor.id, role=TutorRole.REGULAR))
        return tutor

    def learns(self, room: Classroom | None = None, **over: Any) -> Learner:
        """A child of the classroom, or somebody of another one."""
        learner = self.make.learner(self.owner, **over)
        self.make.enrollment(learner, room or self.room)
        return learner

    def propose(self, learner: Learner, tutor: Volunteer) -> Any:
        body = {"learner_id": str(learner.id), "volunteer_id": str(tutor.id)}
        return self.manager.post("/v1/pairings", json=body)

    def let(self, pairing: Any, name: str) -> Any:
        row_id = pairing["id"] if isinstance(pairing, dict) else pairing.id
        return verb(self.manager, "pairings", row_id, name)

    def shown(self, pairing: Any) -> Any:
        return done(self.manager.get(f"/v1/pairings/{pairing.id}"))

    def takes_back(self, learner: Learner, consent: Any) -> None:
        done(self.manager.post(f"/v1/learners/{learner.id}/consents/{consent.id}/revoke"))

    def tutors(self) -> list[str]:
        return [one["volunteer_id"] for one in done(self.manager.get(f"/v1/classrooms/{self.room.id}/tutors"))["items"]]


@pytest.fixture
def school(make: Make, as_: As) -> School:
    owner = make.organization()
    return School(make, owner, make.classroom(owner=owner), as_(Role.CLASSROOM_MANAGER, organization=owner))


@pytest.mark.parametrize(
    ("lacks", "code"),
    [
        ({"cleared": False}, "CLS_SAFETY"),
        ({"child_contact_ok": False}, "CLS_SAFETY"),
        ({"pledge": False}, "ASG_NO_PLEDGE"),
        ({"status": VolunteerStatus.SUSPENDED}, "ASG_STATUS"),
        ({"status": VolunteerStatus.ON_LEAVE}, "ASG_STATUS"),
        ({"status": VolunteerStatus.WITHDRAWN}, "ASG_STATUS"),
    ],
)
def test_who_may_not_be_with_a_child_is_not_paired_with_one(
    school: School, make: Make, lacks: dict[str, Any], code: str
) -> None:
    tutor, (child, second, third) = school.teaches(**lacks), [school.learns() for _ in range(3)]
    assert refused(school.propose(child, tutor)) == [(code, "never")]
    proposed = make.pairing(second, tutor, PairingStatus.PROPOSED)
    assert refused(school.let(proposed, "activate")) == [(code, "never")]
    paused = make.pairing(third, tutor, PairingStatus.PAUSED)
    assert refused(school.let(paused, "resume")) == [(code, "never")]
    assert [school.shown(one)["status"] for one in (proposed, paused)] == ["proposed", "paused"]


def test_a_tutor_is_old_enough_for_the_classroom(school: School, make: Make) -> None:
    young = school.teaches(person=make.person(birth_date=date(2009, 1, 1)))
    assert refused(school.propose(school.learns(), young)) == [("ASG_AGE", "never")]


def test_with_an_adult_a_tutor_need_not_be_cleared(school: School, make: Make) -> None:
    room = make.classroom(owner=school.owner, for_children=False)
    grown = school.learns(room, stage=SchoolStage.ADULT, consents=(), guardian_name=None)
    pairing = done(school.propose(grown, school.teaches(room, cleared=False, child_contact_ok=False)), 201)
    assert done(school.let(pairing, "activate"))["status"] == "active"


def test_a_tutor_is_judged_on_the_day_on_which_both_meet(school: School, make: Make, wiring: Wiring) -> None:
    """She is insured from tomorrow on; her first class is on Saturday."""
    tutor, child = school.teaches(insured=False), school.learns()
    cover = make.insurance(tutor)
    with wiring.unit() as unit:
        unit.get(InsuranceCoverage, cover.id).starts_on = date(2025, 11, 11)
    assert refused(school.propose(child, tutor)) == [("ASG_NO_INSURANCE", "never")]
    make.class_session(school.room)
    pairing = done(school.propose(child, tutor), 201)
    assert done(school.let(pairing, "activate"))["status"] == "active"


def test_nobody_is_paired_with_somebody_unknown(school: School, make: Make) -> None:
    child = school.learns()
    body = {"learner_id": str(child.id), "volunteer_id": str(make.facility().id)}
    assert faults(school.manager.post("/v1/pairings", json=body)) == [("/volunteer_id", "FIELD_REFERENCE")]


def test_what_was_paused_goes_on_with_the_guardians_consent_alone(school: School, make: Make) -> None:
    unsigned = make.pairing(school.learns(consents=()), school.teaches(), PairingStatus.PAUSED)
    assert problem(school.let(unsigned, "resume")) == (409, "CLS_CONSENT")
