"""Waves that go out by themselves: three by three until somebody comes, and nobody is left waiting for nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.base import new_id
from models.cascade import CascadeStatus
from models.competence import VolunteerLanguage
from models.dispatch_request import DispatchRequest, RequestStatus
from models.offer import OfferStatus
from models.person import Gender, Person
from models.record import Notice, NoticeChannel
from models.shift import Shift, ShiftStatus
from models.volunteer import Volunteer, VolunteerStatus
from services import cascading
from services.clock import SetClock
from services.notifying import unpack
from services.wording import say
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.bars import exclude
from tests.makers.doors import (
    answer,
    ask,
    audited,
    by_phone,
    claim,
    done,
    faults,
    notices_of,
    problem,
    settle,
    standing_of,
)
from tests.makers.waves import asked_in, at, begin, cascades_of, status_of, sweep, waves_of
from tests.makers.work import VISIT, Opened
from worker.passing import move_shifts
from worker.reminding import settle_conditions
from worker.waves import expire_offers, send_waves

Check = Callable[[], None]


@pytest.fixture
def office(as_: As) -> Client:
    return as_(Role.COORDINATOR)


@pytest.fixture(autouse=True)
def _sound(check_data: Check) -> Any:
    yield
    check_data()


def kinds(wiring: Wiring, whom: Client) -> list[str]:
    """What somebody was told, by kind."""
    return [kind for kind, to in notices_of(wiring) if to == whom.account.id]


def texts(wiring: Wiring, kind: str, language: str = "en") -> list[str]:
    """What the notices of a kind say."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(Notice).where(Notice.kind == kind)).all()
        return [say("notices", f"{kind}_body", language, unpack(row.facts), unit.zone) for row in rows]


def test_waves_go_out_by_deadline_until_the_last_call_asks_everybody(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    for _ in range(7):
        make.volunteer(person=make.person(phone="076-000-0000"))
    without_mail = make.volunteer(person=make.person(phone="076-000-0001", email=None))
    make.volunteer()
    clock.now = at("20T01:00")

    first = begin(office, opened)

    assert {offer["respond_by"] for offer in first} == {"2025-11-20T03:15:00+09:00"}
    assert waves_of(office, opened) == {
        "demand_id": str(opened.demand.id),
        "status": "running",
        "batch": 3,
        "respond_within": None,
        "until": None,
        "wave": 1,
        "next_at": "2025-11-20T03:15:00+09:00",
    }
    sweep(wiring, clock, "20T03:14")
    assert status_of(office, opened) == ("running", 1)
    sweep(wiring, clock, "20T03:15")
    assert status_of(office, opened) == ("running", 2)
    assert waves_of(office, opened)["next_at"] == "2025-11-20T04:00:01+09:00"  # the last call waits for nobody
    assert phone_list(wiring) <= {without_mail.id}
    sweep(wiring, clock, "20T04:00")
    assert status_of(office, opened) == ("running", 2)
    sweep(wiring, clock, "20T04:01")

    waves = asked_in(wiring, opened)
    assert [len(waves[n]) for n in (1, 2, 3)] == [3, 3, 3]
    assert kinds(wiring, office) == ["office_phone_round"]
    assert "3 people" in texts(wiring, "office_phone_round")[0]
    by_phone_too = {one for one in waves[3] if has_phone(wiring, one)}
    assert phone_list(wiring) == by_phone_too | {without_mail.id}


def phone_list(wiring: Wiring) -> set[Any]:
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(Notice.volunteer_id).where(Notice.channel == NoticeChannel.TO_PHONE)).all()
        assert len(rows) == len(set(rows))  # on the list once
        return set(rows)


def has_phone(wiring: Wiring, volunteer_id: Any) -> bool:
    with wiring.unit(write=False) as unit:
        return unit.get(Person, unit.get(Volunteer, volunteer_id).person_id).phone is not None


def test_everybody_is_asked_at_once_with_less_than_six_hours_to_go(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    everybody = {make.volunteer().id for _ in range(6)}
    clock.now = at("20T05:00")
    begin(office, opened, top=1)

    sweep(wiring, clock, "20T06:15")

    assert asked_in(wiring, opened)[2] == everybody - asked_in(wiring, opened)[1]


def test_the_next_wave_goes_out_as_soon_as_all_have_answered(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, people = make.shift_with_demand(), [make.volunteer() for _ in range(5)]
    begin(office, opened, batch=2)
    first = [one for one in people if one.id in asked_in(wiring, opened)[1]]
    offers = {offer["volunteer_id"]: offer["id"] for offer in offers_of(office, opened)}

    for volunteer in first[:2]:
        done(answer(as_(volunteer), offers[str(volunteer.id)], "decline"))
    sweep(wiring, clock, "10T09:01")
    assert status_of(office, opened) == ("running", 1)
    done(answer(office, offers[str(first[2].id)], "withdraw"))
    sweep(wiring, clock, "10T09:02")

    assert status_of(office, opened) == ("running", 2)
    # Who was asked by mistake, and need not answer, may be asked again.
    assert asked_in(wiring, opened)[2] <= {one.id for one in people} - {one.id for one in first[:2]}
    assert len(asked_in(wiring, opened)[2]) == 2


def offers_of(office: Client, opened: Opened) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = done(office.get("/v1/offers", params={"shift_id": str(opened.shift.id)}))["items"]
    return items


def test_a_no_that_is_taken_back_is_waited_for_again(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, people = make.shift_with_demand(), {str(one.id): one for one in [make.volunteer() for _ in range(2)]}
    (offer,) = begin(office, opened, top=1)
    her = as_(people[offer["volunteer_id"]])

    done(answer(her, offer["id"], "decline"))
    assert waves_of(office, opened)["next_at"] == "2025-11-10T09:00:00+09:00"
    done(answer(her, offer["id"], "take-back"))
    assert waves_of(office, opened)["next_at"] == "2025-11-11T20:00:00+09:00"

    sweep(wiring, clock, "10T09:01")
    assert status_of(office, opened) == ("running", 1)
    done(answer(her, offer["id"], "accept"))
    assert status_of(office, opened) == ("filled", 1)


def test_the_first_yes_ends_the_waves_and_the_second_place_goes_on(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, people = (
        make.shift_with_demand(places=2),
        {str(one.id): one for one in [make.volunteer() for _ in range(4)]},
    )
    first, second = begin(office, opened, top=2)

    done(answer(as_(people[first["volunteer_id"]]), first["id"], "accept"))
    assert status_of(office, opened) == ("running", 1)
    done(answer(as_(people[second["volunteer_id"]]), second["id"], "decline"))
    sweep(wiring, clock, "10T09:01")
    assert status_of(office, opened) == ("running", 2)
    one = next(offer for offer in offers_of(office, opened) if offer["wave"] == 2)
    done(answer(as_(people[one["volunteer_id"]]), one["id"], "accept"))

    assert status_of(office, opened) == ("filled", 2)
    assert waves_of(office, opened)["next_at"] is None
    assert standing_of(wiring, opened) == (ShiftStatus.FILLED, RequestStatus.FILLED, 2)
    (cascade,) = cascades_of(wiring, opened)
    assert [event.action for event in audited(wiring, cascade.id)] == ["cascade.start", "cascade.fill"]


def test_waves_pause_at_night_but_for_the_last_day(make: Make, office: Client, wiring: Wiring, clock: SetClock) -> None:
    opened = make.shift_with_demand()
    for _ in range(9):
        make.volunteer()
    clock.now = at("18T20:00")  # 38 hours before

    begin(office, opened, respond_within="PT30M")
    sweep(wiring, clock, "18T20:30")
    assert status_of(office, opened) == ("running", 2)
    assert waves_of(office, opened)["next_at"] == "2025-11-19T08:00:00+09:00"
    sweep(wiring, clock, "19T07:59")
    assert status_of(office, opened) == ("running", 2)
    sweep(wiring, clock, "19T08:00")
    assert status_of(office, opened) == ("running", 3)


def test_less_than_a_day_before_waves_go_out_at_night_too(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    for _ in range(9):
        make.volunteer()
    clock.now = at("19T20:00")

    begin(office, opened, respond_within="PT2H")
    sweep(wiring, clock, "19T22:00")

    assert status_of(office, opened) == ("running", 2)
    assert waves_of(office, opened)["next_at"] == "2025-11-20T00:00:00+09:00"


def test_terms_hold_for_every_wave(make: Make, office: Client, wiring: Wiring, clock: SetClock) -> None:
    opened = make.shift_with_demand()
    for _ in range(9):
        make.volunteer()

    begin(office, opened, top=1, batch=2, respond_within="P1DT2H", until="2025-11-15T12:00:00+09:00")
    seen = waves_of(office, opened)
    assert (seen["batch"], seen["respond_within"], seen["until"]) == (2, "P1DT2H", "2025-11-15T12:00:00+09:00")
    assert seen["next_at"] == "2025-11-12T09:00:00+09:00"  # 26 waking hours

    sweep(wiring, clock, "12T09:00")
    assert (len(asked_in(wiring, opened)[2]), waves_of(office, opened)["next_at"]) == (2, "2025-11-14T09:00:00+09:00")
    sweep(wiring, clock, "14T09:00")
    assert waves_of(office, opened)["next_at"] == "2025-11-15T12:00:00+09:00"
    sweep(wiring, clock, "15T12:00")

    assert status_of(office, opened) == ("over", 3)
    assert kinds(wiring, office) == ["office_waves_over"]
    sweep(wiring, clock, "16T12:00")
    assert len(asked_in(wiring, opened)) == 3


def test_what_cannot_be_the_terms(make: Make, office: Client, clock: SetClock) -> None:
    opened = make.shift_with_demand()
    make.volunteer()

    def refused(**terms: Any) -> list[tuple[str, str]]:
        return faults(ask(office, opened, top=1, cascade=terms))

    for wrong in (clock(), opened.shift.starts_at + timedelta(minutes=1)):
        assert refused(until=wrong.isoformat()) == [("/cascade/until", "FIELD_RANGE")]
    assert refused(batch=0) == [("/cascade/batch", "FIELD_RANGE")]
    for no_duration in ("24h", "P", "PT", "P1Y", 24):
        assert refused(respond_within=no_duration) == [("/cascade/respond_within", "FIELD_FORMAT")]
    for out_of_range in ("PT14M", "P14DT1M"):
        assert refused(respond_within=out_of_range) == [("/cascade/respond_within", "FIELD_RANGE")]
    assert refused(every="day") == [("/cascade/every", "FIELD_UNKNOWN")]
    begin(office, opened, top=1)
    make.volunteer()
    said = ask(office, opened, top=1, cascade={})
    assert (problem(said), said.json()["allowed"]) == ((409, "CAS_STATE"), ["stop"])


def test_named_people_may_be_the_first_wave(make: Make, office: Client, wiring: Wiring, clock: SetClock) -> None:
    opened, named, other = make.shift_with_demand(), make.volunteer(district="port"), make.volunteer()

    done(ask(office, opened, named, cascade={}, respond_by="2025-11-10T10:00:00+09:00"), 201)
    sweep(wiring, clock, "10T10:01")

    assert asked_in(wiring, opened) == {1: {named.id}, 2: {other.id}}


def test_the_office_stops_the_waves_and_no_drop_out_starts_them(
    make: Make, as_: As, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    for _ in range(5):
        make.volunteer()
    path = f"/v1/shifts/{opened.shift.id}/cascade"
    assert problem(office.delete(path)) == (404, "NOT_FOUND")
    begin(office, opened)

    assert problem(as_(mai).delete(path)) == (403, "NOT_PERMITTED")
    assert problem(office.delete(f"/v1/shifts/{new_id()}/cascade")) == (404, "NOT_FOUND")
    assert problem(office.delete(path, params={"demand_id": str(new_id())})) == (404, "NOT_FOUND")
    assert problem(office.delete(path, headers={"If-Match": '"x.1"'})) == (412, "VERSION")
    assert office.delete(path, params={"demand_id": str(opened.demand.id)}).status_code == 204
    assert office.delete(path).status_code == 204  # as often as one likes

    sweep(wiring, clock, "12T09:00")
    assert status_of(office, opened) == ("stopped", 1)
    stands = done(claim(as_(mai), opened), 201)["id"]
    assert status_of(office, opened) == ("stopped", 1)
    done(settle(as_(mai), stands, "withdraw"))
    sweep(wiring, clock, "12T09:01")
    assert (status_of(office, opened), len(asked_in(wiring, opened))) == (("stopped", 1), 1)
    assert "the waves were stopped" in texts(wiring, "office_place_freed")[0]

    begin(office, opened, top=1)
    assert status_of(office, opened)[0] == "running"
    assert [one.status for one in cascades_of(wiring, opened)] == [CascadeStatus.STOPPED, CascadeStatus.RUNNING]


def test_nobody_left_is_told_once_and_it_goes_on_when_somebody_can_come(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    make.volunteer(), make.volunteer(status=VolunteerStatus.ON_LEAVE)
    begin(office, opened)

    sweep(wiring, clock, "11T20:00")
    assert status_of(office, opened) == ("exhausted", 1)
    assert kinds(wiring, office) == ["office_waves_exhausted"]
    assert "Everybody who can come has been asked already." in texts(wiring, "office_waves_exhausted")[0]
    assert waves_of(office, opened)["next_at"] == "2025-11-11T20:30:00+09:00"
    sweep(wiring, clock, "11T20:30")
    assert waves_of(office, opened)["next_at"] == "2025-11-12T08:00:00+09:00"
    rin = make.volunteer()
    sweep(wiring, clock, "12T08:00")

    assert status_of(office, opened) == ("running", 2)
    assert asked_in(wiring, opened)[2] == {rin.id}
    assert kinds(wiring, office) == ["office_waves_exhausted"]


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ({"languages": {"fr": "C1"}}, "Nobody is registered for the language"),
        ({"pledge": False}, "would free the most people"),
    ],
)
def test_the_office_is_told_why_nobody_is_left(
    make: Make, office: Client, wiring: Wiring, people: dict[str, Any], why: str
) -> None:
    opened, mai = make.shift_with_demand(), make.volunteer()
    make.volunteer(**people)
    stands = make.assignment(opened, mai)
    with wiring.unit() as unit:
        unit.get(Volunteer, mai.id).status = VolunteerStatus.ON_LEAVE
        for row in unit.session.exec(languages_of(mai)):
            unit.session.delete(row)

    done(settle(office, stands, "cancel", reason="都合"))
    send_waves(wiring)

    assert why in texts(wiring, "office_waves_exhausted")[0]


def languages_of(volunteer: Volunteer) -> Any:
    return select(VolunteerLanguage).where(
        VolunteerLanguage.volunteer_id == volunteer.id, VolunteerLanguage.tag == "en"
    )


def test_new_waves_take_the_place_of_those_that_found_nobody(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    make.volunteer()
    begin(office, opened)
    sweep(wiring, clock, "11T20:00")
    make.volunteer()

    begin(office, opened, batch=5)

    assert [one.status for one in cascades_of(wiring, opened)] == [CascadeStatus.OVER, CascadeStatus.RUNNING]
    assert waves_of(office, opened)["batch"] == 5


def test_what_found_nobody_ends_at_its_time_without_a_word(
    make: Make, office: Client, wiring: Wiring, clock: SetClock
) -> None:
    opened = make.shift_with_demand()
    make.volunteer()
    begin(office, opened, until="2025-11-11T20:10:00+09:00")
    sweep(wiring, clock, "11T20:00")
    assert waves_of(office, opened)["next_at"] == "2025-11-11T20:10:00+09:00"
    sweep(wiring, clock, "11T20:10")

    assert status_of(office, opened) == ("over", 1)
    assert kinds(wiring, office) == ["office_waves_exhausted"]


# drop-outs ----------------------------------------------------------------------------------------------------------


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
    assert kinds(wiring, office) == ["office_waves_exhausted"]


# what becomes of the shift -------------------------------------------------------------------------------------------


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


# said and unsaid ----------------------------------------------------------------------------------------------------


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
