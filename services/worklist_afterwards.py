"""Entries of the worklist about what is over: reports that do not come, expenses to settle, incidents to see to."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import Assignment
from models.dispatch_request import DispatchRequest, RequestStatus
from models.expense import ExpenseClaim, ExpenseStatus
from models.incident import ALARMING, Incident, IncidentStatus
from models.person import Person
from models.shift import Shift
from models.volunteer import Volunteer
from models.worklist import Subject, WorkCode
from services.entering import Entry, answer_due, post
from services.policies import Permission, may
from services.queries import REQUEST_SOURCE
from services.reporting import owings
from services.unit import Unit

_TO_SETTLE = {
    ExpenseStatus.SUBMITTED: (WorkCode.EXPENSE_TO_PROPOSE, "propose", Permission.EXPENSE_PROPOSE),
    ExpenseStatus.PROPOSED: (WorkCode.EXPENSE_TO_APPROVE, "approve", Permission.EXPENSE_APPROVE),
}


def reports_late(unit: Unit) -> Iterator[Entry]:
    """Activities whose reports are overdue by so much that the office asks for them itself (domain.md §4.3)."""
    patience = timedelta(days=unit.rules.report_office_days)
    statement = (
        select(Shift, DispatchRequest)
        .join(
            DispatchRequest,
            sa.and_(col(Shift.source_type) == REQUEST_SOURCE, col(DispatchRequest.id) == Shift.source_id),
        )
        .where(
            DispatchRequest.status == RequestStatus.AWAITING_REPORT,
            col(DispatchRequest.ends_at) <= unit.now - patience,
        )
    )
    ended = [(shift, request) for shift, request in unit.session.exec(statement)]
    owed = owings(unit, ended)
    for _, request in ended:
        yield Entry(
            WorkCode.REPORT_LATE,
            Subject(type="dispatch_request", id=request.id, no=request.request_no),
            answer_due(unit, request.ends_at + patience),
            post(f"/v1/dispatch-requests/{request.id}/waive-report"),
            facts={
                "starts_at": request.starts_at,
                "language": request.languages[0],
                "parties": [str(party) for party in owed[request.id].parties],
            },
        )


def expenses(unit: Unit) -> Iterator[Entry]:
    """Claims that wait for the next one to settle them, and that the caller may: nobody settles her own."""
    statement: Any = (
        sa.select(ExpenseClaim, Person, col(DispatchRequest.request_no))
        .join(Assignment, col(Assignment.id) == ExpenseClaim.assignment_id)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .join(DispatchRequest, col(DispatchRequest.id) == Shift.source_id, isouter=True)
        .join(Volunteer, col(Volunteer.id) == ExpenseClaim.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(ExpenseClaim.status).in_(sorted(_TO_SETTLE)))
    )
    for claim, person, number in unit.session.execute(statement):
        code, verb, permission = _TO_SETTLE[claim.status]
        if may(unit.actor, permission) and person.id != unit.actor.person_id:
            yield Entry(
                code,
                Subject(type="expense_claim", id=claim.id, no=number),
                answer_due(unit, claim.updated_at),
                post(f"/v1/expense-claims/{claim.id}/{verb}"),
                facts={"who": person.display_name, "day": claim.activity_on},
            )


def incidents(unit: Unit) -> Iterator[Entry]:
    """Serious incidents that nobody has closed."""
    statement = select(Incident).where(Incident.status == IncidentStatus.OPEN, col(Incident.severity) >= ALARMING)
    for incident in unit.session.exec(statement):
        yield Entry(
            WorkCode.INCIDENT_OPEN,
            Subject(type="incident", id=incident.id, no=None),
            answer_due(unit, incident.created_at, urgent=True),
            post(f"/v1/incidents/{incident.id}/close"),
            urgent=True,
            facts={"kind": str(incident.kind), "at": incident.created_at},
        )
