"""Interleavings by appointment: one transaction is held between its check and its write while another arrives.

On PostgreSQL the other truly waits at a lock, and the test waits until it does; on SQLite it waits to begin at all.
Either way the outcome is the same, and that is what is asserted.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx2 import Response
from sqlmodel import col, select

from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, Booking
from models.client import Client as Family
from models.offer import Offer, OfferStatus
from models.organization import Organization
from models.record import Notice
from models.shift import Demand, Shift, ShiftStatus
from models.volunteer import Volunteer, VolunteerStatus
from services import claiming, families
from services.clashing import tell_clashes
from services.filling import take_place
from services.unit import Unit
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.asking import FAMILY
from tests.makers.bars import exclude
from tests.makers.work import VISIT, Opened

pytestmark = [pytest.mark.fresh_database, pytest.mark.usefixtures("sound")]

Units = Callable[..., AbstractContextManager[Unit]]
HOURS = timedelta(hours=1)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def until_blocked(wiring: Wiring, started: threading.Event) -> None:
    """Return once somebody waits for a lock; SQLite cannot tell, so there the request being on its way must do."""
    assert started.wait(300)
    if wiring.database.dialect == "sqlite":
        return
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    engine = sa.create_engine(wiring.settings.database_url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for _ in range(1000):
            if connection.scalar(waiting):
                return
            connection.exec_driver_sql("SELECT pg_sleep(0.01)")
    pytest.fail("nobody waits for a lock")


@dataclass
class Gate:
    """Holds the first who is about to take a place, after all was judged and before anything is written."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.opened.wait(300)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate before the guarded update of the one door."""
    made = Gate()

    def held(unit: Unit, demand_id: UUID) -> bool:
        made.wait()
        return take_place(unit, demand_id)

    monkeypatch.setattr(claiming, "take_place", held)
    return made


def post(
    client: Client, path: str, started: threading.Event | None = None, body: dict[str, Any] | None = None
) -> Response:
    if started:
        started.set()
    return client.post(path, json=body or {})


def race(
    wiring: Wiring, pool: ThreadPoolExecutor, gate: Gate, first: tuple[Client, str], second: tuple[Client, str]
) -> tuple[Response, Response]:
    """Hold the first at the gate until the second has come as far as it can; both answers."""
    started = threading.Event()
    ahead = pool.submit(post, *first)
    assert gate.reached.wait(300)
    behind = pool.submit(post, *second, started)
    until_blocked(wiring, started)
    gate.opened.set()
    return ahead.result(30), behind.result(30)


def claims(opened: Opened) -> str:
    return f"/v1/shifts/{opened.shift.id}/claims"


def test_two_claim_one_place_between_check_and_write(
    wiring: Wiring, pool: ThreadPoolExecutor, gate: Gate, make: Make, as_: As
) -> None:
    opened = make.shift_with_demand()
    one, other = as_(make.volunteer()), as_(make.volunteer())
    first, second = race(wiring, pool, gate, (one, claims(opened)), (other, claims(opened)))
    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "ASG_FULL")


def test_one_claims_two_shifts_at_one_time_between_check_and_write(
    wiring: Wiring, pool: ThreadPoolExecutor, gate: Gate, make: Make, as_: As
) -> None:
    early, late = make.shift_with_demand(), make.shift_with_demand(starts_at=VISIT + HOURS)
    caller = as_(make.volunteer())
    first, second = race(wiring, pool, gate, (caller, claims(early)), (caller, claims(late)))
    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "ASG_OVERLAP")


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    """Row locks gone: what stands behind them has to hold alone. SQLite's transactions need no row locks."""
    if dialect == "postgresql":
        monkeypatch.setattr(Unit, "lock", Unit.get)


def both_judged(monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    """Let nobody write before both have been let in by the rules; on SQLite they cannot meet there."""
    if dialect == "sqlite":
        return
    meeting = threading.Barrier(2)

    def met(unit: Unit, demand_id: UUID) -> bool:
        meeting.wait(300)
        return take_place(unit, demand_id)

    monkeypatch.setattr(claiming, "take_place", met)


@pytest.mark.usefixtures("unlocked")
def test_the_guarded_update_keeps_a_place_without_any_lock(
    monkeypatch: pytest.MonkeyPatch, dialect: str, pool: ThreadPoolExecutor, make: Make, as_: As
) -> None:
    opened = make.shift_with_demand()
    clients = [as_(make.volunteer()), as_(make.volunteer())]
    both_judged(monkeypatch, dialect)
    answers = list(pool.map(lambda client: post(client, claims(opened)), clients))
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert ({answer.status_code for answer in answers}, refused) == ({201, 409}, ["ASG_FULL"])


@pytest.mark.usefixtures("unlocked")
def test_the_calendar_keeps_a_person_without_any_lock(
    monkeypatch: pytest.MonkeyPatch, dialect: str, pool: ThreadPoolExecutor, make: Make, as_: As
) -> None:
    opened = [make.shift_with_demand(), make.shift_with_demand(starts_at=VISIT + HOURS)]
    client = as_(make.volunteer())
    both_judged(monkeypatch, dialect)
    answers = list(pool.map(lambda one: post(client, claims(one)), opened))
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert ({answer.status_code for answer in answers}, refused) == ({201, 409}, ["ASG_OVERLAP"])


def move(unit: Unit, opened: Opened, starts_at: datetime) -> None:
    """Move a shift as a later verb will: under its lock, its bookings and its request with it."""
    shift = unit.lock(Shift, opened.shift.id)
    shift.starts_at, shift.ends_at = starts_at, starts_at + 2 * HOURS
    request = unit.lock(type(opened.request), opened.request.id)
    request.starts_at, request.ends_at = shift.starts_at, shift.ends_at
    booked = select(Booking).join(Assignment, col(Assignment.id) == Booking.source_id)
    for booking in unit.session.exec(booked.where(Assignment.shift_id == shift.id, col(Booking.active))):
        booking.starts_at, booking.ends_at = shift.starts_at, shift.ends_at
    unit.session.flush()


def claimed_meanwhile(
    wiring: Wiring, pool: ThreadPoolExecutor, unit: Units, change: Callable[[Unit], None], call: tuple[Client, str]
) -> Response:
    """Make a change and commit it only when the call is waiting for it; the call's answer."""
    started = threading.Event()
    with unit() as it:
        change(it)
        waiting = pool.submit(post, *call, started)
        until_blocked(wiring, started)
    return waiting.result(30)


def test_a_claim_is_judged_by_the_time_to_which_the_shift_was_moved(
    wiring: Wiring, pool: ThreadPoolExecutor, unit: Units, make: Make, as_: As
) -> None:
    opened, elsewhere = make.shift_with_demand(), make.shift_with_demand(starts_at=VISIT + 4 * HOURS)
    volunteer = make.volunteer()
    make.assignment(elsewhere, volunteer)
    call = (as_(volunteer), claims(opened))
    answer = claimed_meanwhile(wiring, pool, unit, lambda it: move(it, opened, VISIT + 3 * HOURS), call)
    assert (answer.status_code, answer.json()["code"]) == (409, "ASG_OVERLAP")


def test_a_claim_books_the_time_to_which_the_shift_was_moved(
    wiring: Wiring, pool: ThreadPoolExecutor, unit: Units, make: Make, as_: As
) -> None:
    opened = make.shift_with_demand()
    call = (as_(make.volunteer()), claims(opened))
    answer = claimed_meanwhile(wiring, pool, unit, lambda it: move(it, opened, VISIT + 3 * HOURS), call)
    assert answer.status_code == 201
    assert booked(unit) == [VISIT + 3 * HOURS]


def test_a_move_takes_the_claim_along_that_was_under_way(
    wiring: Wiring, pool: ThreadPoolExecutor, gate: Gate, unit: Units, make: Make, as_: As
) -> None:
    opened, started = make.shift_with_demand(), threading.Event()
    claiming_ = pool.submit(post, as_(make.volunteer()), claims(opened))
    assert gate.reached.wait(300)
    moving = pool.submit(changed, unit, lambda it: move(it, opened, VISIT + 3 * HOURS), started)
    until_blocked(wiring, started)
    gate.opened.set()
    assert claiming_.result(30).status_code == 201
    moving.result(30)
    assert booked(unit) == [VISIT + 3 * HOURS]


def changed(unit: Units, change: Callable[[Unit], None], started: threading.Event) -> None:
    started.set()
    with unit() as it:
        change(it)


def booked(unit: Units) -> list[datetime]:
    with unit() as it:
        return list(it.session.exec(select(Booking.starts_at).where(col(Booking.active)).order_by(col(Booking.id))))


def suspend(unit: Unit, volunteer: Volunteer) -> None:
    unit.lock(Volunteer, volunteer.id).status = VolunteerStatus.SUSPENDED
    unit.session.flush()


def test_an_acceptance_waits_for_a_suspension_and_is_refused(
    wiring: Wiring, pool: ThreadPoolExecutor, unit: Units, make: Make, as_: As
) -> None:
    volunteer = make.volunteer()
    offer = make.offer(make.shift_with_demand(), volunteer)
    call = (as_(volunteer), f"/v1/offers/{offer.id}/accept")
    answer = claimed_meanwhile(wiring, pool, unit, lambda it: suspend(it, volunteer), call)
    assert (answer.status_code, answer.json()["code"]) == (409, "ASG_STATUS")
    with unit() as it:
        assert it.get(Offer, offer.id).status is OfferStatus.SENT
    assert booked(unit) == []


def test_a_suspension_waits_for_an_acceptance_that_was_first(
    wiring: Wiring, pool: ThreadPoolExecutor, gate: Gate, unit: Units, make: Make, as_: As
) -> None:
    volunteer, started = make.volunteer(), threading.Event()
    offer = make.offer(make.shift_with_demand(), volunteer)
    accepting = pool.submit(post, as_(volunteer), f"/v1/offers/{offer.id}/accept")
    assert gate.reached.wait(300)
    suspending = pool.submit(changed, unit, lambda it: suspend(it, volunteer), started)
    until_blocked(wiring, started)
    gate.opened.set()
    assert accepting.result(30).status_code == 200
    suspending.result(30)
    with unit() as it:
        assert it.get(Volunteer, volunteer.id).status is VolunteerStatus.SUSPENDED
    assert booked(unit) == [VISIT]


def test_two_places_of_one_wave_are_accepted_at_once(
    wiring: Wiring, pool: ThreadPoolExecutor, gate: Gate, unit: Units, make: Make, as_: As
) -> None:
    opened = make.shift_with_demand(demand={"places": 2})
    asked = [make.volunteer() for _ in range(3)]
    offers = [make.offer(opened, volunteer, rank=n) for n, volunteer in enumerate(asked, 1)]
    calls = [(as_(who), f"/v1/offers/{offer.id}/accept") for who, offer in zip(asked, offers, strict=True)]
    first, second = race(wiring, pool, gate, calls[0], calls[1])
    assert [first.status_code, second.status_code] == [200, 200]
    late = post(*calls[2])
    assert (late.status_code, late.json()["code"]) == (409, "OFF_FILLED")
    with unit() as it:
        assert it.get(Demand, opened.demand.id).taken == 2
        assert it.get(Shift, opened.shift.id).status is ShiftStatus.FILLED
        assert it.get(Offer, offers[2].id).status is OfferStatus.WITHDRAWN


def excluded_before(make: Make, volunteer: Volunteer) -> tuple[Organization, str]:
    """An institution with a family that must not meet her; its reference."""
    owner = make.organization()
    earlier = make.shift_with_demand(owner=owner, ages=(3,), starts_at=VISIT - 24 * HOURS)
    exclude(make, earlier, volunteer)
    with make.wiring.unit(write=False) as unit:
        return owner, unit.session.exec(select(Family.ref)).one()


def joins(opened: Opened) -> str:
    return f"/v1/dispatch-requests/{opened.request.id}/clients"


def checks(unit: Units) -> int:
    """How often the office was told to look who is coming."""
    with unit() as it:
        kinds = it.session.exec(select(Notice.kind)).all()
    return kinds.count("office_check_assignment")


def test_a_family_that_joins_while_she_claims_is_not_overlooked(
    wiring: Wiring, pool: ThreadPoolExecutor, gate: Gate, unit: Units, make: Make, as_: As
) -> None:
    volunteer, started = make.volunteer(), threading.Event()
    owner, ref = excluded_before(make, volunteer)
    opened, clerk = make.shift_with_demand(owner=owner), as_(Role.REQUESTER, organization=owner)
    make.account(Role.COORDINATOR)
    claiming_ = pool.submit(post, as_(volunteer), claims(opened))
    assert gate.reached.wait(300)
    joining = pool.submit(post, clerk, joins(opened), started, FAMILY | {"client_ref": ref})
    until_blocked(wiring, started)
    gate.opened.set()
    assert claiming_.result(30).status_code == 201
    assert joining.result(30).status_code == 200
    assert checks(unit) == 1


def test_who_claims_while_a_family_joins_is_judged_by_it(
    wiring: Wiring, pool: ThreadPoolExecutor, unit: Units, make: Make, as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    volunteer, started, gate = make.volunteer(), threading.Event(), Gate()
    owner, ref = excluded_before(make, volunteer)
    opened, clerk = make.shift_with_demand(owner=owner), as_(Role.REQUESTER, organization=owner)
    herself = as_(volunteer)

    def held(it: Unit, *about: Any) -> None:
        tell_clashes(it, *about)
        gate.wait()

    monkeypatch.setattr(families, "tell_clashes", held)
    joining = pool.submit(post, clerk, joins(opened), None, FAMILY | {"client_ref": ref})
    assert gate.reached.wait(300)
    claiming_ = pool.submit(post, herself, claims(opened), started)
    until_blocked(wiring, started)
    gate.opened.set()
    assert joining.result(30).status_code == 200
    answer = claiming_.result(30)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert (checks(unit), booked(unit)) == (0, [])


def test_who_is_excluded_while_she_claims_is_not_overlooked(
    wiring: Wiring, pool: ThreadPoolExecutor, gate: Gate, unit: Units, make: Make, as_: As
) -> None:
    opened, volunteer, started = make.shift_with_demand(ages=(3,)), make.volunteer(), threading.Event()
    with unit() as it:
        ref = it.session.exec(select(Family.ref)).one()
    office = as_(Role.COORDINATOR)
    claiming_ = pool.submit(post, as_(volunteer), claims(opened))
    assert gate.reached.wait(300)
    body = {"volunteer_id": str(volunteer.id)}
    excluding = pool.submit(post, office, f"/v1/clients/{ref}/exclusions", started, body)
    until_blocked(wiring, started)
    gate.opened.set()
    assert claiming_.result(30).status_code == 201
    assert excluding.result(30).status_code == 201
    assert checks(unit) == 1
