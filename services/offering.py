"""Offers as the office sends, reads, withdraws and approves them (domain.md §0.1, §4.4)."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col

from models.assignment import Via
from models.offer import Offer, OffersCreate, OfferStatus, OffersView, OfferVerb, OfferView, OfferWithdrawal
from models.shift import Shift
from models.volunteer import Volunteer
from scheduling.problem import Door
from services import states
from services.acting_for import arrival_of_volunteer
from services.asking import ask, tell
from services.cascades import heard
from services.cascading import start
from services.claiming import Entry, place
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import Permission
from services.queries import find, visible_offers, visible_shifts
from services.releasing import take_back_offer
from services.showing_work import show_offer, show_offers
from services.unit import Unit


@dataclass(frozen=True)
class OfferFilters:
    """What a list of offers is narrowed to."""

    shift_id: UUID | None = None
    volunteer_id: UUID | None = None
    status: OfferStatus | None = None


def list_offers(unit: Unit, ask: Ask, filters: OfferFilters) -> Page[OfferView]:
    """Return offers of the caller's scope, newest first."""
    statement = visible_offers(unit.actor)
    for column, value in (
        (Offer.shift_id, filters.shift_id),
        (Offer.volunteer_id, filters.volunteer_id),
        (Offer.status, filters.status),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    order = Order((Offer.sent_at, Offer.id), descending=True)
    return page(unit, ask, statement, order, show_offers, scope_of("offers", filters))


def list_own(unit: Unit, ask: Ask, status: OfferStatus | None) -> Page[OfferView]:
    """Return the offers made to the caller herself, newest first."""
    return list_offers(unit, ask, OfferFilters(volunteer_id=unit.actor.volunteer_id, status=status))


def read_offer(unit: Unit, offer_id: UUID) -> OfferView:
    """Return an offer of the caller's scope. Raises `NotFound`."""
    return show_offer(unit, find(unit, visible_offers(unit.actor), Offer, offer_id))


def send(unit: Unit, shift_id: UUID, draft: OffersCreate) -> OffersView:
    """Ask one wave of people for the open places of a shift, and with `cascade` those after it. Raises as `ask`, `start`."""
    find(unit, visible_shifts(unit.actor, Permission.OFFER_SEND), Shift, shift_id)
    shift = unit.lock(Shift, shift_id)
    within = draft.cascade.respond_within if draft.cascade else None
    offers = ask(unit, shift, draft, draft.respond_by, within=within)
    if draft.cascade is not None:
        start(unit, shift, offers, draft.cascade)
    tell(unit, offers)
    shift.touch(unit.now)
    return OffersView(items=show_offers(unit, offers))


def withdraw(unit: Unit, offer_id: UUID, draft: OfferVerb) -> OfferView:
    """Take an offer back. Raises `NotFound`, `WrongState`."""
    offer = find(unit, visible_offers(unit.actor, Permission.OFFER_SEND), Offer, offer_id)
    shift = unit.lock(Shift, offer.shift_id)
    offer = unit.lock(Offer, offer_id)
    unit.expect(offer)
    arrival_of_volunteer(unit, offer.volunteer_id, draft.on_behalf, since=offer.sent_at, by_managers=True)
    states.OFFER.next(offer.status, "withdraw")
    take_back_offer(unit, offer, shift, OfferWithdrawal.CHANGED, on_behalf=draft.on_behalf)
    heard(unit, shift, offer)
    return show_offer(unit, offer)


def approve(unit: Unit, offer_id: UUID, draft: OfferVerb) -> OfferView:
    """Let a late yes count after all: she stands on the shift, if a place is still open.

    Raises `NotFound`, `WrongState`, `RulesBroken`.
    """
    offer = find(unit, visible_offers(unit.actor, Permission.OFFER_SEND), Offer, offer_id)
    unit.lock(Volunteer, offer.volunteer_id)
    unit.lock(Shift, offer.shift_id)
    offer = unit.lock(Offer, offer_id)
    unit.expect(offer)
    arrival_of_volunteer(unit, offer.volunteer_id, draft.on_behalf, since=offer.sent_at, by_managers=True)
    status = OfferStatus(states.OFFER.next(offer.status, "approve"))
    entry = Entry(
        Door.accept,
        Via.OFFER,
        consents=frozenset(offer.consents),
        overrides=tuple(offer.overrides),
        on_behalf=draft.on_behalf,
        offer_id=offer.id,
    )
    assignment = place(unit, offer.volunteer_id, offer.shift_id, offer.demand_id, entry)
    offer.status = status
    offer.assignment_id = assignment.id
    offer.touch(unit.now)
    unit.audit("offer.approve", offer, subject=offer.volunteer_id, on_behalf=draft.on_behalf)
    return show_offer(unit, offer)
