"""Places to learn on a shift, which fill nothing, and the steps by which somebody grows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from api.db import Wiring
from models.assignment import AssignmentStatus
from models.base import new_id
from models.shift import ClaimPolicy, ShiftStatus
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import ask, claim, done, faults, hand, notices_of, problem, settle
from tests.makers.work import Opened
from worker.passing import move_shifts

Check = Callable[[], None]


@pytest.fixture
def opened(make: Make) -> Opened:
    return make.shift_with_demand(claim_policy=ClaimPolicy.OPEN)


def offer_places(office: Client, opened: Opened, places: int = 1, demand_id: Any = None) -> Any:
    body = {"demand_id": str(demand_id or opened.demand.id), "places": places}
    return office.post(f"/v1/shifts/{opened.shift.id}/trainee-places", json=body)


def trainee_demand(shift: dict[str, Any]) -> str:
    (found,) = [one["id"] for one in shift["demands"] if one["role"] == "trainee"]
    return str(found)


@pytest.fixture
def learning(office: Client, opened: Opened) -> str:
    """The demand of the one place to learn."""
    return trainee_demand(done(offer_places(office, opened)))


@pytest.fixture
def newcomer(make: Make) -> Volunteer:
    """Somebody without the certificate that the shift asks for."""
    return make.volunteer(certs=(), languages={"en": "B1"})


class Scene(NamedTuple):
    """A shift with one place to learn, and who is to learn there."""

    opened: Opened
    learning: str
    newcomer: Volunteer


@pytest.fixture
def scene(opened: Opened, learning: str, newcomer: Volunteer) -> Scene:
    return Scene(opened, learning, newcomer)


def test_a_place_to_learn_fills_nothing(office: Client, as_: As, scene: Scene, make: Make, check_data: Check) -> None:
    opened, learning, newcomer = scene
    path = f"/v1/shifts/{opened.shift.id}"
    assert done(hand(office, opened, newcomer, demand_id=learning), 201)["status"] == "confirmed"
    assert done(office.get(path))["status"] == "open"
    done(claim(as_(make.volunteer()), opened), 201)
    filled = done(office.get(path))
    assert (filled["status"], filled["actions"]) == ("filled", ["trainee-places"])
    assert problem(hand(office, opened, make.volunteer(), demand_id=learning)) == (409, "ASG_FULL")
    done(offer_places(office, opened, 2))
    late = done(hand(office, opened, make.volunteer(), demand_id=learning), 201)
    assert done(office.get(path))["status"] == "filled"
    done(settle(office, late["id"], "cancel", reason="別の日に"))
    assert done(office.get(path))["status"] == "filled"
    check_data()


def test_places_to_learn_are_set_and_not_below_those_held(
    office: Client, scene: Scene, make: Make, clock: SetClock
) -> None:
    opened, learning, newcomer = scene
    assert trainee_demand(done(offer_places(office, opened, 3))) == learning
    for person in (newcomer, make.volunteer()):
        done(hand(office, opened, person, demand_id=learning), 201)
    assert faults(offer_places(office, opened, 1)) == [("/places", "FIELD_RANGE")]
    other = make.shift_with_demand()
    for wrong in (new_id(), other.demand.id, learning):
        assert faults(offer_places(office, opened, 1, wrong)) == [("/demand_id", "FIELD_REFERENCE")]
    clock.forward(days=30)
    assert done(office.get(f"/v1/shifts/{opened.shift.id}"))["actions"] == []
    assert problem(offer_places(office, opened, 4)) == (409, "SHF_STATE")


def test_a_place_to_learn_without_a_language(office: Client, make: Make) -> None:
    opened = make.shift_with_demand(languages=[""], demand={"language": None, "min_level": None})
    first = trainee_demand(done(offer_places(office, opened)))
    assert trainee_demand(done(offer_places(office, opened, 2))) == first


def test_the_office_alone_gives_places_to_learn(office: Client, as_: As, scene: Scene) -> None:
    opened, learning, newcomer = scene
    assert faults(claim(as_(newcomer), opened, demand_id=learning)) == [("/demand_id", "FIELD_REFERENCE")]
    assert faults(ask(office, opened, newcomer, demand_id=learning)) == [("/demand_id", "FIELD_REFERENCE")]
    ranked = done(office.get(f"/v1/shifts/{opened.shift.id}/candidates?demand_id={learning}"))["items"]
    assert [one["volunteer_id"] for one in ranked] == [str(newcomer.id)]
    assert done(office.get(f"/v1/shifts/{opened.shift.id}/candidates"))["items"] == []


def test_nobody_covers_for_who_learns(office: Client, as_: As, scene: Scene, wiring: Wiring, check_data: Check) -> None:
    opened, learning, newcomer = scene
    standing = done(hand(office, opened, newcomer, demand_id=learning), 201)["id"]
    assert problem(settle(as_(newcomer), standing, "want-standin")) == (409, "ASG_STATE")
    done(settle(as_(newcomer), standing, "withdraw"))
    kinds = [kind for kind, _ in notices_of(wiring)]
    assert not [kind for kind in kinds if kind.startswith(("office_place_freed", "place_reopened"))]
    check_data()


def test_without_an_interpreter_there_is_nothing_to_learn(
    office: Client, scene: Scene, clock: SetClock, wiring: Wiring, check_data: Check
) -> None:
    opened, learning, newcomer = scene
    standing = done(hand(office, opened, newcomer, demand_id=learning), 201)["id"]
    clock.now = opened.shift.starts_at
    assert move_shifts(wiring) == 1
    gone = done(office.get(f"/v1/assignments/{standing}"))
    assert (gone["status"], gone["end_reason"]) == ("cancelled", "nobody_to_learn_from")
    assert ("assignment_cancelled", newcomer.id) in notices_of(wiring)
    assert done(office.get(f"/v1/dispatch-requests/{opened.request.id}"))["status"] == "unfilled"
    check_data()


def test_given_up_it_sends_the_trainee_home(office: Client, scene: Scene, check_data: Check) -> None:
    opened, learning, newcomer = scene
    standing = done(hand(office, opened, newcomer, demand_id=learning), 201)["id"]
    path = f"/v1/dispatch-requests/{opened.request.id}/mark-unfilled"
    assert done(office.post(path, json={"reason": "見つからない"}))["status"] == "unfilled"
    assert done(office.get(f"/v1/assignments/{standing}"))["status"] == "cancelled"
    check_data()


def test_who_only_learns_owes_no_report(
    office: Client, as_: As, scene: Scene, make: Make, clock: SetClock, wiring: Wiring
) -> None:
    opened, learning, newcomer = scene
    she = make.volunteer()
    hers = done(claim(as_(she), opened), 201)["id"]
    theirs = done(hand(office, opened, newcomer, demand_id=learning), 201)["id"]
    clock.now = opened.shift.ends_at + timedelta(hours=1)
    move_shifts(wiring)
    times = {"actual_start": opened.shift.starts_at.isoformat(), "actual_end": opened.shift.ends_at.isoformat()}
    done(as_(she).post(f"/v1/assignments/{hers}/report", json=times))
    path = f"/v1/dispatch-requests/{opened.request.id}"
    waived = {"party": "requester", "reason": "電話で確認"}
    assert done(office.post(f"{path}/waive-report", json=waived))["status"] == "completed"
    assert done(office.get(f"/v1/assignments/{theirs}"))["status"] == "completed"
    steps = done(as_(newcomer).get(f"/v1/volunteers/{newcomer.id}/steps"))["items"]
    assert steps == [
        {"language": "en", "kind": "infant_checkup", "shadowed": 1, "paired": 0, "alone": 0, "step": "paired"}
    ]


def test_steps_by_language_and_kind(office: Client, as_: As, make: Make) -> None:
    she, he = make.volunteer(languages={"en": "C1", "vi": "C1"}), make.volunteer()
    assert done(office.get(f"/v1/volunteers/{she.id}/steps"))["items"] == []
    days = datetime.fromisoformat("2025-10-01T10:00:00+09:00")
    for n, (language, together) in enumerate((("en", True), ("en", False), ("vi", False))):
        opened = make.shift_with_demand(
            starts_at=days + timedelta(days=n), languages=[language], places=2, status=ShiftStatus.ENDED
        )
        make.assignment(opened, she, AssignmentStatus.COMPLETED)
        make.assignment(opened, he, AssignmentStatus.COMPLETED if together else AssignmentStatus.WITHDRAWN)
    told = done(office.get(f"/v1/volunteers/{she.id}/steps"))["items"]
    assert [(one["language"], one["shadowed"], one["paired"], one["alone"], one["step"]) for one in told] == [
        ("en", 0, 1, 1, "alone"),
        ("vi", 0, 0, 1, "alone"),
    ]
    assert as_(make.volunteer()).get(f"/v1/volunteers/{she.id}/steps").status_code == 404
