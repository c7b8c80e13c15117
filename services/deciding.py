"""What the office decides about a request, and what its end does to the shift (domain.md §4.3, §0.1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.dispatch_request import (
    Acceptance,
    DispatchRequest,
    DispatchRequestView,
    Override,
    Reason,
    RequestStatus,
    Submission,
)
from models.fields import OnBehalf
from models.offer import OfferWithdrawal
from models.organization import Facility
from models.service_type import ServiceType
from models.shift import Demand, DemandLanguage, Modality, Shift, ShiftKind, ShiftStatus
from services import states
from services.acting_for import arrival_of_organization
from services.errors import Forbidden, Refused, WrongState, broken
from services.filling import demands_of
from services.free_text import screen
from services.notifying import tell_office, tell_requester
from services.passing import tell_unfilled
from services.purging import date_purge
from services.queries import REQUEST_SOURCE, find, visible_requests
from services.releasing import clear_shift, withdraw_offers
from services.request_rules import (
    Case,
    cancellation_deadline,
    case_of,
    is_below,
    needs_override,
    refuse_once_started,
)
from services.showing import shift_of, show_request
from services.unit import Unit


def accept(unit: Unit, request_id: UUID, draft: Acceptance) -> DispatchRequestView:
    """Accept a submitted request: its shift opens with the places asked for.

    Raises `RulesBroken` naming each rule that still wants an override, `Forbidden` below one business day for
    anybody but an administrator, `Refused` (`REQ_PAST`) once the start is over, `WrongState`.
    """
    request = _take(unit, request_id)
    status = states.REQUEST.next(request.status, "accept")
    if request.starts_at <= unit.now:
        raise Refused("REQ_PAST")
    _settle_overrides(unit, case_of(unit, request), draft.overrides)
    _match(unit, request, status, "accept")
    tell_requester(unit, request.organization_id, "request_accepted", request, _facts(request))
    return show_request(unit, request)


def accept_past(unit: Unit, request: DispatchRequest, reason: str) -> Shift:
    """Accept a finished dispatch that is recorded late, and return its shift; the reason stands for every rule."""
    codes = ["REQ_PAST", *(rule.code for rule in needs_override(unit, case_of(unit, request)))]
    request.overrides = [_recorded(unit, Override(code=code, reason=reason)) for code in codes]
    return _match(unit, request, states.REQUEST.next(request.status, "accept"), "record_late")


def _match(unit: Unit, request: DispatchRequest, status: StrEnum, act: str) -> Shift:
    request.status = RequestStatus(status)
    request.matched_at = unit.now
    shift = _open_shift(unit, request)
    request.touch(unit.now)
    codes = [entry["code"] for entry in request.overrides]
    unit.audit(f"dispatch_request.{act}", request, facts={"overrides": codes})
    unit.audit("shift.open", shift)
    return shift


def _settle_overrides(unit: Unit, case: Case, overrides: Sequence[Override]) -> None:
    wanted = {rule.code: rule for rule in needs_override(unit, case)}
    given = {override.code: override for override in overrides}
    missing = [rule for code, rule in wanted.items() if code not in given]
    if missing:
        raise broken(missing)
    if "REQ_LEAD" in wanted and is_below(unit, case.request, 1) and not unit.actor.is_admin:
        raise Forbidden
    for position, override in enumerate(overrides):
        screen(override.reason, f"/overrides/{position}/reason")
    case.request.overrides = [*case.request.overrides, *(_recorded(unit, given[code]) for code in wanted)]


def _recorded(unit: Unit, override: Override) -> dict[str, Any]:
    return {
        "code": override.code,
        "reason": override.reason,
        "by": str(unit.actor.account_id),
        "at": unit.now.isoformat(),
    }


def _open_shift(unit: Unit, request: DispatchRequest) -> Shift:
    service = unit.get(ServiceType, request.service_type_id)
    shift = unit.add(
        Shift(
            **unit.stamp(),
            kind=ShiftKind.DISPATCH,
            source_type=REQUEST_SOURCE,
            source_id=request.id,
            service_type_id=service.id,
            starts_at=request.starts_at,
            ends_at=request.ends_at,
            facility_id=request.facility_id if request.modality is Modality.ON_SITE else None,
            district_code=_district(unit, request),
            modality=request.modality,
            claim_policy=service.claim_policy,
            status=ShiftStatus.OPEN,
        )
    )
    demand = unit.add(
        Demand(
            shift_id=shift.id,
            role="interpreter",
            places=request.places,
            language=request.languages[0],
            min_level=service.min_level,
            certifications=service.required_certs,
            skills=service.required_skills,
            gender_requirement=request.gender_requirement,
            min_age=service.min_age,
            child_safety=service.child_safety_required,
        )
    )
    for tag in accepted_tags(request.languages, service.equivalents):
        unit.session.add(DemandLanguage(demand_id=demand.id, tag=tag))
    unit.session.flush()
    return shift


def accepted_tags(languages: Sequence[str], equivalents: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the tags that meet a request: those named, and what the service type counts as equal (`zh` → `cmn`)."""
    return sorted({tag for wanted in languages for tag in (wanted, *equivalents.get(wanted, ()))})


def _district(unit: Unit, request: DispatchRequest) -> str | None:
    if request.facility_id is None:
        return request.home_district
    return unit.get(Facility, request.facility_id).district_code


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
    request = _take(unit, request_id)
    refuse_once_started(unit, request)
    deadline = cancellation_deadline(unit, request.starts_at)
    _move(unit, request, "cancel", draft)
    if request.matched_at is not None:
        request.late_cancel = _arrived(unit, request, draft.on_behalf) > deadline
        _end_shift(unit, request)
        tell_office(unit, "office_request_cancelled", request, _facts(request))
    tell_requester(unit, request.organization_id, "request_cancelled", request, _facts(request))
    if request.late_cancel:
        unit.warn("REQ_CANCEL_LATE", deadline=deadline)
    return show_request(unit, request)


def _end_shift(unit: Unit, request: DispatchRequest) -> None:
    shift = _locked_shift(unit, request)
    clear_shift(unit, shift)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "cancel"))
    shift.touch(unit.now)


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
    _move(unit, request, "mark-unfilled", draft)
    withdraw_offers(unit, shift, OfferWithdrawal.CANCELLED)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "plan"))
    shift.touch(unit.now)
    tell_unfilled(unit, shift, request)
    return show_request(unit, request)


def reopen(unit: Unit, request_id: UUID, draft: Submission) -> DispatchRequestView:
    """Look again for an unfilled request, before its start. Raises `WrongState`."""
    request = _take(unit, request_id)
    status = states.REQUEST.next(request.status, "reopen")
    refuse_once_started(unit, request)
    _arrived(unit, request, draft.on_behalf)
    shift = _locked_shift(unit, request)
    request.status = RequestStatus(status)
    request.status_reason = None
    date_purge(unit, request)
    request.touch(unit.now)
    shift.status = ShiftStatus(states.SHIFT.next(shift.status, "open"))
    shift.touch(unit.now)
    unit.audit("dispatch_request.reopen", request, on_behalf=draft.on_behalf)
    return show_request(unit, request)


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
    screen(draft.reason, "/reason")
    _arrived(unit, request, draft.on_behalf)
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
