"""A place that is offered to whoever waits stands on the worklist until it is answered, and is not offered without end."""

import pytest

from models.account import Role
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.organization import Organization
from services.clock import SetClock
from services.wording import LANGUAGES
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import verb
from tests.makers.doors import done, notices_of, problem
from tests.makers.listed import brief, follow, listed, only
from worker.classes import pass_places_on

WAITLISTED = ClassEnrollmentStatus.WAITLISTED


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    """A classroom with one place."""
    return make.classroom(owner=owner, capacity=1, name="架空ひろば")


@pytest.fixture
def waits(make: Make, owner: Organization, room: Classroom) -> Enrollment:
    return make.enrollment(make.learner(owner), room, WAITLISTED, waitlist_no=1)


def test_an_offered_place_stands_on_the_worklist_until_it_is_taken(
    make: Make, manager: Client, office: Client, as_: As, waits: Enrollment
) -> None:
    assert listed(manager) == []
    pass_places_on(make.wiring)
    entry = only(manager)
    assert brief(entry) == ("place_offered", "2025-11-17T09:00", "POST", "enroll", False)
    assert entry["object"] == {"type": "enrollment", "id": str(waits.id), "no": None}
    for language in LANGUAGES:
        said = manager.get("/v1/worklist", headers={"Accept-Language": language}).json()["items"][0]["because"][
            "detail"
        ]
        assert "架空ひろば" in said
        assert "17" in said
    assert listed(office) == []  # whoever runs the class sees to it
    assert listed(as_(Role.CLASSROOM_MANAGER, organization=make.organization())) == []
    done(follow(manager, entry["verb"], {}))
    assert listed(manager) == []


def test_a_place_of_a_class_that_nobody_runs_is_the_office_s_to_see_to(make: Make, office: Client) -> None:
    alone = make.classroom(owner=(owner := make.organization()), capacity=1)
    leaves = make.enrollment(make.learner(owner), alone)
    make.enrollment(make.learner(owner), alone, WAITLISTED, waitlist_no=1)
    done(verb(office, "enrollments", leaves.id, "leave"))
    assert notices_of(make.wiring) == [("class_place_offered", office.account.id)]
    assert brief(only(office)) == ("place_offered", "2025-11-17T09:00", "POST", "enroll", False)


def test_the_call_to_the_guardian_about_an_offered_place_is_recorded(
    make: Make, manager: Client, office: Client, room: Classroom, waits: Enrollment
) -> None:
    path = f"/v1/classrooms/{room.id}/guardian-calls/{waits.learner_id}"
    assert problem(manager.post(path, json={"result": "no_answer"})) == (404, "NOT_FOUND")  # nothing to ask her yet
    pass_places_on(make.wiring)
    assert done(manager.post(path, json={"result": "no_answer"}))["items"] == []
    (kept,) = done(office.get(f"/v1/contact-attempts?learner_id={waits.learner_id}"))["items"]
    assert (kept["result"], kept["about"]["id"]) == ("no_answer", str(room.id))


def test_a_place_that_nobody_answers_for_is_not_offered_to_the_same_again_every_week(
    make: Make, owner: Organization, manager: Client, room: Classroom, waits: Enrollment, clock: SetClock
) -> None:
    pass_places_on(make.wiring)
    for _ in range(3):
        clock.forward(days=8)
        assert pass_places_on(make.wiring) == 0
    assert len(notices_of(make.wiring)) == 1
    assert brief(only(manager))[:2] == ("place_offered", "2025-11-17T09:00")  # a late yes still counts
    make.enrollment(make.learner(owner), room, WAITLISTED, waitlist_no=2)
    assert pass_places_on(make.wiring) == 1
    assert len(notices_of(make.wiring)) == 2
    assert done(manager.get(f"/v1/enrollments/{waits.id}"))["status"] == "waitlisted"
