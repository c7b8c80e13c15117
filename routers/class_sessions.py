"""Class sessions: open, cancel, postpone, record, close, and their roll."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanCreateClassrooms,
    CanReadClasses,
    CanRunClassrooms,
    GuardedWorkDep,
    PlainWorkDep,
    PreviewDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep, FromDep, ToDep
from api.problems import answers
from models.attendance import ClassRollView, RollPut
from models.class_session import (
    Calloff,
    ClassSessionLateRecord,
    ClassSessionOpening,
    ClassSessionPostponement,
    ClassSessionStatus,
    ClassSessionView,
    SessionChanges,
)
from services import late_classes, moving_classes, opening_classes, rolls, running_classes
from services.paging import Page
from services.running_classes import SessionFilters

router = APIRouter(prefix="/v1/class-sessions", tags=["class-sessions"])


@router.get("", response_model=Page[ClassSessionView], responses=answers(403))
def list_sessions(  # noqa: PLR0913, PLR0917 - each is a query parameter
    caller: CanReadClasses,
    work: PlainWorkDep,
    ask: AskDep,
    starts_from: FromDep,
    starts_to: ToDep,
    classroom_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[ClassSessionStatus | None, Query()] = None,
) -> Response:
    """List sessions, soonest first: all for staff, hers for a manager, those she teaches for a tutor."""
    filters = SessionFilters(classroom_id, status, starts_from, starts_to)
    return work.read(caller, running_classes.list_sessions, ask, filters)


@router.get("/{class_session_id}", response_model=ClassSessionView, responses=answers(403, 404))
def read_session(class_session_id: UUID, caller: CanReadClasses, work: PlainWorkDep) -> Response:
    """Read a session."""
    return work.read(caller, running_classes.read_session, class_session_id)


@router.post("/{class_session_id}/open", response_model=ClassSessionView, responses=answers(403, 404, 409, 412))
def open_session(
    class_session_id: UUID,
    draft: Annotated[ClassSessionOpening, may_be_absent(ClassSessionOpening)],
    caller: CanRunClassrooms,
    work: WorkDep,
) -> Response:
    """Open a session with two adults and enough tutors; with too few only reduced, or merged with another."""
    return work.write(caller, opening_classes.open_session, class_session_id, draft)


@router.post("/{class_session_id}/cancel", response_model=SessionChanges, responses=answers(403, 404, 409, 412))
def cancel_session(
    class_session_id: UUID, draft: Calloff, caller: CanRunClassrooms, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Cancel a session; tutors are told, guardians go on the call list."""
    return work.write(caller, moving_classes.cancel, class_session_id, draft, preview=preview)


@router.post("/{class_session_id}/postpone", response_model=SessionChanges, responses=answers(403, 404, 409, 412))
def postpone_session(
    class_session_id: UUID,
    draft: ClassSessionPostponement,
    caller: CanRunClassrooms,
    work: WorkDep,
    *,
    preview: PreviewDep = False,
) -> Response:
    """Put another session in the place of this one; its tutors are asked anew."""
    return work.write(caller, moving_classes.postpone, class_session_id, draft, preview=preview)


@router.post("/{class_session_id}/record-late", response_model=ClassSessionView, responses=answers(403, 404, 409, 412))
def record_late(
    class_session_id: UUID, draft: ClassSessionLateRecord, caller: CanRunClassrooms, work: WorkDep
) -> Response:
    """Write down with a reason that a session was held which nobody opened; its roll can be taken then."""
    return work.write(caller, late_classes.record_late, class_session_id, draft)


@router.post("/{class_session_id}/record", response_model=ClassSessionView, responses=answers(403, 404, 409, 412))
def record_session(class_session_id: UUID, caller: CanRunClassrooms, work: WorkDep) -> Response:
    """Say that the roll of a session that was held is whole."""
    return work.write(caller, rolls.record, class_session_id)


@router.post("/{class_session_id}/close", response_model=ClassSessionView, responses=answers(403, 404, 409, 412))
def close_session(class_session_id: UUID, caller: CanCreateClassrooms, work: WorkDep) -> Response:
    """Close a recorded session: its roll is fixed."""
    return work.write(caller, running_classes.close, class_session_id)


@router.get("/{class_session_id}/attendance", response_model=ClassRollView, responses=answers(403, 404))
def read_roll(class_session_id: UUID, caller: CanReadClasses, work: PlainWorkDep) -> Response:
    """Read the roll of a session; tutors see first names and the way home, near the day alone."""
    return work.read(caller, rolls.read_roll, class_session_id)


@router.put("/{class_session_id}/attendance", response_model=ClassRollView, responses=answers(403, 404, 409, 412, 428))
def write_roll(class_session_id: UUID, draft: RollPut, caller: CanRunClassrooms, work: GuardedWorkDep) -> Response:
    """Note who came, for a whole class in one call; all of it or nothing."""
    return work.write(caller, rolls.write_roll, class_session_id, draft)
