"""What will lapse before the day but can still be mended: conditions, by when they are due, and when it is too late."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from api.db import Wiring
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import answer, claim, done, notices_of, refused, settle, standing_of

Check = Callable[[], None]


def test_papers_that_run_out_before_the_day_make_conditions(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Check
) -> None:
    volunteer = make.volunteer(valid_until=date(2026, 3, 31), pledge=False)
    make.pledge(volunteer, "2023-04")
    april = datetime(2026, 4, 6, 1, tzinfo=UTC)  # Monday 10:00 in Kanazawa
    opened = make.shift_with_demand(starts_at=april)

    body = done(claim(as_(volunteer), opened), 201)

    assert body["status"] == "tentative"
    assert [(one["code"], one["due_on"]) for one in body["conditions"]] == [
        ("ASG_STATUS", "2026-04-02"),
        ("ASG_NO_PLEDGE", "2026-04-02"),
        ("ASG_NO_INSURANCE", "2026-04-02"),
    ]
    assert standing_of(wiring, opened) == ("open", "matching", 1)
    assert notices_of(wiring) == [
        ("assignment_tentative", volunteer.id),
        ("office_approval_wanted", office.account.id),
    ]
    assert [code for code, _ in refused(settle(office, body["id"], "approve"))] == [
        "ASG_STATUS",
        "ASG_NO_PLEDGE",
        "ASG_NO_INSURANCE",
    ]
    make.pledge(volunteer)
    make.insurance(volunteer, 2026)
    with wiring.unit() as unit:
        unit.lock(type(volunteer), volunteer.id).renewing = True
    settled = done(settle(office, body["id"], "approve"))
    assert (settled["status"], settled["conditions"]) == ("confirmed", [])
    check_data()


@pytest.mark.parametrize(("now", "status"), [(date(2026, 4, 1), 201), (date(2026, 4, 2), 409)])
def test_two_business_days_before_it_is_too_late_to_mend(
    make: Make, as_: As, clock: SetClock, now: date, status: int
) -> None:
    clock.now = datetime(now.year, now.month, now.day, 1, tzinfo=UTC)
    volunteer = make.volunteer(pledge=False, valid_until=date(2027, 3, 31))
    make.pledge(volunteer, "2023-04")
    opened = make.shift_with_demand(starts_at=datetime(2026, 4, 6, 1, tzinfo=UTC))

    said = claim(as_(volunteer), opened)

    assert said.status_code == status
    if status == 409:
        assert refused(said) == [("ASG_NO_PLEDGE", "never")]


def test_insurance_that_is_still_to_begin_mends_nothing(make: Make, as_: As) -> None:
    volunteer = make.volunteer(insured=False, valid_until=date(2027, 3, 31))
    opened = make.shift_with_demand(starts_at=datetime(2026, 4, 6, 1, tzinfo=UTC))

    assert refused(claim(as_(volunteer), opened)) == [("ASG_NO_INSURANCE", "never")]


def test_a_yes_to_an_offer_with_open_conditions_is_tentative(make: Make, as_: As, wiring: Wiring) -> None:
    volunteer = make.volunteer(valid_until=date(2027, 3, 31))
    opened = make.shift_with_demand(starts_at=datetime(2026, 4, 9, 1, tzinfo=UTC))
    offer = make.offer(opened, volunteer)

    body = done(answer(as_(volunteer), offer, "accept"))

    assert (body["status"], body["assignment"]["status"]) == ("accepted", "tentative")
    assert [(one["code"], one["due_on"]) for one in body["assignment"]["conditions"]] == [
        ("ASG_NO_INSURANCE", "2026-04-07")
    ]
    assert standing_of(wiring, opened) == ("open", "matching", 1)
