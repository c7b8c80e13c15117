"""What time does: requests lapse, shifts begin and end, and nothing gets stuck, however late the sweep is."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.offer import Offer, OfferStatus
from models.office import CheckupSession, CheckupStatus
from models.shift import Shift, ShiftStatus
from services import passing
from services.clock import SetClock
from services.unit import Unit
from tests.conftest import As
from tests.factories import Make
from tests.makers.doors import answer, audited, done, notices_of, on_shift, problem, settle, standing_of
from tests.makers.work import VISIT
from worker.due import each_due
from worker.passing import hold_checkups, lapse_requests, move_shifts

Check = Callable[[], None]
END = VISIT + timedelta(hours=2)


@pytest.mark.parametrize("status", [AssignmentStatus.CONFIRMED, AssignmentStatus.STANDIN_WANTED])
def test_a_shift_begins_with_who_holds_it_and_ends(
    make: Make, wiring: Wiring, clock: SetClock, check_data: Check, status: AssignmentStatus
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    make.assignment(opened, mai, status)

    clock.now = VISIT - timedelta(seconds=1)
    assert move_shifts(wiring) == 0
    clock.now = VISIT
    assert move_shifts(wiring) == 1
    assert standing_of(wiring, opened) == (ShiftStatus.IN_PROGRESS, RequestStatus.IN_PROGRESS, 1)
    assert move_shifts(wiring) == 0
    clock.now = END
    assert move_shifts(wiring) == 1
    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.AWAITING_REPORT, 1)
    assert [event.action for event in audited(wiring, opened.shift.id)] == ["shift.start", "shift.end"]
    assert on_shift(wiring, opened) == [(mai.id, status, True)]
    check_data()


def test_a_sweep_that_comes_after_the_end_does_both(make: Make, wiring: Wiring, clock: SetClock) -> None:
    opened = make.shift_with_demand()
    make.assignment(opened, make.volunteer())
    clock.now = END

    assert move_shifts(wiring) == 1

    assert standing_of(wiring, opened)[:2] == (ShiftStatus.ENDED, RequestStatus.AWAITING_REPORT)


def test_nobody_at_the_start_leaves_the_request_unfilled_and_its_requester_knows(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    centre, mai, rin = make.organization(), make.volunteer(), make.volunteer()
    opened, clerk = make.shift_with_demand(owner=centre), as_(Role.REQUESTER, organization=centre)
    make.assignment(opened, mai, AssignmentStatus.TENTATIVE)
    sent, late = make.offer(opened, rin), make.offer(opened, make.volunteer(), OfferStatus.ACCEPTED_LATE)
    clock.now = VISIT

    move_shifts(wiring)

    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.UNFILLED, 0)
    assert on_shift(wiring, opened) == [(mai.id, "cancelled", False)]
    assert offer_states(wiring, sent, late) == [OfferStatus.EXPIRED, OfferStatus.EXPIRED]
    assert notices_of(wiring) == [("assignment_released", mai.id), ("request_unfilled", clerk.account.id)]
    shown = done(clerk.get(f"/v1/dispatch-requests/{opened.request.id}"))
    assert (shown["status"], shown["actions"]) == ("unfilled", [])
    assert problem(answer(as_(rin), sent, "accept")) == (409, "OFF_EXPIRED")
    check_data()


def offer_states(wiring: Wiring, *offers: Offer) -> list[OfferStatus]:
    with wiring.unit(write=False) as unit:
        return [unit.get(Offer, offer.id).status for offer in offers]


def test_a_request_that_was_given_up_stays_unfilled(make: Make, wiring: Wiring, clock: SetClock) -> None:
    opened = make.shift_with_demand(request=make.request(status=RequestStatus.UNFILLED), status=ShiftStatus.PLANNED)
    clock.now = VISIT

    move_shifts(wiring)

    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.UNFILLED, 0)
    assert notices_of(wiring) == []


@pytest.mark.parametrize(
    ("status", "told"), [(RequestStatus.DRAFT, False), (RequestStatus.SUBMITTED, True), (RequestStatus.RETURNED, True)]
)
def test_what_was_never_accepted_lapses_at_its_start(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make,
    as_: As,
    wiring: Wiring,
    clock: SetClock,
    check_data: Check,
    status: RequestStatus,
    told: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    centre = make.organization()
    request, clerk = make.request(status=status, owner=centre), as_(Role.REQUESTER, organization=centre)
    office = as_(Role.COORDINATOR)
    clock.now = VISIT - timedelta(seconds=1)
    assert lapse_requests(wiring) == 0
    clock.now = VISIT

    assert lapse_requests(wiring) == 1

    shown = done(clerk.get(f"/v1/dispatch-requests/{request.id}", headers={"Accept-Language": "en"}))
    assert (shown["status"], shown["status_reason"]) == ("cancelled", "Its time came before it was accepted.")
    to_whom = [("request_lapsed", clerk.account.id), ("office_request_lapsed", office.account.id)]
    assert notices_of(wiring) == (to_whom if told else [])
    assert lapse_requests(wiring) == 0
    check_data()


def test_who_falls_ill_while_it_runs_is_not_missed(
    make: Make, as_: As, wiring: Wiring, clock: SetClock, check_data: Check
) -> None:
    centre, mai, rin = make.organization(), make.volunteer(), make.volunteer()
    opened, clerk = make.shift_with_demand(places=2, owner=centre), as_(Role.REQUESTER, organization=centre)
    first, second = make.assignment(opened, mai), make.assignment(opened, rin)
    clock.now = VISIT + timedelta(minutes=5)  # no sweep has come by

    done(settle(as_(mai), first, "withdraw", reason="illness"))
    assert standing_of(wiring, opened) == (ShiftStatus.IN_PROGRESS, RequestStatus.IN_PROGRESS, 1)
    done(settle(as_(rin), second, "withdraw", reason="illness"))

    assert standing_of(wiring, opened) == (ShiftStatus.ENDED, RequestStatus.UNFILLED, 0)
    assert [kind for kind, whom in notices_of(wiring) if whom == clerk.account.id] == ["request_unfilled"]
    check_data()


def test_from_the_end_on_nobody_leaves(make: Make, as_: As, clock: SetClock) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    stands = make.assignment(opened, mai)
    clock.now = END

    assert problem(settle(as_(mai), stands, "withdraw", reason="illness")) == (409, "ASG_STATE")
    assert problem(settle(as_(Role.COORDINATOR), stands, "cancel", reason="中止")) == (409, "ASG_STATE")


def test_a_check_up_counts_as_held_once_its_reception_is_over(make: Make, wiring: Wiring, clock: SetClock) -> None:
    session, cancelled = make.checkup_session(), make.checkup_session(status=CheckupStatus.CANCELLED)
    clock.now = VISIT.replace(hour=13, minute=59)
    hold_checkups(wiring)
    assert checkups(wiring, session) == [CheckupStatus.PLANNED]
    clock.now = VISIT.replace(hour=14, minute=0)
    hold_checkups(wiring)
    assert checkups(wiring, session, cancelled) == [CheckupStatus.HELD, CheckupStatus.CANCELLED]


def checkups(wiring: Wiring, *sessions: CheckupSession) -> list[CheckupStatus]:
    with wiring.unit(write=False) as unit:
        return [unit.get(CheckupSession, session.id).status for session in sessions]


def test_what_changed_before_the_lock_is_left_alone(make: Make, wiring: Wiring) -> None:
    opened, request = make.shift_with_demand(), make.request()
    with wiring.unit() as unit:
        passing.catch_up(unit, unit.lock(Shift, opened.shift.id))
        passing.lapse(unit, unit.lock(DispatchRequest, request.id))
    assert standing_of(wiring, opened)[0] is ShiftStatus.OPEN
    assert audited(wiring, request.id) == []


def test_one_row_that_fails_holds_up_no_other(make: Make, wiring: Wiring, clock: SetClock) -> None:
    bad, good = make.shift_with_demand(), make.shift_with_demand()
    for opened in (bad, good):
        make.assignment(opened, make.volunteer())
    clock.now = VISIT

    def move(unit: Unit, shift: Shift) -> None:
        if shift.id == bad.shift.id:
            raise ValueError("such a row")
        passing.catch_up(unit, shift)

    assert each_due(wiring, Shift, all_shifts, move) == 1
    assert standing_of(wiring, good)[0] is ShiftStatus.IN_PROGRESS
    assert standing_of(wiring, bad)[0] is ShiftStatus.FILLED


def all_shifts(_: Unit) -> SelectOfScalar[UUID]:
    return select(Shift.id)


def test_a_lost_race_is_left_for_the_next_run_and_a_broken_database_is_not_hidden(make: Make, wiring: Wiring) -> None:
    make.shift_with_demand()

    def fail(message: str) -> Callable[[Unit, Shift], None]:
        def verb(_: Unit, __: Shift) -> None:
            raise OperationalError("UPDATE", {}, Exception(message))

        return verb

    assert each_due(wiring, Shift, all_shifts, fail("database is locked")) == 0
    with pytest.raises(OperationalError):
        each_due(wiring, Shift, all_shifts, fail("disk I/O error"))


def test_a_row_that_is_gone_by_then_is_passed_over(wiring: Wiring, make: Make) -> None:
    opened = make.shift_with_demand()
    make.offer(opened, make.volunteer())
    second = make.offer(opened, make.volunteer())

    def take_the_other_away(unit: Unit, _: Offer) -> None:
        unit.session.delete(unit.get(Offer, second.id))

    assert each_due(wiring, Offer, lambda _: select(Offer.id), take_the_other_away) == 1
