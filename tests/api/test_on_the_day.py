"""Who has arrived and what is done: by the volunteer or for her, and never by the institution."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.dispatch_request import RequestStatus
from models.shift import ShiftStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import answer, ask, audited, by_phone, done, on_shift, problem, settle, standing_of
from tests.makers.work import VISIT

Check = Callable[[], None]
END = VISIT + timedelta(hours=2)


@pytest.mark.parametrize("status", [AssignmentStatus.CONFIRMED, AssignmentStatus.STANDIN_WANTED])
def test_she_checks_in_from_an_hour_before_until_the_end(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check, status: AssignmentStatus
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    stands, her = make.assignment(opened, mai, status), as_(mai)

    clock.now = VISIT - timedelta(minutes=60, seconds=1)
    assert "check-in" not in done(her.get(f"/v1/assignments/{stands.id}"))["actions"]
    assert problem(settle(her, stands, "check-in")) == (409, "ASG_STATE")
    clock.now = VISIT - timedelta(minutes=60)
    assert "check-in" in done(her.get(f"/v1/assignments/{stands.id}"))["actions"]
    arrived = done(settle(her, stands, "check-in"))

    assert (arrived["status"], arrived["checked_in_at"]) == ("checked_in", "2025-11-20T09:00:00+09:00")
    assert standing_of(wiring, opened) == (ShiftStatus.FILLED, RequestStatus.FILLED, 1)
    check_data()


def test_nobody_arrives_by_a_clock_that_is_ahead(make: Make, office: Client, clock: SetClock) -> None:
    mai = make.volunteer()
    stands = make.assignment(make.shift_with_demand(), mai)
    clock.now = VISIT
    called = by_phone(mai, (VISIT + timedelta(seconds=40)).isoformat())

    assert done(settle(office, stands, "check-in", on_behalf=called))["checked_in_at"] == VISIT.isoformat()


def test_from_the_end_on_nobody_arrives(make: Make, as_: As, clock: SetClock) -> None:
    mai = make.volunteer()
    stands = make.assignment(make.shift_with_demand(), mai)
    clock.now = END

    refusal = settle(as_(mai), stands, "check-in")

    assert problem(refusal) == (409, "ASG_STATE")
    assert refusal.json()["allowed"] == ["complete", "report", "no-show"]


def test_who_arrives_wants_no_stand_in_any_more(make: Make, as_: As, clock: SetClock) -> None:
    opened, mai, rin = make.shift_with_demand(), make.volunteer(), make.volunteer()
    stands = make.assignment(opened, mai, AssignmentStatus.STANDIN_WANTED)
    clock.now = VISIT - timedelta(minutes=50)
    offer = done(ask(as_(Role.COORDINATOR), opened, rin), 201)["items"][0]

    done(settle(as_(mai), stands, "check-in"))

    assert problem(answer(as_(rin), offer["id"], "accept")) == (409, "OFF_FILLED")


def test_staff_enter_it_for_her_with_the_time_at_which_she_came(make: Make, as_: As, clock: SetClock) -> None:
    mai, office = make.volunteer(), as_(Role.COORDINATOR)
    stands = make.assignment(make.shift_with_demand(), mai)
    clock.now = VISIT + timedelta(minutes=5)

    assert problem(settle(office, stands, "check-in")) == (403, "NOT_PERMITTED")
    arrived = done(settle(office, stands, "check-in", on_behalf=by_phone(mai, "2025-11-20T09:50:00+09:00")))

    assert arrived["checked_in_at"] == "2025-11-20T09:50:00+09:00"


def test_the_institution_checks_nobody_in(make: Make, as_: As, clock: SetClock) -> None:
    centre = make.organization()
    stands = make.assignment(make.shift_with_demand(owner=centre), make.volunteer())
    clock.now = VISIT
    for verb in ("check-in", "complete"):
        assert problem(settle(as_(Role.REQUESTER, organization=centre), stands, verb)) == (403, "NOT_PERMITTED")


def test_another_s_assignment_does_not_exist(make: Make, as_: As, clock: SetClock) -> None:
    stands = make.assignment(make.shift_with_demand(), make.volunteer())
    clock.now = VISIT
    for verb in ("check-in", "complete", "no-show"):
        body = {"party": "client"} if verb == "no-show" else {}
        assert problem(settle(as_(make.volunteer()), stands, verb, **body)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "status", [AssignmentStatus.CONFIRMED, AssignmentStatus.STANDIN_WANTED, AssignmentStatus.CHECKED_IN]
)
def test_after_the_end_it_is_done_whoever_checked_in(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check, status: AssignmentStatus
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    stands = make.assignment(opened, mai, status)
    clock.now = END - timedelta(seconds=1)
    assert problem(settle(as_(mai), stands, "complete")) == (409, "ASG_STATE")
    clock.now = END

    finished = done(settle(as_(mai), stands, "complete"))

    assert (finished["status"], finished["completed_at"]) == ("completed", "2025-11-20T12:00:00+09:00")
    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.AWAITING_REPORT, 1)
    assert on_shift(wiring, opened) == [(mai.id, "completed", True)]
    assert [event.action for event in audited(wiring, stands.id)][-1] == "assignment.complete"
    assert problem(settle(as_(mai), stands, "complete")) == (409, "ASG_STATE")
    check_data()


def test_who_came_early_can_still_be_sent_home(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    centre, mai = make.organization(), make.volunteer()
    opened = make.shift_with_demand(owner=centre)
    stands = make.assignment(opened, mai)
    clock.now = VISIT - timedelta(minutes=30)
    done(settle(as_(mai), stands, "check-in"))

    clerk = as_(Role.REQUESTER, organization=centre)
    done(clerk.post(f"/v1/dispatch-requests/{opened.request.id}/cancel", json={"reason": "急な中止"}))

    assert standing_of(wiring, opened) == (ShiftStatus.CANCELLED, RequestStatus.CANCELLED, 0)
    assert on_shift(wiring, opened) == [(mai.id, "cancelled", False)]
    check_data()


def test_who_fills_nobody_s_request_arrives_too(make: Make, as_: As, wiring: Wiring, clock: SetClock) -> None:
    opened, mai = make.shift_with_demand(places=2), make.volunteer()
    stands = make.assignment(opened, mai)
    clock.now = VISIT - timedelta(minutes=10)

    done(settle(as_(mai), stands, "check-in"))

    assert standing_of(wiring, opened) == (ShiftStatus.OPEN, RequestStatus.MATCHING, 1)
