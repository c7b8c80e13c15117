"""What the office decides about a request, and what its end does to the shift (domain.md §4.3, §0.1)."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.change_rule import Effect
from models.dispatch_request import (
    Acceptance,
    DispatchRequest,
    DispatchRequestView,
    Reason,
    RequestStatus,
    Submission,
)
from models.fields import OnBehalf
from models.offer import OfferWithdrawal
from models.shift import Shift, ShiftStatus
from services import cascades, cascading, states
from services.acting_for import arrival_of_organization
from services.changing import Change, TouchedHolder
from services.errors import Refused, WrongState
from services.filling import demands_of, holders_of
from services.free_text import refuse_personal_details
from services.notifying import tell_office, tell_requester
from services.opening import open_shift
from services.overriding import pass_all, settle_overrides
from services.passing import send_trainees_home, tell_unfilled
from services.purging import date_purge
from services.queries import find, visible_requests
from services.releasing import clear_shift, drop_arranged, open_offers, withdraw_offers
from services.request_rules import (
    cancellation_deadline,
    case_of,
    refuse_once_started,
)
from services.showing import shift_of, show_request
from services.unit import Unit


def accept(unit: Unit, request_id: UUID, draft: Acceptance) -> DispatchRequestView:
    """Accept a submitted request: its shift opens with the places asked for.

    Raises `RulesBroken` naming each rule that still wants an override, `Forbidden` below one business day for
    anybody but an administrator, `Refused` (`REQ_PAST`) once the start is over, `WrongState`.
    """
    request = take_on(unit, request_id, draft)
    tell_requester(unit, request.organization_id, "request_accepted", request, _facts(request))
    return show_request(unit, request)


def take_on(unit: Unit, request_id: UUID, draft: Acceptance) -> DispatchRequest:
    """Accept a request and tell nobody yet; see `accept`."""
    request = _take(unit, request_id)
    status = states.REQUEST.next(request.status, "accept")
    if request.starts_at <= unit.now:
        raise Refused("REQ_PAST")
    settle_overrides(unit, case_of(unit, request), draft.overrides)
    _match(unit, request, status, "accept")
    return request


def accept_past(unit: Unit, request: DispatchRequest, reason: str) -> Shift:
    """Accept a finished dispatch that is recorded late, and return its shift; the reason stands for every rule."""
    pass_all(unit, case_of(unit, request), reason)
    return _match(unit, request, states.REQUEST.next(request.status, "accept"), "record_late")


def _match(unit: Unit, request: DispatchRequest, status: StrEnum, act: str) -> Shift:
    request.status = RequestStatus(status)
    request.matched_at = unit.now
    shift = open_shift(unit, request)
    request.touch(unit.now)
    codes = [entry["code"] for entry in request.overrides]
    unit.audit(f"dispatch_request.{act}", request, facts={"overrides": codes})
    unit.audit("shift.open", shift)
    return shift


def send_back(unit: Unit, request_id: UUID, draft: Reason) -> DispatchRequestView:
    """Return a request to its institution to be mended. Raises `WrongState`."""
    return _refuse(unit, request_id, "return", draft)


def reject(unit: Unit, request_id: UUID, draft: Reason) -> DispatchRequestView:
    """Decline a request for good. Raises `WrongState`."""
    return _refuse(unit, request_id, "reject", draft)


def _refuse(unit: Unit, request_id: UUID, verb: str, draft: Reason) -> DispatchRequestView:
    request = _take(unit, request_id)
    refuse_once_started(unit, request)
    _move(unit, request, verb, draft)
    kind = "request_returned" if verb == "return" else "request_rejected"
    tell_requester(unit, request.organization_id, kind, request, {**_facts(request), "reason": draft.reason})
    return show_request(unit, request)


def cancel(unit: Unit, request_id: UUID, draft: Reason) -> DispatchRequestView:
    """Cancel a request before its start; its shift, offers and assignments end with it.

    After noon of the previous business day an accepted one is recorded as a late cancellation, with a warning.
    Raises `WrongState` from the start on, `Forbidden` to act for others.
    """
    request = call_off(unit, request_id, draft).request
    tell_called_off(unit, request)
    return show_request(unit, request)


def tell_called_off(unit: Unit, request: DispatchRequest) -> None:
    """Tell institution and office that a request is cancelled; the office only of what it had accepted."""
    if request.matched_at is not None:
        tell_office(unit, "office_request_cancelled", request, _facts(request))
    tell_requester(unit, request.organization_id, "request_cancelled", request, _facts(request))


def call_off(unit: Unit, request_id: UUID, draft: Reason) -> Change:
    """Cancel a request, tell only those who were to come, and return whom it touched; see `cancel`."""
    request = _take(unit, request_id)
    return end_early(unit, request, draft, _arrived(unit, request, draft.on_behalf))


def end_early(unit: Unit, request: DispatchRequest, draft: Reason, arrived: datetime) -> Change:
    """Cancel a locked request whose shift is locked too, for a wish that arrived then; see `call_off`."""
    refuse_once_started(unit, request)
    deadline = cancellation_deadline(unit, request.starts_at)
    _write_end(unit, request, "cancel", draft)
    ended = Change(request)
    if request.matched_at is not None:
        request.late_cancel = arrived > deadline
        ended = _end_shift(unit, request)
    if request.late_cancel:
        unit.warn("REQ_CANCEL_LATE", deadline=deadline)
    return ended


def _end_shift(unit: Unit, request: DispatchRequest) -> Change:
    shift = _locked_shift(unit, request)
    holders = [TouchedHolder(one, one.status, Effect.RELEASE) for one in holders_of(unit, shift)]
    offers = open_offers(unit, shift)
    clear_shift(unit, shift)
    drop_arranged(unit, request)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "cancel"))
    shift.touch(unit.now)
    return Change(request, holders, offers)


def mark_unfilled(unit: Unit, request_id: UUID, draft: Reason) -> DispatchRequestView:
    """Give up looking: open offers are withdrawn, the requester is told why in words that reveal nobody.

    Raises `WrongState` while somebody holds a place, or outside `matching`.
    """
    request = _take(unit, request_id)
    states.REQUEST.next(request.status, "mark-unfilled")
    refuse_once_started(unit, request)
    shift = _locked_shift(unit, request)
    if any(demand.taken for demand in demands_of(unit, shift)):
        raise WrongState(code="REQ_STATE", state=request.status, allowed=["cancel"])
    send_trainees_home(unit, shift)
    _move(unit, request, "mark-unfilled", draft)
    cascades.end(unit, shift)
    withdraw_offers(unit, shift, OfferWithdrawal.CANCELLED)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "plan"))
    shift.touch(unit.now)
    tell_unfilled(unit, shift, request)
    return show_request(unit, request)


def reopen(unit: Unit, request_id: UUID, draft: Submission) -> DispatchRequestView:
    """Look again for an unfilled request, before its start; its waves go on. Raises `WrongState`."""
    request = _take(unit, request_id)
    states.REQUEST.next(request.status, "reopen")
    refuse_once_started(unit, request)
    _arrived(unit, request, draft.on_behalf)
    shift = _locked_shift(unit, request)
    look_again(unit, request, shift, draft.on_behalf)
    return show_request(unit, request)


def look_again(unit: Unit, request: DispatchRequest, shift: Shift, on_behalf: OnBehalf | None = None) -> None:
    """Open an unfilled request and its shift again, both locked. Raises `WrongState`."""
    request.status = RequestStatus(states.REQUEST.next(request.status, "reopen"))
    request.status_reason = None
    date_purge(unit, request)
    request.touch(unit.now)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "open"))
    shift.touch(unit.now)
    cascading.reopen(unit, shift)
    unit.audit("dispatch_request.reopen", request, on_behalf=on_behalf)


def _take(unit: Unit, request_id: UUID) -> DispatchRequest:
    return take_request(unit, request_id)[0]


def take_request(unit: Unit, request_id: UUID) -> tuple[DispatchRequest, Shift | None]:
    """Return the addressed request and its shift, locked before it: the order every door to a place keeps.

    Raises `NotFound` outside the caller's scope, `Stale`.
    """
    request = find(unit, visible_requests(unit.actor), DispatchRequest, request_id)
    shift = shift_of(unit, request)
    if shift is not None:
        unit.lock(Shift, shift.id)
    request = unit.lock(DispatchRequest, request_id)
    unit.expect(request)
    return request, shift


def _locked_shift(unit: Unit, request: DispatchRequest) -> Shift:
    shift = shift_of(unit, request)
    assert shift is not None  # noqa: S101 - an accepted request has its shift; check-data says so too
    return shift


def _move(unit: Unit, request: DispatchRequest, verb: str, draft: Reason) -> None:
    _arrived(unit, request, draft.on_behalf)
    _write_end(unit, request, verb, draft)


def _write_end(unit: Unit, request: DispatchRequest, verb: str, draft: Reason) -> None:
    refuse_personal_details(draft.reason, "/reason")
    request.status = RequestStatus(states.REQUEST.next(request.status, verb))
    request.status_reason = draft.reason
    date_purge(unit, request)
    request.touch(unit.now)
    unit.audit(f"dispatch_request.{verb}", request, on_behalf=draft.on_behalf)


def _arrived(unit: Unit, request: DispatchRequest, on_behalf: OnBehalf | None) -> datetime:
    """Return when a word about a request arrived; not before the request itself did."""
    since = min(request.received_at or request.created_at, request.created_at)
    return arrival_of_organization(unit, request.organization_id, on_behalf, since)


def _facts(request: DispatchRequest) -> dict[str, Any]:
    return {"no": request.request_no, "starts_at": request.starts_at, "language": request.languages[0]}
