"""Incidents: anybody concerned tells one, staff alone read and settle it, and each reading of its text is logged.

Whoever told it gets no word back but that it was received; what alarms reaches administrators and coordinators at
once, without its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import eq, ge
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.assignment import Assignment
from models.class_session import ClassSession
from models.dispatch_request import DispatchRequest
from models.incident import (
    ALARMING,
    Incident,
    IncidentAbout,
    IncidentAction,
    IncidentActionView,
    IncidentClosing,
    IncidentCreate,
    IncidentDetail,
    IncidentKind,
    IncidentPatch,
    IncidentReceipt,
    IncidentStatus,
    IncidentStep,
    IncidentSubject,
    IncidentView,
)
from services import states
from services.acting_for import arrival
from services.errors import WrongState, invalid
from services.notifying import alarm
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.queries import must_see, visible_assignments, visible_class_sessions, visible_requests
from services.unit import Unit


@dataclass(frozen=True)
class IncidentFilters:
    """What a list of incidents is narrowed to; `min_severity` is the least."""

    status: IncidentStatus | None = None
    kind: IncidentKind | None = None
    min_severity: int | None = None


def report(unit: Unit, draft: IncidentCreate) -> IncidentReceipt:
    """Take down what went wrong: staff about anything, others about an assignment or request of their own.

    Raises `NotFound` for an object outside the caller's scope, `InvalidFields` where others than staff leave it out.
    """
    arrival(unit, draft.on_behalf)
    _check_subject(unit, draft.about)
    incident = unit.add(
        Incident(
            about_type=draft.about.type if draft.about else None,
            about_id=draft.about.id if draft.about else None,
            **draft.model_dump(include={"kind", "severity"}),
            sealed=_seal(unit, draft.text),
            status=IncidentStatus.OPEN,
            **unit.stamp(),
        )
    )
    unit.audit("incident.report", incident, on_behalf=draft.on_behalf)
    _alarm(unit, incident)
    return IncidentReceipt.model_validate(incident.model_dump())


def _check_subject(unit: Unit, about: IncidentSubject | None) -> None:
    if about is None:
        if not unit.actor.is_staff:
            raise invalid("/about", "FIELD_MISSING")
    elif about.type is IncidentAbout.ASSIGNMENT:
        must_see(unit, visible_assignments(unit.actor), Assignment, about.id)
    elif about.type is IncidentAbout.CLASS_SESSION:
        must_see(unit, visible_class_sessions(unit.actor), ClassSession, about.id)
    else:
        must_see(unit, visible_requests(unit.actor), DispatchRequest, about.id)


def _alarm(unit: Unit, incident: Incident) -> None:
    """Tell those in charge at once that there is something grave, and nothing of what it is."""
    if incident.severity >= ALARMING:
        facts = {"kind": incident.kind, "severity": incident.severity, "at": incident.created_at}
        alarm(unit, "incident_alarm", incident, facts)


def list_incidents(unit: Unit, ask: Ask, filters: IncidentFilters) -> Page[IncidentView]:
    """Return incidents without their texts, newest first."""
    statement = select(Incident)
    for column, fits, value in (
        (Incident.status, eq, filters.status),
        (Incident.kind, eq, filters.kind),
        (Incident.severity, ge, filters.min_severity),
    ):
        if value is not None:
            statement = statement.where(fits(col(column), value))
    order = Order((Incident.created_at, Incident.id), descending=True)
    return page(unit, ask, statement, order, _show_all, scope_of("incidents", filters))


def read_incident(unit: Unit, incident_id: UUID) -> IncidentDetail:
    """Return an incident with its text and what was done, and log that it was read. Raises `NotFound`."""
    incident = unit.get(Incident, incident_id)
    unit.audit("incident.read", incident, fields=["log", "text"])
    log = unit.session.exec(
        select(IncidentAction)
        .where(IncidentAction.incident_id == incident.id)
        .order_by(col(IncidentAction.at), col(IncidentAction.id))
    )
    return IncidentDetail(
        **_shown(unit, incident),
        text=_open(unit, incident.sealed),
        log=[_show_action(unit, action) for action in log],
    )


def change(unit: Unit, incident_id: UUID, patch: IncidentPatch) -> IncidentView:
    """Judge an open incident anew; one that has become graver alarms again. Raises `NotFound`, `Stale`, `WrongState`."""
    incident = _take(unit, incident_id)
    if incident.status is not IncidentStatus.OPEN:
        raise WrongState(code="INC_STATE", state=incident.status, allowed=states.INCIDENT.verbs(incident.status))
    before, changes = incident.severity, patch.changes()
    for name, value in changes.items():
        setattr(incident, name, value)
    incident.touch(unit.now)
    unit.audit("incident.change", incident, fields=list(changes))
    if incident.severity > before:
        _alarm(unit, incident)
    return _show(unit, incident)


def act(unit: Unit, incident_id: UUID, draft: IncidentStep) -> IncidentView:
    """Write down what was done about an incident. Raises `NotFound`, `Stale`, `WrongState` (`INC_STATE`)."""
    return _show(unit, _step(unit, incident_id, "act", draft.text))


def close(unit: Unit, incident_id: UUID, draft: IncidentClosing) -> IncidentView:
    """Close an incident with the reason. Raises as `act`."""
    incident = _step(unit, incident_id, "close", draft.reason)
    incident.closed_at = unit.now
    return _show(unit, incident)


def _step(unit: Unit, incident_id: UUID, verb: str, text: str) -> Incident:
    incident = _take(unit, incident_id)
    incident.status = IncidentStatus(states.INCIDENT.next(incident.status, verb))
    incident.touch(unit.now)
    unit.add(
        IncidentAction(
            incident_id=incident.id,
            account_id=unit.actor.account_id,
            verb=verb,
            sealed=_seal(unit, text),
            at=unit.now,
        )
    )
    unit.audit(f"incident.{verb}", incident)
    return incident


def _take(unit: Unit, incident_id: UUID) -> Incident:
    incident = unit.lock(Incident, incident_id)
    unit.expect(incident)
    return incident


def _seal(unit: Unit, text: str) -> str:
    return unit.vault.seal({"text": text})


def _open(unit: Unit, sealed: str) -> str:
    text: str = unit.vault.open(sealed)["text"]
    return text


def _show(unit: Unit, incident: Incident) -> IncidentView:
    return IncidentView(**_shown(unit, incident))


def _show_all(unit: Unit, incidents: Sequence[Incident]) -> list[IncidentView]:
    return [_show(unit, incident) for incident in incidents]


def _shown(unit: Unit, incident: Incident) -> dict[str, Any]:
    verbs = states.INCIDENT.open_to(incident.status, permissions_of(unit.actor.roles))
    return {**incident.model_dump(include=_COLUMNS), "actions": verbs}


_COLUMNS = IncidentView.model_fields.keys() & Incident.model_fields.keys()


def _show_action(unit: Unit, action: IncidentAction) -> IncidentActionView:
    told = action.model_dump(include={"verb", "at", "account_id"})
    return IncidentActionView(**told, text=_open(unit, action.sealed))
