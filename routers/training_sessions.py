"""Sessions of courses: planning, opening, applying, the roll."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanEnroll,
    CanReadTrainings,
    CanRecordTrainings,
    CanWriteTrainings,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep, FromDep, ToDep
from api.problems import answers
from models.dispatch_request import Reason
from models.fields import Id
from models.training import (
    AttendanceDraft,
    EnrollmentCreate,
    EnrollmentView,
    RollView,
    SessionCreate,
    SessionPatch,
    SessionView,
    TrainingStatus,
)
from services import attending, enrolling, training_sessions
from services.paging import Page
from services.training_sessions import SessionFilters

router = APIRouter(prefix="/v1/training-sessions", tags=["trainings"])


@router.get("", response_model=Page[SessionView], responses=answers(403))
def list_training_sessions(  # noqa: PLR0913, PLR0917 - each filter is a parameter
    caller: CanReadTrainings,
    work: PlainWorkDep,
    ask: AskDep,
    starts_from: FromDep,
    starts_to: ToDep,
    course_id: Annotated[Id | None, Query()] = None,
    status: Annotated[TrainingStatus | None, Query()] = None,
) -> Response:
    """List sessions, soonest first: staff all, others those that are announced and those they have to do with."""
    filters = SessionFilters(course_id, status, starts_from, starts_to)
    return work.read(caller, training_sessions.list_sessions, ask, filters)


@router.post("", response_model=SessionView, status_code=201, responses=answers(403))
def create_training_session(draft: SessionCreate, caller: CanWriteTrainings, work: WorkDep) -> Response:
    """Plan a session of a course, at a place or online."""
    return work.create(caller, training_sessions.plan_session, draft)


@router.get("/{session_id}", response_model=SessionView, responses=answers(403, 404))
def read_training_session(session_id: Id, caller: CanReadTrainings, work: PlainWorkDep) -> Response:
    """Read a session."""
    return work.read(caller, training_sessions.read_session, session_id)


@router.patch("/{session_id}", response_model=SessionView, responses=answers(403, 404, 409, 412, 428))
def change_training_session(
    session_id: Id, patch: SessionPatch, caller: CanWriteTrainings, work: GuardedWorkDep
) -> Response:
    """Change a session before its start; more seats go to those who wait."""
    return work.write(caller, training_sessions.change_session, session_id, patch)


@router.post("/{session_id}/open", response_model=SessionView, responses=answers(403, 404, 409, 412))
def open_training_session(session_id: Id, caller: CanWriteTrainings, work: WorkDep) -> Response:
    """Let people apply; where lecturers are wanted, their shift opens."""
    return work.write(caller, training_sessions.open_session, session_id)


@router.post("/{session_id}/cancel", response_model=SessionView, responses=answers(403, 404, 409, 412))
def cancel_training_session(session_id: Id, draft: Reason, caller: CanWriteTrainings, work: WorkDep) -> Response:
    """Call a session off; everybody is told, and everybody's time is free again."""
    return work.write(caller, training_sessions.cancel_session, session_id, draft)


@router.get("/{session_id}/enrollments", response_model=Page[EnrollmentView], responses=answers(403, 404))
def list_enrollments_of_session(session_id: Id, caller: CanReadTrainings, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the enrolments of a session in the order of applications, as far as the caller may see them."""
    return work.read(caller, enrolling.list_of_session, ask, session_id)


@router.post(
    "/{session_id}/enrollments", response_model=EnrollmentView, status_code=201, responses=answers(403, 404, 409, 412)
)
def enroll_in_training_session(
    session_id: Id,
    draft: Annotated[EnrollmentCreate, may_be_absent(EnrollmentCreate)],
    caller: CanEnroll,
    work: WorkDep,
) -> Response:
    """Apply for a session; an application to a full one waits."""
    return work.create(caller, enrolling.enroll, session_id, draft)


@router.put("/{session_id}/attendance", response_model=RollView, responses=answers(403, 404, 409, 412, 428))
def record_attendance(
    session_id: Id, draft: AttendanceDraft, caller: CanRecordTrainings, work: GuardedWorkDep
) -> Response:
    """Take the roll of a session in minutes; who missed another session of the course may make up for it here."""
    return work.write(caller, attending.record_attendance, session_id, draft)
