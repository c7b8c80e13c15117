"""Waves follow what becomes of their shift, and what people say to them."""

from collections.abc import Callable

import pytest

from api.db import Wiring
from models.account import Role
from models.cascade import CascadeStatus
from models.offer import OfferStatus
from models.person import Gender
from models.shift import Shift
from services import cascading
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.bars import exclude
from tests.makers.doors import answer, audited, by_phone, done, notices_of, settle
from tests.makers.moments import at
from tests.makers.waves import asked_in, begin, status_of, sweep, texts
from tests.makers.work import VISIT
from worker.passing import move_shifts
from worker.waves import expire_offers, send_waves

pytestmark = pytest.mark.usefixtures("sound")

Check = Callable[[], None]


def test_giving_up_ends_the_waves_and_looking_again_goes_on(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    for _ in range(5):
        make.volunteer()
    begin(office, opened, batch=2)
    path = f"/v1/dispatch-requests/{opened.request.id}"

    done(office.post(f"{path}/mark-unfilled", json={"reason": "電話通訳"}))
    sweep(wiring, clock, "12T09:00")
    assert status_of(office, opened) == ("over", 1)
    done(office.post(f"{path}/reopen", json={}))
    sweep(wiring, clock, "12T09:01")

    assert status_of(office, opened) == ("running", 2)
    assert len(asked_in(wiring, opened)[2]) == 2


def test_looking_again_starts_no_waves_that_were_stopped(make: Make, office: Client) -> None:
    opened = make.shift_with_demand()
    make.volunteer()
    begin(office, opened)
    path = f"/v1/dispatch-requests/{opened.request.id}"
    office.delete(f"/v1/shifts/{opened.shift.id}/cascade")

    done(office.post(f"{path}/mark-unfilled", json={"reason": "電話通訳"}))
    done(office.post(f"{path}/reopen", json={}))

    assert status_of(office, opened) == ("stopped", 1)


@pytest.mark.parametrize("exhausted", [False, True])
def test_a_cancelled_request_and_the_start_end_the_waves(
    make: Make, office: Client, wiring: Wiring, clock: SetClock, *, exhausted: bool
) -> None:
    cancelled, begun, late = (make.shift_with_demand() for _ in range(3))
    for opened in (cancelled, begun, late):
        make.cascade(opened, CascadeStatus.EXHAUSTED if exhausted else CascadeStatus.RUNNING)

    done(office.post(f"/v1/dispatch-requests/{cancelled.request.id}/cancel", json={"reason": "中止"}))
    assert status_of(office, cancelled) == ("over", 0)
    clock.now = VISIT
    with wiring.unit() as unit:
        cascading.step(unit, unit.lock(Shift, late.shift.id))
    assert status_of(office, late) == ("over", 0)
    move_shifts(wiring)
    assert status_of(office, begun) == ("over", 0)
    assert asked_in(wiring, begun) == {}


def test_a_new_time_is_asked_for_at_once_and_those_who_said_no_too(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, people = (
        make.shift_with_demand(ages=(3,)),
        {str(one.id): one for one in [make.volunteer() for _ in range(2)]},
    )
    first, second = begin(office, opened)
    done(answer(as_(people[first["volunteer_id"]]), first["id"], "decline"))
    path = f"/v1/dispatch-requests/{opened.request.id}"
    times = {"starts_at": "2025-11-21T10:00:00+09:00", "ends_at": "2025-11-21T12:00:00+09:00"}

    done(office.patch(path, json=times, headers={"If-Match": "*"}))
    sweep(wiring, clock, "10T09:01")

    assert asked_in(wiring, opened)[2] == {one.id for one in people.values()}
    assert second["wave"] == 1


def test_a_new_time_starts_no_waves_that_were_stopped(make: Make, office: Client) -> None:
    opened = make.shift_with_demand(ages=(3,))
    make.volunteer()
    begin(office, opened)
    office.delete(f"/v1/shifts/{opened.shift.id}/cascade")
    path = f"/v1/dispatch-requests/{opened.request.id}"
    times = {"starts_at": "2025-11-21T10:00:00+09:00", "ends_at": "2025-11-21T12:00:00+09:00"}

    done(office.patch(path, json=times, headers={"If-Match": "*"}))

    assert status_of(office, opened) == ("stopped", 1)


def test_what_is_not_due_any_more_once_it_is_locked_sends_nothing(make: Make, wiring: Wiring) -> None:
    opened, stopped = make.shift_with_demand(), make.shift_with_demand()
    make.volunteer()
    make.cascade(opened, next_at=at("10T09:01"))
    make.cascade(stopped, CascadeStatus.STOPPED)

    with wiring.unit() as unit:
        for one in (opened, stopped):
            cascading.step(unit, unit.lock(Shift, one.shift.id))

    assert (asked_in(wiring, opened), asked_in(wiring, stopped)) == ({}, {})


def test_who_is_released_by_a_change_is_followed_by_a_wave(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai, rin = make.shift_with_demand(ages=(3,)), make.volunteer(), make.volunteer(languages={"vi": "C1"})
    make.assignment(opened, mai)
    path = f"/v1/dispatch-requests/{opened.request.id}"

    done(office.patch(path, json={"languages": ["vi"]}, headers={"If-Match": "*"}))
    sweep(wiring, clock, "10T09:01")

    assert asked_in(wiring, opened) == {1: {rin.id}}


def test_a_late_yes_is_kept_while_the_waves_go_on(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, people = make.shift_with_demand(), {str(one.id): one for one in [make.volunteer() for _ in range(3)]}
    (first,) = begin(office, opened, top=1, batch=1)
    sweep(wiring, clock, "11T20:01")
    her = as_(people[first["volunteer_id"]])
    assert done(her.get(f"/v1/offers/{first['id']}"))["status"] == "expired"
    assert status_of(office, opened) == ("running", 2)

    late = done(answer(her, first["id"], "accept"))
    assert late["status"] == "accepted_late"
    assert status_of(office, opened) == ("running", 2)
    approved = done(answer(office, first["id"], "approve"))

    assert approved["assignment"]["status"] == "confirmed"
    assert status_of(office, opened) == ("filled", 2)


def test_what_was_said_in_time_and_entered_later_is_no_late_yes(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    (first,) = begin(office, opened)
    sweep(wiring, clock, "12T09:00")

    yes = done(answer(office, first["id"], "accept", on_behalf=by_phone(mai, "2025-11-11T19:00:00+09:00")))

    assert (yes["status"], yes["assignment"]["status"]) == ("accepted", "confirmed")


def test_a_late_no_is_heard_too(make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    (first,) = begin(office, opened)
    clock.now = at("11T20:00")
    assert expire_offers(wiring) == 0
    clock.now = at("11T20:01")
    assert expire_offers(wiring) == 1
    assert expire_offers(wiring) == 0

    shown = done(as_(mai).get(f"/v1/offers/{first['id']}"))
    assert (shown["status"], shown["actions"]) == ("expired", ["accept", "decline"])
    assert done(answer(as_(mai), first["id"], "decline"))["status"] == "declined"
    assert [event.action for event in audited(wiring, first["id"])] == ["offer.send", "offer.expire", "offer.decline"]


def test_only_staff_see_the_waves_and_who_was_asked(make: Make, as_: As, office: Client) -> None:
    centre = make.organization()
    opened, mai, rin = make.shift_with_demand(owner=centre), make.volunteer(), make.volunteer(district="port")
    begin(office, opened, top=1)

    for her in (as_(mai), as_(rin), as_(Role.REQUESTER, organization=centre)):
        assert done(her.get(f"/v1/shifts/{opened.shift.id}"))["cascades"] == []
    items = done(office.get(f"/v1/shifts/{opened.shift.id}/candidates"))["items"]
    asked = {one["volunteer_id"]: one["asked"] for one in items}
    assert sorted(asked.values(), key=str) == [None, OfferStatus.SENT]
    one = done(office.get(f"/v1/shifts/{opened.shift.id}/candidates/{mai.id}"))
    assert one["asked"] == asked[str(mai.id)]


def test_who_must_not_come_is_never_asked_and_in_no_text(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand(ages=(3,), demand={"gender_requirement": "female"})
    excluded, able = make.volunteer(), make.volunteer()
    man = make.volunteer(gender=Gender.MALE)
    exclude(make, opened, excluded)
    stands = make.assignment(opened, make.volunteer())
    clock.now = at("20T05:00")

    done(settle(office, stands, "cancel", reason="都合"))
    send_waves(wiring)
    sweep(wiring, clock, "20T09:00")

    assert asked_in(wiring, opened) == {1: {able.id}}
    told = [whom for _, whom in notices_of(wiring)]
    assert excluded.id not in told
    assert man.id not in told
    numbers = [excluded.volunteer_no, man.volunteer_no]
    for language in ("en", "ja", "ja-simple"):
        for kind in ("office_phone_round", "office_waves_exhausted", "office_place_freed_urgent"):
            (text,) = texts(wiring, kind, language)
            assert not any(number in text for number in numbers)
