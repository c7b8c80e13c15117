"""Pairings of learners and tutors, and levels with their history."""

from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.learner import SchoolStage
from models.organization import Organization
from models.pairing import PairingStatus
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import verb
from tests.makers.doors import audited, done, faults, problem


@pytest.fixture
def tutor(make: Make, room: Classroom, wiring: Wiring) -> Volunteer:
    """Somebody who teaches in the classroom."""
    made = make.tutor()
    with wiring.unit() as unit:
        unit.add(ClassroomTutor(classroom_id=room.id, volunteer_id=made.id, role=TutorRole.REGULAR))
    return made


def propose(caller: Client, learner: Any, tutor: Volunteer) -> Any:
    return caller.post("/v1/pairings", json={"learner_id": str(learner.id), "volunteer_id": str(tutor.id)})


def move(caller: Client, pairing: Any, name: str, **body: Any) -> Any:
    return verb(caller, "pairings", pairing["id"], name, **body)


def test_a_pairing_goes_its_way_and_begins_anew(
    manager: Client, make: Make, owner: Organization, room: Classroom, tutor: Volunteer, wiring: Wiring
) -> None:
    child = make.learner(owner)
    make.enrollment(child, room)
    pairing = done(propose(manager, child, tutor), 201)
    assert (pairing["status"], pairing["first_name"], pairing["started_on"]) == ("proposed", child.first_name, None)
    assert pairing["actions"] == ["activate", "end"]
    assert faults(propose(manager, child, tutor)) == [("/volunteer_id", "FIELD_DUPLICATE")]
    assert done(move(manager, pairing, "activate"))["started_on"] == "2025-11-10"
    assert done(move(manager, pairing, "pause"))["status"] == "paused"
    assert problem(move(manager, pairing, "pause")) == (409, "PAIR_STATE")
    assert done(move(manager, pairing, "resume"))["status"] == "active"
    ended = done(move(manager, pairing, "end", reason="tutor_left"))
    assert (ended["ended_on"], ended["end_reason"], ended["actions"]) == ("2025-11-10", "tutor_left", [])
    assert {event.subject_volunteer_id for event in audited(wiring, pairing["id"])} == {tutor.id}
    done(propose(manager, child, tutor), 201)


def test_a_tutor_is_paired_with_who_learns_where_she_teaches(
    manager: Client, make: Make, owner: Organization, room: Classroom, tutor: Volunteer
) -> None:
    elsewhere, here = make.learner(owner), make.learner(owner)
    make.enrollment(here, room)
    assert faults(propose(manager, elsewhere, tutor)) == [("/learner_id", "FIELD_REFERENCE")]
    assert faults(propose(manager, here, make.tutor())) == [("/volunteer_id", "FIELD_REFERENCE")]
    assert problem(propose(manager, make.learner(), tutor)) == (404, "NOT_FOUND")


def test_a_child_is_paired_with_its_guardians_consent_alone(
    manager: Client, make: Make, owner: Organization, room: Classroom, tutor: Volunteer
) -> None:
    unsigned = make.pairing(make.learner(owner, consents=()), tutor, PairingStatus.PROPOSED)
    said = verb(manager, "pairings", unsigned.id, "activate")
    assert problem(said) == (409, "CLS_CONSENT")
    assert done(manager.get(f"/v1/pairings/{unsigned.id}"))["status"] == "proposed"
    grown = make.learner(owner, stage=SchoolStage.ADULT, consents=(), guardian_name=None)
    make.enrollment(grown, room)
    adult = make.pairing(grown, tutor, PairingStatus.PROPOSED)
    assert done(verb(manager, "pairings", adult.id, "activate"))["status"] == "active"


def test_a_learner_who_leaves_her_last_class_leaves_her_tutors_too(
    manager: Client, make: Make, owner: Organization, room: Classroom, tutor: Volunteer, wiring: Wiring
) -> None:
    child, other = make.learner(owner), make.learner(owner)
    here, there = make.enrollment(child, room), make.enrollment(child, make.classroom(owner=owner))
    active, proposed = make.pairing(child, tutor), make.pairing(child, make.tutor(), PairingStatus.PROPOSED)
    make.enrollment(other, room)
    stays = make.pairing(other, tutor)

    done(verb(manager, "enrollments", there.id, "leave"))
    assert done(manager.get(f"/v1/pairings/{active.id}"))["status"] == "active"
    done(verb(manager, "enrollments", here.id, "complete"))
    for one in (active, proposed):
        shown = done(manager.get(f"/v1/pairings/{one.id}"))
        assert (shown["status"], shown["ended_on"], shown["end_reason"]) == ("ended", "2025-11-10", "learner_left")
        assert [event.action for event in audited(wiring, one.id)] == ["pairing.end"]
    assert done(manager.get(f"/v1/pairings/{stays.id}"))["status"] == "active"


def test_pairings_and_levels_are_listed_for_those_who_run_the_classroom(
    manager: Client, make: Make, owner: Organization, tutor: Volunteer, as_: As
) -> None:
    child, other = make.learner(owner), make.learner(owner)
    first, second = make.pairing(child, tutor), make.pairing(other, tutor, PairingStatus.PAUSED)
    found = make.assessment(child)

    def listed(path: str, caller: Client = manager) -> list[str]:
        return [one["id"] for one in done(caller.get(f"/v1/{path}"))["items"]]

    assert listed("pairings") == [str(first.id), str(second.id)]
    assert listed(f"pairings?learner_id={child.id}") == [str(first.id)]
    assert listed("pairings?status=paused") == [str(second.id)]
    stranger = as_(Role.CLASSROOM_MANAGER)
    assert (listed("pairings", stranger), listed("level-assessments", stranger)) == ([], [])
    assert listed("pairings", as_(Role.COORDINATOR)) == [str(first.id), str(second.id)]
    assert listed("level-assessments", as_(Role.COORDINATOR)) == [str(found.id)]
    for path in (f"pairings/{first.id}", f"level-assessments/{found.id}"):
        assert problem(stranger.get(f"/v1/{path}")) == (404, "NOT_FOUND")
    assert as_(tutor).get("/v1/pairings").status_code == 403


def test_levels_keep_their_history_the_latest_first(manager: Client, make: Make, owner: Organization) -> None:
    child = make.learner(owner)
    path = "/v1/level-assessments"

    def assess(instrument: str, result: str, day: str) -> Any:
        body = {"learner_id": str(child.id), "instrument": instrument, "result": result, "assessed_on": day}
        return manager.post(path, json=body)

    for instrument, result, day in (
        ("dla", "2", "2025-04-10"),
        ("dla", "3", "2025-10-10"),
        ("jlpt", "N4", "2025-07-06"),
        ("can_do", "A2", "2025-11-10"),
    ):
        made = done(assess(instrument, result, day), 201)
        assert done(manager.get(f"{path}/{made['id']}"))["result"] == result
    shown = done(manager.get(f"{path}?learner_id={child.id}"))["items"]
    assert [one["result"] for one in shown] == ["A2", "3", "N4", "2"]
    dla = done(manager.get(f"{path}?instrument=dla"))["items"]
    assert [one["result"] for one in dla] == ["3", "2"]
    assert faults(assess("dla", "7", "2025-10-10")) == [("/result", "FIELD_CONFLICT")]
    assert faults(assess("jlpt", "A1", "2025-10-10")) == [("/result", "FIELD_CONFLICT")]
    assert faults(assess("dla", "3", "2025-11-11")) == [("/assessed_on", "FIELD_RANGE")]
    foreign = {"learner_id": str(make.learner().id), "instrument": "dla", "result": "1", "assessed_on": "2025-10-10"}
    assert problem(manager.post(path, json=foreign)) == (404, "NOT_FOUND")
