"""Assignments: who stands on a shift, and giving a place back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanAnswerAssignments,
    CanDecideAssignments,
    CanKeepAssignments,
    CanMessage,
    CanReadAssignments,
    CanReportMissing,
    PlainWorkDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep, since_query
from api.problems import answers
from models.activity_report import ReportView, VolunteerReport
from models.assignment import (
    AssignmentDetail,
    AssignmentStatus,
    AssignmentVerb,
    AssignmentView,
    Keeping,
    NoShow,
    NoShowCorrection,
    Withdrawal,
)
from models.dispatch_request import Reason
from models.message import MessageCreate, MessageView
from services import correcting_reports, messaging, no_shows, on_the_day, reporting, standing, standins
from services.paging import Page

router = APIRouter(tags=["assignments"])
DueBefore = Annotated[datetime | None, since_query("due_before", "Shifts that start before this")]


@router.get("/v1/assignments", response_model=Page[AssignmentView], responses=answers(403))
def list_assignments(  # noqa: PLR0913, PLR0917 - each is a query parameter
    caller: CanReadAssignments,
    work: PlainWorkDep,
    ask: AskDep,
    due_before: DueBefore,
    shift_id: Annotated[UUID | None, Query()] = None,
    volunteer_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[AssignmentStatus | None, Query()] = None,
) -> Response:
    """List assignments, newest first: all for staff, her own for a volunteer, confirmed ones for an institution."""
    filters = standing.AssignmentFilters(shift_id, volunteer_id, status, due_before)
    return work.read(caller, standing.list_assignments, ask, filters)


@router.get(
    "/v1/volunteers/{volunteer_id}/assignments", response_model=Page[AssignmentView], responses=answers(403, 404)
)
def list_of_volunteer(volunteer_id: UUID, caller: CanReadAssignments, work: PlainWorkDep, ask: AskDep) -> Response:
    """List a volunteer's assignments, newest first."""
    return work.read(caller, standing.list_of_volunteer, ask, volunteer_id)


@router.get("/v1/assignments/{assignment_id}", response_model=AssignmentDetail, responses=answers(403, 404))
def read_assignment(assignment_id: UUID, caller: CanReadAssignments, work: PlainWorkDep) -> Response:
    """Read an assignment with its shift, and the briefing where the caller needs it."""
    return work.read(caller, standing.read_assignment, assignment_id)


@router.post(
    "/v1/assignments/{assignment_id}/approve",
    response_model=AssignmentDetail,
    responses=answers(403, 404, 409, 412),
)
def approve_assignment(assignment_id: UUID, caller: CanDecideAssignments, work: WorkDep) -> Response:
    """Confirm a tentative assignment, judged again as things stand now."""
    return work.write(caller, standing.approve, assignment_id)


@router.post(
    "/v1/assignments/{assignment_id}/want-standin",
    response_model=AssignmentDetail,
    responses=answers(403, 404, 409, 412),
)
def want_standin(
    assignment_id: UUID,
    draft: Annotated[AssignmentVerb, may_be_absent(AssignmentVerb)],
    caller: CanAnswerAssignments,
    work: WorkDep,
) -> Response:
    """Ask for a stand-in; the place stays covered until somebody else takes it."""
    return work.write(caller, standins.want_standin, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/keep", response_model=AssignmentDetail, responses=answers(403, 404, 409, 412)
)
def keep_assignment(
    assignment_id: UUID, draft: Annotated[Keeping, may_be_absent(Keeping)], caller: CanKeepAssignments, work: WorkDep
) -> Response:
    """Keep the place: no stand-in is wanted after all, or it is kept as it is after a change."""
    return work.write(caller, standins.keep, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/withdraw",
    response_model=AssignmentDetail,
    responses=answers(403, 404, 409, 412),
)
def withdraw_assignment(
    assignment_id: UUID,
    draft: Annotated[Withdrawal, may_be_absent(Withdrawal)],
    caller: CanKeepAssignments,
    work: WorkDep,
) -> Response:
    """Give a place back before the end; it is free at once. Managers enter it for the tutors of their own classes."""
    return work.write(caller, standing.withdraw, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/cancel", response_model=AssignmentDetail, responses=answers(403, 404, 409, 412)
)
def cancel_assignment(assignment_id: UUID, draft: Reason, caller: CanDecideAssignments, work: WorkDep) -> Response:
    """Take somebody off a shift; the place is free at once."""
    return work.write(caller, standing.cancel, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/check-in", response_model=AssignmentDetail, responses=answers(403, 404, 409, 412)
)
def check_in(
    assignment_id: UUID,
    draft: Annotated[AssignmentVerb, may_be_absent(AssignmentVerb)],
    caller: CanAnswerAssignments,
    work: WorkDep,
) -> Response:
    """Note that the volunteer has arrived, from an hour before the start until the end."""
    return work.write(caller, on_the_day.check_in, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/complete", response_model=AssignmentDetail, responses=answers(403, 404, 409, 412)
)
def complete_assignment(
    assignment_id: UUID,
    draft: Annotated[AssignmentVerb, may_be_absent(AssignmentVerb)],
    caller: CanAnswerAssignments,
    work: WorkDep,
) -> Response:
    """Note after the end that the activity was done."""
    return work.write(caller, on_the_day.complete, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/no-show", response_model=AssignmentDetail, responses=answers(403, 404, 409, 412)
)
def report_no_show(assignment_id: UUID, draft: NoShow, caller: CanReportMissing, work: WorkDep) -> Response:
    """Note that one side did not come, from 15 minutes after the start on; a volunteer says so of the client only."""
    return work.write(caller, no_shows.report, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/correct-no-show",
    response_model=AssignmentDetail,
    responses=answers(403, 404, 409, 412),
)
def correct_no_show(
    assignment_id: UUID, draft: NoShowCorrection, caller: CanDecideAssignments, work: WorkDep
) -> Response:
    """Take a no-show back (`party` null), or lay it to the other side."""
    return work.write(caller, no_shows.correct, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/messages",
    status_code=201,
    response_model=MessageView,
    responses=answers(403, 404, 409, 412),
)
def send_message(assignment_id: UUID, draft: MessageCreate, caller: CanMessage, work: WorkDep) -> Response:
    """Tell the other side something by code, from a day before the start to a day after the end."""
    return work.create(caller, messaging.send, assignment_id, draft)


@router.get("/v1/assignments/{assignment_id}/messages", response_model=Page[MessageView], responses=answers(403, 404))
def list_messages(assignment_id: UUID, caller: CanMessage, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the messages about an assignment, oldest first."""
    return work.read(caller, messaging.list_messages, ask, assignment_id)


@router.post("/v1/assignments/{assignment_id}/report", response_model=ReportView, responses=answers(403, 404, 409, 412))
def report_assignment(
    assignment_id: UUID, draft: VolunteerReport, caller: CanAnswerAssignments, work: WorkDep
) -> Response:
    """Report after the end what became of the activity; the assignment is done with it."""
    return work.write(caller, reporting.report_assignment, assignment_id, draft)


@router.post(
    "/v1/assignments/{assignment_id}/correct-report", response_model=ReportView, responses=answers(403, 404, 409, 412)
)
def correct_assignment_report(
    assignment_id: UUID, draft: VolunteerReport, caller: CanAnswerAssignments, work: WorkDep
) -> Response:
    """Write the volunteer's report anew, until the request is closed."""
    return work.write(caller, correcting_reports.correct_of_volunteer, assignment_id, draft)


@router.get("/v1/assignments/{assignment_id}/report", response_model=ReportView, responses=answers(403, 404))
def read_report(assignment_id: UUID, caller: CanReadAssignments, work: PlainWorkDep) -> Response:
    """Read the volunteer's report; what she told the office alone stays between them."""
    return work.read(caller, reporting.read_report, assignment_id)
