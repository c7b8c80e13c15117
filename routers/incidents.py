"""Incidents: what went wrong, told by those concerned, read and settled by staff."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanHandleIncidents, CanReportIncidents, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Id
from models.incident import (
    IncidentClosing,
    IncidentCreate,
    IncidentDetail,
    IncidentKind,
    IncidentPatch,
    IncidentReceipt,
    IncidentStatus,
    IncidentStep,
    IncidentView,
)
from services import incidents
from services.paging import Page

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])


@router.get("", response_model=Page[IncidentView], responses=answers(403))
def list_incidents(
    caller: CanHandleIncidents,
    work: PlainWorkDep,
    ask: AskDep,
    status: Annotated[IncidentStatus | None, Query()] = None,
    kind: Annotated[IncidentKind | None, Query()] = None,
    min_severity: Annotated[int | None, Query(ge=1, le=4)] = None,
) -> Response:
    """List incidents without their texts, newest first."""
    filters = incidents.IncidentFilters(status, kind, min_severity)
    return work.read(caller, incidents.list_incidents, ask, filters)


@router.post("", status_code=201, response_model=IncidentReceipt, responses=answers(403, 404, 412))
def report_incident(draft: IncidentCreate, caller: CanReportIncidents, work: WorkDep) -> Response:
    """Tell the office what went wrong: volunteers and institutions about an assignment or request of their own."""
    return work.create(caller, incidents.report, draft)


@router.get("/{incident_id}", response_model=IncidentDetail, responses=answers(403, 404))
def read_incident(incident_id: Id, caller: CanHandleIncidents, work: PlainWorkDep) -> Response:
    """Read an incident with its text and what was done; the reading is logged."""
    return work.write(caller, incidents.read_incident, incident_id)


@router.patch("/{incident_id}", response_model=IncidentView, responses=answers(403, 404, 409, 412, 428))
def change_incident(
    incident_id: Id, patch: IncidentPatch, caller: CanHandleIncidents, work: GuardedWorkDep
) -> Response:
    """Judge an open incident anew; one that has become grave alarms the office."""
    return work.write(caller, incidents.change, incident_id, patch)


@router.post("/{incident_id}/act", response_model=IncidentView, responses=answers(403, 404, 409, 412))
def act_on_incident(incident_id: Id, draft: IncidentStep, caller: CanHandleIncidents, work: WorkDep) -> Response:
    """Write down what was done about an incident."""
    return work.write(caller, incidents.act, incident_id, draft)


@router.post("/{incident_id}/close", response_model=IncidentView, responses=answers(403, 404, 409, 412))
def close_incident(incident_id: Id, draft: IncidentClosing, caller: CanHandleIncidents, work: WorkDep) -> Response:
    """Close an incident with the reason."""
    return work.write(caller, incidents.close, incident_id, draft)
