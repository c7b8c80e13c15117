"""SIGKILL of workers in the middle of two thousand due actions: each is done in the end, and done once."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from api.db import Wiring
from api.settings import Settings
from models.account import Role
from models.cascade import Cascade, CascadeStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.offer import Offer, OfferStatus
from models.record import AuditEvent, Notice
from models.shift import Shift, ShiftStatus
from services.clock import SetClock
from services.unit import Unit
from tests.db.killable_worker import work_off, working
from tests.db.racing import DAY, callers, shifts
from tests.makers import people, work

pytestmark = pytest.mark.fresh_database

NOW = DAY + timedelta(minutes=30)
CASCADES, OVERDUE, LAPSING, BEGINNING, REMINDED = 300, 900, 200, 400, 200
DONE = ("offer.send", "offer.expire", "dispatch_request.lapse", "shift.start", "shift.end")
"""What the workers write, once for each object."""


def two_thousand_actions(wiring: Wiring) -> None:
    """Waves to send, offers to close, requests to lapse, shifts to begin with somebody or nobody, people to remind."""
    askable = [caller.person for caller in callers(wiring, 6)]
    waving = shifts(wiring, CASCADES, apart=timedelta(minutes=5), first=10)
    asked = shifts(wiring, OVERDUE // 3, apart=timedelta(minutes=5), first=20)
    beginning, tomorrow = shifts(wiring, BEGINNING), shifts(wiring, REMINDED, first=1)
    with wiring.unit() as unit:
        for opened in waving:
            work.cascade(unit, opened, batch=1)
        for opened in asked:
            for volunteer in askable[:3]:
                work.offer(unit, opened, volunteer)
        centre = people.organization(unit)
        people.account(unit, Role.REQUESTER, organization=centre)
        for _ in range(LAPSING):
            work.request(unit, owner=centre, starts_at=DAY, status=RequestStatus.SUBMITTED)
        for now, then in zip(beginning, tomorrow, strict=False):
            # Somebody whom no wave would think of, so that the ranking stays small.
            somebody = people.volunteer(
                unit, languages={"fr": "C1"}, activities=(), rules=(), certs=(), pledge=False, insured=False
            )
            work.assignment(unit, now, somebody)
            work.assignment(unit, then, somebody)


def done(wiring: Wiring) -> int:
    """How many actions there are traces of."""
    with wiring.unit(write=False) as unit:
        written = select(func.count()).select_from(AuditEvent).where(col(AuditEvent.action).in_(DONE))
        reminded = select(func.count()).select_from(Notice).where(Notice.kind == "reminder_day")
        return unit.session.exec(written).one() + unit.session.exec(reminded).one()


def kill_two_workers(settings: Settings, wiring: Wiring, after: int) -> None:
    """Let two workers go at it, and kill both once so many actions are done."""
    with ExitStack() as stack:
        both = [stack.enter_context(working(settings, NOW)) for _ in range(2)]
        while done(wiring) < after:
            assert {process.poll() for process in both} == {None}
            time.sleep(0.05)
        for process in both:
            process.send_signal(signal.SIGKILL)
        assert [process.wait(300) for process in both] == [-signal.SIGKILL] * 2


def test_what_is_due_is_done_once_however_often_the_workers_die(
    settings: Settings, wiring: Wiring, clock: SetClock, check_data: Callable[[], None]
) -> None:
    chance = random.Random(1)  # noqa: S311 - to be repeated, not to be secret
    two_thousand_actions(wiring)
    for after in (chance.randint(20, 150), chance.randint(400, 700), chance.randint(1100, 1500)):
        kill_two_workers(settings, wiring, after)
        check_data()
    clock.now = NOW
    assert done(wiring) < CASCADES + OVERDUE + LAPSING + BEGINNING + REMINDED
    work_off(wiring)
    everything_was_done_once(wiring)
    check_data()


def everything_was_done_once(wiring: Wiring) -> None:
    with wiring.unit(write=False) as unit:
        read = unit.session.exec
        times = Counter(read(select(AuditEvent.action, AuditEvent.object_id).where(col(AuditEvent.action).in_(DONE))))
        assert set(times.values()) == {1}
        assert Counter(action for action, _ in times) == {
            "offer.send": CASCADES,
            "offer.expire": OVERDUE,
            "dispatch_request.lapse": LAPSING,
            "shift.start": BEGINNING // 2,
            "shift.end": BEGINNING // 2,
        }
        told = Counter(read(select(Notice.kind, Notice.object_id)))
        assert set(told.values()) == {1}
        kinds = Counter(kind for kind, _ in told)
        assert kinds == {"offer_sent": CASCADES, "request_lapsed": LAPSING, "reminder_day": REMINDED}
        assert states_of(unit) == (
            {(CascadeStatus.RUNNING, 1): CASCADES},
            {OfferStatus.SENT: CASCADES, OfferStatus.EXPIRED: OVERDUE},
            BEGINNING // 2,
        )
        assert len(set(read(select(Offer.shift_id).where(Offer.status == OfferStatus.SENT)))) == CASCADES
        lapsed = read(select(DispatchRequest.id).where(DispatchRequest.status == RequestStatus.CANCELLED)).all()
        assert len(lapsed) == LAPSING


def states_of(unit: Unit) -> tuple[Counter[tuple[CascadeStatus, int]], Counter[OfferStatus], int]:
    """How the waves and the offers stand, and how many shifts run."""
    running = select(func.count()).select_from(Shift).where(Shift.status == ShiftStatus.IN_PROGRESS)
    return (
        Counter((cascade.status, cascade.wave) for cascade in unit.session.exec(select(Cascade))),
        Counter(offer.status for offer in unit.session.exec(select(Offer))),
        unit.session.exec(running).one(),
    )
