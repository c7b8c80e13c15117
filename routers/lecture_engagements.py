"""Lecture engagements: institutions ask, the office takes them on, confirms them, and hears how they went."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanDecideLectures,
    CanWriteLectures,
    GuardedWorkDep,
    PlainWorkDep,
    PreviewDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep, FromDep, ToDep
from api.problems import answers
from models.class_session import Calloff
from models.fields import Id
from models.lecture import (
    LectureAcceptance,
    LectureChanges,
    LectureCreate,
    LectureKind,
    LecturePatch,
    LectureReport,
    LectureStatus,
    LectureView,
)
from services import lectures, moving_lectures
from services.lectures import LectureFilters
from services.paging import Page

router = APIRouter(prefix="/v1/lecture-engagements", tags=["lecture-engagements"])


@router.get("", response_model=Page[LectureView], responses=answers(403))
def list_lectures(  # noqa: PLR0913, PLR0917 - each is a query parameter
    caller: CanWriteLectures,
    work: PlainWorkDep,
    ask: AskDep,
    starts_from: FromDep,
    starts_to: ToDep,
    kind: Annotated[LectureKind | None, Query()] = None,
    status: Annotated[LectureStatus | None, Query()] = None,
    organization_id: Annotated[Id | None, Query()] = None,
) -> Response:
    """List lectures, soonest first: all for staff, its own for an institution."""
    filters = LectureFilters(kind, status, organization_id, starts_from, starts_to)
    return work.read(caller, lectures.list_lectures, ask, filters)


@router.post("", status_code=201, response_model=LectureView, responses=answers(403))
def ask_for_lecture(draft: LectureCreate, caller: CanWriteLectures, work: WorkDep) -> Response:
    """Ask for a lecture; staff name the institution."""
    return work.create(caller, lectures.ask_for, draft)


@router.get("/{lecture_id}", response_model=LectureView, responses=answers(403, 404))
def read_lecture(lecture_id: Id, caller: CanWriteLectures, work: PlainWorkDep) -> Response:
    """Read a lecture."""
    return work.read(caller, lectures.read_lecture, lecture_id)


@router.patch("/{lecture_id}", response_model=LectureChanges, responses=answers(403, 404, 409, 412, 428))
def change_lecture(
    lecture_id: Id, draft: LecturePatch, caller: CanWriteLectures, work: GuardedWorkDep, *, preview: PreviewDep = False
) -> Response:
    """Change a lecture before it begins; its lecturers are treated by the rules of change."""
    return work.write(caller, moving_lectures.change, lecture_id, draft, preview=preview)


@router.post("/{lecture_id}/accept", response_model=LectureView, responses=answers(403, 404, 409, 412))
def accept_lecture(
    lecture_id: Id,
    draft: Annotated[LectureAcceptance, may_be_absent(LectureAcceptance)],
    caller: CanDecideLectures,
    work: WorkDep,
) -> Response:
    """Take a lecture on: its shift opens to those who offer to lecture or read aloud."""
    return work.write(caller, lectures.accept, lecture_id, draft)


@router.post("/{lecture_id}/decline", response_model=LectureView, responses=answers(403, 404, 409, 412))
def decline_lecture(lecture_id: Id, draft: Calloff, caller: CanDecideLectures, work: WorkDep) -> Response:
    """Say no to a lecture, with the reason."""
    return work.write(caller, lectures.decline, lecture_id, draft)


@router.post("/{lecture_id}/confirm", response_model=LectureView, responses=answers(403, 404, 409, 412))
def confirm_lecture(lecture_id: Id, caller: CanDecideLectures, work: WorkDep) -> Response:
    """Confirm a lecture whose lecturers are certain, and may be paid where there is an honorarium."""
    return work.write(caller, lectures.confirm, lecture_id)


@router.post("/{lecture_id}/cancel", response_model=LectureChanges, responses=answers(403, 404, 409, 412))
def cancel_lecture(
    lecture_id: Id, draft: Calloff, caller: CanWriteLectures, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Call a lecture off; its lecturers are told."""
    return work.write(caller, moving_lectures.cancel, lecture_id, draft, preview=preview)


@router.post("/{lecture_id}/report", response_model=LectureView, responses=answers(403, 404, 409, 412))
def report_lecture(lecture_id: Id, draft: LectureReport, caller: CanWriteLectures, work: WorkDep) -> Response:
    """Report how many people came to a lecture."""
    return work.write(caller, lectures.report, lecture_id, draft)
