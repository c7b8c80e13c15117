"""A no-show is attributed, correctable, and fades; when it was the last to hold a place, the request ends with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, AssignmentStatus
from models.dispatch_request import RequestStatus
from models.shift import Shift, ShiftStatus
from models.volunteer import Volunteer
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import (
    audited,
    by_phone,
    done,
    faults,
    hand,
    notices_of,
    on_shift,
    problem,
    refused,
    settle,
    standing_of,
)
from tests.makers.work import VISIT, Opened
from worker.passing import move_shifts

Check = Callable[[], None]
LATE = VISIT + timedelta(minutes=15)
END = VISIT + timedelta(hours=2)


def missing(caller: Client, stands: Assignment, party: str, **over: Any) -> httpx2.Response:
    return settle(caller, stands, "no-show", party=party, **over)


def corrected(caller: Client, stands: Assignment, party: str | None, reason: str = "行き違い") -> httpx2.Response:
    return settle(caller, stands, "correct-no-show", party=party, reason=reason)


@pytest.mark.parametrize(
    ("party", "status"), [("client", RequestStatus.CLIENT_NO_SHOW), ("volunteer", RequestStatus.INTERPRETER_NO_SHOW)]
)
def test_the_institution_says_who_did_not_come(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check, party: str, status: RequestStatus
) -> None:
    centre, mai = make.organization(), make.volunteer()
    opened = make.shift_with_demand(owner=centre)
    stands, clerk = make.assignment(opened, mai), as_(Role.REQUESTER, organization=centre)
    clock.now = LATE

    said = done(missing(clerk, stands, party))

    assert (said["status"], said["no_show_party"], said["end_reason"]) == ("no_show", party, None)
    assert standing_of(wiring, opened) == (ShiftStatus.IN_PROGRESS, status, 0)
    assert on_shift(wiring, opened) == [(mai.id, "no_show", False)]
    assert audited(wiring, stands.id)[-1].facts == {"party": party}
    check_data()
    clock.now = END
    move_shifts(wiring)
    assert standing_of(wiring, opened)[:2] == (ShiftStatus.ENDED, status)
    check_data()


def test_nobody_is_missed_within_a_quarter_of_an_hour(make: Make, as_: As, clock: SetClock) -> None:
    mai = make.volunteer()
    stands = make.assignment(make.shift_with_demand(), mai)
    for moment in (VISIT - timedelta(hours=1), LATE - timedelta(seconds=1)):
        clock.now = moment
        assert problem(missing(as_(mai), stands, "client")) == (409, "ASG_NO_SHOW_EARLY")
    clock.now = LATE
    assert done(missing(as_(mai), stands, "client"))["no_show_party"] == "client"


def test_a_volunteer_speaks_of_the_client_only(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    mai = make.volunteer()
    stands = make.assignment(make.shift_with_demand(), mai)
    clock.now = LATE

    assert problem(missing(as_(mai), stands, "volunteer")) == (403, "NOT_PERMITTED")
    said = done(missing(office, stands, "volunteer", on_behalf=by_phone(mai, "2025-11-20T10:05:00+09:00")))
    assert (said["no_show_party"], said["actions"]) == ("volunteer", ["correct-no-show"])


def test_who_is_said_not_to_have_come_is_told_and_can_object(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    centre, mai, rin = make.organization(), make.volunteer(), make.volunteer()
    opened, clerk = make.shift_with_demand(owner=centre, places=2), as_(Role.REQUESTER, organization=centre)
    hers, others = make.assignment(opened, mai), make.assignment(opened, rin)
    clock.now = LATE

    done(missing(clerk, hers, "volunteer"))
    done(missing(as_(rin), others, "client"))

    assert notices_of(wiring) == [
        ("no_show_volunteer", mai.id),
        ("office_no_show", office.account.id),
        ("no_show_client", clerk.account.id),
        ("office_no_show", office.account.id),
    ]


def test_a_request_ends_with_the_last_who_held_a_place(
    make: Make, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    opened = make.shift_with_demand(places=2)
    first, second = (make.assignment(opened, make.volunteer()) for _ in range(2))
    clock.now = END + timedelta(hours=1)

    done(missing(office, first, "volunteer"))
    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.AWAITING_REPORT, 1)
    done(missing(office, second, "client"))
    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.CLIENT_NO_SHOW, 0)
    done(corrected(office, second, "volunteer"))
    assert standing_of(wiring, opened)[1] is RequestStatus.INTERPRETER_NO_SHOW
    done(corrected(office, first, "client"))
    assert standing_of(wiring, opened)[1] is RequestStatus.INTERPRETER_NO_SHOW  # the second was missed last
    done(corrected(office, first, None))
    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.AWAITING_REPORT, 1)
    check_data()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (AssignmentStatus.CONFIRMED, "confirmed"),
        (AssignmentStatus.STANDIN_WANTED, "confirmed"),
        (AssignmentStatus.CHECKED_IN, "checked_in"),
        (AssignmentStatus.COMPLETED, "completed"),
    ],
)
@pytest.mark.parametrize(
    ("moment", "request_status"), [(LATE, RequestStatus.IN_PROGRESS), (END, RequestStatus.AWAITING_REPORT)]
)
def test_a_correction_leads_back(  # noqa: PLR0913, PLR0917 - fixtures and a table
    make: Make,
    as_: As,
    office: Client,
    wiring: Wiring,
    clock: SetClock,
    check_data: Check,
    before: AssignmentStatus,
    after: str,
    moment: Any,
    request_status: RequestStatus,
) -> None:
    centre, mai = make.organization(), make.volunteer()
    opened, clerk = make.shift_with_demand(owner=centre), as_(Role.REQUESTER, organization=centre)
    stands = make.assignment(opened, mai, before)
    clock.now = moment
    done(missing(office, stands, "client"))

    back = done(corrected(office, stands, None))

    assert (back["status"], back["no_show_party"], back["ended_at"]) == (after, None, None)
    assert standing_of(wiring, opened)[1:] == (request_status, 1)
    assert on_shift(wiring, opened) == [(mai.id, after, True)]
    told = notices_of(wiring)
    assert told[-2:] == [("no_show_corrected", mai.id), ("request_no_show_corrected", clerk.account.id)]
    check_data()


def test_a_correction_finds_a_request_that_somebody_else_left(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    opened, rin = make.shift_with_demand(places=2), make.volunteer()
    missed, left = make.assignment(opened, make.volunteer()), make.assignment(opened, rin)
    clock.now = LATE
    done(missing(office, missed, "volunteer"))
    done(settle(as_(rin), left, "withdraw", reason="illness"))
    assert standing_of(wiring, opened)[1] is RequestStatus.UNFILLED

    done(corrected(office, missed, None))

    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.AWAITING_REPORT, 1)
    check_data()


def test_time_given_away_since_is_not_taken_back(
    make: Make, office: Client, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    stands = make.assignment(opened, mai)
    clock.now = LATE
    done(missing(office, stands, "client"))
    done(hand(office, make.shift_with_demand(starts_at=VISIT + timedelta(hours=1)), mai), 201)

    assert problem(corrected(office, stands, None)) == (409, "ASG_OVERLAP")

    assert on_shift(wiring, opened) == [(mai.id, "no_show", False)]
    check_data()


def test_a_place_given_away_since_is_not_taken_back(make: Make, office: Client, clock: SetClock) -> None:
    opened = make.shift_with_demand()
    stands = make.assignment(opened, make.volunteer())
    clock.now = LATE
    done(missing(office, stands, "client"))
    make.assignment(opened, make.volunteer())

    assert refused(corrected(office, stands, None)) == [("ASG_FULL", "never")]


def test_a_correction_is_the_office_s_and_gives_a_reason(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    mai = make.volunteer()
    stands = make.assignment(make.shift_with_demand(), mai)
    clock.now = LATE
    assert problem(corrected(office, stands, None)) == (409, "ASG_STATE")
    done(missing(office, stands, "client"))

    assert problem(corrected(as_(mai), stands, None)) == (403, "NOT_PERMITTED")
    assert faults(corrected(office, stands, None, "090-0000-0000に電話")) == [("/reason", "REQ_FREE_TEXT_PII")]


def test_who_fell_ill_is_not_missed(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    mai = make.volunteer()
    stands = make.assignment(make.shift_with_demand(), mai)
    clock.now = LATE
    done(settle(as_(mai), stands, "withdraw", reason="illness"))

    assert problem(missing(office, stands, "volunteer")) == (409, "ASG_STATE")


@pytest.mark.parametrize("status", [RequestStatus.COMPLETED, RequestStatus.CLOSED])
def test_what_is_settled_stays_so(make: Make, office: Client, clock: SetClock, status: RequestStatus) -> None:
    opened = make.shift_with_demand(request=make.request(status=status), status=ShiftStatus.ENDED)
    stands = make.assignment(opened, make.volunteer(), AssignmentStatus.COMPLETED)
    with make.wiring.unit() as unit:
        unit.get(Shift, opened.shift.id).status = ShiftStatus.ENDED
        unit.get(type(opened.request), opened.request.id).status = status
    clock.now = END

    assert problem(missing(office, stands, "client")) == (409, "REQ_STATE")


def missed_before(make: Make, mai: Volunteer, months: int, party: str = "volunteer") -> Assignment:
    opened: Opened = make.shift_with_demand(starts_at=VISIT - timedelta(days=30 * months))
    return make.assignment(opened, mai, AssignmentStatus.NO_SHOW, end_reason=party)


def reviews(wiring: Wiring) -> int:
    return [kind for kind, _ in notices_of(wiring)].count("office_no_show_review")


def test_three_in_a_year_are_a_matter_for_the_office_once(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    mai = make.volunteer(max_per_month=31)
    missed_before(make, mai, 13)
    missed_before(make, mai, 2, party="client")
    missed_before(make, mai, 3)
    third, fourth, fifth = (
        make.assignment(make.shift_with_demand(starts_at=VISIT + timedelta(hours=3 * n)), mai) for n in range(3)
    )
    clock.now = VISIT + timedelta(hours=9)

    done(missing(office, third, "volunteer"))
    assert reviews(wiring) == 0  # two count: one has faded, one was the client's
    done(missing(office, fourth, "client"))
    assert reviews(wiring) == 0
    done(corrected(office, fourth, "volunteer"))
    assert reviews(wiring) == 1
    done(missing(office, fifth, "volunteer"))
    assert reviews(wiring) == 1
    assert done(office.get(f"/v1/volunteers/{mai.id}"))["status"] == "active"


def test_a_shift_of_no_request_has_no_shows_too(make: Make, office: Client, wiring: Wiring, clock: SetClock) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    stands = make.assignment(opened, mai)
    with wiring.unit() as unit:
        unit.get(Shift, opened.shift.id).source_type = "event"
    clock.now = LATE

    done(missing(office, stands, "volunteer"))
    assert notices_of(wiring) == [("no_show_volunteer", mai.id), ("activity_no_show", office.account.id)]
    assert done(corrected(office, stands, None))["status"] == "confirmed"
