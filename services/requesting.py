"""Requests up to their submission: write, change, submit, list, read (domain.md §4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.client import RequestClientDraft
from models.dispatch_request import (
    DispatchRequest,
    DispatchRequestCreate,
    DispatchRequestSummary,
    DispatchRequestView,
    GenderRequirement,
    IntakeChannel,
    RequestContent,
    RequestStatus,
    Submission,
)
from models.fields import OnBehalf
from models.organization import Organization
from models.service_type import ServiceType
from services import numbering, states
from services.acting_for import arrival_of_organization
from services.duplicates import Asked, refuse_duplicate
from services.errors import broken, invalid
from services.families import link_client
from services.notifying import tell_office
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import find, visible_requests
from services.request_references import check_references
from services.request_rules import (
    case_of,
    is_urgent,
    needs_override,
    refusals,
    warn_of,
)
from services.showing import show_request, show_summaries
from services.unit import Unit


@dataclass(frozen=True)
class RequestFilters:
    """What a list of requests is narrowed to; instants bound `starts_at`, half-open."""

    status: RequestStatus | None = None
    organization_id: UUID | None = None
    service_type: str | None = None
    language: str | None = None
    starts_from: datetime | None = None
    starts_to: datetime | None = None


def list_requests(unit: Unit, ask: Ask, filters: RequestFilters) -> Page[DispatchRequestSummary]:
    """Return requests of the caller's scope, soonest first."""
    statement = visible_requests(unit.actor).where(*_conditions(filters))
    order = Order((DispatchRequest.starts_at, DispatchRequest.id))
    return page(unit, ask, statement, order, show_summaries, scope_of("dispatch_requests", filters))


def _conditions(filters: RequestFilters) -> list[Any]:
    conditions: list[Any] = []
    if filters.status:
        conditions.append(DispatchRequest.status == filters.status)
    if filters.organization_id:
        conditions.append(DispatchRequest.organization_id == filters.organization_id)
    if filters.service_type:
        codes = select(ServiceType.id).where(ServiceType.code == filters.service_type)
        conditions.append(col(DispatchRequest.service_type_id).in_(codes))
    if filters.language:
        # Tags hold no quote and no wildcard, so the text of the list can be searched on both databases.
        conditions.append(sa.cast(DispatchRequest.languages, sa.Text).like(f'%"{filters.language}"%'))
    if filters.starts_from:
        conditions.append(col(DispatchRequest.starts_at) >= filters.starts_from)
    if filters.starts_to:
        conditions.append(col(DispatchRequest.starts_at) < filters.starts_to)
    return conditions


def read_request(unit: Unit, request_id: UUID) -> DispatchRequestView:
    """Return a request of the caller's scope. Raises `NotFound`."""
    return show_request(unit, find(unit, visible_requests(unit.actor), DispatchRequest, request_id))


def create(unit: Unit, draft: DispatchRequestCreate, *, force: bool = False) -> DispatchRequestView:
    """Write a new request as a draft.

    Raises `InvalidFields` for references that lead nowhere, `RulesBroken` for rules that refuse even a draft,
    `Refused` (`REQ_DUPLICATE`) for the same request again unless forced.
    """
    return show_request(unit, write(unit, draft, force=force))


def write(
    unit: Unit,
    draft: DispatchRequestCreate,
    *,
    force: bool = False,
    families: Sequence[RequestClientDraft] | None = None,
    past: bool = False,
) -> DispatchRequest:
    """Write a new request as a draft and return its row; see `create`. One of the `past` is recorded late.

    `families` are those of the draft as they are known by now, when a request beside this one gave them references.
    """
    organization = organization_of(unit, draft)
    request = DispatchRequest(
        **unit.stamp(),
        request_no="",
        service_type_id=service_in_force(unit, draft.service_type, draft.starts_at).id,
        organization_id=organization.id,
        status=RequestStatus.DRAFT,
        channel=_channel(draft.on_behalf),
        **_content(draft),
    )
    check_references(unit, request)
    if not force:
        refuse_duplicate(unit, request, [Asked(client.age_months, client.client_ref) for client in draft.clients])
    request.request_no = numbering.request_no(unit)
    unit.add(request)
    for n, client in enumerate(draft.clients if families is None else families, start=1):
        link_client(unit, request, client, n, f"/clients/{n - 1}")
    unit.session.flush()
    refuse_broken(unit, request, submitting=False, past=past)
    unit.audit("dispatch_request.create", request, on_behalf=draft.on_behalf)
    return request


def _channel(on_behalf: OnBehalf | None) -> IntakeChannel:
    return IntakeChannel(on_behalf.channel) if on_behalf else IntakeChannel.WEB


def _content(draft: DispatchRequestCreate) -> dict[str, Any]:
    values = draft.model_dump(
        include={"facility_id", "home_district", "starts_at", "ends_at", "languages", "places", "modality",
                 "checkup_session_id", "continuity_of", "note"}
    )  # fmt: skip
    return {
        **values,
        "meeting_point": draft.meeting_point or "",
        "topics": [str(topic) for topic in draft.topics],
        "onsite_contact": draft.onsite_contact.model_dump(mode="json") if draft.onsite_contact else None,
        "escort": draft.escort.model_dump(mode="json") if draft.escort else None,
        **gender_columns(draft.gender_requirement),
    }


def gender_columns(requirement: GenderRequirement | None) -> dict[str, Any]:
    if requirement is None:
        return {"gender_requirement": None, "gender_reason": None}
    return {"gender_requirement": requirement.value, "gender_reason": requirement.reason}


def organization_of(unit: Unit, draft: RequestContent) -> Organization:
    """Return for whom the request is, locked: the caller's own institution, or the one that staff name.

    Raises `InvalidFields`, `Forbidden` to act for others.
    """
    own = unit.actor.organization_id
    named = draft.organization_id
    if not unit.actor.is_staff and named not in {None, own}:
        raise invalid("/organization_id")
    if unit.actor.is_staff and named is None:
        raise invalid("/organization_id", "FIELD_MISSING")
    organization = unit.session.get(Organization, named or own) if named or own else None
    if organization is None:
        raise invalid("/organization_id")
    arrival_of_organization(unit, organization.id, draft.on_behalf)
    # One at a time per institution, so that two clerks' same request meets the duplicate rule.
    return unit.lock(Organization, organization.id)


def service_in_force(unit: Unit, code: str, starts_at: datetime) -> ServiceType:
    """Return the version of the service in force on the day, or the latest, which the rules then refuse."""
    versions = unit.session.exec(
        select(ServiceType).where(ServiceType.code == code).order_by(col(ServiceType.valid_from).desc())
    ).all()
    if not versions:
        raise invalid("/service_type")
    day = unit.local_day(starts_at)
    return next((version for version in versions if version.valid_from <= day), versions[0])


def refuse_broken(unit: Unit, request: DispatchRequest, *, submitting: bool, past: bool = False) -> None:
    case = case_of(unit, request)
    if found := refusals(unit, case, submitting=submitting, past=past):
        raise broken(found)
    warn_of(unit, case)


def submit(unit: Unit, request_id: UUID, draft: Submission) -> DispatchRequestView:
    """Hand a request in; what needs an override is recorded, not refused (§0.1, "Submit records, accept decides").

    Raises `RulesBroken` for consent, escort and content rules, `WrongState`, `Forbidden` to act for others.
    """
    request = find(unit, visible_requests(unit.actor), DispatchRequest, request_id, lock=True)
    unit.expect(request)
    return show_request(unit, hand_in(unit, request, draft.on_behalf))


def hand_in(
    unit: Unit, request: DispatchRequest, on_behalf: OnBehalf | None, *, alone: bool = True, past: bool = False
) -> DispatchRequest:
    """Hand a written request in; see `submit`. Of one that is not `alone` the office is told only when it is urgent.

    One of the `past` needs nobody's attention any more.
    """
    status = states.REQUEST.next(request.status, "submit")
    # The wish may be older than what staff wrote down of it.
    request.received_at = arrival_of_organization(unit, request.organization_id, on_behalf)
    refuse_broken(unit, request, submitting=True, past=past)
    request.status = RequestStatus(status)
    request.status_reason = None
    request.touch(unit.now)
    unit.audit("dispatch_request.submit", request, on_behalf=on_behalf)
    if not past:
        _tell_office(unit, request, alone=alone)
    return request


def _tell_office(unit: Unit, request: DispatchRequest, *, alone: bool) -> None:
    case = case_of(unit, request)
    urgent = is_urgent(unit, case)
    if not (alone or urgent):
        return
    kind = "office_request_urgent" if urgent else "office_request_submitted"
    facts = {
        "no": request.request_no,
        "starts_at": request.starts_at,
        "language": request.languages[0],
        "kind": case.service.code,
        "needs_override": [rule.code for rule in needs_override(unit, case)],
    }
    tell_office(unit, kind, request, facts)
