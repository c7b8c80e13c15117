"""The worker, as a thread of the service or a process of its own: each sweep in its rhythm, and no failure of one stops the others."""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from api.db import Wiring
from worker.classes import hold_classes, pass_places_on
from worker.deliver import deliver_due
from worker.events import hold_events, hold_lectures
from worker.following_up import (
    erase_what_is_over,
    move_stays,
    purge_identities,
    remind_of_actions,
    remind_of_findings,
    remind_of_loans,
    remind_of_reports,
    tell_of_deadlines,
)
from worker.passing import hold_checkups, lapse_requests, move_shifts
from worker.planning import finish_applying, solve_plans
from worker.registrations import anonymize_the_gone, expire_registrations, prompt_for_hours, remind_of_renewal
from worker.reminding import recheck, remind, remind_silent, settle_conditions, warn_of_risks
from worker.tidy import tidy
from worker.trainings import move_trainings, thank, warn_of_certificates
from worker.waves import expire_offers, send_waves

log = structlog.get_logger()


@dataclass(frozen=True)
class Sweep:
    """A small idempotent function over due rows, and the seconds between two runs."""

    run: Callable[[Wiring], Any]
    every_s: float


SWEEPS = (
    Sweep(deliver_due, 3),
    Sweep(move_shifts, 10),
    Sweep(send_waves, 10),
    Sweep(expire_offers, 30),
    Sweep(lapse_requests, 60),
    Sweep(remind, 60),
    Sweep(move_trainings, 60),
    Sweep(settle_conditions, 300),
    Sweep(warn_of_risks, 300),
    Sweep(remind_silent, 300),
    Sweep(finish_applying, 300),
    Sweep(recheck, 600),
    Sweep(hold_checkups, 600),
    Sweep(hold_classes, 60),
    Sweep(hold_events, 60),
    Sweep(hold_lectures, 60),
    Sweep(pass_places_on, 600),
    Sweep(remind_of_reports, 600),
    Sweep(remind_of_loans, 3600),
    Sweep(remind_of_findings, 3600),
    Sweep(tell_of_deadlines, 600),
    Sweep(move_stays, 600),
    Sweep(remind_of_actions, 3600),
    Sweep(warn_of_certificates, 3600),
    Sweep(thank, 3600),
    Sweep(expire_registrations, 600),
    Sweep(remind_of_renewal, 3600),
    Sweep(prompt_for_hours, 3600),
    Sweep(purge_identities, 3600),
    Sweep(anonymize_the_gone, 3600),
    Sweep(erase_what_is_over, 3600),
    Sweep(tidy, 3600),
)


@dataclass(frozen=True)
class LongSweep:
    """A sweep that may be at work for long: it has a thread of its own, and ends early when it is told so."""

    run: Callable[[Wiring, Callable[[], bool]], Any]
    every_s: float


LONG = (LongSweep(solve_plans, 2),)


class Loop:
    """Runs the sweeps in a daemon thread from `start` to `stop`, and each long one in another."""

    def __init__(self, wiring: Wiring, sweeps: tuple[Sweep, ...] = SWEEPS, long: tuple[LongSweep, ...] = LONG) -> None:
        self._wiring = wiring
        self._due = dict.fromkeys(sweeps, 0.0)
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, name="worker", daemon=True)]
        self._threads += [threading.Thread(target=self._run_long, args=(one,), daemon=True) for one in long]

    def start(self) -> None:
        """Begin; the first run of every sweep is at once."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 30) -> None:
        """Let the sweeps that run come to their end, and begin no other."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():  # one that has yet to be started ends by itself
                thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._sweep()
            self._stopping.wait(max(0.0, min(self._due.values()) - time.monotonic()))

    def _run_long(self, sweep: LongSweep) -> None:
        while not self._stopping.is_set():
            self._guarded(sweep)
            self._stopping.wait(sweep.every_s)

    def _sweep(self) -> None:
        for sweep, due in self._due.items():
            if due <= time.monotonic() and not self._stopping.is_set():
                self._guarded(sweep)
                self._due[sweep] = time.monotonic() + sweep.every_s

    def _guarded(self, sweep: Sweep | LongSweep) -> None:
        try:
            if isinstance(sweep, LongSweep):
                sweep.run(self._wiring, self._stopping.is_set)
            else:
                sweep.run(self._wiring)
        except Exception:  # the rows are still there: the next run does what this one could not
            log.exception("sweep_failed", sweep=sweep.run.__qualname__)


def run_until_stopped(wiring: Wiring, ready: Callable[[], None]) -> None:
    """Run the sweeps in this process until SIGINT or SIGTERM, which may come once `ready` was called.

    The sweep that runs then comes to its end.
    """
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    ready()
    loop = Loop(wiring)
    loop.start()
    stopping.wait()
    loop.stop()
