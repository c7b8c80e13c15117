"""Somebody drops out or wants a stand-in: the next people are asked, and the office knows how urgent it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.cascade import CascadeStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.shift import Shift, ShiftStatus
from services import cascading
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import answer, audited, by_phone, done, notices_of, settle, standing_of
from tests.makers.moments import at
from tests.makers.waves import (
    asked_in,
    begin,
    cascades_of,
    kinds,
    offers_of,
    phone_list,
    status_of,
    sweep,
    texts,
    waves_of,
)
from tests.makers.work import VISIT
from worker.reminding import settle_conditions
from worker.waves import send_waves

pytestmark = pytest.mark.usefixtures("sound")

Check = Callable[[], None]


def test_who_drops_out_at_ten_past_eight_for_one_in_the_afternoon(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    centre = make.organization()
    opened, mai = make.shift_with_demand(starts_at=at("20T13:00"), owner=centre), make.volunteer()
    clerk = as_(Role.REQUESTER, organization=centre)
    others = {make.volunteer(person=make.person(phone="076-000-0000")).id for _ in range(8)}
    stands = make.assignment(opened, mai)
    clock.now = at("20T08:10")

    # One call by the coordinator; the rest is the product's.
    done(settle(office, stands, "withdraw", reason="illness", on_behalf=by_phone(mai, "2025-11-20T08:09:00+09:00")))
    sweep(wiring, clock, "20T08:10")

    assert asked_in(wiring, opened) == {1: others}
    assert phone_list(wiring) == others
    assert kinds(wiring, office) == ["office_place_freed_urgent", "office_phone_round"]
    assert kinds(wiring, clerk) == ["place_reopened"]
    assert "asked by itself" in texts(wiring, "office_place_freed_urgent")[0]
    (cascade,) = cascades_of(wiring, opened)
    assert (cascade.batch, cascade.created_by) == (3, office.account.id)


def test_with_days_left_the_next_three_are_asked_and_the_office_only_knows(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    for _ in range(5):
        make.volunteer()
    done(settle(as_(mai), make.assignment(opened, mai), "withdraw"))
    sweep(wiring, clock, "10T09:00")

    (wave,) = asked_in(wiring, opened).values()
    assert (len(wave), mai.id in wave) == (3, False)
    assert kinds(wiring, office) == ["office_place_freed"]


def test_a_drop_out_at_night_is_followed_in_the_morning(make: Make, as_: As, office: Client, clock: SetClock) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    make.volunteer()
    stands = make.assignment(opened, mai)
    clock.now = at("13T23:00")
    done(settle(as_(mai), stands, "withdraw"))

    assert waves_of(office, opened)["next_at"] == "2025-11-14T08:00:00+09:00"


def test_filled_waves_go_on_after_a_drop_out(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, people = make.shift_with_demand(), {str(one.id): one for one in [make.volunteer() for _ in range(5)]}
    first, *others = begin(office, opened, batch=1)
    her = as_(people[first["volunteer_id"]])
    stands = done(answer(her, first["id"], "accept"))["assignment"]["id"]
    assert status_of(office, opened) == ("filled", 1)

    done(settle(her, stands, "withdraw", reason="illness"))
    assert status_of(office, opened) == ("running", 1)
    sweep(wiring, clock, "10T09:00")

    assert status_of(office, opened) == ("running", 2)
    (again,) = asked_in(wiring, opened)[2]
    assert str(again) in people.keys() - {first["volunteer_id"]}
    assert len(others) == 2
    (cascade,) = cascades_of(wiring, opened)
    actions = [event.action for event in audited(wiring, cascade.id)]
    assert actions == ["cascade.start", "cascade.fill", "cascade.resume"]


def test_a_second_drop_out_does_not_wait_for_the_first_wave(
    make: Make, as_: As, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai, rin = make.shift_with_demand(places=2), make.volunteer(), make.volunteer()
    for _ in range(7):
        make.volunteer()
    hers, other = make.assignment(opened, mai), make.assignment(opened, rin)
    done(settle(as_(mai), hers, "withdraw"))
    sweep(wiring, clock, "10T09:00")
    done(settle(as_(rin), other, "withdraw"))
    sweep(wiring, clock, "10T09:01")

    assert [len(asked_in(wiring, opened)[wave]) for wave in (1, 2)] == [3, 3]


def test_a_stand_in_is_looked_for_by_waves_and_keeping_the_place_ends_them(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai, rin = make.shift_with_demand(), make.volunteer(), make.volunteer()
    stands = make.assignment(opened, mai)

    done(settle(as_(mai), stands, "want-standin"))
    sweep(wiring, clock, "10T09:00")
    assert asked_in(wiring, opened) == {1: {rin.id}}
    assert "asked by itself" in texts(wiring, "office_standin_wanted")[0]

    done(settle(as_(mai), stands, "keep"))
    assert status_of(office, opened) == ("filled", 1)
    assert ("offer_filled", rin.id) in notices_of(wiring)

    done(settle(as_(mai), stands, "want-standin"))
    sweep(wiring, clock, "10T09:01")
    (offer,) = [one for one in offers_of(office, opened) if one["wave"] == 2]
    done(answer(as_(rin), offer["id"], "accept"))
    assert status_of(office, opened) == ("filled", 2)
    assert standing_of(wiring, opened) == (ShiftStatus.FILLED, RequestStatus.FILLED, 1)


def test_a_condition_that_was_not_met_lets_the_next_be_asked(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai, rin = make.shift_with_demand(), make.volunteer(pledge=False), make.volunteer()
    make.pledge(mai, "2023-04")
    conditions = [{"code": "ASG_NO_PLEDGE", "due_on": "2025-11-18"}]
    make.assignment(opened, mai, AssignmentStatus.TENTATIVE, conditions=conditions)
    clock.now = at("19T09:00")

    settle_conditions(wiring)
    sweep(wiring, clock, "19T09:01")

    assert asked_in(wiring, opened) == {1: {rin.id}}
    assert "office_place_freed_urgent" in kinds(wiring, office)


def test_a_drop_out_while_it_runs_or_past_the_end_of_the_waves_asks_nobody(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    running, mai = make.shift_with_demand(places=2), make.volunteer()
    make.assignment(running, make.volunteer())
    stands = make.assignment(running, mai)
    over, rin = make.shift_with_demand(starts_at=VISIT + timedelta(days=1)), make.volunteer()
    make.volunteer()
    make.cascade(over, CascadeStatus.FILLED, until=at("12T09:00"))
    held = make.assignment(over, rin)
    clock.now = VISIT

    done(settle(as_(rin), held, "withdraw"))
    done(settle(as_(mai), stands, "withdraw", reason="illness"))
    send_waves(wiring)

    assert (asked_in(wiring, running), asked_in(wiring, over)) == ({}, {})
    assert all("the time for it is over" in text for text in texts(wiring, "office_place_freed_urgent"))
    assert status_of(office, over) == ("over", 0)


def test_what_no_request_asked_for_has_waves_only_when_the_office_wants(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    with wiring.unit() as unit:
        unit.get(Shift, opened.shift.id).source_type = "event"
        unit.get(DispatchRequest, opened.request.id).status = RequestStatus.DRAFT
        unit.session.flush()
        said = cascading.resume(unit, unit.lock(Shift, opened.shift.id), opened.demand.id)
    assert said.code == "waves_none"
    assert cascades_of(wiring, opened) == []

    begin(office, opened)
    sweep(wiring, clock, "11T20:00")

    assert asked_in(wiring, opened) == {1: {mai.id}}
    assert kinds(wiring, office) == ["activity_waves_exhausted"]
