"""A class that is open is opened otherwise by the rule of its first opening; names, papers and guests count for what they are."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from api.db import Wiring
from models.classroom import Classroom
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, on_session
from tests.makers.doors import audited, done, faults, notices_of, problem, refused, settle
from worker.classes import hold_classes
from worker.passing import move_shifts

MINOR = date(2008, 5, 1)


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture(autouse=True)
def _sound(check_data: Callable[[], None]) -> object:
    yield
    check_data()


def staffed(make: Make, met: Met, count: int = 2, **over: Any) -> None:
    for _ in range(count):
        make.assignment(met, make.tutor(**over))


def minors(make: Make, met: Met, count: int = 1) -> None:
    for _ in range(count):
        make.assignment(met, make.tutor(person=make.person(birth_date=MINOR)))


def beside(manager: Client, guest: Met, host: Met, **body: Any) -> Any:
    return on_session(manager, guest.session.id, "open", mode="merged_with", session_id=str(host.session.id), **body)


def warned(shown: dict[str, Any]) -> list[str]:
    return [one["code"] for one in shown["warnings"]]


def standing(manager: Client, *sessions: Met) -> list[str]:
    return [done(manager.get(f"/v1/class-sessions/{one.session.id}"))["status"] for one in sessions]


def test_a_class_whose_tutor_fell_ill_goes_on_reduced(
    make: Make, manager: Client, as_: As, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    met, ill = make.class_session(room), make.tutor()
    stood = make.assignment(met, ill)
    staffed(make, met, 1)
    done(on_session(manager, met.session.id, "open"))
    clock.now = met.session.starts_at - timedelta(minutes=50)
    done(settle(as_(ill), stood, "withdraw", reason="illness"))

    assert problem(on_session(manager, met.session.id, "open", mode="reduced")) == (409, "CLS_STAFF")
    assert standing(manager, met) == ["open"]
    clock.now = met.session.starts_at + timedelta(minutes=5)
    move_shifts(wiring)
    again = done(on_session(manager, met.session.id, "open", mode="reduced", venue_adults=["館長"]))

    assert (again["status"], again["mode"], again["venue_adults"], again["tutors"]) == ("open", "reduced", ["館長"], 1)
    assert [event.action for event in audited(wiring, met.session.id)] == ["class_session.open"] * 2


def test_what_has_ended_is_opened_no_more(
    make: Make, manager: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    met = make.class_session(room)
    staffed(make, met)
    done(on_session(manager, met.session.id, "open"))
    clock.now = met.session.ends_at
    assert problem(on_session(manager, met.session.id, "open", mode="reduced")) == (409, "CLS_STATE")
    hold_classes(wiring)
    assert problem(on_session(manager, met.session.id, "open", mode="reduced")) == (409, "CLS_STATE")


def test_a_running_class_joins_another_that_lasts_as_long(
    make: Make, manager: Client, room: Classroom, owner: Organization, clock: SetClock
) -> None:
    met, host = make.class_session(room), make.class_session(make.classroom(owner=owner))
    shorter = make.class_session(make.classroom(owner=owner), ends=time(11))
    for one in (met, host, shorter):
        staffed(make, one)
        done(on_session(manager, one.session.id, "open"))
    clock.now = met.session.starts_at + timedelta(minutes=10)

    assert faults(beside(manager, met, shorter)) == [("/session_id", "CLS_HOST")]
    assert done(beside(manager, met, host))["merged_with_id"] == str(host.session.id)
    assert done(on_session(manager, met.session.id, "open"))["merged_with_id"] is None


def test_no_class_counts_on_itself(make: Make, manager: Client, room: Classroom, owner: Organization) -> None:
    host, guest, last = (make.class_session(one) for one in (room, *(make.classroom(owner=owner) for _ in range(2))))
    for one in (host, guest, last):
        staffed(make, one)
    done(on_session(manager, host.session.id, "open"))
    done(beside(manager, guest, host))
    done(beside(manager, last, guest))

    for one in (host, guest, last):
        assert faults(beside(manager, host, one)) == [("/session_id", "FIELD_REFERENCE")]


def test_what_is_held_with_a_class_stays_open_when_that_is_opened_otherwise(
    make: Make, manager: Client, as_: As, room: Classroom, owner: Organization, wiring: Wiring
) -> None:
    host, guest, other = (make.class_session(one) for one in (room, *(make.classroom(owner=owner) for _ in range(2))))
    leaving = make.tutor()
    stood = make.assignment(host, leaving)
    staffed(make, other)
    minors(make, host)
    minors(make, guest)
    done(on_session(manager, host.session.id, "open", mode="reduced", venue_adults=["館長"]))
    done(on_session(manager, other.session.id, "open"))
    done(beside(manager, guest, host))
    done(settle(as_(leaving), stood, "withdraw", reason="illness"))
    before = len(notices_of(wiring))

    assert problem(on_session(manager, host.session.id, "open", mode="reduced", venue_adults=["館長"]))[0] == 409
    done(on_session(manager, host.session.id, "open", mode="reduced", venue_adults=["館長", "職員"]))
    done(beside(manager, host, other))
    done(beside(manager, guest, host))  # counts on the tutors of the third

    assert standing(manager, host, guest, other) == ["open"] * 3
    assert len(notices_of(wiring)) == before


@pytest.mark.parametrize("names", [["館長", "館長"], ["館長", " 館　長"], ["ﾔﾏﾀﾞ 花子", "ヤマダ花子"]])
def test_one_name_is_one_adult(make: Make, manager: Client, room: Classroom, names: list[str]) -> None:
    met = make.class_session(room)
    minors(make, met)

    assert problem(on_session(manager, met.session.id, "open", mode="reduced", venue_adults=names)) == (
        409,
        "CLS_STAFF",
    )
    opened = done(on_session(manager, met.session.id, "open", mode="reduced", venue_adults=[*names, "職員"]))
    assert opened["venue_adults"] == [names[0], "職員"]


def test_who_is_named_by_host_and_guest_is_one_adult(
    make: Make, manager: Client, as_: As, room: Classroom, owner: Organization
) -> None:
    host, guest = make.class_session(make.classroom(owner=owner)), make.class_session(room)
    leaving = make.tutor()
    grown = make.assignment(host, leaving)
    minors(make, host)
    minors(make, guest)
    done(on_session(manager, host.session.id, "open", mode="reduced", venue_adults=["館長"]))
    done(settle(as_(leaving), grown, "withdraw", reason="illness"))

    assert problem(beside(manager, guest, host, venue_adults=["館 長"])) == (409, "CLS_STAFF")
    done(beside(manager, guest, host, venue_adults=["職員"]))


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"insured": False}, "ASG_NO_INSURANCE"),
        ({"pledge": False}, "ASG_NO_PLEDGE"),
    ],
)
def test_tutors_whose_papers_do_not_hold_that_day_do_not_count(
    make: Make, manager: Client, room: Classroom, over: dict[str, Any], code: str
) -> None:
    met = make.class_session(room)
    staffed(make, met, 1)
    staffed(make, met, 1, **over)

    assert refused(on_session(manager, met.session.id, "open")) == [("CLS_STAFF", "never"), (code, "never")]
    staffed(make, met, 1)
    opened = done(on_session(manager, met.session.id, "open"))
    assert warned(opened) == ["CLS_BARRED"]
    assert "1人" in opened["warnings"][0]["detail"]


def test_who_is_on_leave_does_not_count(make: Make, manager: Client, as_: As, room: Classroom) -> None:
    met, tutor = make.class_session(room), make.tutor()
    make.assignment(met, tutor)
    staffed(make, met, 1)
    her = as_(tutor)
    done(her.post(f"/v1/volunteers/{tutor.id}/take-leave", json={}, headers={"If-Match": "*"}))

    assert refused(on_session(manager, met.session.id, "open")) == [("CLS_STAFF", "never"), ("ASG_STATUS", "never")]


def test_every_guest_counts_for_the_ratio(make: Make, manager: Client, owner: Organization) -> None:
    rooms = [make.classroom(owner=owner) for _ in range(3)]
    host, *guests = (make.class_session(room) for room in rooms)
    for room in rooms:
        for _ in range(3):
            make.enrollment(make.learner(owner), room)
    staffed(make, host)
    done(on_session(manager, host.session.id, "open"))

    assert [warned(done(beside(manager, guest, host))) for guest in guests] == [[], ["CLS_RATIO"]]
    assert warned(done(on_session(manager, host.session.id, "open"))) == ["CLS_RATIO"]
