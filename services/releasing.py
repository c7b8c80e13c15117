"""How a place becomes free again: an assignment ends, offers are taken back, what was arranged is called off."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import CALLED_OFF, Assignment, AssignmentStatus, Booking, BookingSource
from models.client import Client, ClientExclusion, ExclusionKind, RequestClient
from models.dispatch_request import DispatchRequest
from models.fallback import Fallback, FallbackStatus
from models.fields import OnBehalf
from models.offer import Offer, OfferStatus, OfferWithdrawal
from models.shift import Shift
from services import cascades, states
from services.clashing import tell_clashes
from services.filling import free_place, holders_of
from services.notifying import tell_volunteer
from services.unit import Unit

OPEN_OFFERS = frozenset({OfferStatus.SENT, OfferStatus.ACCEPTED_LATE, OfferStatus.EXPIRED})
_YES = {OfferStatus.SENT: "accept", OfferStatus.ACCEPTED_LATE: "approve"}

_OPEN_OFFERS = (
    select(Offer)
    .where(col(Offer.shift_id) == sa.bindparam("shift_id"), col(Offer.status).in_(sorted(OPEN_OFFERS)))
    .order_by(col(Offer.id))
)
_OWN_OFFERS = (
    select(Offer)
    .where(
        col(Offer.shift_id).in_(sa.bindparam("shift_ids", expanding=True)),
        col(Offer.volunteer_id) == sa.bindparam("volunteer_id"),
        col(Offer.status).in_(sorted(_YES)),
    )
    .order_by(col(Offer.id))
)


def end(unit: Unit, assignment: Assignment, verb: str, reason: str) -> None:
    """End an assignment by `withdraw` or `cancel`: its time and its place are free in this transaction."""
    assignment.status = AssignmentStatus(states.ASSIGNMENT.next(assignment.status, verb))
    assignment.ended_at = unit.now
    assignment.end_reason = reason
    assignment.touch(unit.now)
    booking = unit.session.exec(
        select(Booking).where(
            Booking.source_type == BookingSource.ASSIGNMENT, Booking.source_id == assignment.id, col(Booking.active)
        )
    ).one()
    booking.active = False
    free_place(unit, assignment.demand_id)


def clear_shift(unit: Unit, shift: Shift, *, told: bool = True) -> None:
    """End everything on a shift that is cancelled, and tell everybody on it, unless whoever calls tells them."""
    cascades.end(unit, shift)
    for assignment in holders_of(unit, shift):
        end(unit, assignment, "cancel", CALLED_OFF)
        unit.audit("assignment.cancel", assignment, subject=assignment.volunteer_id)
        if told:
            facts = {"starts_at": shift.starts_at}
            tell_volunteer(unit, assignment.volunteer_id, "assignment_cancelled", assignment, facts)
    withdraw_offers(unit, shift, OfferWithdrawal.CANCELLED)


def open_offers(unit: Unit, shift: Shift) -> Sequence[Offer]:
    """Return the offers of a shift that somebody might still say yes to."""
    return unit.session.exec(_OPEN_OFFERS, params={"shift_id": shift.id}).all()


def withdraw_offers(
    unit: Unit, shift: Shift, reason: OfferWithdrawal, *, but: UUID | None = None, of: UUID | None = None
) -> None:
    """Take back the offers of a shift, or `of` one demand, that nobody needs to answer, and thank those who were asked."""
    for offer in open_offers(unit, shift):
        if offer.id != but and of in {None, offer.demand_id}:
            take_back_offer(unit, offer, shift, reason)


def ask_anew(unit: Unit, shift: Shift) -> None:
    """Let a changed shift go out anew: its open offers are withdrawn, and whoever said no may be asked again, by its waves at once."""
    withdraw_offers(unit, shift, OfferWithdrawal.CHANGED)
    cascades.hurry_all(unit, shift)
    last = unit.session.exec(select(sa.func.max(Offer.wave)).where(Offer.shift_id == shift.id)).one()
    shift.asks_from_wave = (last or 0) + 1
    shift.touch(unit.now)


def drop_arranged(unit: Unit, request: DispatchRequest) -> None:
    """Call off what was arranged for a request that is cancelled; its end is told once, with the request's."""
    arranged = unit.session.exec(
        select(Fallback).where(Fallback.request_id == request.id, Fallback.status == FallbackStatus.ARRANGED)
    ).all()
    for fallback in arranged:
        fallback.status = FallbackStatus(states.FALLBACK.next(fallback.status, "drop"))
        fallback.touch(unit.now)
        unit.audit("fallback.drop", fallback)


def asked_for(unit: Unit, volunteer_id: UUID, shift_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the demand of each shift for which she has an open offer."""
    return {offer.shift_id: offer.demand_id for offer in _own_offers(unit, volunteer_id, shift_ids)}


def _own_offers(unit: Unit, volunteer_id: UUID, shift_ids: Sequence[UUID]) -> Sequence[Offer]:
    hers = {"shift_ids": shift_ids, "volunteer_id": volunteer_id}
    return unit.session.exec(_OWN_OFFERS, params=hers).all()


def close_own_offers(unit: Unit, shift: Shift, assignment: Assignment, *, but: UUID | None) -> None:
    """Count her open offer for the place as accepted when she came to it by another door: it needs no answer any more.

    One for another place of the shift is taken back without a word: she is coming, and no wave waits for her.
    """
    for offer in _own_offers(unit, assignment.volunteer_id, [shift.id]):
        if offer.id == but:
            continue
        if offer.demand_id == assignment.demand_id:
            _count_as_yes(unit, offer, assignment)
        else:
            _withdraw(unit, offer, OfferWithdrawal.CHANGED)
        cascades.heard(unit, shift, offer)


def _count_as_yes(unit: Unit, offer: Offer, assignment: Assignment) -> None:
    verb = _YES[offer.status]
    offer.status = OfferStatus(states.OFFER.next(offer.status, verb))
    offer.assignment_id = assignment.id
    offer.answered_at = offer.answered_at or unit.now
    offer.touch(unit.now)
    unit.audit(f"offer.{verb}", offer, subject=offer.volunteer_id)


def take_back_offer(
    unit: Unit, offer: Offer, shift: Shift, reason: OfferWithdrawal, *, on_behalf: OnBehalf | None = None
) -> None:
    """Withdraw one offer and tell the volunteer."""
    _withdraw(unit, offer, reason, on_behalf=on_behalf)
    kind = "offer_filled" if reason is OfferWithdrawal.FILLED else "offer_withdrawn"
    tell_volunteer(unit, offer.volunteer_id, kind, offer, {"starts_at": shift.starts_at})


def _withdraw(unit: Unit, offer: Offer, reason: OfferWithdrawal, *, on_behalf: OnBehalf | None = None) -> None:
    offer.status = OfferStatus.WITHDRAWN
    offer.withdrawn_reason = reason
    offer.touch(unit.now)
    unit.audit("offer.withdraw", offer, subject=offer.volunteer_id, on_behalf=on_behalf)


def remember_acquaintance(unit: Unit, shift: Shift, volunteer_id: UUID) -> None:
    """Keep her from this family's requests from now on, without a count and without a trace to the other side (§0.1)."""
    clients = unit.session.exec(
        select(RequestClient.client_id)
        .where(RequestClient.request_id == shift.source_id)
        .order_by(col(RequestClient.client_id))
    ).all()
    for client_id in clients:
        bar(unit, client_id, volunteer_id, ExclusionKind.ACQUAINTED)


def bar(unit: Unit, client_id: UUID, volunteer_id: UUID, kind: ExclusionKind) -> ClientExclusion:
    """Put a person on a family's list, or back on it; the office is told where she is coming in spite of it."""
    unit.lock(Client, client_id)
    known = unit.session.exec(
        select(ClientExclusion).where(
            ClientExclusion.client_id == client_id, ClientExclusion.volunteer_id == volunteer_id
        )
    ).one_or_none()
    entry: ClientExclusion = known or ClientExclusion(
        client_id=client_id, volunteer_id=volunteer_id, kind=kind, created_at=unit.now
    )
    entry.kind = kind
    entry.lifted_at = None
    unit.add(entry)
    tell_clashes(unit, client_id, ClientExclusion.id == entry.id)
    return entry
