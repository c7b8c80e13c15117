"""Who takes part in trainings."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanEnroll, CanReadTrainings, CanRecordTrainings, PlainWorkDep, WorkDep, may_be_absent
from api.paging import AskDep
from api.problems import answers
from models.fields import Id
from models.training import EnrollmentStatus, EnrollmentVerb, EnrollmentView
from services import attending, enrolling
from services.enrolling import EnrollmentFilters
from services.paging import Page

router = APIRouter(prefix="/v1/training-enrollments", tags=["trainings"])


@router.get("", response_model=Page[EnrollmentView], responses=answers(403))
def list_training_enrollments(
    caller: CanReadTrainings,
    work: PlainWorkDep,
    ask: AskDep,
    session_id: Annotated[Id | None, Query()] = None,
    volunteer_id: Annotated[Id | None, Query()] = None,
    status: Annotated[EnrollmentStatus | None, Query()] = None,
) -> Response:
    """List enrolments: staff all, a trainer those of her own sessions, a volunteer her own."""
    return work.read(caller, enrolling.list_enrollments, ask, EnrollmentFilters(session_id, volunteer_id, status))


@router.get("/{enrollment_id}", response_model=EnrollmentView, responses=answers(403, 404))
def read_training_enrollment(enrollment_id: Id, caller: CanReadTrainings, work: PlainWorkDep) -> Response:
    """Read an enrolment."""
    return work.read(caller, enrolling.read_enrollment, enrollment_id)


@router.post("/{enrollment_id}/accept", response_model=EnrollmentView, responses=answers(403, 404, 409, 412))
def accept_training_enrollment(
    enrollment_id: Id, draft: Annotated[EnrollmentVerb, may_be_absent(EnrollmentVerb)], caller: CanEnroll, work: WorkDep
) -> Response:
    """Give an applicant a seat, or say yes to the seat that one was offered."""
    return work.write(caller, enrolling.accept, enrollment_id, draft)


@router.post("/{enrollment_id}/decline", response_model=EnrollmentView, responses=answers(403, 404, 409, 412))
def decline_training_enrollment(
    enrollment_id: Id, draft: Annotated[EnrollmentVerb, may_be_absent(EnrollmentVerb)], caller: CanEnroll, work: WorkDep
) -> Response:
    """Turn an applicant down, or say no to the seat that one was offered."""
    return work.write(caller, enrolling.decline, enrollment_id, draft)


@router.post("/{enrollment_id}/withdraw", response_model=EnrollmentView, responses=answers(403, 404, 409, 412))
def withdraw_training_enrollment(
    enrollment_id: Id, draft: Annotated[EnrollmentVerb, may_be_absent(EnrollmentVerb)], caller: CanEnroll, work: WorkDep
) -> Response:
    """Give a seat or an application back before the start."""
    return work.write(caller, enrolling.withdraw, enrollment_id, draft)


@router.post("/{enrollment_id}/complete", response_model=EnrollmentView, responses=answers(403, 404, 409, 412))
def complete_training_enrollment(
    enrollment_id: Id,
    draft: Annotated[EnrollmentVerb, may_be_absent(EnrollmentVerb)],
    caller: CanRecordTrainings,
    work: WorkDep,
) -> Response:
    """Complete the course: minutes and score are judged, the certificate is granted or prolonged."""
    return work.write(caller, attending.complete, enrollment_id, draft)


@router.post("/{enrollment_id}/mark-incomplete", response_model=EnrollmentView, responses=answers(403, 404, 409, 412))
def mark_training_enrollment_incomplete(
    enrollment_id: Id,
    draft: Annotated[EnrollmentVerb, may_be_absent(EnrollmentVerb)],
    caller: CanRecordTrainings,
    work: WorkDep,
) -> Response:
    """Note that somebody did not complete the course; a certificate that was granted in error is revoked."""
    return work.write(caller, attending.mark_incomplete, enrollment_id, draft)
