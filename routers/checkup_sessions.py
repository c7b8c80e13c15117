"""The centres' calendar of infant check-ups."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanWriteCheckups, PlainWorkDep, PreviewDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.change_rule import ChangePreview
from models.dispatch_request import Reason
from models.fields import Day, Id
from models.office import CheckupKind, CheckupMove, CheckupSessionCreate, CheckupSessionView, CheckupStatus
from services import checkups, moving_checkups, previewing
from services.checkups import CheckupFilters
from services.paging import Page

router = APIRouter(prefix="/v1/checkup-sessions", tags=["checkup-sessions"])


@router.get("", response_model=Page[CheckupSessionView], responses=answers(403))
def list_checkup_sessions(  # noqa: PLR0913, PLR0917 - each filter is a parameter
    caller: CanWriteCheckups,
    work: PlainWorkDep,
    ask: AskDep,
    first: Annotated[Day | None, Query(alias="from", description="First day")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last day, included")] = None,
    facility_id: Annotated[Id | None, Query()] = None,
    kind: Annotated[CheckupKind | None, Query()] = None,
    status: Annotated[CheckupStatus | None, Query()] = None,
) -> Response:
    """List check-ups, soonest first: staff all, an institution those at its own places."""
    filters = CheckupFilters(first, last, facility_id, kind, status)
    return work.read(caller, checkups.list_checkups, ask, filters)


@router.post("", response_model=CheckupSessionView, status_code=201, responses=answers(403))
def create_checkup_session(draft: CheckupSessionCreate, caller: CanWriteCheckups, work: WorkDep) -> Response:
    """Enter a check-up into the calendar of a centre."""
    return work.create(caller, checkups.plan_checkup, draft)


@router.get("/{session_id}", response_model=CheckupSessionView, responses=answers(403, 404))
def read_checkup_session(session_id: Id, caller: CanWriteCheckups, work: PlainWorkDep) -> Response:
    """Read a check-up."""
    return work.read(caller, checkups.read_checkup, session_id)


@router.post(
    "/{session_id}/cancel", response_model=CheckupSessionView | ChangePreview, responses=answers(403, 404, 409, 412)
)
def cancel_checkup_session(
    session_id: Id, draft: Reason, caller: CanWriteCheckups, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Call a check-up off; the requests that hang on it are cancelled with it."""
    if preview:
        return work.preview(caller, previewing.preview_checkup_cancellation, session_id, draft)
    return work.write(caller, moving_checkups.cancel, session_id, draft)


@router.post(
    "/{session_id}/move", response_model=CheckupSessionView | ChangePreview, responses=answers(403, 404, 409, 412)
)
def move_checkup_session(
    session_id: Id, draft: CheckupMove, caller: CanWriteCheckups, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Move a check-up to another day, hour or place; its requests and everybody on them follow."""
    if preview:
        return work.preview(caller, previewing.preview_checkup_move, session_id, draft)
    return work.write(caller, moving_checkups.move, session_id, draft)
