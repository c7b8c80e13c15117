"""What is reckoned for an activity by the rate of its day, and for what nothing is paid."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.shift import Shift
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.claims import AFTER, claim, verb
from tests.makers.doors import done, problem, settle
from tests.makers.work import VISIT


@pytest.mark.parametrize(
    ("minutes", "honorarium"), [(30, 1000), (60, 1000), (61, 1300), (90, 1300), (91, 1600), (180, 2200)]
)
def test_the_honorarium_follows_the_minutes(
    minutes: int, honorarium: int, make: Make, mai: Volunteer, as_: As, clock: SetClock
) -> None:
    make.honorarium_rate()
    stands = make.assignment(make.shift_with_demand(minutes=minutes), mai, AssignmentStatus.COMPLETED)
    clock.now = AFTER

    made = done(claim(as_(mai), stands), 201)

    assert (made["minutes"], made["honorarium_jpy"]) == (minutes, honorarium)


def test_the_honorarium_rests_on_her_report_where_there_is_one(
    finished: Assignment, mai: Volunteer, as_: As, office: Client, admin: Client
) -> None:
    """A report that comes after the proposal changes what is to be approved."""
    she = as_(mai)
    made = done(claim(she, finished), 201)
    done(verb(she, made, "submit"))
    assert done(verb(office, made, "propose"))["minutes"] == 120
    times = {"actual_start": "2025-11-20T10:00:00+09:00", "actual_end": "2025-11-20T12:30:00+09:00"}
    done(settle(she, finished, "report", **times))

    assert problem(verb(admin, made, "approve")) == (409, "EXP_CHANGED")
    proposed = done(verb(office, made, "propose"))
    assert (proposed["minutes"], proposed["honorarium_jpy"]) == (150, 3400)
    assert done(verb(admin, made, "approve"))["status"] == "approved"


def test_the_rate_in_force_on_the_day_counts(make: Make, finished: Assignment, mai: Volunteer, as_: As) -> None:
    make.honorarium_rate(valid_from=date(2025, 10, 1), valid_to=date(2025, 11, 19), base_jpy=1)
    make.honorarium_rate(valid_from=date(2025, 11, 2), valid_to=date(2025, 11, 20), base_jpy=5000)
    make.honorarium_rate(valid_from=date(2025, 11, 21), base_jpy=2)
    make.honorarium_rate(service_type="newborn_home_visit", valid_from=date(2025, 11, 3), base_jpy=3)

    assert done(claim(as_(mai), finished), 201)["honorarium_jpy"] == 5600


def test_what_has_no_rate_is_done_for_nothing(make: Make, mai: Volunteer, as_: As, clock: SetClock) -> None:
    stands = make.assignment(make.shift_with_demand(service="school_support"), mai, AssignmentStatus.COMPLETED)
    clock.now = AFTER

    made = done(claim(as_(mai), stands), 201)

    assert (made["minutes"], made["honorarium_jpy"], made["total_jpy"]) == (120, 0, 500)


def test_only_transport_is_paid_where_the_client_did_not_come(
    make: Make, mai: Volunteer, as_: As, clock: SetClock
) -> None:
    stands = make.assignment(make.shift_with_demand(), mai)
    clock.now = VISIT + timedelta(minutes=20)
    done(settle(as_(mai), stands, "no-show", party="client"))

    made = done(claim(as_(mai), stands, 420), 201)

    assert (made["minutes"], made["honorarium_jpy"], made["total_jpy"]) == (0, 0, 420)


def test_only_transport_is_paid_where_the_institution_called_off_too_late(
    make: Make, mai: Volunteer, as_: As, clock: SetClock
) -> None:
    centre = make.organization()
    opened = make.shift_with_demand(owner=centre)
    stands = make.assignment(opened, mai)
    clock.now = VISIT - timedelta(hours=2)
    clerk = as_(Role.REQUESTER, organization=centre)
    said = clerk.post(f"/v1/dispatch-requests/{opened.request.id}/cancel", json={"reason": "都合により"})
    assert done(said)["late_cancel"] is True

    made = done(claim(as_(mai), stands, 420), 201)

    assert (made["minutes"], made["honorarium_jpy"], made["total_jpy"]) == (0, 0, 420)


def test_nothing_is_paid_for_what_was_called_off_in_time_or_never_promised(
    make: Make, mai: Volunteer, as_: As, clock: SetClock
) -> None:
    centre = make.organization()
    clerk = as_(Role.REQUESTER, organization=centre)
    in_time, late = make.shift_with_demand(owner=centre), make.shift_with_demand(owner=centre, starts_at=AFTER)
    stands = make.assignment(in_time, mai)
    tentative = make.assignment(late, mai, AssignmentStatus.TENTATIVE)
    done(clerk.post(f"/v1/dispatch-requests/{in_time.request.id}/cancel", json={"reason": "都合により"}))
    clock.now = AFTER - timedelta(hours=2)
    done(clerk.post(f"/v1/dispatch-requests/{late.request.id}/cancel", json={"reason": "都合により"}))

    for one in (stands, tentative):
        assert problem(claim(as_(mai), one)) == (409, "ASG_STATE")


def test_nothing_is_paid_for_what_somebody_else_than_the_institution_ended(
    make: Make, mai: Volunteer, as_: As, office: Client
) -> None:
    stands = make.assignment(make.shift_with_demand(late_cancel=True), mai)
    done(settle(office, stands, "cancel", reason="別の方に替わる"))

    assert problem(claim(as_(mai), stands)) == (409, "ASG_STATE")


def test_an_event_that_was_called_off_pays_nothing(make: Make, mai: Volunteer, as_: As, wiring: Wiring) -> None:
    opened = make.shift_with_demand()
    stands = make.assignment(opened, mai, AssignmentStatus.CANCELLED, end_reason="cancelled", confirmed_at=VISIT)
    with wiring.unit() as unit:
        unit.get(Shift, opened.shift.id).source_type = "event"

    assert problem(claim(as_(mai), stands)) == (409, "ASG_STATE")


@pytest.mark.parametrize(
    ("status", "over"),
    [
        (AssignmentStatus.TENTATIVE, {}),
        (AssignmentStatus.CONFIRMED, {}),
        (AssignmentStatus.CHECKED_IN, {}),
        (AssignmentStatus.WITHDRAWN, {"end_reason": "illness"}),
        (AssignmentStatus.NO_SHOW, {"end_reason": "volunteer"}),
    ],
)
def test_nothing_is_paid_for_what_was_not_done(
    status: AssignmentStatus, over: dict[str, Any], make: Make, mai: Volunteer, as_: As
) -> None:
    stands = make.assignment(make.shift_with_demand(), mai, status, **over)

    said = claim(as_(mai), stands)

    assert problem(said) == (409, "ASG_STATE")
    assert said.json()["state"] == status
