"""Broadcasts to key persons or envoys: each is written once, in a language of hers, where she agreed to the purpose, and counted.

Messages leave through the outbox like every notice; nobody learns who else was written to.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.appointment import Appointment
from models.broadcast import (
    Acknowledgement,
    Broadcast,
    BroadcastAudience,
    BroadcastCreate,
    BroadcastDelivery,
    BroadcastPatch,
    BroadcastStatus,
    BroadcastSummary,
    BroadcastView,
    DeliveryView,
    LanguageCount,
    OwnBroadcast,
)
from models.key_person import KeyPerson
from models.record import Notice, NoticeChannel, NoticeStatus
from services import council_states, envoys
from services.acting_for import hers_or_entered
from services.envoys import envoy_names
from services.errors import NotFound, Refused, WrongState, invalid
from services.key_persons import names_of, reachable
from services.memberships import check_districts
from services.notifying import tell_volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.unit import Unit


def list_broadcasts(unit: Unit, ask: Ask) -> Page[BroadcastSummary]:
    """Return the log of broadcasts, newest first."""
    order = Order((Broadcast.created_at, Broadcast.id), descending=True)
    return page(unit, ask, select(Broadcast), order, _summaries, scope_of("broadcasts"))


def read_broadcast(unit: Unit, broadcast_id: UUID) -> BroadcastView:
    """Return a broadcast: of a draft whom it would reach now, else how it fares. Raises `NotFound`."""
    return _show(unit, unit.get(Broadcast, broadcast_id))


def draft_broadcast(unit: Unit, draft: BroadcastCreate) -> BroadcastView:
    """Write a message to be looked over. Raises `InvalidFields` for an unknown district, or one for whoever went home."""
    _check_districts(unit, draft.audience, draft.districts)
    row = unit.add(Broadcast(**draft.model_dump(), status=BroadcastStatus.DRAFT, **unit.stamp()))
    unit.audit("broadcast.create", row)
    _warn_of_left_out(unit, row)
    return _show(unit, row)


def _check_districts(unit: Unit, audience: BroadcastAudience, districts: Sequence[str]) -> None:
    if audience is BroadcastAudience.ENVOYS and districts:
        raise invalid("/districts", "FIELD_CONFLICT", other="audience")
    check_districts(unit, districts)


def change(unit: Unit, broadcast_id: UUID, patch: BroadcastPatch) -> BroadcastView:
    """Correct a draft. Raises `NotFound`, `Stale`, `WrongState` (`BRC_STATE`), `InvalidFields`."""
    row = _take(unit, broadcast_id)
    if row.status is not BroadcastStatus.DRAFT:
        raise WrongState(code="BRC_STATE", state=row.status, allowed=council_states.BROADCAST.verbs(row.status))
    _check_districts(unit, row.audience, patch.districts or [])
    for name, value in patch.model_dump(include=patch.model_fields_set).items():
        setattr(row, name, value)
    row.touch(unit.now)
    unit.audit("broadcast.change", row, fields=list(patch.changes()))
    _warn_of_left_out(unit, row)
    return _show(unit, row)


def send(unit: Unit, broadcast_id: UUID) -> BroadcastView:
    """Send a message to everybody it is for, once each, in the first of her languages that it has.

    Raises `NotFound`, `Stale`, `WrongState` (`BRC_STATE`), `Refused` (`BRC_NOBODY`) where nobody may be written to.
    """
    row = _take(unit, broadcast_id)
    row.status = BroadcastStatus(council_states.BROADCAST.next(row.status, "send"))
    for person, _ in _recipients(unit, row):
        unit.lock(
            type(person), person.id
        )  # whoever takes her consent back waits, or has done so before she is written to
    recipients = _recipients(unit, row)
    if not recipients:
        raise Refused("BRC_NOBODY")
    row.sent_at = unit.now
    row.touch(unit.now)
    for person, language in recipients:
        _deliver(unit, row, person, language)
    unit.session.flush()
    unit.audit("broadcast.send", row, facts={"recipients": len(recipients)})
    _warn_of_left_out(unit, row)
    return _show(unit, row)


def _warn_of_left_out(unit: Unit, row: Broadcast) -> None:
    """Tell of whom the message passes by, since it has none of their languages; the first of each is named."""
    left_out = [person for person in _reachable(unit, row) if not set(row.texts).intersection(person.languages)]
    if left_out:
        unit.warn("BRC_LEFT_OUT", n=len(left_out), languages={person.languages[0] for person in left_out})


def _deliver(unit: Unit, row: Broadcast, person: KeyPerson | Appointment, language: str) -> None:
    delivery = unit.add(BroadcastDelivery(broadcast_id=row.id, volunteer_id=person.volunteer_id, language=language))
    if isinstance(person, Appointment):
        envoys.write_to(unit, person, delivery, row.texts[language])
        return
    tell_volunteer(unit, person.volunteer_id, "broadcast", delivery, dict(row.texts[language]))


def _reachable(unit: Unit, row: Broadcast) -> Sequence[KeyPerson | Appointment]:
    """Return who may be written to: by the consent that belongs to the audience."""
    if row.audience is BroadcastAudience.ENVOYS:
        return envoys.reachable(unit, row.purpose)
    return reachable(unit, row.purpose, row.districts)


def _recipients(unit: Unit, row: Broadcast) -> list[tuple[KeyPerson | Appointment, str]]:
    """Return whom a broadcast is for, each with the language she is written to in."""
    found = []
    for person in _reachable(unit, row):
        language = next((tag for tag in person.languages if tag in row.texts), None)
        if language is not None:
            found.append((person, language))
    return found


def list_deliveries(unit: Unit, ask: Ask, broadcast_id: UUID) -> Page[DeliveryView]:
    """Return the recipients of a broadcast with what became of each message. Raises `NotFound`."""
    row = unit.get(Broadcast, broadcast_id)
    names = envoy_names if row.audience is BroadcastAudience.ENVOYS else names_of
    show = partial(_show_deliveries, names_of=names)
    statement = select(BroadcastDelivery).where(BroadcastDelivery.broadcast_id == broadcast_id)
    scope = scope_of("deliveries", broadcast_id)
    return page(unit, ask, statement, Order((BroadcastDelivery.id,)), show, scope)


def acknowledge(unit: Unit, delivery_id: UUID, draft: Acknowledgement) -> OwnBroadcast:
    """Say that a message was read: she herself, or the office for her, who was told by telephone; once is enough.

    Raises `NotFound` for a message to somebody else, `Forbidden` for staff who do not say how it reached them.
    """
    delivery = unit.lock(BroadcastDelivery, delivery_id)
    if not unit.actor.is_staff and delivery.volunteer_id != unit.actor.volunteer_id:
        raise NotFound
    row = unit.get(Broadcast, delivery.broadcast_id)
    at = hers_or_entered(unit, delivery.volunteer_id, draft.on_behalf, row.sent_at)
    if delivery.acknowledged_at is None:
        delivery.acknowledged_at = at
        unit.audit("broadcast.acknowledge", row, subject=delivery.volunteer_id, on_behalf=draft.on_behalf)
    return _own(delivery, row)


def list_own(unit: Unit, ask: Ask) -> Page[OwnBroadcast]:
    """Return the messages that reached the caller, newest first."""
    statement = select(BroadcastDelivery).where(BroadcastDelivery.volunteer_id == unit.actor.volunteer_id)
    order = Order((BroadcastDelivery.id,), descending=True)
    return page(unit, ask, statement, order, _show_own, scope_of("own broadcasts", unit.actor.volunteer_id))


def _take(unit: Unit, broadcast_id: UUID) -> Broadcast:
    row = unit.lock(Broadcast, broadcast_id)
    unit.expect(row)
    return row


def _counts(unit: Unit, row: Broadcast) -> list[LanguageCount]:
    """Count recipients by language, and how their messages fare."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    if row.status is BroadcastStatus.DRAFT:
        for _, language in _recipients(unit, row):
            counted[language]["recipients"] += 1
    else:
        for delivery, notice in _delivered(unit, row.id):
            counted[delivery.language].update(_fates(delivery, notice))
    names = [name for name in LanguageCount.model_fields if name != "language"]
    return [
        LanguageCount(language=language, **{name: counted[language][name] for name in names})
        for language in sorted(row.texts)
    ]


def _fates(delivery: BroadcastDelivery, notice: Notice) -> Mapping[str, int]:
    by_phone = notice.channel is NoticeChannel.TO_PHONE
    return {
        "recipients": 1,
        "to_phone": by_phone,
        "sent": not by_phone and notice.status is NoticeStatus.SENT,
        "failed": not by_phone and notice.status is NoticeStatus.FAILED,
        "acknowledged": delivery.acknowledged_at is not None,
    }


def _delivered(unit: Unit, broadcast_id: UUID) -> Sequence[tuple[BroadcastDelivery, Notice]]:
    return unit.session.exec(
        select(BroadcastDelivery, Notice)
        .join(Notice, col(Notice.object_id) == BroadcastDelivery.id)
        .where(BroadcastDelivery.broadcast_id == broadcast_id)
    ).all()


def _summaries(unit: Unit, rows: Sequence[Broadcast]) -> list[BroadcastSummary]:
    return [BroadcastSummary(**_shown(unit, row)) for row in rows]


def _show(unit: Unit, row: Broadcast) -> BroadcastView:
    return BroadcastView(**_shown(unit, row), counts=_counts(unit, row))


def _shown(unit: Unit, row: Broadcast) -> dict[str, Any]:
    verbs = council_states.BROADCAST.open_to(row.status, permissions_of(unit.actor.roles))
    return {**row.model_dump(), "languages": sorted(row.texts), "actions": verbs}


def _show_deliveries(
    unit: Unit,
    deliveries: Sequence[BroadcastDelivery],
    names_of: Callable[[Unit, Sequence[UUID]], dict[UUID, str]],
) -> list[DeliveryView]:
    names = names_of(unit, [one.volunteer_id for one in deliveries])
    found = select(Notice).where(col(Notice.object_id).in_([one.id for one in deliveries]))
    notices = {notice.object_id: notice for notice in unit.session.exec(found)}
    return [
        DeliveryView(
            **one.model_dump(),
            display_name=names[one.volunteer_id],
            channel=notices[one.id].channel,
            status=notices[one.id].status,
        )
        for one in deliveries
    ]


def _show_own(unit: Unit, deliveries: Sequence[BroadcastDelivery]) -> list[OwnBroadcast]:
    wanted = select(Broadcast).where(col(Broadcast.id).in_([one.broadcast_id for one in deliveries]))
    rows = {row.id: row for row in unit.session.exec(wanted)}
    return [_own(one, rows[one.broadcast_id]) for one in deliveries]


def _own(delivery: BroadcastDelivery, row: Broadcast) -> OwnBroadcast:
    return OwnBroadcast(
        **delivery.model_dump(),
        **row.texts[delivery.language],
        purpose=row.purpose,
        sent_at=row.sent_at,
    )
