"""Changing a request: freely before it is accepted, afterwards by the rules of change (domain.md §0.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.dispatch_request import DispatchRequest, DispatchRequestPatch, DispatchRequestView, RequestStatus
from models.fields import Override
from models.organization import Organization
from models.service_type import ServiceType
from models.shift import Shift
from services import states
from services.changing import Change, Terms, follow, lock_people, terms_of
from services.duplicates import families_of, refuse_duplicate
from services.errors import Forbidden, WrongState, invalid
from services.notifying import tell_office, tell_requester
from services.overriding import settle_overrides
from services.purging import date_purge
from services.queries import REQUEST_SOURCE, find, visible_requests
from services.request_references import check_references
from services.request_rules import UNDECIDED, case_of, refuse_once_started
from services.requesting import gender_columns, refuse_broken, service_in_force
from services.showing import show_request
from services.unit import Unit

ACCEPTED = frozenset({RequestStatus.MATCHING, RequestStatus.FILLED, RequestStatus.UNFILLED})
"""States in which a request has a shift that follows it."""


def patch(unit: Unit, request_id: UUID, draft: DispatchRequestPatch, *, force: bool = False) -> DispatchRequestView:
    """Change a request; once it is accepted its shift and everybody on it follow.

    Raises `WrongState` from the start on and for what is over, `InvalidFields` and `RulesBroken` as on writing it and for
    what would have wanted an override, `Refused` (`REQ_DUPLICATE`) when it would be the same as another, unless forced.
    """
    request = change(unit, request_id, draft, force=force).request
    if request.status in ACCEPTED:
        tell_changed(unit, request)
    return show_request(unit, request)


def change(unit: Unit, request_id: UUID, draft: DispatchRequestPatch, *, force: bool = False) -> Change:
    """Change a request, tell only those who were to come, and return whom it touched; see `patch`."""
    find(unit, visible_requests(unit.actor), DispatchRequest, request_id)
    request, shift = take_with_people(unit, [request_id])[0]
    unit.expect(request)
    if draft.overrides and not unit.actor.is_staff:
        raise Forbidden
    if draft.overrides and request.status in UNDECIDED:
        raise invalid("/overrides", "FIELD_CONFLICT", other="status")
    return rewrite(unit, request, shift, _patched(draft), draft.overrides, force=force)


def take_with_people(unit: Unit, request_ids: Sequence[UUID]) -> list[tuple[DispatchRequest, Shift | None]]:
    """Return requests and their shifts, locked in the house's order: institutions, people, shifts, requests."""
    owners = select(DispatchRequest.organization_id).where(col(DispatchRequest.id).in_(request_ids)).distinct()
    for organization_id in sorted(unit.session.exec(owners)):
        unit.lock(Organization, organization_id)  # one at a time, as on writing a new one
    _lock_shifts(unit, request_ids)
    requests = [unit.lock(DispatchRequest, request_id) for request_id in sorted(request_ids)]
    shifts = _lock_shifts(unit, request_ids)  # one may have been accepted while we waited for it
    return [(request, shifts.get(request.id)) for request in requests]


def _lock_shifts(unit: Unit, request_ids: Sequence[UUID]) -> dict[UUID, Shift]:
    opened = select(Shift.id).where(Shift.source_type == REQUEST_SOURCE, col(Shift.source_id).in_(request_ids))
    shift_ids = sorted(unit.session.exec(opened))
    lock_people(unit, shift_ids)
    return {shift.source_id: shift for shift in (unit.lock(Shift, shift_id) for shift_id in shift_ids)}


def rewrite(
    unit: Unit,
    request: DispatchRequest,
    shift: Shift | None,
    values: Mapping[str, Any],
    overrides: Sequence[Override],
    *,
    force: bool = False,
) -> Change:
    """Write columns of a locked request anew and let its locked shift follow; see `patch`."""
    refuse_once_started(unit, request)
    if request.status not in UNDECIDED | ACCEPTED:
        raise WrongState(code="REQ_STATE", state=request.status, allowed=states.REQUEST.verbs(request.status))
    before, asked_for, passed = terms_of(request), _asked_for(request), len(request.overrides)
    _write(unit, request, values)
    if not force and _asked_for(request) != asked_for:
        refuse_duplicate(unit, request, families_of(unit, request))
    refuse_broken(unit, request, submitting=request.status not in {RequestStatus.DRAFT, RequestStatus.RETURNED})
    date_purge(unit, request)
    request.touch(unit.now)
    done = _follow(unit, request, shift, overrides, before) if shift is not None else Change(request)
    facts = {"overrides": [entry["code"] for entry in request.overrides[passed:]]}
    unit.audit("dispatch_request.change", request, fields=sorted(values), facts=facts)
    return done


def _write(unit: Unit, request: DispatchRequest, values: Mapping[str, Any]) -> None:
    code = unit.get(ServiceType, request.service_type_id).code
    for name, value in values.items():
        setattr(request, name, value)
    with unit.session.no_autoflush:
        request.service_type_id = service_in_force(unit, code, request.starts_at).id
        check_references(unit, request)
    unit.session.flush()


def _follow(unit: Unit, request: DispatchRequest, shift: Shift, overrides: Sequence[Override], before: Terms) -> Change:
    """Let the people follow. A new time is judged as if it had been asked for now: what accepting would want, this wants."""
    moved = (before.starts_at, before.ends_at) != (request.starts_at, request.ends_at)
    case = replace(case_of(unit, request), moved_at=unit.now if moved else None)
    settle_overrides(unit, case, overrides)
    return follow(unit, request, shift, before)


def tell_changed(unit: Unit, request: DispatchRequest) -> None:
    """Tell whoever did not change it: its institution, and the office what it had accepted."""
    facts = {"no": request.request_no, "starts_at": request.starts_at, "language": request.languages[0]}
    if unit.actor.organization_id != request.organization_id:
        tell_requester(unit, request.organization_id, "request_changed", request, facts)
    if not unit.actor.is_staff and request.status in ACCEPTED:
        tell_office(unit, "office_request_changed", request, facts)


def _asked_for(request: DispatchRequest) -> tuple[datetime, str]:
    """Return what makes two requests of one institution for one family the same, as far as a change can touch it."""
    return request.starts_at, request.languages[0]


def _patched(draft: DispatchRequestPatch) -> dict[str, Any]:
    changes = draft.changes()
    changes.pop("overrides", None)
    for name in ("onsite_contact", "escort"):
        if changes.get(name) is not None:
            changes[name] = changes[name].model_dump(mode="json")
    if "topics" in changes:
        changes["topics"] = [str(topic) for topic in changes["topics"]]
    if "gender_requirement" in changes:
        changes |= gender_columns(changes.pop("gender_requirement"))
    if "meeting_point" in changes:
        changes["meeting_point"] = changes["meeting_point"] or ""
    return changes
