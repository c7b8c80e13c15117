"""Waves of offers as the office starts and reads them, and the sweeps that send them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from api.db import Wiring
from models.cascade import Cascade
from models.offer import Offer
from models.record import Notice, NoticeChannel
from services.clock import SetClock
from services.notifying import unpack
from services.wording import say
from tests.conftest import Client
from tests.makers.doors import ask, done, notices_of
from tests.makers.moments import at
from tests.makers.work import Opened, Placed
from worker.waves import expire_offers, send_waves


def begin(office: Client, opened: Opened, top: int = 3, **terms: Any) -> list[dict[str, Any]]:
    """Send the first wave and let others follow it; its offers."""
    items: list[dict[str, Any]] = done(ask(office, opened, top=top, cascade=terms), 201)["items"]
    return items


def sweep(wiring: Wiring, clock: SetClock, moment: str) -> None:
    """Let the sweeps come by at a moment."""
    clock.now = at(moment)
    expire_offers(wiring)
    send_waves(wiring)


def waves_of(office: Client, opened: Opened) -> Mapping[str, Any]:
    """The waves of the shift as staff see them."""
    (cascade,) = done(office.get(f"/v1/shifts/{opened.shift.id}"))["cascades"]
    seen: Mapping[str, Any] = cascade
    return seen


def status_of(office: Client, opened: Opened) -> tuple[str, int]:
    """How the waves stand, and which was the last."""
    seen = waves_of(office, opened)
    return seen["status"], seen["wave"]


def asked_in(wiring: Wiring, opened: Placed) -> dict[int, set[UUID]]:
    """Who was asked in which wave."""
    with wiring.unit(write=False) as unit:
        waves: dict[int, set[UUID]] = {}
        for offer in unit.session.exec(select(Offer).where(Offer.shift_id == opened.shift.id)):
            waves.setdefault(offer.wave, set()).add(offer.volunteer_id)
        return waves


def cascades_of(wiring: Wiring, opened: Placed) -> list[Cascade]:
    """Every cascade the shift ever had, oldest first."""
    statement = select(Cascade).where(Cascade.shift_id == opened.shift.id).order_by(col(Cascade.id))
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(statement))


def kinds(wiring: Wiring, whom: Client) -> list[str]:
    """What somebody was told, by kind."""
    return [kind for kind, to in notices_of(wiring) if to == whom.account.id]


def texts(wiring: Wiring, kind: str, language: str = "en") -> list[str]:
    """What the notices of a kind say, oldest first."""
    statement = select(Notice).where(Notice.kind == kind).order_by(col(Notice.id))
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(statement).all()
        return [say("notices", f"{kind}_body", language, unpack(row.facts), unit.zone) for row in rows]


def phone_list(wiring: Wiring) -> set[Any]:
    """Who is to be phoned; nobody twice."""
    with wiring.unit(write=False) as unit:
        rows = unit.session.exec(select(Notice.volunteer_id).where(Notice.channel == NoticeChannel.TO_PHONE)).all()
        assert len(rows) == len(set(rows))  # on the list once
        return set(rows)


def offers_of(office: Client, opened: Opened) -> list[dict[str, Any]]:
    """Every offer for the shift, newest first."""
    items: list[dict[str, Any]] = done(office.get("/v1/offers", params={"shift_id": str(opened.shift.id)}))["items"]
    return items
