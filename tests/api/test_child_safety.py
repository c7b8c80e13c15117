"""Children learn only where tutors are cleared for them: no verb brings a child into a classroom that is not for children."""

from collections.abc import Callable
from typing import Any

import pytest

from models.class_session import ClassSessionStatus
from models.enrollment import ClassEnrollmentStatus
from models.learner import SchoolStage
from models.pairing import PairingStatus
from services.clock import SetClock
from tests.conftest import As
from tests.factories import Make
from tests.makers.classes import SATURDAY
from tests.makers.doors import claim, done, notices_of, on_shift, problem, refused
from tests.makers.schools import School, school_of

E = ClassEnrollmentStatus
Check = Callable[[], None]
GROWN: dict[str, Any] = {"stage": SchoolStage.ADULT, "consents": (), "guardian_name": None}


@pytest.fixture
def school(make: Make, as_: As) -> School:
    return school_of(make, as_, for_children=False)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (E.INTERVIEW, "enroll"),
        (E.INTERVIEW, "waitlist"),
        (E.ON_BREAK, "return"),
    ],
)
def test_no_verb_brings_a_child_among_adults(school: School, status: E, name: str) -> None:
    child = school.comes(status)
    said = school.move(child, name)
    assert problem(said) == (409, "CLS_ADULTS")
    assert done(school.manager.get(f"/v1/enrollments/{child.id}"))["status"] == status
    assert done(school.move(child, "leave"))["status"] == "left"


def test_a_child_does_not_ask_for_a_place_among_adults(school: School, make: Make) -> None:
    assert problem(school.inquire(make.learner(school.owner))) == (409, "CLS_ADULTS")
    done(school.inquire(make.learner(school.owner, **GROWN)), 201)


def test_adults_learn_where_tutors_are_not_checked(school: School, check_data: Check) -> None:
    assert done(school.move(school.comes(E.INTERVIEW, **GROWN), "enroll"))["status"] == "enrolled"
    check_data()


def test_who_learns_among_adults_does_not_become_a_child(school: School, make: Make, check_data: Check) -> None:
    """A stage that was noted wrongly is corrected once she has left the class."""
    grown = make.learner(school.owner, stage=SchoolStage.ADULT)
    enrollment = make.enrollment(grown, school.room)
    elsewhere, tutor = make.classroom(owner=school.owner), make.tutor()
    named = {"items": [{"volunteer_id": str(tutor.id)}]}
    done(school.manager.put(f"/v1/classrooms/{elsewhere.id}/tutors", json=named, headers={"If-Match": "*"}))
    pairing = make.pairing(grown, tutor)
    path, corrected = f"/v1/learners/{grown.id}/school-stages", {"stage": "high_school_age", "since": "2025-11-10"}
    assert problem(school.manager.post(path, json=corrected)) == (409, "CLS_ADULTS")
    other = make.enrollment(grown, elsewhere)
    done(school.move(enrollment, "leave"))
    done(school.manager.post(path, json=corrected), 201)
    assert done(school.manager.get(f"/v1/pairings/{pairing.id}"))["status"] == PairingStatus.PAUSED
    assert done(school.manager.get(f"/v1/enrollments/{other.id}"))["status"] == "enrolled"
    check_data()


@pytest.mark.parametrize("status", [E.WAITLISTED, E.ENROLLED, E.ON_BREAK])
def test_a_classroom_in_which_children_learn_or_wait_stays_for_children(
    school: School, make: Make, status: E, as_: As
) -> None:
    room = make.classroom(owner=school.owner)
    met = make.class_session(room)
    school.comes(status, room)
    assert problem(school.for_children(room, yes=False)) == (409, "CLS_ADULTS")
    assert done(school.manager.get(f"/v1/classrooms/{room.id}"))["for_children"] is True
    assert refused(claim(as_(school.uncleared()), met)) == [("CLS_SAFETY", "never")]


def test_a_classroom_without_children_becomes_one_for_adults(
    school: School, make: Make, as_: As, check_data: Check
) -> None:
    room = make.classroom(owner=school.owner)
    met = make.class_session(room)
    asks = school.comes(E.INTERVIEW, room)
    school.comes(E.LEFT, room)
    school.comes(E.ENROLLED, room, **GROWN)
    assert done(school.for_children(room, yes=False))["for_children"] is False
    done(claim(as_(school.uncleared()), met), 201)
    assert problem(school.move(asks, "enroll")) == (409, "CLS_ADULTS")
    check_data()


def test_a_classroom_that_becomes_one_for_children_keeps_the_tutors_who_are_cleared(
    school: School, make: Make, as_: As, clock: SetClock, check_data: Check
) -> None:
    met = make.class_session(school.room)
    cleared, uncleared = make.tutor(), school.uncleared()
    for one in (cleared, uncleared):
        make.assignment(met, one)
    over = make.class_session(school.room, on=clock().date(), status=ClassSessionStatus.HELD)
    assert done(school.for_children(school.room, yes=True))["for_children"] is True
    assert on_shift(make.wiring, met) == [(cleared.id, "confirmed", True), (uncleared.id, "cancelled", False)]
    assert ("assignment_changed_released", uncleared.id) in notices_of(make.wiring)
    assert cleared.id not in {who for _, who in notices_of(make.wiring)}
    assert refused(claim(as_(school.uncleared()), met)) == [("CLS_SAFETY", "never")]
    assert done(school.move(school.comes(E.INTERVIEW), "enroll"))["status"] == "enrolled"
    with make.wiring.unit(write=False) as unit:
        assert not unit.get(type(over.demand), over.demand.id).child_safety
    check_data()


def test_saying_again_what_a_classroom_is_touches_nobody(school: School, make: Make) -> None:
    met = make.class_session(school.room, on=SATURDAY)
    uncleared = school.uncleared()
    make.assignment(met, uncleared)
    assert done(school.for_children(school.room, yes=False))["for_children"] is False
    assert on_shift(make.wiring, met) == [(uncleared.id, "confirmed", True)]
    assert notices_of(make.wiring) == []
