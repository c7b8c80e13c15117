"""Classrooms: set up by staff, corrected by their managers, and who teaches there."""

from datetime import timedelta
from typing import Any

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom, ClassroomKind, ClassroomTutor, TutorRole
from models.organization import Organization
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import SATURDAY, Met, met_of
from tests.makers.doors import answer, ask, audited, by_phone, done, faults, hand, problem


def test_a_manager_sees_her_candidates_reserves_first_without_scores_or_contact(
    make: Make, met: Met, room: Classroom, manager: Client, as_: As, wiring: Wiring
) -> None:
    plain, reserve = make.tutor(), make.tutor()
    barred = make.tutor(cleared=False)
    with wiring.unit() as unit:
        unit.add(ClassroomTutor(classroom_id=room.id, volunteer_id=reserve.id, role=TutorRole.RESERVE))
    path = f"/v1/shifts/{met.shift.id}/candidates"
    shown = done(manager.get(path, params={"include_ineligible": True}))["items"]
    assert [one["volunteer_id"] for one in shown] == [str(reserve.id), str(plain.id), str(barred.id)]
    assert [one["tutor_role"] for one in shown] == ["reserve", None, None]
    assert all(one["score"] is None and one["reasons"] == [] for one in shown)
    assert [one["code"] for one in shown[2]["violations"]] == ["CLS_SAFETY"]
    scored = done(as_(Role.COORDINATOR).get(path))["items"]
    assert all(one["score"] is not None for one in scored)
    assert {"phone", "email"}.isdisjoint(shown[0])


def test_a_manager_asks_and_answers_on_behalf_for_her_own_sessions_alone(
    make: Make, met: Met, manager: Client, wiring: Wiring
) -> None:
    tutor = make.tutor()
    assert done(manager.get(f"/v1/shifts/{met.shift.id}"))["actions"] == ["offers"]
    assert problem(hand(manager, met, tutor)) == (403, "NOT_PERMITTED")
    (offer,) = done(ask(manager, met, tutor), 201)["items"]
    assert offer["rank"] is None
    assert problem(answer(manager, offer["id"], "accept")) == (403, "NOT_PERMITTED")
    yes = done(answer(manager, offer["id"], "accept", on_behalf=by_phone(tutor)))
    assert (yes["assignment"]["status"], yes["assignment"]["overrides"]) == ("confirmed", None)
    (event,) = [event for event in audited(wiring, offer["id"]) if event.action == "offer.accept"]
    assert event.on_behalf
    assert event.on_behalf["of"] == str(tutor.id)
    assert [one["id"] for one in done(manager.get("/v1/assignments"))["items"]] == [yes["assignment"]["id"]]

    theirs = make.class_session(on=SATURDAY + timedelta(days=1))
    assert problem(ask(manager, theirs, tutor)) == (404, "NOT_FOUND")
    foreign = make.offer(theirs, tutor)
    assert problem(answer(manager, foreign, "accept", on_behalf=by_phone(tutor))) == (404, "NOT_FOUND")
    dispatch = make.shift_with_demand()
    assert problem(manager.get(f"/v1/shifts/{dispatch.shift.id}")) == (404, "NOT_FOUND")


def test_classrooms_are_set_up_by_staff_and_corrected_by_their_managers(
    make: Make, manager: Client, as_: As, owner: Organization
) -> None:
    office = as_(Role.COORDINATOR)
    place = make.facility(owner=owner)
    body = {
        "code": "east_class",
        "name": "東部教室",
        "kind": "community_class",
        "organization_id": str(owner.id),
        "facility_id": str(place.id),
    }
    assert manager.post("/v1/classrooms", json=body).status_code == 403
    made = done(office.post("/v1/classrooms", json=body), 201)
    assert (made["capacity"], made["enrolled"], made["waiting"]) == (12, 0, 0)
    assert faults(office.post("/v1/classrooms", json=body)) == [("/code", "FIELD_DUPLICATE")]
    for over, fault in (
        ({"organization_id": made["id"]}, ("/organization_id", "FIELD_REFERENCE")),
        ({"facility_id": made["id"]}, ("/facility_id", "FIELD_REFERENCE")),
        ({"facility_id": None}, ("/facility_id", "FIELD_MISSING")),
        ({"min_tutors": 5}, ("/min_tutors", "FIELD_CONFLICT")),
    ):
        assert faults(office.post("/v1/classrooms", json={**body, "code": "other", **over})) == [fault]
    online = {**body, "code": "online_class", "kind": "online", "facility_id": None}
    assert done(office.post("/v1/classrooms", json=online), 201)["facility_id"] is None

    path = f"/v1/classrooms/{made['id']}"
    changed = done(manager.patch(path, json={"capacity": 1}, headers={"If-Match": "*"}))
    assert changed["capacity"] == 1
    stale = manager.patch(path, json={"capacity": 2}, headers={"If-Match": f'"{made["id"]}.1"'})
    assert problem(stale) == (412, "VERSION")
    assert [one["code"] for one in done(manager.get("/v1/classrooms"))["items"]] == ["east_class", "online_class"]
    assert problem(as_(Role.CLASSROOM_MANAGER).get(path)) == (404, "NOT_FOUND")


def test_a_classroom_is_not_made_smaller_than_it_is_full(
    make: Make, manager: Client, owner: Organization, room: Classroom
) -> None:
    for _ in range(2):
        make.enrollment(make.learner(owner), room)
    said = manager.patch(f"/v1/classrooms/{room.id}", json={"capacity": 1}, headers={"If-Match": "*"})
    assert problem(said) == (409, "CLS_FULL")
    assert done(manager.get(f"/v1/classrooms/{room.id}"))["enrolled"] == 2


def test_an_online_class_takes_place_nowhere(make: Make, manager: Client, owner: Organization, wiring: Wiring) -> None:
    room = make.classroom(owner=owner, kind=ClassroomKind.ONLINE)
    with wiring.unit() as unit:
        unit.get(Classroom, room.id).facility_id = None
    term = done(
        manager.post(
            f"/v1/classrooms/{room.id}/terms",
            json={
                "name": "冬",
                "rule": "FREQ=WEEKLY;COUNT=1",
                "starts_on": "2025-11-15",
                "starts": "19:00",
                "ends": "20:00",
            },
        ),
        201,
    )
    shift = met_of(wiring, term["sessions"][0]["id"]).shift
    assert (shift.facility_id, shift.district_code, shift.modality) == (None, None, "video")


def test_tutors_of_a_classroom_are_named_anew_as_a_whole(make: Make, manager: Client, room: Classroom) -> None:
    path = f"/v1/classrooms/{room.id}/tutors"
    lead, reserve = make.tutor(), make.tutor()

    def name(*items: dict[str, Any]) -> Any:
        return manager.put(path, json={"items": list(items)}, headers={"If-Match": "*"})

    first = {"volunteer_id": str(lead.id), "role": "lead"}
    named = done(name(first, {"volunteer_id": str(reserve.id), "role": "reserve"}))["items"]
    assert [(one["volunteer_id"], one["role"]) for one in named] == [
        (str(lead.id), "lead"),
        (str(reserve.id), "reserve"),
    ]
    assert faults(name(first, first)) == [("/items", "FIELD_DUPLICATE")]
    assert faults(name(first, {"volunteer_id": str(room.id)})) == [("/items/1/volunteer_id", "FIELD_REFERENCE")]
    done(name(first))
    assert len(done(manager.get(path))["items"]) == 1
