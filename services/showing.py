"""Requests as their requester and staff see them; one function per noun, for one or for many."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.activity_report import ActivityReport, ReportKind, WaivedReport, waived
from models.assignment import BRIEFED, HOLDING, Assignment
from models.client import Client, ClientIdentity, RequestClient, RequestClientView
from models.dispatch_request import (
    DispatchRequest,
    DispatchRequestSummary,
    DispatchRequestView,
    GenderRequirementView,
    RequestStatus,
)
from models.person import Person
from models.shift import Shift
from models.volunteer import Volunteer
from services import states
from services.explaining import unfilled_kind
from services.passing import LAPSED
from services.policies import permissions_of
from services.queries import REQUEST_SOURCE
from services.request_rules import UNDECIDED, Case, case_of, cases_of, is_urgent, needs_override
from services.showing_fallbacks import fallbacks_of, show_brief
from services.states import phase_of
from services.unit import Unit
from services.wording import say

_ON_SHIFT = (
    select(Person)
    .join(Volunteer, col(Volunteer.person_id) == Person.id)
    .join(Assignment, col(Assignment.volunteer_id) == Volunteer.id)
    .where(col(Assignment.shift_id) == sa.bindparam("shift_id"), col(Assignment.status).in_(sorted(BRIEFED)))
    .order_by(col(Assignment.id))
)


def show_request(unit: Unit, request: DispatchRequest) -> DispatchRequestView:
    """Return a request whole; an unfilled one tells why nobody could come, in words that reveal nobody."""
    case = case_of(unit, request)
    shift = shift_of(unit, request)
    return DispatchRequestView(
        **{**_columns(request, DispatchRequestView), "status_reason": _status_reason(unit, request)},
        service_type=case.service.code,
        clients=show_clients(unit, [request])[request.id],
        gender_requirement=_gender(request),
        waived_reports=_waived(unit, request),
        urgent=is_urgent(unit, case),
        needs_override=_open_overrides(unit, case),
        shift_id=shift.id if shift else None,
        assigned=badges_of(unit, shift) if shift else [],
        fallbacks=[show_brief(fallback) for fallback in fallbacks_of(unit, request.id)],
        why_unfilled=_why_unfilled(unit, shift) if shift and request.status is RequestStatus.UNFILLED else None,
        actions=request_actions(unit, request, held=shift is not None and _is_held(unit, shift)),
    )


def _columns(request: DispatchRequest, view: Any) -> dict[str, Any]:
    return {
        name: getattr(request, name)
        for name in view.model_fields
        if name in DispatchRequest.model_fields and name not in {"gender_requirement", "waived_reports"}
    }


def _status_reason(unit: Unit, request: DispatchRequest) -> str | None:
    """Return why it stands where it stands: in somebody's words, or in the product's where time did it."""
    return say("words", LAPSED, unit.language) if request.status_reason == LAPSED else request.status_reason


def _gender(request: DispatchRequest) -> GenderRequirementView | None:
    if request.gender_requirement is None:
        return None
    return GenderRequirementView(value=request.gender_requirement, reason=request.gender_reason or "")


def _waived(unit: Unit, request: DispatchRequest) -> list[WaivedReport]:
    hidden = set() if unit.actor.is_staff else {"by"}
    entries = request.waived_reports or []
    return [WaivedReport(**{name: entry[name] for name in entry.keys() - hidden}) for entry in entries]


def _open_overrides(unit: Unit, case: Case) -> list[str]:
    if case.request.status not in UNDECIDED:
        return []
    return [rule.code for rule in needs_override(unit, case)]


def request_actions(unit: Unit, request: DispatchRequest, *, held: bool) -> list[str]:
    """Return the verbs open to this caller now; nobody gives up looking while somebody holds a place."""
    phase = phase_of(request.starts_at, request.ends_at, unit.now)
    verbs = states.REQUEST.open_to(request.status, permissions_of(unit.actor.roles), phase)
    closed = {"mark-unfilled"} if held else set()
    if "correct-report" in verbs:
        closed |= _closed_to_reporting(unit, request)
    return [verb for verb in verbs if verb not in closed]


def _closed_to_reporting(unit: Unit, request: DispatchRequest) -> set[str]:
    """Return what is closed to the institution: to report what is reported or done without, to correct what is not there."""
    report = select(ActivityReport.id).where(ActivityReport.subject_id == request.id)
    if unit.session.exec(report).first() is not None:
        return {"report"}
    without = ReportKind.REQUESTER in waived(request.waived_reports)
    return {"report", "correct-report"} if without else {"correct-report"}


def _why_unfilled(unit: Unit, shift: Shift) -> str:
    return say("unfilled", f"requester_{unfilled_kind(unit, shift)}", unit.language)


def shift_of(unit: Unit, request: DispatchRequest) -> Shift | None:
    """Return the shift a request opened, if it was accepted."""
    return unit.session.exec(
        select(Shift).where(Shift.source_type == REQUEST_SOURCE, Shift.source_id == request.id)
    ).one_or_none()


def _is_held(unit: Unit, shift: Shift) -> bool:
    held = select(Assignment.id).where(Assignment.shift_id == shift.id, col(Assignment.status).in_(sorted(HOLDING)))
    return unit.session.exec(held).first() is not None


def badges_of(unit: Unit, shift: Shift) -> list[str]:
    """Return the badge names of those who are confirmed, the only name a requester learns."""
    return [person.badge_name for person in unit.session.exec(_ON_SHIFT, params={"shift_id": shift.id})]


def show_clients(unit: Unit, requests: Sequence[DispatchRequest]) -> dict[UUID, list[RequestClientView]]:
    """Return the families of requests; whether an identity is on file is told, the identity is not."""
    rows = unit.session.exec(
        select(RequestClient, Client.ref, ClientIdentity.id)
        .join(Client, col(Client.id) == RequestClient.client_id)
        .join(ClientIdentity, col(ClientIdentity.request_client_id) == RequestClient.id, isouter=True)
        .where(col(RequestClient.request_id).in_([request.id for request in requests]))
        .order_by(RequestClient.n)  # type: ignore[arg-type]
    )
    found: dict[UUID, list[RequestClientView]] = defaultdict(list)
    for client, ref, identity_id in rows:
        found[client.request_id].append(
            RequestClientView(
                n=client.n,
                client_ref=ref,
                age_months=client.age_months,
                consent_on=client.consent_on,
                time_band=client.time_band,
                identity_on_file=identity_id is not None,
                served=client.served,
            )
        )
    return found


def show_summaries(unit: Unit, requests: list[DispatchRequest]) -> list[DispatchRequestSummary]:
    """Return requests for a list, with a constant number of queries."""
    ids = [request.id for request in requests]
    shifts = dict(
        unit.session.exec(
            select(Shift.source_id, Shift.id).where(Shift.source_type == REQUEST_SOURCE, col(Shift.source_id).in_(ids))
        ).all()
    )
    return [
        DispatchRequestSummary(
            **_columns(case.request, DispatchRequestSummary),
            service_type=case.service.code,
            urgent=is_urgent(unit, case),
            needs_override=_open_overrides(unit, case),
            shift_id=shifts.get(case.request.id),
        )
        for case in cases_of(unit, requests)
    ]
