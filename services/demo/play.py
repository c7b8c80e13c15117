"""The requests of the demo, played through the services in the order of time: so shifts, bookings, audit and notices fit."""

from collections.abc import Callable, Iterator
from datetime import datetime, time
from functools import partial

from models.dispatch_request import RequestStatus
from services.demo import scenes
from services.demo.requests import REQUESTS, Asked
from services.demo.stage import Stage

Scene = Callable[[Stage, Asked, datetime], None]
Timed = Iterator[tuple[datetime, Scene]]
Clock = Callable[[int, int], datetime]

YESTERDAY = -1
NEVER_ACCEPTED = frozenset({RequestStatus.DRAFT, RequestStatus.SUBMITTED})


def play(stage: Stage) -> None:
    """Play every scene of every request, earliest first, so that each sees only what came before it."""
    script = [(at, n, asked, scene) for n, asked in enumerate(REQUESTS) for at, scene in _scenes(stage, asked, n)]
    for at, _, asked, scene in sorted(script, key=lambda entry: entry[:2]):
        scene(stage, asked, at)


def _scenes(stage: Stage, asked: Asked, n: int) -> Timed:
    """Return what happens to a request and when; within an hour every request has a minute of its own."""

    def on(day: int, hour: int) -> datetime:
        return stage.days.at(day, time(hour, n))

    yield on(asked.filed, 10), scenes.file
    if asked.status is not RequestStatus.DRAFT:
        yield on(asked.filed, 11), scenes.submit
    if asked.status in NEVER_ACCEPTED:
        return
    yield on(asked.filed, 12), scenes.accept
    yield from _filling(asked, on)
    if asked.offered:
        yield stage.unit.now, partial(scenes.offer_for_days, keys=asked.offered)
    if asked.status is RequestStatus.CANCELLED:
        yield on(YESTERDAY, 15), scenes.cancel
    if asked.status is RequestStatus.UNFILLED:
        yield on(YESTERDAY, 15), scenes.give_up


def _filling(asked: Asked, on: Clock) -> Timed:
    if asked.left:
        yield from _asking(asked.left, None, asked.filed, on)
        yield on(asked.filed + 1, 10), partial(scenes.leave, key=asked.left)
    day = asked.filed + 1 if asked.left else asked.filed
    if asked.by and asked.via == "offer":
        yield from _asking(asked.by, asked.declined, day, on)
    elif asked.by:
        yield on(day, 14), partial(scenes.claim if asked.via == "claim" else scenes.assign, key=asked.by)


def _asking(key: str, declined: str | None, day: int, on: Clock) -> Timed:
    yield on(day, 13), partial(scenes.offer, keys=[key, declined] if declined else [key])
    if declined:
        yield on(day, 14), partial(scenes.say_no, key=declined)
    yield on(day, 15), partial(scenes.say_yes, key=key)
