"""What time does to requests, shifts and check-ups (domain.md §0.1, "A request never gets stuck").

The sweeps call these verbs when something falls due; a verb that comes first catches up by itself, and guards compare
the clock as well, so a late sweep lets nothing through.
"""

from typing import Any

from sqlmodel import col, select

from models.assignment import Assignment, AssignmentStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.fields import OnBehalf
from models.offer import Offer, OfferStatus
from models.office import CheckupSession, CheckupStatus
from models.shift import Shift, ShiftStatus
from services import cascades, states
from services.explaining import unfilled_kind
from services.filling import demands_of, holders_of, request_of
from services.notifying import tell_office, tell_requester, tell_volunteer
from services.office_days import at_local
from services.purging import date_purge
from services.releasing import end
from services.unit import Unit
from services.wording import Said

TO_COME = frozenset({ShiftStatus.PLANNED, ShiftStatus.OPEN, ShiftStatus.FILLED})
"""States of a shift before its start."""
NEVER_ACCEPTED = frozenset({RequestStatus.DRAFT, RequestStatus.SUBMITTED, RequestStatus.RETURNED})
LAPSED = "lapsed"
"""The reason of a request whose time came before anybody accepted it."""


def catch_up(unit: Unit, shift: Shift) -> None:
    """Move a locked shift, and its request with it, to where the clock says that they are."""
    if shift.status in TO_COME and shift.starts_at <= unit.now:
        _start(unit, shift)
    if shift.status is ShiftStatus.IN_PROGRESS and shift.ends_at <= unit.now:
        _follow(unit, shift, "end")


def _start(unit: Unit, shift: Shift) -> None:
    """Begin with whoever is confirmed; what is still open is open no more."""
    cascades.end(unit, shift)
    for assignment in holders_of(unit, shift):
        if assignment.status is AssignmentStatus.TENTATIVE:
            release(unit, assignment, shift, "not_confirmed")
    _expire_offers(unit, shift)
    if any(demand.taken for demand in demands_of(unit, shift)):
        _follow(unit, shift, "start")
    else:
        _run_out(unit, shift)


def release(unit: Unit, assignment: Assignment, shift: Shift, reason: str) -> None:
    """Let go somebody tentative whose condition or approval did not come in time, and tell her."""
    end(unit, assignment, "release", reason)
    unit.audit("assignment.release", assignment, subject=assignment.volunteer_id, facts={"reason": reason})
    tell_volunteer(unit, assignment.volunteer_id, "assignment_released", assignment, {"starts_at": shift.starts_at})


def _expire_offers(unit: Unit, shift: Shift) -> None:
    open_ones = select(Offer).where(
        Offer.shift_id == shift.id, col(Offer.status).in_([OfferStatus.SENT, OfferStatus.ACCEPTED_LATE])
    )
    for offer in unit.session.exec(open_ones.order_by(col(Offer.id))).all():
        expire(unit, offer)


def expire_overdue(unit: Unit, shift: Shift) -> None:
    """Close the offers of a locked shift whose deadline is over."""
    overdue = select(Offer).where(
        Offer.shift_id == shift.id, Offer.status == OfferStatus.SENT, col(Offer.respond_by) < unit.now
    )
    for offer in unit.session.exec(overdue.order_by(col(Offer.id)).execution_options(populate_existing=True)).all():
        expire(unit, offer)


def expire(unit: Unit, offer: Offer) -> None:
    """Close an offer that nobody answered in time; until the start a late yes may still be kept."""
    offer.status = OfferStatus(states.OFFER.next(offer.status, "expire"))
    offer.touch(unit.now)
    unit.audit("offer.expire", offer, subject=offer.volunteer_id)


def _run_out(unit: Unit, shift: Shift) -> None:
    """End a shift whose start found nobody on it; its request is unfilled, and its requester learns why."""
    send_trainees_home(unit, shift)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "end"))
    shift.touch(unit.now)
    unit.audit("shift.end", shift)
    request = request_of(unit, shift)
    if request is not None and request.status is RequestStatus.MATCHING:
        move(unit, request, "run-out")
        tell_unfilled(unit, shift, request)


def send_trainees_home(unit: Unit, shift: Shift) -> None:
    """Let go who was to learn on a shift on which nobody is left to learn from, and tell them."""
    for assignment in holders_of(unit, shift):
        end(unit, assignment, "cancel", "nobody_to_learn_from")
        unit.audit("assignment.cancel", assignment, subject=assignment.volunteer_id)
        facts = {"starts_at": shift.starts_at}
        tell_volunteer(unit, assignment.volunteer_id, "assignment_cancelled", assignment, facts)


def lose(unit: Unit, shift: Shift) -> None:
    """End a running shift that its last interpreter left without being missed, such as by falling ill."""
    send_trainees_home(unit, shift)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "end"))
    shift.touch(unit.now)
    unit.audit("shift.end", shift)
    request = request_of(unit, shift)
    if request is not None:
        move(unit, request, "lose")
        tell_unfilled(unit, shift, request)


def lose_if_deserted(unit: Unit, shift: Shift) -> None:
    """End a running shift that nobody stands on any more: it is over."""
    if shift.status is ShiftStatus.IN_PROGRESS and not any(demand.taken for demand in demands_of(unit, shift)):
        lose(unit, shift)


def tell_unfilled(unit: Unit, shift: Shift, request: DispatchRequest) -> None:
    """Tell the requester that nobody comes, and why, in words that reveal nobody."""
    why = Said("unfilled", f"requester_{unfilled_kind(unit, shift)}")
    facts = {**_facts(request), "why": why}
    tell_requester(unit, request.organization_id, "request_unfilled", request, facts)


def _follow(unit: Unit, shift: Shift, verb: str) -> None:
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, verb))
    shift.touch(unit.now)
    unit.audit(f"shift.{verb}", shift)
    request = request_of(unit, shift)
    if request is not None and states.REQUEST.leads(request.status, verb):
        move(unit, request, verb)


def move(unit: Unit, request: DispatchRequest, verb: str, on_behalf: OnBehalf | None = None) -> None:
    """Move a locked request by a verb that needs no reason. Raises `WrongState`."""
    request.status = RequestStatus(states.REQUEST.next(request.status, verb))
    date_purge(unit, request)
    request.touch(unit.now)
    unit.audit(f"dispatch_request.{verb}", request, on_behalf=on_behalf)


def lapse(unit: Unit, request: DispatchRequest) -> None:
    """Cancel a locked request whose start came before it was accepted; what was handed in is told to its requester."""
    if request.status not in NEVER_ACCEPTED or request.starts_at > unit.now:
        return
    handed_in = request.status is not RequestStatus.DRAFT
    request.status_reason = LAPSED
    move(unit, request, "lapse")
    if handed_in:
        tell_requester(unit, request.organization_id, "request_lapsed", request, _facts(request))
        tell_office(unit, "office_request_lapsed", request, _facts(request))


def _facts(request: DispatchRequest) -> dict[str, Any]:
    return {"no": request.request_no, "starts_at": request.starts_at, "language": request.languages[0]}


def hold(unit: Unit, session: CheckupSession) -> None:
    """Note that a locked check-up session took place, once its reception is over."""
    over = at_local(unit, session.held_on, session.reception_ends) <= unit.now
    if session.status is not CheckupStatus.PLANNED or not over:
        return
    session.status = CheckupStatus(states.CHECKUP.next(session.status, "hold"))
    session.touch(unit.now)
    unit.audit("checkup_session.hold", session)
