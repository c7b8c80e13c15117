"""A class that took place and that nobody opened is written down with a reason, and its roll is taken then."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from api.db import Wiring
from models.account import Role
from models.classroom import Classroom
from models.organization import Organization
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.classes import Met, noted, on_session, roll
from tests.makers.doors import audited, done, faults, notices_of, on_shift, problem, refused
from worker.classes import hold_classes
from worker.passing import move_shifts

YEAR = {"from": "2025-04-01", "to": "2026-03-31"}
WHY = "開講の記録を忘れていた"


@pytest.fixture
def room(make: Make, owner: Organization) -> Classroom:
    return make.classroom(owner=owner)


@pytest.fixture
def met(make: Make, room: Classroom) -> Met:
    return make.class_session(room)


@pytest.fixture(autouse=True)
def _sound(check_data: Callable[[], None]) -> object:
    yield
    check_data()


def late(caller: Client, met: Met, **over: Any) -> httpx2.Response:
    return on_session(caller, met.session.id, "record-late", **{"reason": WHY, **over})


def shown(caller: Client, met: Met) -> Any:
    return done(caller.get(f"/v1/class-sessions/{met.session.id}"))


def pass_by(clock: SetClock, wiring: Wiring, met: Met) -> None:
    for at in (met.session.starts_at, met.session.ends_at + timedelta(minutes=1)):
        clock.now = at
        move_shifts(wiring)
    hold_classes(wiring)


def test_a_class_that_nobody_opened_is_recorded_and_counts(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, manager: Client, as_: As, owner: Organization, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    met, child = make.class_session(room), make.learner(owner)
    make.enrollment(child, room)
    for _ in range(2):
        make.assignment(met, make.tutor())
    pass_by(clock, wiring, met)
    lapsed = shown(manager, met)
    assert (lapsed["status"], lapsed["status_reason"], lapsed["actions"]) == ("cancelled", "lapsed", ["record-late"])
    assert problem(roll(manager, met.session.id, noted(child))) == (409, "CLS_STATE")
    held = done(late(manager, met))

    assert (held["status"], held["status_reason"], held["mode"], held["tutors"]) == ("held", WHY, "full", 2)
    assert held["actions"] == ["record"]
    assert [event.action for event in audited(wiring, met.session.id)][-1] == "class_session.record-late"
    done(roll(manager, met.session.id, noted(child)))
    assert done(on_session(manager, met.session.id, "record"))["status"] == "recorded"
    assert [status for _, status, _ in on_shift(wiring, met)] == ["confirmed", "confirmed"]
    counted = done(as_(Role.ADMIN).get("/v1/reports/classrooms", params=YEAR))["total"]
    assert (counted["class_sessions_held"], counted["class_sessions_cancelled"]) == (1, 0)
    assert (counted["tutors_present"], counted["attendances"]) == (2, 1)


def test_the_sweep_may_come_later(make: Make, office: Client, met: Met, clock: SetClock) -> None:
    for _ in range(2):
        make.assignment(met, make.tutor())
    clock.now = met.session.ends_at + timedelta(days=1)

    assert done(late(office, met))["status"] == "held"
    assert problem(late(office, met)) == (409, "CLS_STATE")


def test_two_adults_were_there_or_it_is_not_recorded(
    make: Make, manager: Client, met: Met, clock: SetClock, wiring: Wiring
) -> None:
    make.assignment(met, make.tutor())
    pass_by(clock, wiring, met)

    assert refused(late(manager, met, mode="reduced")) == [("CLS_STAFF", "never")]
    assert refused(late(manager, met, venue_adults=["館長"])) == [("CLS_STAFF", "never")]
    assert shown(manager, met)["status"] == "cancelled"
    recorded = done(late(manager, met, mode="reduced", venue_adults=["館長"]))
    assert (recorded["status"], recorded["venue_adults"]) == ("held", ["館長"])


def test_whoever_is_found_not_to_be_cleared_since_does_not_count(  # noqa: PLR0913, PLR0917 - fixtures
    make: Make, manager: Client, office: Client, as_: As, met: Met, clock: SetClock, wiring: Wiring
) -> None:
    doubtful, gone, well = (make.tutor() for _ in range(3))
    for one in (doubtful, gone, well):
        make.assignment(met, one)
    pass_by(clock, wiring, met)
    found = {"status": "not_cleared", "checked_on": "2025-11-15"}
    done(office.post(f"/v1/volunteers/{doubtful.id}/child-safety", json=found), 201)
    done(as_(Role.ADMIN).post(f"/v1/volunteers/{gone.id}/suspend", json={"reason": "連絡待ち"}))
    held = done(late(manager, met))

    assert [one["code"] for one in held["warnings"]] == ["CLS_BARRED"]
    assert "1人" in held["warnings"][0]["detail"]


def test_it_may_have_been_held_with_another(
    make: Make, manager: Client, owner: Organization, met: Met, clock: SetClock, wiring: Wiring
) -> None:
    host = make.class_session(make.classroom(owner=owner))
    for _ in range(2):
        make.assignment(host, make.tutor())
    done(on_session(manager, host.session.id, "open"))
    pass_by(clock, wiring, met)
    merged = done(late(manager, met, mode="merged_with", session_id=str(host.session.id)))

    assert (merged["status"], merged["merged_with_id"]) == ("held", str(host.session.id))


def test_what_was_called_off_and_what_is_to_come_is_not_recorded_late(
    make: Make, manager: Client, room: Classroom, clock: SetClock, wiring: Wiring
) -> None:
    off, ahead, opened = (make.class_session(room, on=date(2025, 11, day)) for day in (15, 23, 16))
    for one in (off, ahead, opened):
        for _ in range(2):
            make.assignment(one, make.tutor())
    done(on_session(manager, off.session.id, "cancel", reason="大雪"))
    done(on_session(manager, opened.session.id, "open"))
    pass_by(clock, wiring, opened)

    said = late(manager, off)
    assert (problem(said), said.json()["allowed"]) == ((409, "CLS_STATE"), [])
    assert shown(manager, off)["actions"] == []
    assert [problem(late(manager, one)) for one in (ahead, opened)] == [(409, "CLS_STATE")] * 2


def test_the_reason_names_nobody(manager: Client, met: Met, clock: SetClock, wiring: Wiring) -> None:
    pass_by(clock, wiring, met)
    assert faults(late(manager, met, reason="076-000-0000 に電話"))[0][0] == "/reason"
    assert faults(on_session(manager, met.session.id, "record-late")) == [("/reason", "FIELD_MISSING")]


@pytest.mark.parametrize("run_by_somebody", [True, False])
def test_the_office_hears_of_a_class_that_lapses_where_nobody_runs_it(  # noqa: PLR0913 - fixtures
    as_: As,
    office: Client,
    owner: Organization,
    met: Met,
    clock: SetClock,
    wiring: Wiring,
    *,
    run_by_somebody: bool,
) -> None:
    told = as_(Role.CLASSROOM_MANAGER, organization=owner) if run_by_somebody else office
    pass_by(clock, wiring, met)

    assert [to for kind, to in notices_of(wiring) if kind == "class_session_lapsed"] == [told.account.id]
