"""Answers to offers: yes, no, a no taken back, a yes that comes late (domain.md §0.1)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.assignment import Via
from models.fields import OnBehalf
from models.offer import (
    Answer,
    DeclineReason,
    Offer,
    OfferAcceptance,
    OfferAnswer,
    OfferDecline,
    OfferStatus,
    OfferVerb,
    OfferView,
    OfferWithdrawal,
)
from models.shift import Shift, ShiftStatus
from models.volunteer import Volunteer
from scheduling.problem import Door
from services import states
from services.acting_for import hers_or_entered
from services.cascades import heard
from services.claiming import Entry, place
from services.concerned import tell_concerned
from services.deadlines import reply_by
from services.errors import Refused, RulesBroken
from services.filling import can_be_taken, demands_of
from services.outcome import Outcome, Outcomes, attempt
from services.queries import find, visible_offers
from services.releasing import remember_acquaintance
from services.showing_work import show_offer
from services.unit import Unit


def accept(unit: Unit, offer_id: UUID, draft: OfferAcceptance) -> OfferView:
    """Say yes. The first yes to a place is confirmed; later ones are told it is filled.

    A yes after the deadline but before the start is kept as `accepted_late` while a place is open; the office decides.
    Raises `Refused` (`OFF_FILLED`, `OFF_EXPIRED`), `RulesBroken`, `WrongState`, `Forbidden` to answer for others.
    """
    offer, shift, at = _take(unit, offer_id, draft.on_behalf)
    if offer.status in {OfferStatus.EXPIRED, OfferStatus.SENT} and offer.respond_by < at:
        return _keep_late(unit, offer, shift, draft, at)
    status = _in_time(offer)
    entry = Entry(
        Door.accept,
        Via.OFFER,
        consents=frozenset(draft.consents),
        overrides=tuple(offer.overrides),
        on_behalf=draft.on_behalf,
        offer_id=offer.id,
    )
    try:
        assignment = place(unit, offer.volunteer_id, offer.shift_id, offer.demand_id, entry)
    except RulesBroken as refusal:
        raise (Refused("OFF_FILLED") if refusal.code == "ASG_FULL" else refusal) from None
    offer.status = status
    offer.assignment_id = assignment.id
    _answered(unit, offer, shift, "accept", at, draft.on_behalf)
    return show_offer(unit, offer)


def _in_time(offer: Offer) -> OfferStatus:
    """Return what a yes in time makes of an offer; one that was told in time and entered later is approved with it."""
    status = OfferStatus(states.OFFER.next(offer.status, "accept"))
    return OfferStatus(states.OFFER.next(status, "approve")) if offer.status is OfferStatus.EXPIRED else status


def _refuse_over(unit: Unit, offer: Offer, shift: Shift) -> None:
    if offer.status is OfferStatus.WITHDRAWN and offer.withdrawn_reason is OfferWithdrawal.FILLED:
        raise Refused("OFF_FILLED")
    if shift.starts_at <= unit.now:
        raise Refused("OFF_EXPIRED")


def _keep_late(unit: Unit, offer: Offer, shift: Shift, draft: OfferAcceptance, at: datetime) -> OfferView:
    if not _has_place(unit, offer, shift):
        raise Refused("OFF_FILLED")
    verb = "accept" if offer.status is OfferStatus.EXPIRED else "accept-late"
    offer.status = OfferStatus(states.OFFER.next(offer.status, verb))
    offer.consents = sorted(set(draft.consents))
    _answered(unit, offer, shift, "accept-late", at, draft.on_behalf)
    tell_concerned(unit, shift, "office_late_yes", about=offer)
    return show_offer(unit, offer)


def _has_place(unit: Unit, offer: Offer, shift: Shift) -> bool:
    demand = next(demand for demand in demands_of(unit, shift) if demand.id == offer.demand_id)
    return shift.status is ShiftStatus.OPEN and can_be_taken(unit, demand)


def decline(unit: Unit, offer_id: UUID, draft: OfferDecline) -> OfferView:
    """Say no; she may take it back while the place is open. Raises `WrongState`, `NotFound`."""
    offer, shift, at = _take(unit, offer_id, draft.on_behalf)
    offer.status = OfferStatus(states.OFFER.next(offer.status, "decline"))
    offer.decline_reason = draft.reason
    _answered(unit, offer, shift, "decline", at, draft.on_behalf)
    view = show_offer(unit, offer)
    if draft.reason is DeclineReason.ACQUAINTANCE:
        remember_acquaintance(unit, shift, offer.volunteer_id)
    return view


def take_back(unit: Unit, offer_id: UUID, draft: OfferVerb) -> OfferView:
    """Take a no back while the place is open: the offer stands again, with a fresh deadline if the old one is over.

    Raises `Refused` (`OFF_FILLED`), `WrongState`.
    """
    offer, shift, at = _take(unit, offer_id, draft.on_behalf)
    status = OfferStatus(states.OFFER.next(offer.status, "take-back"))
    if not _has_place(unit, offer, shift):
        raise Refused("OFF_FILLED")
    offer.status = status
    offer.decline_reason = None
    offer.wave = max(offer.wave, shift.asks_from_wave or 0)  # she has seen the shift as it stands
    offer.respond_by = max(offer.respond_by, reply_by(unit.now, shift.starts_at, unit.rules, urgent=False))
    _answered(unit, offer, shift, "take-back", at, draft.on_behalf)
    return show_offer(unit, offer)


def answer_all(unit: Unit, answers: Sequence[OfferAnswer]) -> Outcomes:
    """Answer several offers at once; each answer stands or falls by itself."""
    return Outcomes([_answer(unit, answer) for answer in answers])


def _answer(unit: Unit, answer: OfferAnswer) -> Outcome:
    def do() -> Outcome:
        if answer.answer is Answer.ACCEPT:
            offer = accept(unit, answer.offer_id, OfferAcceptance(consents=answer.consents))
        else:
            offer = decline(unit, answer.offer_id, OfferDecline())
        return Outcome({"offer": offer})

    return attempt(unit, {"offer_id": answer.offer_id}, do)


def _take(unit: Unit, offer_id: UUID, on_behalf: OnBehalf | None) -> tuple[Offer, Shift, datetime]:
    """Return an offer that the caller may answer, and its shift, locked in the house's order (volunteer, shift, offer).

    Her own, or as staff with `on_behalf`; and when the answer arrived, which counts for the deadline. Raises `Forbidden`, `Stale`,
    `InvalidFields`, `Refused` once the place or the time is gone.
    """
    offer = find(unit, visible_offers(unit.actor), Offer, offer_id)
    at = hers_or_entered(unit, offer.volunteer_id, on_behalf, since=offer.sent_at, by_managers=True)
    unit.lock(Volunteer, offer.volunteer_id)
    shift = unit.lock(Shift, offer.shift_id)
    offer = unit.lock(Offer, offer_id)
    unit.expect(offer)
    _refuse_over(unit, offer, shift)
    return offer, shift, at


def _answered(unit: Unit, offer: Offer, shift: Shift, verb: str, at: datetime, on_behalf: OnBehalf | None) -> None:
    offer.answered_at = at
    offer.touch(unit.now)
    unit.audit(f"offer.{verb}", offer, subject=offer.volunteer_id, on_behalf=on_behalf)
    heard(unit, shift, offer)
