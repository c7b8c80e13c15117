"""Workers and people at once: a wave goes out once, whoever comes by, and an answer never crosses it."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from api.db import Wiring
from models.cascade import Cascade
from models.offer import Offer, OfferStatus
from models.record import Notice
from services.clock import SetClock
from tests.db.racing import Call, accept, at_once, callers, shifts, tally, together
from tests.makers import work
from worker.waves import expire_offers, send_waves

pytestmark = pytest.mark.fresh_database

Check = Callable[[], None]
WORKERS = 4


def all_at_once(wiring: Wiring, sweep: Callable[[Wiring], int]) -> None:
    """Run a sweep in several workers that begin together, until none of them finds anything."""
    start = threading.Barrier(WORKERS)

    def run(_: int) -> None:
        start.wait(300)
        while sweep(wiring):
            pass

    together(run, range(WORKERS))


def test_a_wave_goes_out_once_whoever_comes_by(wiring: Wiring, check_data: Check) -> None:
    everybody = callers(wiring, 8)
    opened = shifts(wiring, 30, apart=timedelta(minutes=5))
    with wiring.unit() as unit:
        for one in opened:
            work.cascade(unit, one, batch=2)
    patient = replace(wiring, rules=replace(wiring.rules, asks_per_week=100, open_asks=100))

    all_at_once(patient, send_waves)

    with wiring.unit(write=False) as unit:
        offers = unit.session.exec(select(Offer)).all()
        assert Counter(offer.shift_id for offer in offers) == {one.shift.id: 2 for one in opened}
        assert {offer.wave for offer in offers} == {1}
        assert {cascade.wave for cascade in unit.session.exec(select(Cascade))} == {1}
        told = unit.session.exec(select(Notice.object_id).where(Notice.kind == "offer_sent")).all()
        assert sorted(told) == sorted(offer.id for offer in offers)
        assert {offer.volunteer_id for offer in offers} <= {caller.person.id for caller in everybody}
    check_data()


def test_answers_cross_waves_and_deadlines(server: str, wiring: Wiring, clock: SetClock, check_data: Check) -> None:
    """Everybody says yes at the moment her offer expires and the next wave is due: one is confirmed, or kept as late."""
    asked = callers(wiring, 12)
    opened = shifts(wiring, 4)
    with wiring.unit() as unit:
        for one in opened:
            work.cascade(unit, one, batch=3, wave=1)
        offers = [work.offer(unit, opened[n % 4], caller.person) for n, caller in enumerate(asked)]
    clock.forward(hours=24, seconds=1)
    calls: list[Call] = [accept(caller, offer.id) for caller, offer in zip(asked, offers, strict=True)]
    sweeps = [threading.Thread(target=sweep, args=(wiring,)) for sweep in (expire_offers, send_waves) * 2]
    for thread in sweeps:
        thread.start()
    answers = at_once(server, calls)
    for thread in sweeps:
        thread.join(60)

    assert tally(answers) == {(200, None): 12}
    while expire_offers(wiring) or send_waves(wiring):
        pass
    with wiring.unit(write=False) as unit:
        first = [unit.get(Offer, offer.id).status for offer in offers]
    assert set(first) == {OfferStatus.ACCEPTED_LATE}
    check_data()
