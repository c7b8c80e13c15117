"""Reports that are overdue: those who owe them hear on day 3 and 7, the office on day 14 (domain.md §4.3)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.dispatch_request import DispatchRequest, RequestStatus
from models.shift import Shift
from services.notifying import tell_office, tell_requester, tell_volunteer
from services.queries import REQUEST_SOURCE
from services.reporting import Owing, owing
from services.unit import Unit


def due_reports(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the requests whose reports are overdue by more days than anybody has been told of."""
    told = sa.func.coalesce(col(DispatchRequest.reports_reminded), 0)
    late = [
        sa.and_(told < days, col(DispatchRequest.ends_at) <= unit.now - timedelta(days=days)) for days in _days(unit)
    ]
    return select(DispatchRequest.id).where(DispatchRequest.status == RequestStatus.AWAITING_REPORT, sa.or_(*late))


def _days(unit: Unit) -> tuple[int, ...]:
    return (*unit.rules.report_reminder_days, unit.rules.report_office_days)


def remind_of_reports(unit: Unit, request: DispatchRequest) -> None:
    """Remind of the reports about a locked request, once for each day that has come; after a pause the latest alone."""
    if request.status is not RequestStatus.AWAITING_REPORT:
        return
    come = [days for days in _days(unit) if request.ends_at <= unit.now - timedelta(days=days)]
    if not come or (request.reports_reminded or 0) >= max(come):
        return
    request.reports_reminded = max(come)
    shift = unit.session.exec(
        select(Shift).where(Shift.source_type == REQUEST_SOURCE, Shift.source_id == request.id)
    ).one()
    owed = owing(unit, shift, request)
    once = f"report_overdue_{max(come)}:{request.id}"
    facts = {"no": request.request_no, "starts_at": request.starts_at}
    if max(come) == unit.rules.report_office_days:
        tell_office(unit, "office_report_overdue", request, {**facts, "parties": owed.parties}, once=once)
    else:
        _tell_debtors(unit, request, owed, facts, once)


def _tell_debtors(unit: Unit, request: DispatchRequest, owed: Owing, facts: dict[str, Any], once: str) -> None:
    base = f"{unit.rules.public_url}/v1"
    for assignment in owed.assignments:
        hers = {**facts, "link": f"{base}/assignments/{assignment.id}"}
        tell_volunteer(unit, assignment.volunteer_id, "report_overdue_volunteer", assignment, hers, once=once)
    if owed.requester:
        theirs = {**facts, "link": f"{base}/dispatch-requests/{request.id}"}
        tell_requester(unit, request.organization_id, "report_overdue_requester", request, theirs, once=once)
