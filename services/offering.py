"""Offers from the office: one wave at a time, to the best ranked or to named people (domain.md §0.1, §4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment, Via
from models.dispatch_request import DispatchRequest
from models.fields import Override
from models.offer import Offer, OffersCreate, OfferStatus, OffersView, OfferVerb, OfferView, OfferWithdrawal
from models.shift import Demand, Shift, ShiftStatus
from models.volunteer import Volunteer
from scheduling import problem as values
from scheduling.constraints import judge
from scheduling.problem import Door
from scheduling.ranking import Candidate, rank
from services import states
from services.acting_for import arrival_of_volunteer
from services.claiming import Entry, place, recorded
from services.deadlines import reply_by
from services.errors import Broken, Refused, WrongState, broken, invalid
from services.explaining import problem_for
from services.notifying import tell_volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import REQUEST_SOURCE, find, visible_offers, visible_shifts
from services.releasing import take_back_offer
from services.request_rules import case_of, is_urgent
from services.roster import muster
from services.shift_facts import offer_facts
from services.shift_values import problem_of
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
    """Ask one wave of people for the open places of a shift.

    Raises `RulesBroken` when a named person may not be asked, `Refused` (`OFF_NOBODY`) when the ranking leaves
    nobody to ask, `WrongState` for a shift that is not open, `InvalidFields`.
    """
    find(unit, visible_shifts(unit.actor), Shift, shift_id)
    shift = unit.lock(Shift, shift_id)
    _refuse_closed(unit, shift)
    if (draft.top is None) == (not draft.volunteer_ids):
        raise invalid("/top", "FIELD_CONFLICT", other="volunteer_ids")
    problem, value, need = _question(unit, shift, draft)
    chosen = _top(unit, problem, value, need, draft.top) if draft.top else _named(unit, value, need, draft)
    deadline = _deadline(unit, shift, draft.respond_by)
    offers = _write(unit, shift, need, chosen, deadline, draft.overrides if draft.volunteer_ids else [])
    shift.touch(unit.now)
    return OffersView(items=show_offers(unit, offers))


def _refuse_closed(unit: Unit, shift: Shift) -> None:
    if shift.status is not ShiftStatus.OPEN or shift.starts_at <= unit.now:
        raise WrongState(code="SHF_STATE", state=shift.status, allowed=states.SHIFT.verbs(shift.status))


def _question(unit: Unit, shift: Shift, draft: OffersCreate) -> tuple[values.Problem, values.Shift, values.Need]:
    try:
        problem, value, need = problem_for(unit, shift.id, draft.demand_id)
    except KeyError:
        raise invalid("/demand_id") from None
    if not need.open_places:
        raise broken([Broken("ASG_FULL", "never")])
    return problem, value, need


def _top(
    unit: Unit, problem: values.Problem, shift: values.Shift, need: values.Need, count: int
) -> Sequence[Candidate]:
    """Return the best ranked who were not asked for this shift before; a "no" is not asked again (§0)."""
    asked = _asked(unit, shift)
    ranked = [one for one in rank(problem, shift, need) if UUID(one.volunteer_id) not in asked]
    if not ranked:
        raise Refused("OFF_NOBODY")
    return ranked[:count]


def _asked(unit: Unit, shift: values.Shift) -> set[UUID]:
    """Return who was asked for this shift as it stands, or gave a place on it back."""
    answered = (OfferStatus.SENT, OfferStatus.DECLINED, OfferStatus.EXPIRED, OfferStatus.ACCEPTED_LATE)
    left = select(Assignment.volunteer_id).where(
        Assignment.shift_id == UUID(shift.id), col(Assignment.status).not_in(sorted(HOLDING))
    )
    return {*_offered(unit, shift, *answered), *unit.session.exec(left)}


def _offered(unit: Unit, shift: values.Shift, *statuses: OfferStatus) -> set[UUID]:
    """Return to whom an offer of the shift as it stands was made, by what became of it."""
    shift_id = UUID(shift.id)
    since = sa.func.coalesce(select(Shift.asks_from_wave).where(Shift.id == shift_id).scalar_subquery(), 0)
    offers = select(Offer.volunteer_id).where(
        Offer.shift_id == shift_id, col(Offer.status).in_(statuses), col(Offer.wave) >= since
    )
    return set(unit.session.exec(offers))


def _named(unit: Unit, shift: values.Shift, need: values.Need, draft: OffersCreate) -> Sequence[Candidate]:
    """Return the named people, each judged; one that may not be asked refuses the wave, so that nobody is left out unseen."""
    ids = list(dict.fromkeys(draft.volunteer_ids))
    roster = muster(unit, ids)
    missing = [one for one in ids if one not in roster.volunteers]
    if missing:
        raise invalid(f"/volunteer_ids/{draft.volunteer_ids.index(missing[0])}")
    problem = problem_of(unit, roster, [shift])
    reasons = _reasons(draft.overrides)
    # Who said no is asked again only for a reason (§0).
    refused = set() if "OFF_DECLINED" in reasons else _offered(unit, shift, OfferStatus.DECLINED)
    bars = [
        Broken(violation.code, violation.rule_class, {**violation.facts, "volunteer_no": volunteer.number})
        for volunteer in problem.volunteers
        for violation in judge(problem, volunteer, shift, need, reasons=reasons).violations
    ]
    bars += [
        Broken("OFF_DECLINED", "with_reason", {"volunteer_no": volunteer.number})
        for volunteer in problem.volunteers
        if UUID(volunteer.id) in refused
    ]
    if bars:
        raise broken(bars)
    ranked = {one.volunteer_id: one for one in rank(problem, shift, need, include_ineligible=True)}
    return [ranked[str(one)] for one in ids]


def _reasons(overrides: Sequence[Override]) -> frozenset[str]:
    return frozenset(override.code for override in overrides)


def _deadline(unit: Unit, shift: Shift, wanted: datetime | None) -> datetime:
    if wanted is None:
        return reply_by(unit.now, shift.starts_at, unit.rules, urgent=_is_urgent(unit, shift))
    if not unit.now < wanted <= shift.starts_at:
        raise invalid("/respond_by", "FIELD_RANGE", min=unit.now, max=shift.starts_at)
    return wanted


def _is_urgent(unit: Unit, shift: Shift) -> bool:
    if shift.source_type != REQUEST_SOURCE:
        return False
    return is_urgent(unit, case_of(unit, unit.get(DispatchRequest, shift.source_id)))


def _write(
    unit: Unit,
    shift: Shift,
    need: values.Need,
    chosen: Sequence[Candidate],
    respond_by: datetime,
    overrides: Sequence[Override],
) -> list[Offer]:
    demand = unit.get(Demand, UUID(need.id))
    wave = (unit.session.exec(select(sa.func.max(Offer.wave)).where(Offer.shift_id == shift.id)).one() or 0) + 1
    facts = {**offer_facts(unit, shift, demand), "respond_by": respond_by}
    offers = []
    for position, one in enumerate(chosen, start=1):
        offer = unit.add(
            Offer(
                **unit.stamp(),
                shift_id=shift.id,
                demand_id=demand.id,
                volunteer_id=UUID(one.volunteer_id),
                wave=wave,
                rank=position,
                score=one.score,
                reasons=[{"criterion": reason.criterion, "points": reason.points} for reason in one.reasons],
                overrides=[recorded(unit, override) for override in overrides],
                status=OfferStatus.SENT,
                sent_at=unit.now,
                respond_by=respond_by,
            )
        )
        unit.audit(
            "offer.send",
            offer,
            subject=offer.volunteer_id,
            facts={"overrides": [override.code for override in overrides]},
        )
        tell_volunteer(unit, offer.volunteer_id, "offer_sent", offer, facts)
        offers.append(offer)
    return offers


def withdraw(unit: Unit, offer_id: UUID, draft: OfferVerb) -> OfferView:
    """Take an offer back. Raises `NotFound`, `WrongState`."""
    offer = find(unit, visible_offers(unit.actor), Offer, offer_id)
    shift = unit.lock(Shift, offer.shift_id)
    offer = unit.lock(Offer, offer_id)
    unit.expect(offer)
    arrival_of_volunteer(unit, offer.volunteer_id, draft.on_behalf, since=offer.sent_at)
    states.OFFER.next(offer.status, "withdraw")
    take_back_offer(unit, offer, shift, OfferWithdrawal.CHANGED, on_behalf=draft.on_behalf)
    return show_offer(unit, offer)


def approve(unit: Unit, offer_id: UUID, draft: OfferVerb) -> OfferView:
    """Let a late yes count after all: she stands on the shift, if a place is still open.

    Raises `NotFound`, `WrongState`, `RulesBroken`.
    """
    offer = find(unit, visible_offers(unit.actor), Offer, offer_id)
    unit.lock(Volunteer, offer.volunteer_id)
    unit.lock(Shift, offer.shift_id)
    offer = unit.lock(Offer, offer_id)
    unit.expect(offer)
    arrival_of_volunteer(unit, offer.volunteer_id, draft.on_behalf, since=offer.sent_at)
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
