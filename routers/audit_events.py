"""The audit log."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadAudit, PlainWorkDep
from api.paging import AskDep, FromDep, ToDep
from api.problems import answers
from models.fields import Code, Id
from models.record import AuditEventView
from services import auditing
from services.auditing import AuditFilters
from services.paging import Page

router = APIRouter(prefix="/v1/audit-events", tags=["audit"])


@router.get("", response_model=Page[AuditEventView], responses=answers(403))
def list_audit_events(  # noqa: PLR0913, PLR0917 - each filter is a parameter
    caller: CanReadAudit,
    work: PlainWorkDep,
    ask: AskDep,
    since: FromDep,
    until: ToDep,
    object_type: Annotated[Code | None, Query()] = None,
    object_id: Annotated[Id | None, Query()] = None,
    actor_id: Annotated[Id | None, Query(description="The account that acted")] = None,
) -> Response:
    """List who did what, newest first: administrators all of it, a volunteer what concerns herself."""
    return work.read(caller, auditing.list_events, ask, AuditFilters(object_type, object_id, actor_id, since, until))
