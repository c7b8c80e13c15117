"""What is looked at ahead: reminders, conditions that fall due, papers that lapse, places nobody may come to."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus, Via
from models.competence import InsuranceCoverage
from models.shift import ClaimPolicy, Shift, ShiftStatus
from models.volunteer import Volunteer, VolunteerStatus
from services import rejudging, reminding
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import audited, claim, done, notices_of, on_shift, reason, standing_of
from tests.makers.moments import at
from tests.makers.work import VISIT, Opened
from worker.reminding import recheck, remind, settle_conditions, warn_of_risks

Check = Callable[[], None]


def test_who_is_coming_is_reminded_a_week_a_day_and_two_hours_before(
    make: Make, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    make.assignment(opened, mai)
    told = []
    for moment in ("13T09:59", "13T10:00", "13T10:01", "19T09:59", "19T10:00", "20T07:59", "20T08:00", "20T09:59"):
        clock.now = at(moment)
        told.append((moment, remind(wiring)))

    assert [moment for moment, count in told if count] == ["13T10:00", "19T10:00", "20T08:00"]
    assert notices_of(wiring) == [(kind, mai.id) for kind in ("reminder_week", "reminder_day", "reminder_soon")]


def test_a_late_sweep_reminds_of_the_nearest_time_only_and_never_after_the_start(
    make: Make, wiring: Wiring, clock: SetClock
) -> None:
    make.assignment(make.shift_with_demand(), make.volunteer())
    clock.now = at("19T20:00")
    remind(wiring)
    clock.now = VISIT
    remind(wiring)

    assert [kind for kind, _ in notices_of(wiring)] == ["reminder_day"]


def test_who_has_just_been_confirmed_is_not_reminded(make: Make, wiring: Wiring, clock: SetClock) -> None:
    opened = make.shift_with_demand(places=3)
    make.assignment(opened, make.volunteer(), confirmed_at=at("14T09:00"))
    make.assignment(opened, make.volunteer(), AssignmentStatus.TENTATIVE)
    make.assignment(opened, make.volunteer(), AssignmentStatus.WITHDRAWN)
    clock.now = at("14T10:00")

    assert remind(wiring) == 0


def test_a_place_covered_until_a_stand_in_comes_is_reminded_of(make: Make, wiring: Wiring, clock: SetClock) -> None:
    make.assignment(
        make.shift_with_demand(), make.volunteer(), AssignmentStatus.STANDIN_WANTED, confirmed_at=at("10T09:00")
    )
    clock.now = at("13T10:00")

    assert (remind(wiring), remind(wiring)) == (1, 0)


def test_what_changed_before_the_lock_is_not_said(make: Make, wiring: Wiring, clock: SetClock) -> None:
    opened = make.shift_with_demand()
    gone = make.assignment(opened, make.volunteer(), AssignmentStatus.WITHDRAWN, confirmed_at=at("10T09:00"))
    clock.now = at("13T10:00")
    with wiring.unit() as unit:
        shift, row = unit.lock(Shift, opened.shift.id), unit.lock(Assignment, gone.id)
        reminding.remind(unit, row, shift)
        rejudging.settle_conditions(unit, row, shift)
        rejudging.flag(unit, row, shift)
        reminding.warn_of_risks(unit, [shift])
    assert notices_of(wiring) == []


def test_who_is_in_order_or_long_there_is_left_in_peace(make: Make, wiring: Wiring, clock: SetClock) -> None:
    opened = make.shift_with_demand()
    held = make.assignment(opened, make.volunteer())
    clock.now = VISIT
    with wiring.unit() as unit:
        shift, row = unit.lock(Shift, opened.shift.id), unit.lock(Assignment, held.id)
        reminding.remind(unit, row, shift)
        rejudging.flag(unit, row, shift)
    assert notices_of(wiring) == []


# conditions ---------------------------------------------------------------------------------------------------------


def signed_long_ago(make: Make) -> Volunteer:
    mai = make.volunteer(pledge=False)
    make.pledge(mai, "2023-04")
    return mai


def tentative(make: Make, as_: As, **asked: Any) -> tuple[Opened, Any, str]:
    """Somebody whose pledge is of an old version claims: the date is 20 November, the condition due by the 18th."""
    opened = make.shift_with_demand(**asked)
    mai = signed_long_ago(make)
    body = done(claim(as_(mai), opened), 201)
    assert (body["status"], [one["due_on"] for one in body["conditions"]]) == ("tentative", ["2025-11-18"])
    return opened, mai, body["id"]


def test_a_condition_that_is_met_in_time_confirms(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    opened, mai, assignment_id = tentative(make, as_)
    settle_conditions(wiring)
    assert "condition_due" not in {kind for kind, _ in notices_of(wiring)}
    clock.now = at("13T09:00")  # 5 business days before
    settle_conditions(wiring)
    settle_conditions(wiring)
    due = [(kind, whom) for kind, whom in notices_of(wiring) if kind.endswith("condition_due")]
    assert due == [("condition_due", mai.id), ("office_condition_due", office.account.id)]

    make.pledge(mai)
    settle_conditions(wiring)

    assert on_shift(wiring, opened) == [(mai.id, "confirmed", True)]
    assert standing_of(wiring, opened) == (ShiftStatus.FILLED, "filled", 1)
    assert ("assignment_confirmed", mai.id) in notices_of(wiring)
    assert [event.action for event in audited(wiring, assignment_id)] == [
        "assignment.claim",
        "assignment.conditions_met",
        "assignment.approve",
    ]
    check_data()


def test_a_condition_still_open_after_its_day_releases_the_place(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    opened, mai, assignment_id = tentative(make, as_)
    clock.now = at("18T23:59")
    settle_conditions(wiring)
    assert on_shift(wiring, opened) == [(mai.id, "tentative", True)]
    clock.now = at("19T00:00")
    settle_conditions(wiring)

    assert on_shift(wiring, opened) == [(mai.id, "cancelled", False)]
    assert standing_of(wiring, opened) == (ShiftStatus.OPEN, "matching", 0)
    assert ("assignment_released", mai.id) in notices_of(wiring)
    assert done(as_(mai).get(f"/v1/assignments/{assignment_id}"))["end_reason"] == "condition"
    check_data()


def test_where_the_office_approves_the_condition_is_not_enough(
    make: Make, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai, _ = tentative(make, as_, claim_policy=ClaimPolicy.APPROVAL)
    make.pledge(mai)
    clock.forward(days=1)

    settle_conditions(wiring)
    settle_conditions(wiring)

    assert on_shift(wiring, opened) == [(mai.id, "tentative", True)]
    assert done(as_(mai).get("/v1/assignments"))["items"][0]["conditions"] == []


def test_one_of_two_places_confirmed_leaves_the_shift_open(make: Make, as_: As, wiring: Wiring) -> None:
    opened, mai, _ = tentative(make, as_, places=2)
    make.pledge(mai)

    settle_conditions(wiring)

    assert standing_of(wiring, opened) == (ShiftStatus.OPEN, "matching", 1)


# flags --------------------------------------------------------------------------------------------------------------


def test_papers_that_lapse_are_flagged_to_the_office_once_and_unflagged(
    make: Make, as_: As, office: Client, wiring: Wiring
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    held = make.assignment(opened, mai)
    assert recheck(wiring) == 0
    insure(wiring, mai.id, date(2025, 11, 15))

    assert (recheck(wiring), recheck(wiring)) == (1, 0)

    assert notices_of(wiring) == [("office_assignment_flagged", office.account.id)]
    assert done(office.get(f"/v1/assignments/{held.id}"))["flags"] == ["ASG_NO_INSURANCE"]
    assert done(as_(mai).get(f"/v1/assignments/{held.id}"))["flags"] is None
    insure(wiring, mai.id, date(2026, 3, 31))
    assert recheck(wiring) == 1
    assert done(office.get(f"/v1/assignments/{held.id}"))["flags"] == []
    assert len(notices_of(wiring)) == 1


def insure(wiring: Wiring, volunteer_id: Any, until: date) -> None:
    with wiring.unit() as unit:
        cover = unit.session.exec(select(InsuranceCoverage).where(InsuranceCoverage.volunteer_id == volunteer_id)).one()
        cover.ends_on = until


def test_what_was_overridden_or_waived_is_not_flagged(make: Make, wiring: Wiring) -> None:
    opened = make.shift_with_demand(demand={"min_level": "C2"})
    mai = make.volunteer(max_per_month=0)
    make.assignment(opened, mai, overrides=[reason("ASG_LEVEL")])

    assert recheck(wiring) == 0


def test_what_lies_far_ahead_is_left_for_later(make: Make, wiring: Wiring) -> None:
    far = make.shift_with_demand(starts_at=VISIT + timedelta(days=60))
    make.assignment(far, make.volunteer(status=VolunteerStatus.SUSPENDED))

    assert recheck(wiring) == 0


# risks --------------------------------------------------------------------------------------------------------------


def test_a_place_that_nobody_holds_is_told_two_business_days_ahead(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    centre = make.organization()
    clerk = as_(Role.REQUESTER, organization=centre)
    make.shift_with_demand(owner=centre)  # Thursday the 20th
    covered = make.shift_with_demand(owner=centre)
    make.assignment(covered, make.volunteer(), AssignmentStatus.STANDIN_WANTED)
    clock.now = at("17T23:59")
    assert warn_of_risks(wiring) == 0
    clock.now = at("18T00:00")
    warn_of_risks(wiring)
    warn_of_risks(wiring)

    assert notices_of(wiring) == [
        ("place_at_risk", clerk.account.id),
        ("office_place_at_risk", office.account.id),
    ]


def test_whoever_is_on_a_shift_of_no_request_is_judged_again_too(make: Make, wiring: Wiring, clock: SetClock) -> None:
    opened = make.shift_with_demand(places=2)
    make.assignment(opened, signed_long_ago(make), AssignmentStatus.TENTATIVE, conditions=[PLEDGE])
    make.assignment(opened, make.volunteer(status=VolunteerStatus.SUSPENDED))
    with wiring.unit() as unit:
        unit.lock(Shift, opened.shift.id).source_type = "gathering"
    clock.now = at("18T09:00")

    assert (settle_conditions(wiring), recheck(wiring), warn_of_risks(wiring)) == (1, 1, 0)

    assert [kind for kind, _ in notices_of(wiring)] == ["condition_due"]


PLEDGE = {"code": "ASG_NO_PLEDGE", "due_on": "2025-11-18"}


def test_a_claim_of_conditions_is_via_another_door_too(make: Make, wiring: Wiring) -> None:
    opened, mai = make.shift_with_demand(claim_policy=ClaimPolicy.APPROVAL), make.volunteer()
    make.assignment(opened, mai, AssignmentStatus.TENTATIVE, via=Via.OFFER, conditions=[PLEDGE])

    settle_conditions(wiring)

    assert on_shift(wiring, opened) == [(mai.id, "confirmed", True)]


def test_nobody_is_confirmed_without_insurance_once_the_year_is_over(
    make: Make, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = (
        make.shift_with_demand(starts_at=datetime.fromisoformat("2026-04-09T10:00:00+09:00")),
        make.volunteer(),
    )
    done(claim(as_(mai), opened), 201)
    clock.now = datetime.fromisoformat("2026-04-02T10:00:00+09:00")  # insured no longer: nothing to prolong

    settle_conditions(wiring)

    with wiring.unit(write=False) as unit:
        (held,) = unit.session.exec(select(Assignment).where(Assignment.volunteer_id == mai.id))
    assert (held.status, [one["code"] for one in held.conditions][-1]) == (
        AssignmentStatus.TENTATIVE,
        "ASG_NO_INSURANCE",
    )
