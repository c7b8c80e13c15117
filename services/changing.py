"""Changes to what is accepted: the shift follows, and everybody on it as the rules of change say (domain.md §0.1).

A preview is the change itself, done and undone: there is no second place that knows what it would do.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import HOLDING, RECONFIRM, Assignment, AssignmentStatus, Booking, BookingSource
from models.change_rule import ChangedField, Effect
from models.dispatch_request import DispatchRequest
from models.offer import Offer, OfferStatus, OfferWithdrawal
from models.service_type import ServiceType
from models.shift import DemandLanguage, Shift
from models.volunteer import Volunteer
from scheduling.constraints import Verdict
from services import states
from services.cascading import resume
from services.change_rules import effect_of
from services.claiming import due_on, tell_filled
from services.errors import invalid
from services.filling import demands_of, holders_of, settle
from services.notifying import tell_volunteer
from services.opening import demand_columns, shift_columns, write_tags
from services.reconfirming import was_hers
from services.rejudging import verdicts
from services.releasing import ask_anew, end, open_offers, withdraw_offers
from services.shift_facts import briefing_facts
from services.unit import Unit

BRIEFED = frozenset({AssignmentStatus.CONFIRMED, AssignmentStatus.STANDIN_WANTED})
"""States before the start in which the meeting point, the note and the contacts are known."""


@dataclass(frozen=True)
class Terms:
    """What of a request its shift and its people depend on."""

    starts_at: Any
    ends_at: Any
    languages: tuple[str, ...]
    place: tuple[Any, ...]
    gender: Any
    briefing: tuple[Any, ...]


def terms_of(request: DispatchRequest) -> Terms:
    """Return the terms of a request as they stand."""
    return Terms(
        request.starts_at,
        request.ends_at,
        tuple(request.languages),
        (request.facility_id, request.home_district, request.modality),
        request.gender_requirement,
        (request.meeting_point, request.note, request.onsite_contact, request.escort),
    )


@dataclass(frozen=True)
class TouchedHolder:
    """Somebody on a shift, her state before, what the change did to her, and the rules that she would not meet."""

    assignment: Assignment
    was: AssignmentStatus
    effect: Effect
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """What a change of one request touched."""

    request: DispatchRequest
    holders: Sequence[TouchedHolder] = ()
    offers: Sequence[Offer] = ()


def lock_people(unit: Unit, shift_ids: Collection[UUID]) -> None:
    """Lock everybody on shifts before the shifts themselves: the order every door keeps."""
    holding = select(Assignment.volunteer_id).where(
        col(Assignment.shift_id).in_(shift_ids), col(Assignment.status).in_(sorted(HOLDING))
    )
    for volunteer_id in sorted(set(unit.session.exec(holding))):
        unit.lock(Volunteer, volunteer_id)


def follow(unit: Unit, request: DispatchRequest, shift: Shift, before: Terms) -> Change:
    """Let a locked shift, its bookings and its people follow a changed request.

    Raises `InvalidFields` for fewer places than are held.
    """
    after = terms_of(request)
    changed = _changed(unit, before, after)
    asks_otherwise = bool(changed) or (before.gender, before.languages) != (after.gender, after.languages)
    asked = open_offers(unit, shift)
    if asks_otherwise:
        ask_anew(unit, shift)  # all of them: who is left out would show what is asked for
    _rewrite(unit, request, shift)
    holders = _follow_each(unit, request, shift, changed, before) if asks_otherwise else []
    if before.briefing != after.briefing:
        holders = [brief_anew(unit, shift, one) for one in holders or _untouched(unit, shift)]
    if settle(unit, shift):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED)
        tell_filled(unit, shift)
    for demand_id in sorted({one.assignment.demand_id for one in holders if one.effect is Effect.RELEASE}):
        resume(unit, shift, demand_id)
    return Change(request, holders, [offer for offer in asked if offer.status is OfferStatus.WITHDRAWN])


def _changed(unit: Unit, before: Terms, after: Terms) -> set[ChangedField]:
    clock = [(one.starts_at.astimezone(unit.zone).time(), one.ends_at - one.starts_at) for one in (before, after)]
    compared = {
        ChangedField.DATE: unit.local_day(before.starts_at) != unit.local_day(after.starts_at),
        ChangedField.TIME: clock[0] != clock[1],
        # One more language takes nothing from who speaks one of those asked for so far.
        ChangedField.LANGUAGE: not set(before.languages) <= set(after.languages),
        ChangedField.PLACE: before.place != after.place,
    }
    return {changed for changed, differs in compared.items() if differs}


def _rewrite(unit: Unit, request: DispatchRequest, shift: Shift) -> None:
    """Write shift and demand as opening them would: another day may be served under another version of the service."""
    service = unit.get(ServiceType, request.service_type_id)
    demand = demands_of(unit, shift)[0]
    if request.places < demand.taken:
        raise invalid("/places", "FIELD_RANGE", min=demand.taken, max=5)
    for row, columns in ((shift, shift_columns(unit, request, service)), (demand, demand_columns(request, service))):
        for name, value in columns.items():
            setattr(row, name, value)
    unit.session.execute(sa.delete(DemandLanguage).where(col(DemandLanguage.demand_id) == demand.id))
    write_tags(unit, demand, request, service)


def _follow_each(
    unit: Unit, request: DispatchRequest, shift: Shift, changed: set[ChangedField], before: Terms
) -> list[TouchedHolder]:
    holding = holders_of(unit, shift)
    wanted = effect_of(unit, changed, unit.get(ServiceType, request.service_type_id).code)
    judged = verdicts(unit, holding)
    moved = bool(changed & {ChangedField.DATE, ChangedField.TIME})
    touched = [touched_by(assignment, wanted, judged[assignment.id], moved=moved) for assignment in holding]
    for one in sorted(touched, key=lambda one: one.effect is not Effect.RELEASE):  # who leaves makes room first
        carry_out(unit, shift, one, before.starts_at)
    return touched


def touched_by(assignment: Assignment, wanted: Effect, verdict: Verdict, *, moved: bool) -> TouchedHolder:
    """Return what happens to her: released where she may not come as it is now, asked where she has to consent.

    What she consented to was the old hour: at another one it is asked again, even where the rule would keep her.
    """
    bars = tuple(violation.code for violation in verdict.violations)
    said = () if moved else assignment.consents
    asks = tuple(violation.code for violation in verdict.consent_needed if violation.code not in said)
    if bars or wanted is Effect.RELEASE:
        return TouchedHolder(assignment, assignment.status, Effect.RELEASE, bars)
    if wanted is Effect.KEEP and not (asks and moved):
        return TouchedHolder(assignment, assignment.status, Effect.KEEP)
    if assignment.status is AssignmentStatus.STANDIN_WANTED:  # she wants to leave: there is nothing to ask her
        return TouchedHolder(assignment, assignment.status, Effect.NOTIFY)
    return TouchedHolder(assignment, assignment.status, Effect.RECONFIRM if asks else wanted, asks)


def _untouched(unit: Unit, shift: Shift) -> list[TouchedHolder]:
    return [TouchedHolder(holder, holder.status, Effect.KEEP) for holder in holders_of(unit, shift)]


def brief_anew(unit: Unit, shift: Shift, touched: TouchedHolder) -> TouchedHolder:
    """Tell somebody who was briefed and whom nothing else has told: she would wait at the old meeting point."""
    assignment = touched.assignment
    if touched.effect is not Effect.KEEP or assignment.status not in BRIEFED:
        return touched
    tell_volunteer(unit, assignment.volunteer_id, "assignment_changed", assignment, briefing_facts(unit, shift))
    return replace(touched, effect=Effect.NOTIFY)


def carry_out(unit: Unit, shift: Shift, touched: TouchedHolder, was_at: datetime) -> None:
    """Do to her what the change does; who is released is told by the hour she knows the shift by."""
    assignment = touched.assignment
    if touched.effect is Effect.RELEASE:
        _release(unit, assignment, was_at)
        return
    _move_booking(unit, shift, assignment)
    if touched.effect is Effect.RECONFIRM:
        _ask_again(unit, shift, assignment)
    elif touched.effect is Effect.NOTIFY:
        tell_volunteer(unit, assignment.volunteer_id, "assignment_changed", assignment, briefing_facts(unit, shift))


def _release(unit: Unit, assignment: Assignment, was_at: datetime) -> None:
    end(unit, assignment, "cancel", "changed")
    unit.audit("assignment.cancel", assignment, subject=assignment.volunteer_id, facts={"reason": "changed"})
    facts = {"starts_at": was_at}
    tell_volunteer(unit, assignment.volunteer_id, "assignment_changed_released", assignment, facts)
    unit.session.flush()


def _move_booking(unit: Unit, shift: Shift, assignment: Assignment) -> None:
    booking = unit.session.exec(
        select(Booking).where(Booking.source_type == BookingSource.ASSIGNMENT, Booking.source_id == assignment.id)
    ).one()
    booking.starts_at, booking.ends_at = shift.starts_at, shift.ends_at
    unit.session.flush()  # a clash shows here, under its name


def _ask_again(unit: Unit, shift: Shift, assignment: Assignment) -> None:
    """Ask her whether she keeps the place, and remember whether it was hers already (`reconfirming.reaffirm`)."""
    hers = assignment.status is AssignmentStatus.CONFIRMED or was_hers(assignment)
    if assignment.status is AssignmentStatus.CONFIRMED:
        assignment.status = AssignmentStatus(states.ASSIGNMENT.next(assignment.status, "ask-again"))
        assignment.confirmed_at = None
    due = _answer_by(unit, shift)
    others = [condition for condition in assignment.conditions if condition["code"] != RECONFIRM]
    assignment.conditions = [*others, {"code": RECONFIRM, "due_on": due.isoformat(), "hers": hers}]
    assignment.touch(unit.now)
    unit.audit("assignment.ask-again", assignment, subject=assignment.volunteer_id)
    facts = {**briefing_facts(unit, shift), "due_on": due}
    tell_volunteer(unit, assignment.volunteer_id, "assignment_reconfirm", assignment, facts)


def _answer_by(unit: Unit, shift: Shift) -> date:
    """Return the last day for her answer: the usual one, or tomorrow where a shift moves at short notice.

    A move in the evening is read the next morning: an answer wanted by today would take the place from whoever sleeps.
    Nobody has less than a whole day therefore, unless the shift begins sooner: then its start settles it.
    """
    tomorrow = unit.today + timedelta(days=1)
    return max(due_on(unit, shift.starts_at), min(tomorrow, unit.local_day(shift.starts_at)))
