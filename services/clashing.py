"""Who is coming although a family must not meet her: the office is told, and nobody else (domain.md §0.1)."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.assignment import HOLDING, Assignment
from models.client import ClientExclusion, RequestClient
from models.dispatch_request import DispatchRequest
from models.shift import Shift
from services.notifying import tell_office
from services.queries import REQUEST_SOURCE
from services.unit import Unit


def tell_clashes(unit: Unit, client_id: UUID, only: Any) -> None:
    """Tell the office of each request of a family on which somebody stands who is excluded, until it is over.

    `only` narrows to what has just changed: one request, or one volunteer.
    """
    clashing = (
        select(RequestClient.request_id)
        .join(ClientExclusion, col(ClientExclusion.client_id) == RequestClient.client_id)
        .join(Shift, col(Shift.source_id) == RequestClient.request_id)
        .join(Assignment, col(Assignment.shift_id) == Shift.id)
        .where(
            RequestClient.client_id == client_id,
            col(ClientExclusion.lifted_at).is_(None),
            Shift.source_type == REQUEST_SOURCE,
            col(Shift.ends_at) > unit.now,
            Assignment.volunteer_id == ClientExclusion.volunteer_id,
            col(Assignment.status).in_(sorted(HOLDING)),
            only,
        )
    )
    requests = select(DispatchRequest).where(col(DispatchRequest.id).in_(clashing)).order_by(col(DispatchRequest.id))
    for request in unit.session.exec(requests).all():
        facts = {"no": request.request_no, "starts_at": request.starts_at}
        tell_office(unit, "office_check_assignment", request, facts)
