"""Pairs that the engine proposes for a classroom: reasons for each, why somebody stays without, accepted line by line."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.class_session import ClassSessionStatus
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.learner import SchoolStage
from models.level_assessment import Instrument
from models.organization import Organization
from models.pairing import PairingEnd, PairingStatus
from models.person import Gender
from models.volunteer import Volunteer, VolunteerStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, verb
from tests.makers.doors import audited, done, faults, problem

Teach = Callable[..., Volunteer]
Enrol = Callable[..., Any]


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner, learner_ratio=2)


@pytest.fixture
def teach(make: Make, room: Classroom, wiring: Wiring) -> Teach:
    """Name somebody a tutor of the classroom."""

    def named(**over: Any) -> Volunteer:
        made = make.tutor(**over)
        with wiring.unit() as unit:
            unit.add(ClassroomTutor(classroom_id=room.id, volunteer_id=made.id, role=TutorRole.REGULAR))
        return made

    return named


def propose(caller: Client, room: Classroom, **body: Any) -> Any:
    return caller.post(f"/v1/classrooms/{room.id}/pairing-proposals", json=body)


def codes(line: dict[str, Any]) -> dict[str, int]:
    return {one["code"]: one["tutors"] for one in line["because"]}


@pytest.mark.usefixtures("met")
def test_pairs_are_proposed_with_reasons_and_accepted_one_by_one(
    manager: Client, room: Classroom, teach: Teach, enrol: Enrol, make: Make, wiring: Wiring
) -> None:
    speaks, woman = (
        teach(languages={"vi": "C1"}, gender=Gender.MALE),
        teach(languages={"en": "C1"}, gender=Gender.FEMALE),
    )
    vietnamese, wishing = enrol(), enrol(native_language="ne", tutor_gender="female")
    make.assessment(vietnamese, "N4", instrument=Instrument.JLPT)
    found = done(propose(manager, room))
    pairs = {one["learner_id"]: one for one in found["items"]}
    assert {one: line["volunteer_id"] for one, line in pairs.items()} == {
        str(vietnamese.id): str(speaks.id),
        str(wishing.id): str(woman.id),
    }
    first = pairs[str(vietnamese.id)]
    assert (first["status"], first["actions"]) == ("proposed", ["activate", "end"])
    assert {one["criterion"] for one in first["reasons"]} >= {"language", "load"}
    assert "C1" in next(one["detail"] for one in first["reasons"] if one["criterion"] == "language")
    assert (found["kept"], found["broken"], found["without"]) == (0, [], [])
    assert done(verb(manager, "pairings", first["id"], "activate"))["reasons"] == first["reasons"]
    assert {event.subject_volunteer_id for event in audited(wiring, first["id"])} == {speaks.id}
    again = done(propose(manager, room))
    assert (again["items"], again["kept"]) == ([], 2)


@pytest.mark.usefixtures("met")
def test_nobody_gets_a_tutor_with_whom_it_did_not_go_or_more_than_a_tutor_may_have(
    manager: Client, room: Classroom, teach: Teach, enrol: Enrol, make: Make
) -> None:
    tutor = teach()
    children = [enrol() for _ in range(3)]
    unfit = make.pairing(children[0], tutor, PairingStatus.ACTIVE)
    done(verb(manager, "pairings", unfit.id, "end", reason="no_fit"))
    known = make.pairing(children[2], tutor, PairingStatus.ACTIVE)
    done(verb(manager, "pairings", known.id, "end", reason=PairingEnd.OTHER))
    fourth = enrol()
    found = done(propose(manager, room))
    assert {one["learner_id"] for one in found["items"]} >= {str(children[2].id)}
    assert len(found["items"]) == 2
    without = {line["learner_id"]: codes(line) for line in found["without"]}
    assert without[str(children[0].id)] == {"excluded": 1}
    assert {"full": 1} in without.values()
    assert str(fourth.id) in {*without, *(one["learner_id"] for one in found["items"])}
    assert all("1" in one["detail"] for line in found["without"] for one in line["because"])


@pytest.mark.usefixtures("met")
def test_existing_pairs_stay_and_a_broken_one_is_named_with_another_proposal(
    manager: Client, room: Classroom, teach: Teach, enrol: Enrol, make: Make
) -> None:
    stays, uncleared, gone = teach(), teach(cleared=False), make.tutor()
    one, two, three = enrol(), enrol(), enrol()
    make.pairing(one, stays)
    broken = make.pairing(two, uncleared, PairingStatus.PAUSED)
    left = make.pairing(three, gone, PairingStatus.PROPOSED)
    found = done(propose(manager, room))
    assert found["kept"] == 1
    named = {line["pairing_id"]: (line["badge_name"], line["because"]["code"]) for line in found["broken"]}
    assert named[str(broken.id)][1] == "CLS_SAFETY"
    assert named[str(left.id)][1] == "not_here"
    assert [line["volunteer_id"] for line in found["items"]] == [str(stays.id)]
    assert [codes(line) for line in found["without"]] == [{"CLS_SAFETY": 1, "full": 1}]
    assert done(manager.get(f"/v1/pairings/{broken.id}"))["status"] == "paused"


@pytest.mark.usefixtures("met")
def test_a_pairing_of_another_classroom_is_neither_broken_here_nor_enough(
    manager: Client, room: Classroom, owner: Organization, teach: Teach, enrol: Enrol, make: Make
) -> None:
    here, child, other = teach(), enrol(), make.classroom(owner=owner)
    there = make.tutor()
    with make.wiring.unit() as unit:
        for one in (there, here):
            unit.add(ClassroomTutor(classroom_id=other.id, volunteer_id=one.id, role=TutorRole.REGULAR))
    make.enrollment(child, other)
    make.pairing(child, there)
    found = done(propose(manager, room))
    assert ([line["volunteer_id"] for line in found["items"]], found["kept"]) == ([str(here.id)], 0)
    assert (found["broken"], found["without"]) == ([], [])
    again = done(propose(manager, room))  # whoever teaches in both is her tutor here as well
    assert (again["items"], again["kept"], again["broken"]) == ([], 1, [])


@pytest.mark.usefixtures("met")
def test_a_child_without_consent_is_left_out_and_named(
    manager: Client, room: Classroom, teach: Teach, enrol: Enrol, make: Make
) -> None:
    teach(), teach(status=VolunteerStatus.SUSPENDED)
    unsigned = enrol(consents=())
    grown = enrol(stage=SchoolStage.ADULT, consents=(), guardian_name=None)
    for day, found, instrument in ((1, "B1", Instrument.INTERVIEW), (2, "4", Instrument.DLA)):
        make.assessment(grown, found, instrument=instrument, assessed_on=date(2025, 10, day))
    said = done(propose(manager, room))
    assert [line["learner_id"] for line in said["items"]] == [str(grown.id)]
    assert [(line["first_name"], codes(line)) for line in said["without"]] == [
        (unsigned.first_name, {"CLS_CONSENT": 0})
    ]


def test_tutors_are_judged_by_a_session_to_come_and_those_who_stand_there_come_first(
    manager: Client, room: Classroom, met: Met, teach: Teach, enrol: Enrol, make: Make
) -> None:
    teach()
    comes = teach()
    make.assignment(met, comes)
    enrol()
    other = make.class_session(make.classroom(), status=ClassSessionStatus.PLANNED)
    term = str(met.session.term_id)
    assert problem(propose(manager, room, term_id=str(other.session.term_id))) == (404, "NOT_FOUND")
    (line,) = done(propose(manager, room, term_id=term))["items"]
    assert line["volunteer_id"] == str(comes.id)
    done(verb(manager, "class-sessions", met.session.id, "cancel", reason="会場の都合"))
    for body in ({}, {"term_id": term}):
        assert faults(propose(manager, room, **body)) == [("/term_id", "PAIR_NO_SESSION")]


@pytest.mark.usefixtures("met")
def test_proposals_cost_as_many_queries_for_a_class_as_for_one(
    manager: Client, room: Classroom, teach: Teach, enrol: Enrol, queries: Any
) -> None:
    teach(), enrol(consents=())
    with queries() as one:
        done(propose(manager, room))
    for _ in range(4):
        enrol(consents=())
        teach()
    with queries() as many:
        done(propose(manager, room))
    assert len(many) == len(one)


@pytest.mark.usefixtures("met")
def test_a_wish_is_seen_by_those_who_run_the_classroom_alone(
    manager: Client, room: Classroom, enrol: Enrol, as_: As, teach: Teach
) -> None:
    learner = enrol(tutor_gender="female")
    shown = done(manager.get(f"/v1/learners/{learner.id}"))
    assert shown["tutor_gender"] == "female"
    patch = manager.patch(f"/v1/learners/{learner.id}", json={"tutor_gender": "male"}, headers={"If-Match": "*"})
    assert done(patch)["tutor_gender"] == "male"
    assert as_(teach()).get(f"/v1/learners/{learner.id}").status_code == 403
    assert propose(as_(teach()), room).status_code == 403
    assert problem(propose(as_(Role.CLASSROOM_MANAGER), room)) == (404, "NOT_FOUND")
