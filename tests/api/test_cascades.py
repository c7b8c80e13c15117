"""Waves that go out by themselves: three by three until somebody comes, and nobody is left waiting for nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.base import new_id
from models.cascade import CascadeStatus
from models.competence import VolunteerLanguage
from models.dispatch_request import RequestStatus
from models.person import Person
from models.shift import ShiftStatus
from models.volunteer import Volunteer, VolunteerStatus
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import answer, ask, audited, claim, done, faults, problem, settle, standing_of
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
from worker.waves import send_waves

pytestmark = pytest.mark.usefixtures("sound")

Check = Callable[[], None]


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
