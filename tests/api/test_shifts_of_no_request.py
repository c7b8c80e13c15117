"""A shift that no request opened: the same doors, and nobody to tell outside the office."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import delete

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.dispatch_request import DispatchRequest
from models.shift import ClaimPolicy, Shift, ShiftStatus
from services.clock import SetClock
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import answer, ask, claim, done, hand, notices_of, settle
from tests.makers.work import Opened
from worker.passing import move_shifts

Check = Callable[[], None]


@pytest.fixture
def opened(make: Make, wiring: Wiring) -> Opened:
    """Two places at a gathering, where no language is asked for."""
    made = make.shift_with_demand(
        places=2,
        languages=[""],
        demand={"language": None, "min_level": None},
        claim_policy=ClaimPolicy.APPROVAL,
        starts_at=datetime.fromisoformat("2025-11-18T10:00:00+09:00"),
    )
    with wiring.unit() as unit:
        shift = unit.lock(Shift, made.shift.id)
        shift.source_type, shift.service_type_id = "gathering", None
        unit.session.exec(delete(DispatchRequest))
    return made


def test_it_is_filled_and_given_back_without_a_requester(
    make: Make, as_: As, office: Client, wiring: Wiring, opened: Opened, check_data: Check
) -> None:
    desk = as_(Role.REQUESTER)
    first, second = make.volunteer(), make.volunteer()

    by_hand = done(hand(office, opened, first), 201)["id"]
    waiting = done(claim(as_(second), opened), 201)["id"]
    done(settle(office, waiting, "approve"))
    assert done(office.get(f"/v1/shifts/{opened.shift.id}"))["status"] == "filled"
    done(settle(as_(first), by_hand, "withdraw"))

    assert notices_of(wiring) == [
        ("assignment_confirmed", first.id),
        ("assignment_tentative", second.id),
        ("activity_approval_wanted", office.account.id),
        ("assignment_confirmed", second.id),
        ("activity_place_freed", office.account.id),
        ("assignment_withdrawn_thanks", first.id),
    ]
    assert done(desk.get("/v1/shifts"))["items"] == []
    (entry,) = done(as_(second).get("/v1/me/schedule"))["items"]
    assert (entry["briefing"], entry["shift"]["service_type"], entry["shift"]["request_id"]) == (
        None,
        "dispatch",
        None,
    )
    check_data()


def test_it_is_offered_without_hurry_and_a_late_yes_is_kept(
    make: Make, as_: As, office: Client, opened: Opened, clock: SetClock, wiring: Wiring
) -> None:
    volunteer = make.volunteer()
    assert done(as_(volunteer).get("/v1/shifts?district=east"))["items"][0]["district"] == "east"

    offer = done(ask(office, opened, volunteer), 201)["items"][0]
    assert offer["respond_by"] == "2025-11-11T20:00:00+09:00"  # never urgent: no lead time binds it
    clock.now = NOW + timedelta(days=3)
    assert done(answer(as_(volunteer), offer["id"], "accept"))["status"] == "accepted_late"
    assert done(answer(office, offer["id"], "approve"))["assignment"]["status"] == "confirmed"
    assert notices_of(wiring) == [
        ("offer_sent", volunteer.id),
        ("activity_late_yes", office.account.id),
        ("assignment_confirmed", volunteer.id),
    ]


def test_a_stand_in_is_wanted_and_she_keeps_it(make: Make, as_: As, opened: Opened, wiring: Wiring) -> None:
    mai = make.volunteer()
    stands = make.assignment(opened, mai)

    done(settle(as_(mai), stands, "want-standin"))
    done(settle(as_(mai), stands, "keep"))

    assert notices_of(wiring) == [("assignment_standin_noted", mai.id), ("assignment_kept", mai.id)]


def test_time_begins_and_ends_it(
    make: Make, opened: Opened, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    stands = make.assignment(opened, make.volunteer())
    clock.now = opened.shift.starts_at
    move_shifts(wiring)
    assert shift_of(wiring, opened) == ShiftStatus.IN_PROGRESS
    clock.now = opened.shift.ends_at
    move_shifts(wiring)
    assert shift_of(wiring, opened) == ShiftStatus.ENDED
    assert stands.status is AssignmentStatus.CONFIRMED
    check_data()


def test_who_came_to_it_reports_and_corrects_it(make: Make, as_: As, opened: Opened, clock: SetClock) -> None:
    mai = make.volunteer()
    stands = make.assignment(opened, mai)
    clock.now = opened.shift.ends_at
    times = {"actual_start": opened.shift.starts_at.isoformat(), "actual_end": opened.shift.ends_at.isoformat()}
    done(settle(as_(mai), stands, "report", **times))

    mended = done(settle(as_(mai), stands, "correct-report", **times, outcome="shorter"))

    assert mended["outcome"] == "shorter"


def test_nobody_came_to_it(opened: Opened, wiring: Wiring, clock: SetClock) -> None:
    clock.now = opened.shift.starts_at
    move_shifts(wiring)
    assert shift_of(wiring, opened) == ShiftStatus.ENDED
    assert notices_of(wiring) == []


def test_its_last_volunteer_falls_ill_while_it_runs(
    make: Make, as_: As, opened: Opened, wiring: Wiring, clock: SetClock
) -> None:
    mai = make.volunteer()
    stands = make.assignment(opened, mai)
    clock.now = opened.shift.starts_at

    done(settle(as_(mai), stands, "withdraw", reason="illness"))

    assert shift_of(wiring, opened) == ShiftStatus.ENDED


def shift_of(wiring: Wiring, opened: Opened) -> ShiftStatus:
    with wiring.unit(write=False) as unit:
        return unit.get(Shift, opened.shift.id).status
