"""Enrollments: a learner's way through a classroom."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import CanWriteLearners, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.enrollment import ClassEnrollmentCreate, ClassEnrollmentStatus, ClassEnrollmentView
from services import enrolling_learners
from services.enrolling_learners import EnrollmentFilters
from services.paging import Page

router = APIRouter(prefix="/v1/enrollments", tags=["enrollments"])
_MOVED = answers(403, 404, 409, 412)


@router.get("", response_model=Page[ClassEnrollmentView], responses=answers(403))
def list_enrollments(
    caller: CanWriteLearners,
    work: PlainWorkDep,
    ask: AskDep,
    classroom_id: Annotated[UUID | None, Query()] = None,
    learner_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[ClassEnrollmentStatus | None, Query()] = None,
) -> Response:
    """List enrollments, oldest first."""
    filters = EnrollmentFilters(classroom_id, learner_id, status)
    return work.read(caller, enrolling_learners.list_enrollments, ask, filters)


@router.post("", status_code=201, response_model=ClassEnrollmentView, responses=answers(403, 404, 409))
def inquire(draft: ClassEnrollmentCreate, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Write down that somebody asks for a place."""
    return work.create(caller, enrolling_learners.inquire, draft)


@router.get("/{enrollment_id}", response_model=ClassEnrollmentView, responses=answers(403, 404))
def read_enrollment(enrollment_id: UUID, caller: CanWriteLearners, work: PlainWorkDep) -> Response:
    """Read an enrollment."""
    return work.read(caller, enrolling_learners.read_enrollment, enrollment_id)


@router.post("/{enrollment_id}/interview", response_model=ClassEnrollmentView, responses=_MOVED)
def interview_learner(enrollment_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Talk with the learner and her guardian."""
    return work.write(caller, enrolling_learners.move, enrollment_id, "interview")


@router.post("/{enrollment_id}/enroll", response_model=ClassEnrollmentView, responses=_MOVED)
def enroll_learner(enrollment_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Give a place, or confirm one that was offered."""
    return work.write(caller, enrolling_learners.move, enrollment_id, "enroll")


@router.post("/{enrollment_id}/waitlist", response_model=ClassEnrollmentView, responses=_MOVED)
def waitlist_learner(enrollment_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Put at the end of the waiting list; an offered place goes to the next."""
    return work.write(caller, enrolling_learners.move, enrollment_id, "waitlist")


@router.post("/{enrollment_id}/take-break", response_model=ClassEnrollmentView, responses=_MOVED)
def take_break(enrollment_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Pause; the place is kept."""
    return work.write(caller, enrolling_learners.move, enrollment_id, "take-break")


@router.post("/{enrollment_id}/return", response_model=ClassEnrollmentView, responses=_MOVED)
def come_back(enrollment_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Come back from a break."""
    return work.write(caller, enrolling_learners.move, enrollment_id, "return")


@router.post("/{enrollment_id}/complete", response_model=ClassEnrollmentView, responses=_MOVED)
def complete_classroom(enrollment_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Complete the classroom; the place is offered to whoever is next."""
    return work.write(caller, enrolling_learners.move, enrollment_id, "complete")


@router.post("/{enrollment_id}/leave", response_model=ClassEnrollmentView, responses=_MOVED)
def leave_classroom(enrollment_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Leave; a place that was held is offered to whoever is next."""
    return work.write(caller, enrolling_learners.move, enrollment_id, "leave")
