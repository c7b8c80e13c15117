"""A stand-in is wanted: she covers the place until somebody takes it, or keeps it after all."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.db import Wiring
from models.assignment import AssignmentStatus
from models.dispatch_request import RequestStatus
from models.offer import OfferStatus
from models.shift import ShiftStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import (
    answer,
    ask,
    by_phone,
    claim,
    done,
    hand,
    notices_of,
    on_shift,
    problem,
    refused,
    settle,
    standing_of,
)
from tests.makers.work import VISIT

Check = Callable[[], None]


def test_the_place_stays_covered_and_yet_others_may_take_it(
    make: Make, as_: As, wiring: Wiring, check_data: Check
) -> None:
    opened, mai, rin = make.shift_with_demand(), make.volunteer(), make.volunteer()
    stands = make.assignment(opened, mai)
    her = as_(mai)

    wanted = done(settle(her, stands, "want-standin"))

    assert (wanted["status"], wanted["actions"]) == ("standin_wanted", ["keep", "withdraw"])
    assert standing_of(wiring, opened) == (ShiftStatus.OPEN, RequestStatus.MATCHING, 1)
    assert [one["id"] for one in done(as_(rin).get("/v1/shifts?claimable=true"))["items"]] == [str(opened.shift.id)]
    check_data()

    taken = done(claim(as_(rin), opened), 201)

    assert taken["substituted_for"] == str(stands.id)
    assert on_shift(wiring, opened) == [(mai.id, "withdrawn", False), (rin.id, "confirmed", True)]
    assert standing_of(wiring, opened) == (ShiftStatus.FILLED, RequestStatus.FILLED, 1)
    assert ("standin_found", mai.id) in notices_of(wiring)
    assert done(her.get(f"/v1/assignments/{stands.id}"))["end_reason"] == "replaced"
    check_data()


def test_she_cannot_stand_in_for_herself(make: Make, as_: As) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    settle(as_(mai), make.assignment(opened, mai), "want-standin")

    assert refused(claim(as_(mai), opened))[0] == ("ASG_HELD", "never")
    assert done(as_(mai).get("/v1/shifts?claimable=true"))["items"] == []


def test_a_free_place_is_taken_before_a_covered_one(make: Make, as_: As, wiring: Wiring, check_data: Check) -> None:
    opened, mai = make.shift_with_demand(places=2), make.volunteer()
    settle(as_(mai), make.assignment(opened, mai), "want-standin")

    for _ in range(2):
        done(claim(as_(make.volunteer()), opened), 201)

    assert [state for _, state, _ in on_shift(wiring, opened)] == ["withdrawn", "confirmed", "confirmed"]
    assert refused(claim(as_(make.volunteer()), opened)) == [("ASG_FULL", "never")]
    check_data()


def test_keeping_it_after_all_thanks_those_who_were_asked(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Check
) -> None:
    opened, mai, rin = make.shift_with_demand(), make.volunteer(), make.volunteer()
    stands = make.assignment(opened, mai)
    settle(as_(mai), stands, "want-standin")
    offer = done(ask(office, opened, rin), 201)["items"][0]

    kept = done(settle(as_(mai), stands, "keep"))

    assert kept["status"] == "confirmed"
    assert standing_of(wiring, opened) == (ShiftStatus.FILLED, RequestStatus.FILLED, 1)
    assert problem(answer(as_(rin), offer["id"], "accept")) == (409, "OFF_FILLED")
    assert ("offer_filled", rin.id) in notices_of(wiring)
    assert problem(settle(as_(mai), stands, "keep")) == (409, "ASG_STATE")
    check_data()


def test_keeping_one_of_two_leaves_the_other_open(make: Make, as_: As, office: Client, wiring: Wiring) -> None:
    opened, mai, rin = make.shift_with_demand(places=2), make.volunteer(), make.volunteer()
    stands = make.assignment(opened, mai)
    settle(as_(mai), stands, "want-standin")
    offer = done(ask(office, opened, rin), 201)["items"][0]

    done(settle(as_(mai), stands, "keep"))

    assert standing_of(wiring, opened) == (ShiftStatus.OPEN, RequestStatus.MATCHING, 1)
    assert done(answer(as_(rin), offer["id"], "accept"))["status"] == OfferStatus.ACCEPTED


def test_an_accepted_offer_and_a_hand_replace_her_too(
    make: Make, as_: As, office: Client, wiring: Wiring, check_data: Check
) -> None:
    for way in ("offer", "hand"):
        opened, mai, rin = make.shift_with_demand(), make.volunteer(), make.volunteer()
        settle(as_(mai), make.assignment(opened, mai), "want-standin")
        if way == "offer":
            offer = done(ask(office, opened, rin), 201)["items"][0]
            done(answer(as_(rin), offer["id"], "accept"))
        else:
            done(hand(office, opened, rin), 201)
        assert on_shift(wiring, opened) == [(mai.id, "withdrawn", False), (rin.id, "confirmed", True)]
        check_data()


def test_a_no_is_taken_back_while_a_stand_in_is_wanted(make: Make, as_: As, office: Client) -> None:
    opened, mai, rin = make.shift_with_demand(), make.volunteer(), make.volunteer()
    settle(as_(mai), make.assignment(opened, mai), "want-standin")
    offer = done(ask(office, opened, rin), 201)["items"][0]
    answer(as_(rin), offer["id"], "decline")

    assert done(answer(as_(rin), offer["id"], "take-back"))["status"] == OfferStatus.SENT


@pytest.mark.parametrize(
    ("days", "kind"), [(4, "office_standin_wanted"), (2, "office_standin_urgent")], ids=["in time", "short notice"]
)
def test_the_office_is_told_with_the_urgency_it_has(
    make: Make, as_: As, office: Client, wiring: Wiring, days: int, kind: str
) -> None:
    opened, mai = make.shift_with_demand(starts_at=VISIT - timedelta(days=10 - days)), make.volunteer()

    settle(as_(mai), make.assignment(opened, mai), "want-standin")

    assert (kind, office.account.id) in notices_of(wiring)


def test_staff_enter_it_for_who_called(make: Make, office: Client, as_: As) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    stands = make.assignment(opened, mai)

    assert problem(settle(office, stands, "want-standin")) == (403, "NOT_PERMITTED")
    assert done(settle(office, stands, "want-standin", on_behalf=by_phone(mai)))["status"] == "standin_wanted"
    assert done(settle(office, stands, "keep", on_behalf=by_phone(mai)))["status"] == "confirmed"
    assert problem(settle(as_(make.volunteer()), stands, "want-standin")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "status", [AssignmentStatus.TENTATIVE, AssignmentStatus.WITHDRAWN, AssignmentStatus.STANDIN_WANTED]
)
def test_only_who_is_confirmed_may_ask_for_a_stand_in(make: Make, as_: As, status: AssignmentStatus) -> None:
    opened, mai = make.shift_with_demand(status=ShiftStatus.OPEN), make.volunteer()

    assert problem(settle(as_(mai), make.assignment(opened, mai, status), "want-standin")) == (409, "ASG_STATE")


def test_from_the_start_on_it_is_too_late(make: Make, as_: As, clock: SetClock) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    stands = make.assignment(opened, mai)
    clock.now = VISIT

    assert problem(settle(as_(mai), stands, "want-standin")) == (409, "ASG_STATE")
