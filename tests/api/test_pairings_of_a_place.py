"""Pairings and the classroom in which they are: nothing begins elsewhere, and nothing outlives the place or the tutor's part."""

from dataclasses import dataclass
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus as Place
from models.learner import Learner
from models.organization import Organization
from models.pairing import PairingStatus
from models.volunteer import Volunteer
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import verb
from tests.makers.doors import audited, done, faults, notices_of, problem


@dataclass(frozen=True)
class House:
    """Two classrooms of one institution, and who runs them."""

    manager: Client
    here: Classroom
    there: Classroom

    def teach(self, room: Classroom, *tutors: Volunteer) -> None:
        named = {"items": [{"volunteer_id": str(one.id)} for one in tutors]}
        done(self.manager.put(f"/v1/classrooms/{room.id}/tutors", json=named, headers={"If-Match": "*"}))

    def propose(self, learner: Learner, tutor: Volunteer) -> Any:
        body = {"learner_id": str(learner.id), "volunteer_id": str(tutor.id)}
        return self.manager.post("/v1/pairings", json=body)

    def let(self, pairing: Any, name: str) -> Any:
        return verb(self.manager, "pairings", pairing.id, name)

    def stands(self, pairing: Any) -> tuple[str, str | None]:
        shown = done(self.manager.get(f"/v1/pairings/{pairing.id}"))
        return shown["status"], shown["end_reason"]


@pytest.fixture
def home(make: Make, as_: As) -> House:
    owner = make.organization()
    manager = as_(Role.CLASSROOM_MANAGER, organization=owner)
    return House(manager, make.classroom(owner=owner), make.classroom(owner=owner))


@pytest.fixture
def tutor(make: Make, home: House) -> Volunteer:
    """Somebody who teaches here and not there."""
    made = make.tutor()
    home.teach(home.here, made)
    return made


@pytest.fixture
def ours(home: House, wiring: Wiring) -> Organization:
    with wiring.unit(write=False) as unit:
        return unit.get(Organization, home.here.organization_id)


def test_nothing_begins_or_goes_on_with_a_tutor_who_does_not_teach_where_the_learner_learns(
    home: House, make: Make, ours: Organization, tutor: Volunteer
) -> None:
    child = make.learner(ours)
    make.enrollment(child, home.there)
    proposed = make.pairing(child, tutor, PairingStatus.PROPOSED)
    paused = make.pairing(child, make.tutor(), PairingStatus.PAUSED)
    assert problem(home.let(proposed, "activate")) == (409, "PAIR_APART")
    assert problem(home.let(paused, "resume")) == (409, "PAIR_APART")
    assert [home.stands(one)[0] for one in (proposed, paused)] == ["proposed", "paused"]
    home.teach(home.there, tutor)
    assert done(home.let(proposed, "activate"))["status"] == "active"


def test_nothing_begins_on_a_break_and_what_had_begun_stands(
    home: House, make: Make, ours: Organization, tutor: Volunteer
) -> None:
    child = make.learner(ours)
    place = make.enrollment(child, home.here)
    active, other = make.pairing(child, tutor), make.tutor()
    home.teach(home.here, tutor, other)
    done(verb(home.manager, "enrollments", place.id, "take-break"))
    assert home.stands(active) == ("active", None)
    assert faults(home.propose(child, other)) == [("/learner_id", "FIELD_REFERENCE")]
    done(verb(home.manager, "enrollments", place.id, "return"))
    done(home.propose(child, other), 201)


@pytest.mark.parametrize("elsewhere", [Place.ENROLLED, Place.WAITLISTED])
def test_who_leaves_a_classroom_leaves_its_tutors_though_she_learns_or_waits_elsewhere(
    home: House, make: Make, ours: Organization, tutor: Volunteer, elsewhere: Place
) -> None:
    child, both = make.learner(ours), make.tutor()
    home.teach(home.here, tutor, both)
    home.teach(home.there, both)
    place = make.enrollment(child, home.here)
    make.enrollment(child, home.there, elsewhere, waitlist_no=1 if elsewhere is Place.WAITLISTED else None)
    lost, kept = make.pairing(child, tutor, PairingStatus.PROPOSED), make.pairing(child, both)
    done(verb(home.manager, "enrollments", place.id, "leave"))
    assert home.stands(lost) == ("ended", "learner_left")
    learns_there = elsewhere is Place.ENROLLED
    assert home.stands(kept) == (("active", None) if learns_there else ("ended", "learner_left"))


def test_what_a_tutor_had_with_the_learners_of_a_classroom_that_is_not_hers_any_more_rests(
    home: House, make: Make, ours: Organization, tutor: Volunteer, wiring: Wiring
) -> None:
    stays, child, met_elsewhere, theirs = make.tutor(), *(make.learner(ours) for _ in range(3))
    home.teach(home.there, tutor)
    for learner, room in ((child, home.here), (met_elsewhere, home.here), (met_elsewhere, home.there)):
        make.enrollment(learner, room)
    make.enrollment(theirs, home.there)
    resting, proposed = make.pairing(child, tutor), make.pairing(child, stays, PairingStatus.PROPOSED)
    going_on = [make.pairing(one, tutor) for one in (met_elsewhere, theirs)]
    home.teach(home.here, stays)
    assert home.stands(resting) == ("paused", None)
    assert [event.action for event in audited(wiring, resting.id)] == ["pairing.pause"]
    assert notices_of(wiring) == [("pairings_resting", home.manager.account.id)]
    assert [home.stands(one)[0] for one in (proposed, *going_on)] == ["proposed", "active", "active"]
    assert problem(home.let(resting, "resume")) == (409, "PAIR_APART")
    home.teach(home.here, stays, tutor)
    assert done(home.let(resting, "resume"))["status"] == "active"
