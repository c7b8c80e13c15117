"""Asking one wave of people for a place: whom, until when, the offers and what is told (domain.md §0, §0.1).

Every offer is written here, whoever sends it: a coordinator, a batch, or the waves that go out by themselves.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment
from models.dispatch_request import DispatchRequest
from models.fields import Override
from models.offer import Offer, OfferStatus, Wave
from models.shift import TRAINEE, Demand, Shift, ShiftStatus
from scheduling import problem as values
from scheduling.constraints import judge
from scheduling.ranking import Candidate, rank
from services import states
from services.claiming import recorded
from services.deadlines import reply_by
from services.errors import Broken, Refused, WrongState, broken, invalid
from services.explaining import need_of, problem_with, shortened
from services.notifying import put_on_phone_list, tell_volunteer
from services.queries import REQUEST_SOURCE
from services.request_rules import case_of, is_urgent
from services.reserves import reserves_first, reserves_of
from services.roster import muster
from services.shift_facts import offer_facts
from services.shift_values import problem_of, value_shifts
from services.unit import Unit
from services.wording import Lines, Said


def ask(
    unit: Unit,
    shift: Shift,
    draft: Wave,
    respond_by: datetime | None,
    *,
    within: timedelta | None = None,
    batch_id: UUID | None = None,
) -> list[Offer]:
    """Write the offers of one wave of a locked shift; `tell` tells them.

    Raises `RulesBroken` when a named person may not be asked, `Refused` (`OFF_NOBODY`) when the ranking leaves
    nobody to ask, `WrongState` for a shift that is not open, `InvalidFields`.
    """
    _refuse_closed(unit, shift)
    if draft.top is None and not draft.volunteer_ids:
        raise invalid("/top", "FIELD_MISSING")
    if draft.top is not None and draft.volunteer_ids:
        raise invalid("/top", "FIELD_CONFLICT", other="volunteer_ids")
    value, need = _question(unit, shift, draft.demand_id)
    if draft.volunteer_ids:
        chosen = _named(unit, value, need, draft, batch_id)
    else:
        chosen = next_to_ask(unit, value, need, draft.top, batch_id=batch_id)
    if not chosen:
        raise Refused("OFF_NOBODY")
    deadline = _deadline(unit, shift, respond_by, within)
    overrides = draft.overrides if draft.volunteer_ids else []
    return write(unit, shift, need, chosen[: draft.top], deadline, overrides, batch_id)


def _refuse_closed(unit: Unit, shift: Shift) -> None:
    if shift.status is not ShiftStatus.OPEN or shift.starts_at <= unit.now:
        raise WrongState(code="SHF_STATE", state=shift.status, allowed=states.SHIFT.verbs(shift.status))


def _question(unit: Unit, shift: Shift, demand_id: UUID | None) -> tuple[values.Shift, values.Need]:
    value = value_shifts(unit, [shift.id])[shift.id]
    try:
        need = need_of(value, demand_id)
    except KeyError:
        raise invalid("/demand_id") from None
    if need.role == TRAINEE:
        raise invalid("/demand_id")
    if not need.open_places:
        raise broken([Broken("ASG_FULL", "never")])
    return value, need


def next_to_ask(
    unit: Unit, shift: values.Shift, need: values.Need, top: int | None, *, batch_id: UUID | None = None
) -> Sequence[Candidate]:
    """Return the best `top`, or all, who can come and were not asked for this shift before; a "no" is not asked again (§0).

    The reserves of a classroom come before others.
    """
    asked, reserves = _asked(unit, shift), reserves_of(unit, shift)
    best = None if top is None or reserves else top + len(asked)
    short = shortened(unit, shift, need, best, batch_id=batch_id)
    problem = short or problem_with(unit, shift, need, batch_id=batch_id)
    ranked = reserves_first(reserves, rank(problem, shift, need))
    return [one for one in ranked if UUID(one.volunteer_id) not in asked][:top]


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


def _named(
    unit: Unit, shift: values.Shift, need: values.Need, draft: Wave, batch_id: UUID | None
) -> Sequence[Candidate]:
    """Return the named people, each judged; one that may not be asked refuses the wave, so that nobody is left out unseen."""
    ids = list(dict.fromkeys(draft.volunteer_ids))
    roster = muster(unit, ids, batch_id=batch_id)
    missing = [one for one in ids if one not in roster.volunteers]
    if missing:
        raise invalid(f"/volunteer_ids/{draft.volunteer_ids.index(missing[0])}")
    problem = problem_of(unit, roster, [shift])
    if bars := _bars(unit, problem, shift, need, frozenset(override.code for override in draft.overrides)):
        raise broken(bars)
    ranked = {one.volunteer_id: one for one in rank(problem, shift, need, include_ineligible=True)}
    return [ranked[str(one)] for one in ids]


def _bars(
    unit: Unit, problem: values.Problem, shift: values.Shift, need: values.Need, reasons: frozenset[str]
) -> list[Broken]:
    # Who said no is asked again only for a reason (§0).
    refused = set() if "OFF_DECLINED" in reasons else _offered(unit, shift, OfferStatus.DECLINED)
    bars = [
        Broken(violation.code, violation.rule_class, {**violation.facts, "volunteer_no": volunteer.number})
        for volunteer in problem.volunteers
        for violation in judge(problem, volunteer, shift, need, reasons=reasons).violations
    ]
    return bars + [
        Broken("OFF_DECLINED", "with_reason", {"volunteer_no": volunteer.number})
        for volunteer in problem.volunteers
        if UUID(volunteer.id) in refused
    ]


def _deadline(unit: Unit, shift: Shift, wanted: datetime | None, within: timedelta | None) -> datetime:
    if wanted is None:
        return deadline(unit, shift, within)
    if not unit.now < wanted <= shift.starts_at:
        raise invalid("/respond_by", "FIELD_RANGE", min=unit.now, max=shift.starts_at)
    return wanted


def deadline(unit: Unit, shift: Shift, within: timedelta | None) -> datetime:
    """Return until when a wave that is sent now is to be answered."""
    return reply_by(unit.now, shift.starts_at, unit.rules, urgent=_is_urgent(unit, shift), within=within)


def _is_urgent(unit: Unit, shift: Shift) -> bool:
    if shift.source_type != REQUEST_SOURCE:
        return False
    return is_urgent(unit, case_of(unit, unit.get(DispatchRequest, shift.source_id)))


def write(  # noqa: PLR0913, PLR0917 - what an offer is made of
    unit: Unit,
    shift: Shift,
    need: values.Need,
    chosen: Sequence[Candidate],
    respond_by: datetime,
    overrides: Sequence[Override] = (),
    batch_id: UUID | None = None,
) -> list[Offer]:
    """Write one wave of offers; nobody is told yet."""
    wave = (unit.session.exec(select(sa.func.max(Offer.wave)).where(Offer.shift_id == shift.id)).one() or 0) + 1
    offers = []
    for position, one in enumerate(chosen, start=1):
        offer = unit.add(
            Offer(
                **unit.stamp(),
                shift_id=shift.id,
                demand_id=UUID(need.id),
                volunteer_id=UUID(one.volunteer_id),
                wave=wave,
                rank=position,
                score=one.score,
                reasons=[{"criterion": reason.criterion, "points": reason.points} for reason in one.reasons],
                overrides=[recorded(unit, override) for override in overrides],
                status=OfferStatus.SENT,
                sent_at=unit.now,
                respond_by=respond_by,
                batch_id=batch_id,
            )
        )
        codes = [override.code for override in overrides]
        unit.audit("offer.send", offer, subject=offer.volunteer_id, facts={"overrides": codes})
        offers.append(offer)
    return offers


def tell(unit: Unit, offers: Sequence[Offer], *, by_phone_too: bool = False) -> None:
    """Tell people what they are asked, in one message each, however many offers she has.

    `by_phone_too` puts those who have a mail address on the list of people to phone as well.
    """
    hers: Mapping[UUID, list[Offer]] = defaultdict(list)
    for offer in offers:
        hers[offer.volunteer_id].append(offer)
    facts = _facts(unit, offers)
    for volunteer_id, asked in hers.items():
        if len(asked) > 1:
            _tell_of_many(unit, volunteer_id, asked, facts)
            continue
        told = facts[asked[0].id]
        tell_volunteer(unit, volunteer_id, "offer_sent", asked[0], told)
        if by_phone_too:
            put_on_phone_list(unit, volunteer_id, "offer_sent", asked[0], told)


def _facts(unit: Unit, offers: Sequence[Offer]) -> dict[UUID, dict[str, Any]]:
    of_demand = {
        offer.demand_id: offer_facts(unit, unit.get(Shift, offer.shift_id), unit.get(Demand, offer.demand_id))
        for offer in {offer.demand_id: offer for offer in offers}.values()
    }
    return {offer.id: {**of_demand[offer.demand_id], "respond_by": offer.respond_by} for offer in offers}


def _tell_of_many(
    unit: Unit, volunteer_id: UUID, asked: Sequence[Offer], facts: Mapping[UUID, Mapping[str, Any]]
) -> None:
    """List her offers, the soonest first, each with its own deadline."""
    told = sorted((facts[offer.id] for offer in asked), key=lambda one: one["starts_at"])
    lines = Lines(tuple(Said("parts", "offer_line", one) for one in told))
    respond_by = min(one["respond_by"] for one in told)
    link = f"{unit.rules.public_url}/v1/me/offers?status=sent"
    summary = {"offers": lines, "count": len(told), "respond_by": respond_by, "link": link}
    tell_volunteer(unit, volunteer_id, "offers_sent_many", asked[0], summary)
