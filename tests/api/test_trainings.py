"""Courses and their sessions: what the office plans, opens, changes and calls off."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.base import new_id
from models.record import AuditEvent
from models.shift import Shift
from models.training import EnrollmentStatus, TrainingStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults, notices_of
from tests.queries import Statements
from worker.trainings import move_trainings

Queries = Callable[[], AbstractContextManager[Statements]]
Check = Callable[[], None]

BASIC = {"code": "basic", "title": "基礎研修", "kind": "basic", "required_minutes": 360, "valid_months": 24}


def lesson(course_id: Any, **over: Any) -> dict[str, Any]:
    return {
        "course_id": str(course_id),
        "starts_at": "2025-11-22T13:00:00+09:00",
        "ends_at": "2025-11-22T16:00:00+09:00",
        "online_url": "https://example.org/room",
        "capacity": 2,
        **over,
    }


def change(client: Client, path: str, body: dict[str, Any], etag: str = "*") -> Any:
    return client.patch(path, json=body, headers={"If-Match": etag})


def test_a_course_is_entered_read_and_changed(office: Client, as_: As, wiring: Wiring) -> None:
    made = done(office.post("/v1/trainings", json={**BASIC, "grants": "basic"}), 201)
    path = f"/v1/trainings/{made['id']}"
    assert made["min_attendance_pct"] == 80
    later = {**BASIC, "code": "advanced", "prerequisites": [["basic"]], "pass_score": 60}
    assert done(office.post("/v1/trainings", json=later), 201)["prerequisites"] == [["basic"]]

    changed = done(change(office, path, {"title": "基礎研修（新）", "valid_months": None}))
    assert (changed["title"], changed["valid_months"], changed["actions"]) == ("基礎研修（新）", None, ["change"])
    listed = done(as_(Role.VOLUNTEER).get("/v1/trainings"))["items"]
    assert [(one["code"], one["actions"]) for one in listed] == [("advanced", []), ("basic", [])]
    with wiring.unit(write=False) as unit:
        events = unit.session.exec(select(AuditEvent).where(AuditEvent.object_type == "training_course")).all()
        assert {(event.action, tuple(event.fields)) for event in events} == {
            ("training_course.create", ()),
            ("training_course.change", ("title", "valid_months")),
        }


def test_a_course_with_faults_is_refused(office: Client, make: Make) -> None:
    course = make.course(code="basic")
    assert faults(office.post("/v1/trainings", json=BASIC)) == [("/code", "FIELD_DUPLICATE")]
    strange = {**BASIC, "code": "next", "prerequisites": [["basic", "unheard_of"]]}
    assert faults(office.post("/v1/trainings", json=strange)) == [("/prerequisites", "FIELD_REFERENCE")]
    assert faults(office.post("/v1/trainings", json={**BASIC, "code": "next", "required_minutes": 0})) == [
        ("/required_minutes", "FIELD_RANGE")
    ]
    itself = change(office, f"/v1/trainings/{course.id}", {"prerequisites": [["basic"]]})
    assert faults(itself) == [("/prerequisites", "FIELD_REFERENCE")]
    assert change(office, f"/v1/trainings/{course.id}", {"title": "x"}, '"stale"').status_code == 412
    assert office.patch(f"/v1/trainings/{course.id}", json={"title": "x"}).status_code == 428
    assert office.get(f"/v1/trainings/{new_id()}").status_code == 404


def test_a_session_is_planned_opened_and_seen(office: Client, as_: As, make: Make) -> None:
    course, trainer = make.course(), make.account(Role.TRAINER)
    body = lesson(course.id, trainer_id=str(trainer.id))
    planned = done(office.post("/v1/training-sessions", json=body), 201)
    path = f"/v1/training-sessions/{planned['id']}"
    assert (planned["status"], planned["actions"]) == ("planned", ["open", "cancel"])
    assert as_(Role.VOLUNTEER).get(path).status_code == 404
    assert done(as_(trainer).get(path))["online_url"] == "https://example.org/room"

    assert done(office.post(f"{path}/open"))["status"] == "open"
    again = office.post(f"{path}/open")
    assert (again.status_code, again.json()["code"]) == (409, "CRS_STATE")
    seen = done(as_(Role.VOLUNTEER).get(path))
    assert (seen["online_url"], seen["shift_id"], seen["actions"]) == (None, None, ["enroll"])


def test_a_session_with_faults_is_refused(office: Client, make: Make) -> None:
    course = make.course()
    path, place = "/v1/training-sessions", str(make.facility().id)
    wrong = {
        "/course_id": lesson(new_id()),
        "/ends_at": lesson(course.id, ends_at="2025-11-22T13:00:00+09:00"),
        "/starts_at": lesson(course.id, starts_at="2025-11-09T13:00:00+09:00"),
        "/facility_id": lesson(course.id, online_url=None, facility_id=str(new_id())),
        "/online_url": lesson(course.id, facility_id=place),
        "/trainer_id": lesson(course.id, trainer_id=str(make.account(Role.VIEWER).id)),
        "/lecturer/language": lesson(course.id, lecturer={"language": "tlh"}),
    }
    told = {pointer: faults(office.post(path, json=body))[0][0] for pointer, body in wrong.items()}
    assert told == {pointer: pointer for pointer in wrong}
    neither = lesson(course.id, online_url=None)
    assert faults(office.post(path, json=neither)) == [("/online_url", "FIELD_CONFLICT")]
    nobody = lesson(course.id, trainer_id=str(new_id()))
    assert faults(office.post(path, json=nobody)) == [("/trainer_id", "FIELD_REFERENCE")]


def test_more_seats_go_to_those_who_wait(office: Client, make: Make, wiring: Wiring, check_data: Check) -> None:
    session = make.training(capacity=1)
    make.seat(session, make.volunteer())
    waiting = [make.seat(session, make.volunteer(), EnrollmentStatus.WAITLISTED) for _ in range(3)]
    path = f"/v1/training-sessions/{session.id}"
    few = change(office, path, {"capacity": 3, "auto_accept": True, "answer_hours": 24})
    assert (done(few)["taken"], done(few)["waiting"], done(few)["status"]) == (3, 1, "full")
    assert notices_of(wiring) == [("training_seat_offered", one.volunteer_id) for one in waiting[:2]]
    less = change(office, path, {"capacity": 2})
    assert (less.status_code, less.json()["code"]) == (409, "CRS_CAPACITY")
    assert done(change(office, path, {"capacity": 9}))["status"] == "open"
    check_data()


def test_a_session_keeps_a_place_or_an_address(office: Client, make: Make) -> None:
    online, there = make.training(online_url="https://example.org/room"), make.training()
    path = "/v1/training-sessions"
    gone = change(office, f"{path}/{online.id}", {"online_url": None})
    assert faults(gone) == [("/online_url", "FIELD_CONFLICT")]
    assert done(change(office, f"{path}/{there.id}", {"online_url": None}))["facility"]["id"] == str(there.facility_id)
    assert faults(change(office, f"{path}/{there.id}", {"trainer_id": str(new_id())})) == [
        ("/trainer_id", "FIELD_REFERENCE")
    ]


def test_a_cancelled_session_frees_everybody_and_tells_everybody(
    office: Client, as_: As, make: Make, wiring: Wiring, check_data: Check
) -> None:
    session = make.training(capacity=2)
    people = [make.volunteer() for _ in range(4)]
    states = [
        EnrollmentStatus.ACCEPTED,
        EnrollmentStatus.OFFERED,
        EnrollmentStatus.WAITLISTED,
        EnrollmentStatus.WITHDRAWN,
    ]
    for person, state in zip(people, states, strict=True):
        make.seat(session, person, state)
    path = f"/v1/training-sessions/{session.id}"
    assert faults(office.post(f"{path}/cancel", json={"reason": "電話 076-000-0000 へ"})) == [
        ("/reason", "REQ_FREE_TEXT_PII")
    ]
    told = done(office.post(f"{path}/cancel", json={"reason": "講師の都合"}))
    assert (told["status"], told["taken"], told["waiting"], told["actions"]) == ("cancelled", 0, 0, [])
    assert notices_of(wiring) == [("training_cancelled", person.id) for person in people[:3]]
    assert make.booked(people[0]) == 0
    assert done(as_(people[0]).get(path))["status_reason"] == "講師の都合"
    assert as_(Role.VOLUNTEER).get(path).status_code == 404
    check_data()


def test_lecturers_stand_on_a_shift_of_their_own(office: Client, make: Make, wiring: Wiring, check_data: Check) -> None:
    course, place = make.course(), make.facility()
    body = lesson(course.id, online_url=None, facility_id=str(place.id), lecturer={"places": 1, "language": "vi"})
    planned = done(office.post("/v1/training-sessions", json=body), 201)
    path = f"/v1/training-sessions/{planned['id']}"
    opened = done(office.post(f"{path}/open"))
    shift = done(office.get(f"/v1/shifts/{opened['shift_id']}"))
    assert (shift["kind"], shift["service_type"], shift["claim_policy"]) == ("training", "training", "offer_only")
    assert [(one["role"], one["language"]) for one in shift["demands"]] == [("lecturer", "vi")]
    speaker = make.volunteer(languages={"vi": "C1"})
    by_hand = {"volunteer_id": str(speaker.id)}
    standing = done(office.post(f"/v1/shifts/{shift['id']}/assignments", json=by_hand), 201)
    assert done(office.get("/v1/shifts?activity=training"))["items"][0]["status"] == "filled"

    done(office.post(f"{path}/cancel", json={"reason": "講師の都合"}))
    assert done(office.get(f"/v1/assignments/{standing['id']}"))["status"] == "cancelled"
    assert done(office.get(f"/v1/shifts/{shift['id']}"))["status"] == "cancelled"
    assert ("assignment_cancelled", speaker.id) in notices_of(wiring)
    check_data()


def test_online_lecturers_without_a_language_and_a_shift_that_is_gone_already(
    office: Client, make: Make, wiring: Wiring
) -> None:
    body = lesson(make.course().id, lecturer={"skills": ["first_aid"]})
    planned = done(office.post("/v1/training-sessions", json=body), 201)
    path = f"/v1/training-sessions/{planned['id']}"
    opened = done(office.post(f"{path}/open"))
    assert done(office.get(f"/v1/shifts/{opened['shift_id']}"))["modality"] == "video"
    speaker = make.volunteer(skills=("first_aid",))
    asked = {"volunteer_ids": [str(speaker.id)]}
    done(office.post(f"/v1/shifts/{opened['shift_id']}/offers", json=asked), 201)
    assert [whom for kind, whom in notices_of(wiring) if kind == "offer_sent"] == [speaker.id]
    with wiring.unit() as unit:
        shift = unit.session.exec(select(Shift)).one()
        shift.status = "cancelled"  # type: ignore[assignment]
    assert done(office.post(f"{path}/cancel", json={"reason": "中止"}))["status"] == "cancelled"


def test_a_training_keeps_her_from_a_shift_at_the_same_time(office: Client, make: Make) -> None:
    opened = make.shift_with_demand()
    free, busy, online = make.volunteer(), make.volunteer(), make.volunteer()
    over: dict[str, Any] = {"starts_at": opened.shift.starts_at, "minutes": 60}
    make.seat(make.training(**over), busy)
    make.seat(make.training(online_url="https://example.org/room", **over), online)
    found = done(office.get(f"/v1/shifts/{opened.shift.id}/candidates?include_ineligible=true"))["items"]
    told = {one["volunteer_id"]: [bar["code"] for bar in one["violations"]] for one in found}
    assert told == {str(free.id): [], str(busy.id): ["ASG_OVERLAP"], str(online.id): ["ASG_OVERLAP"]}
    refused = office.post(f"/v1/shifts/{opened.shift.id}/assignments", json={"volunteer_id": str(busy.id)})
    assert (refused.status_code, refused.json()["code"]) == (409, "ASG_OVERLAP")


def test_time_ends_what_is_asked_and_notes_what_was_held(
    make: Make, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    session = make.training(capacity=1)
    seated, applied = make.volunteer(), make.volunteer()
    make.seat(session, seated)
    make.seat(session, applied, EnrollmentStatus.APPLIED)
    forgotten = make.training(status=TrainingStatus.PLANNED)
    assert move_trainings(wiring) == 0
    clock.forward(days=12, hours=4)
    assert move_trainings(wiring) == 2
    assert notices_of(wiring) == [("training_declined", applied.id)]
    clock.forward(hours=2)
    assert move_trainings(wiring) == 1
    assert move_trainings(wiring) == 0
    with wiring.unit(write=False) as unit:
        assert unit.get(type(session), session.id).status is TrainingStatus.HELD
        assert unit.get(type(session), forgotten.id).status is TrainingStatus.CANCELLED
    check_data()


def test_lists_take_a_constant_number_of_queries(office: Client, make: Make, queries: Queries) -> None:
    def cost(path: str) -> int:
        with queries() as seen:
            assert done(office.get(path))["items"]
        return len(seen)

    first = make.training()
    make.seat(first, make.volunteer())
    paths = [
        "/v1/trainings",
        "/v1/training-sessions",
        "/v1/training-sessions?status=open&from=2025-11-01T00:00:00%2B09:00&to=2026-11-01T00:00:00%2B09:00",
        "/v1/training-enrollments",
        f"/v1/training-sessions/{first.id}/enrollments",
    ]
    one = [cost(path) for path in paths]
    for _ in range(99):
        make.seat(make.training(), make.volunteer())
        make.seat(first, make.volunteer(), EnrollmentStatus.WAITLISTED)
    assert [cost(path) for path in paths] == one


def test_a_trainer_does_not_take_the_roll_of_another(as_: As, make: Make, clock: SetClock) -> None:
    session = make.training(trainer_id=make.account(Role.TRAINER).id)
    made = make.seat(session, make.volunteer())
    clock.forward(days=13)
    body = {"items": [{"enrollment_id": str(made.id), "minutes": 60}]}
    path = f"/v1/training-sessions/{session.id}"
    other = as_(Role.TRAINER)
    assert other.put(f"{path}/attendance", json=body, headers={"If-Match": "*"}).status_code == 403
    assert "attendance" not in done(other.get(path))["actions"]
    assert other.get(f"/v1/training-enrollments/{made.id}").status_code == 404
