"""A seat in a training takes time like any other booking: in the calendar, in what clashes, in what is warned of."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from models.assignment import AssignmentStatus
from models.host_stay import StayStatus
from models.training import EnrollmentStatus as E
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, refused, warned
from tests.makers.training import LESSON
from tests.queries import Statements

Check = Callable[[], None]
Queries = Callable[[], AbstractContextManager[Statements]]


def calendar(caller: Client, **bounds: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(caller.get("/v1/me/schedule", params=bounds))["items"]
    return items


def test_trainings_stand_in_her_calendar_between_her_assignments(make: Make, as_: As) -> None:
    she = make.volunteer()
    before = make.assignment(make.shift_with_demand(starts_at=LESSON - timedelta(days=1)), she)
    place = make.facility()
    session = make.training(facility_id=place.id)
    seat = make.seat(session, she)
    after = make.assignment(make.shift_with_demand(starts_at=LESSON + timedelta(days=1)), she)
    for days, status in ((2, E.OFFERED), (3, E.WAITLISTED), (4, E.WITHDRAWN)):
        make.seat(make.training(starts_at=LESSON + timedelta(days=days)), she, status)
    make.assignment(make.shift_with_demand(), she, AssignmentStatus.WITHDRAWN)
    make.seat(session, make.volunteer())

    first, second, third = calendar(as_(she))

    assert [first["assignment_id"], third["assignment_id"]] == [str(before.id), str(after.id)]
    assert (first["training"], second["shift"], second["assignment_id"]) == (None, None, None)
    assert (second["starts_at"], second["ends_at"]) == ("2025-11-22T13:00:00+09:00", "2025-11-22T15:00:00+09:00")
    assert second["training"] == {
        "enrollment_id": str(seat.id),
        "session_id": str(session.id),
        "title": "架空研修",
        "status": "accepted",
        "facility": {"id": str(place.id), "name": place.name},
        "online_url": None,
    }
    assert calendar(as_(she), to=LESSON.isoformat()) == [first]


def test_an_online_training_is_told_with_its_address(make: Make, as_: As) -> None:
    she = make.volunteer()
    make.seat(make.training(online_url="https://example.org/room"), she)
    (entry,) = calendar(as_(she))
    assert (entry["training"]["facility"], entry["training"]["online_url"]) == (None, "https://example.org/room")


def test_guests_and_visits_as_an_expert_take_her_time_too(make: Make, as_: As, office: Client) -> None:
    she, room = make.expert(), make.classroom()
    guests = make.stay(make.host(she), StayStatus.ACCEPTED, starts_at=LESSON, ends_at=LESSON + timedelta(hours=2))
    times = {
        "starts_at": (LESSON + timedelta(days=1)).isoformat(),
        "ends_at": (LESSON + timedelta(days=1, hours=1)).isoformat(),
    }
    visit = {"classroom_id": str(room.id), "volunteer_id": str(she.id), "topics": ["teaching"], **times}
    planned = done(office.post("/v1/advisory-visits", json=visit), 201)

    first, second = calendar(as_(she))

    assert first["host_stay"] == {
        "stay_id": str(guests.id),
        "kind": "home_visit",
        "status": "accepted",
        "guests": 1,
        "minors": False,
        "languages": guests.languages,
    }
    assert second["advisory_visit"] == {
        "visit_id": planned["id"],
        "classroom_name": room.name,
        "topics": ["teaching"],
        "status": "planned",
    }
    assert [entry["assignment_id"] for entry in (first, second)] == [None, None]


def test_her_calendar_is_read_with_as_many_queries_for_many(make: Make, as_: As, queries: Queries) -> None:
    few, many = make.volunteer(), make.volunteer()
    for she, count in ((few, 1), (many, 20)):
        for day in range(count):
            make.seat(make.training(starts_at=LESSON + timedelta(days=2 * day)), she)
            make.assignment(make.shift_with_demand(starts_at=LESSON + timedelta(days=2 * day + 1)), she)
    spent = []
    for she in (few, many):
        caller = as_(she)
        with queries() as statements:
            done(caller.get("/v1/me/schedule"))
        spent.append(len(statements))
    assert spent[0] == spent[1]


def test_a_seat_that_leaves_no_time_to_travel_is_given_with_a_warning(
    make: Make, office: Client, as_: As, check_data: Check
) -> None:
    she = make.volunteer()
    make.assignment(make.shift_with_demand(starts_at=LESSON - timedelta(hours=2, minutes=20)), she)
    asked, offered, at_once = (make.training(starts_at=LESSON, auto_accept=auto) for auto in (False, False, True))
    applied = make.seat(asked, she, E.APPLIED)
    accepted = done(office.post(f"/v1/training-enrollments/{applied.id}/accept", json={}))
    assert (accepted["status"], warned(accepted)) == ("accepted", ["ASG_TRAVEL"])
    assert accepted["warnings"][0]["detail"].startswith("前後の予定")
    done(as_(she).post(f"/v1/training-enrollments/{applied.id}/withdraw", json={}))

    seat = make.seat(offered, she, E.OFFERED)
    said = done(as_(she).post(f"/v1/training-enrollments/{seat.id}/accept", json={}))
    assert (said["status"], warned(said)) == ("accepted", ["ASG_TRAVEL"])
    clash = as_(she).post(f"/v1/training-sessions/{at_once.id}/enrollments", json={})
    assert refused(clash) == [("ASG_OVERLAP", "never")]
    assert clash.json()["violations"][0]["with"]["starts_at"] == "2025-11-22T13:00:00+09:00"

    online = make.training(online_url="https://example.org/room", starts_at=LESSON + timedelta(days=1))
    free = make.seat(online, she, E.APPLIED)
    assert warned(done(office.post(f"/v1/training-enrollments/{free.id}/accept", json={}))) == []
    check_data()


def test_a_seat_that_was_offered_is_refused_at_a_time_given_away_since(make: Make, as_: As, check_data: Check) -> None:
    she = make.volunteer()
    seat = make.seat(make.training(), she, E.OFFERED)
    make.assignment(make.shift_with_demand(starts_at=LESSON + timedelta(minutes=30)), she)
    said = as_(she).post(f"/v1/training-enrollments/{seat.id}/accept", json={})
    assert refused(said) == [("ASG_OVERLAP", "never")]
    check_data()


def test_to_be_away_during_a_training_is_warned_of(make: Make, as_: As) -> None:
    she = make.volunteer()
    make.seat(make.training(), she)
    path = f"/v1/volunteers/{she.id}/availability/exceptions"
    for hours, expected in ((26, []), (0, ["VOL_TOUCHES"])):
        starts_at = LESSON + timedelta(hours=hours)
        body = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
        assert warned(done(as_(she).post(path, json=body), 201)) == expected
