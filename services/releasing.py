"""How a place becomes free again: an assignment ends, offers are taken back."""

from uuid import UUID

from sqlmodel import col, select

from models.assignment import HOLDING, Assignment, AssignmentStatus, Booking, BookingSource
from models.client import Client, ClientExclusion, ExclusionKind, RequestClient
from models.fields import OnBehalf
from models.offer import Offer, OfferStatus, OfferWithdrawal
from models.shift import Shift
from services import states
from services.clashing import tell_clashes
from services.filling import free_place
from services.notifying import tell_volunteer
from services.unit import Unit

OPEN_OFFERS = frozenset({OfferStatus.SENT, OfferStatus.ACCEPTED_LATE, OfferStatus.EXPIRED})
_YES = {OfferStatus.SENT: "accept", OfferStatus.ACCEPTED_LATE: "approve"}


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


def clear_shift(unit: Unit, shift: Shift) -> None:
    """End everything on a shift that is cancelled, and tell everybody on it."""
    held = unit.session.exec(
        select(Assignment)
        .where(Assignment.shift_id == shift.id, col(Assignment.status).in_(sorted(HOLDING)))
        .order_by(Assignment.id)  # type: ignore[arg-type]
    ).all()
    for assignment in held:
        end(unit, assignment, "cancel", "cancelled")
        unit.audit("assignment.cancel", assignment, subject=assignment.volunteer_id)
        tell_volunteer(
            unit, assignment.volunteer_id, "assignment_cancelled", assignment, {"starts_at": shift.starts_at}
        )
    withdraw_offers(unit, shift, OfferWithdrawal.CANCELLED)


def withdraw_offers(unit: Unit, shift: Shift, reason: OfferWithdrawal, *, but: UUID | None = None) -> None:
    """Take back the offers of a shift that nobody needs to answer any more, and thank those who were asked."""
    offers = unit.session.exec(
        select(Offer).where(Offer.shift_id == shift.id, col(Offer.status).in_(sorted(OPEN_OFFERS))).order_by(Offer.id)  # type: ignore[arg-type]
    ).all()
    for offer in offers:
        if offer.id != but:
            take_back_offer(unit, offer, shift, reason)


def close_own_offers(unit: Unit, assignment: Assignment, *, but: UUID | None) -> None:
    """Count her open offer for the place as accepted when she came to it by another door: it needs no answer any more."""
    offers = unit.session.exec(
        select(Offer).where(
            Offer.demand_id == assignment.demand_id,
            Offer.volunteer_id == assignment.volunteer_id,
            col(Offer.status).in_(sorted(_YES)),
        )
    ).all()
    for offer in offers:
        if offer.id != but:
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
    offer.status = OfferStatus.WITHDRAWN
    offer.withdrawn_reason = reason
    offer.touch(unit.now)
    unit.audit("offer.withdraw", offer, subject=offer.volunteer_id, on_behalf=on_behalf)
    kind = "offer_filled" if reason is OfferWithdrawal.FILLED else "offer_withdrawn"
    tell_volunteer(unit, offer.volunteer_id, kind, offer, {"starts_at": shift.starts_at})


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
