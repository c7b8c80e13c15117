"""Learners, their guardians' consents, and the way through a classroom with its waiting list."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus
from models.learner import ConsentScope, SchoolStage
from models.organization import Organization
from models.record import Notice
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import verb
from tests.makers.doors import audited, done, faults, notices_of, problem
from worker.classes import pass_places_on

CHILD = {
    "first_name": "リン",
    "school_stage": "elementary",
    "native_language": "vi",
    "pickup_rule": "guardian",
    "guardian": {"name": "架空 ラン", "phone": "076-000-0001", "language": "vi"},
}


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner, capacity=1)


def test_a_manager_writes_a_child_down_with_its_guardian(manager: Client, owner: Organization, wiring: Wiring) -> None:
    made = done(manager.post("/v1/learners", json={**CHILD, "goals": ["daily_life"], "allergy": True}), 201)
    assert made["organization_id"] == str(owner.id)
    assert (made["guardian"]["language"], made["consents_in_force"]) == ("vi", [])
    assert [one["id"] for one in done(manager.get("/v1/learners"))["items"]] == [made["id"]]
    path = f"/v1/learners/{made['id']}"
    moved = {"guardian": {**CHILD["guardian"], "language": "en"}, "pickup_rule": "goes_alone"}  # type: ignore[dict-item]
    changed = done(manager.patch(path, json=moved, headers={"If-Match": f'"{made["id"]}.1"'}))
    assert (changed["guardian"]["language"], changed["pickup_rule"]) == ("en", "goes_alone")
    said = [event.model_dump_json() for event in audited(wiring, made["id"])]
    assert len(said) == 3  # written down, read in the list, changed
    assert not any("リン" in text or "076" in text for text in said)


@pytest.mark.parametrize("missing", ["guardian", "pickup_rule"])
def test_a_child_needs_a_guardian_and_a_way_home(manager: Client, missing: str) -> None:
    body = {name: value for name, value in CHILD.items() if name != missing}
    assert faults(manager.post("/v1/learners", json=body)) == [(f"/{missing}", "FIELD_MISSING")]


def test_an_adult_needs_neither(manager: Client) -> None:
    adult = {"first_name": "ミン", "school_stage": "adult", "native_language": "vi"}
    made = done(manager.post("/v1/learners", json=adult), 201)
    assert made["guardian"] is None


def test_staff_say_for_which_institution_and_managers_have_theirs(
    manager: Client, as_: As, owner: Organization, make: Make
) -> None:
    office = as_(Role.COORDINATOR)
    path = "/v1/learners"
    assert faults(office.post(path, json=CHILD)) == [("/organization_id", "FIELD_MISSING")]
    unknown = {**CHILD, "organization_id": str(make.facility().id)}
    assert faults(office.post(path, json=unknown)) == [("/organization_id", "FIELD_REFERENCE")]
    theirs = {**CHILD, "organization_id": str(make.organization().id)}
    assert faults(manager.post(path, json=theirs)) == [("/organization_id", "FIELD_REFERENCE")]
    assert faults(as_(Role.CLASSROOM_MANAGER).post(path, json=CHILD)) == [("/organization_id", "FIELD_REFERENCE")]
    made = done(office.post(path, json={**CHILD, "organization_id": str(owner.id)}), 201)
    assert done(manager.get(f"{path}/{made['id']}"))["first_name"] == "リン"
    assert problem(as_(Role.CLASSROOM_MANAGER).get(f"{path}/{made['id']}")) == (404, "NOT_FOUND")
    assert as_(Role.VOLUNTEER).get(path).status_code == 403


def test_consents_are_given_scope_by_scope_and_once(manager: Client, make: Make, owner: Organization) -> None:
    child = make.learner(owner, consents=())
    path = f"/v1/learners/{child.id}/consents"
    body = {"scopes": ["participation", "photo", "photo"], "signed_on": "2025-11-10", "language": "vi"}
    given = done(manager.post(path, json=body), 201)["items"]
    assert {(one["scope"], one["in_force"]) for one in given} == {("participation", True), ("photo", True)}
    assert faults(manager.post(path, json={**body, "scopes": ["photo"]})) == [("/scopes", "FIELD_DUPLICATE")]
    assert faults(manager.post(path, json={**body, "signed_on": "2025-11-11"})) == [("/signed_on", "FIELD_RANGE")]
    assert done(manager.get(f"/v1/learners/{child.id}"))["consents_in_force"] == ["participation", "photo"]


def test_a_consent_taken_back_is_told_without_the_childs_name(
    manager: Client, make: Make, owner: Organization, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    office = as_(Role.COORDINATOR)
    child = make.learner(owner, consents=())
    consent, photo = make.consent(child), make.consent(child, ConsentScope.PHOTO)
    path = f"/v1/learners/{child.id}/consents"
    taken = done(manager.post(f"{path}/{consent.id}/revoke"))
    assert (taken["revoked_on"], taken["in_force"], taken["actions"]) == ("2025-11-10", False, [])
    assert notices_of(wiring) == [
        ("consent_revoked", manager.account.id),
        ("consent_revoked", office.account.id),
    ]
    with wiring.unit(write=False) as unit:
        texts = [str(row.facts) for row in unit.session.exec(select(Notice))]
    assert not any(child.first_name in text or "076" in text for text in texts)
    assert problem(manager.post(f"{path}/{consent.id}/revoke")) == (409, "CNS_REVOKED")
    other = make.learner(owner, consents=())
    assert problem(manager.post(f"/v1/learners/{other.id}/consents/{photo.id}/revoke")) == (404, "NOT_FOUND")
    clock.forward(days=1)
    again = {"scopes": ["participation"], "signed_on": "2025-11-11", "language": "vi"}
    assert len(done(manager.post(path, json=again), 201)["items"]) == 3


def test_the_form_that_was_taken_back_does_not_count_again(manager: Client, make: Make, owner: Organization) -> None:
    child = make.learner(owner, consents=())
    consent = make.consent(child, signed_on=date(2025, 10, 1))
    path = f"/v1/learners/{child.id}/consents"
    done(manager.post(f"{path}/{consent.id}/revoke"))
    old = {"signed_on": "2025-11-09", "language": "vi"}
    said = manager.post(path, json={**old, "scopes": ["photo", "participation"]})
    assert faults(said) == [("/signed_on", "FIELD_RANGE")]
    done(manager.post(path, json={**old, "scopes": ["photo"]}), 201)  # nobody took that back
    anew = {**old, "scopes": ["participation"], "signed_on": "2025-11-10"}
    done(manager.post(path, json=anew), 201)
    assert "participation" in done(manager.get(f"/v1/learners/{child.id}"))["consents_in_force"]


def move(caller: Client, enrollment: Any, name: str) -> Any:
    row_id = enrollment["id"] if isinstance(enrollment, dict) else enrollment.id
    return verb(caller, "enrollments", row_id, name)


def inquire(caller: Client, room: Classroom, learner: Any) -> Any:
    return caller.post("/v1/enrollments", json={"classroom_id": str(room.id), "learner_id": str(learner.id)})


def test_a_learner_goes_through_a_classroom(manager: Client, make: Make, owner: Organization, room: Classroom) -> None:
    child = make.learner(owner)
    asked = done(inquire(manager, room, child), 201)
    assert (asked["status"], asked["first_name"]) == ("inquiry", child.first_name)
    assert faults(inquire(manager, room, child)) == [("/learner_id", "FIELD_DUPLICATE")]
    walked = ["interview", "enroll", "take-break", "return", "complete"]
    told = [done(move(manager, asked, name))["status"] for name in walked]
    assert told == ["interview", "enrolled", "on_break", "enrolled", "completed"]
    assert problem(move(manager, asked, "leave")) == (409, "ENR_STATE")
    again = done(inquire(manager, room, child), 201)  # another year
    assert done(move(manager, again, "leave"))["actions"] == []


def test_a_learner_and_her_classroom_are_of_one_institution(
    manager: Client, make: Make, room: Classroom, as_: As
) -> None:
    foreign = make.learner()
    assert problem(inquire(manager, room, foreign)) == (404, "NOT_FOUND")
    said = inquire(as_(Role.COORDINATOR), room, foreign)
    assert faults(said) == [("/learner_id", "FIELD_CONFLICT")]


def test_a_freed_place_is_offered_in_order_confirmed_or_passed_on(
    manager: Client, make: Make, owner: Organization, room: Classroom, wiring: Wiring, clock: SetClock
) -> None:
    inside = make.enrollment(make.learner(owner), room)
    first, second, third = (
        make.enrollment(make.learner(owner), room, ClassEnrollmentStatus.INTERVIEW) for _ in range(3)
    )
    assert problem(move(manager, first, "enroll")) == (409, "CLS_FULL")
    waiting = [done(move(manager, one, "waitlist"))["waitlist_no"] for one in (first, second, third)]
    assert waiting == [1, 2, 3]

    def stands(enrollment: Any) -> str:
        shown: str = done(manager.get(f"/v1/enrollments/{enrollment.id}"))["status"]
        return shown

    done(move(manager, inside, "leave"))
    assert [stands(one) for one in (first, second)] == ["offered", "waitlisted"]
    assert notices_of(wiring) == [("class_place_offered", manager.account.id)]
    # A place that is kept for her is nobody else's.
    late = make.enrollment(make.learner(owner), room, ClassEnrollmentStatus.INTERVIEW)
    assert problem(move(manager, late, "enroll")) == (409, "CLS_FULL")

    assert pass_places_on(wiring) == 0
    clock.forward(days=7)
    assert pass_places_on(wiring) == 1
    assert [stands(one) for one in (first, second, third)] == ["waitlisted", "offered", "waitlisted"]
    assert done(move(manager, second, "waitlist"))["waitlist_no"] == 5  # the guardian said: not yet
    assert stands(third) == "offered"
    assert done(move(manager, third, "enroll"))["status"] == "enrolled"
    done(move(manager, third, "leave"))
    assert stands(first) == "offered"


def test_who_waits_comes_before_who_asks_later(manager: Client, make: Make, owner: Organization) -> None:
    room = make.classroom(owner=owner, capacity=2)
    make.enrollment(make.learner(owner), room)
    make.enrollment(make.learner(owner), room, ClassEnrollmentStatus.WAITLISTED, waitlist_no=1)
    late = make.enrollment(make.learner(owner), room, ClassEnrollmentStatus.INTERVIEW)
    assert problem(move(manager, late, "enroll")) == (409, "CLS_FULL")


def test_enrollments_are_listed_as_they_are_asked_for(
    manager: Client, make: Make, owner: Organization, room: Classroom, as_: As
) -> None:
    child = make.learner(owner, stage=SchoolStage.JUNIOR_HIGH)
    mine = make.enrollment(child, room)
    other = make.enrollment(make.learner(owner), make.classroom(owner=owner), ClassEnrollmentStatus.INQUIRY)

    def listed(query: str = "", caller: Client = manager) -> list[str]:
        return [one["id"] for one in done(caller.get(f"/v1/enrollments?{query}"))["items"]]

    assert listed() == [str(mine.id), str(other.id)]
    assert listed(f"classroom_id={room.id}") == [str(mine.id)]
    assert listed(f"learner_id={child.id}") == [str(mine.id)]
    assert listed("status=inquiry") == [str(other.id)]
    assert listed(caller=as_(Role.CLASSROOM_MANAGER)) == []
