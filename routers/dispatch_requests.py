"""Dispatch requests: an institution asks, the office decides."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.deps import (
    CanDecideRequests,
    CanDiscloseClients,
    CanReadRequests,
    CanWriteRequests,
    GuardedWorkDep,
    PlainWorkDep,
    PreviewDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep, FromDep, ToDep
from api.problems import answers
from models.activity_report import ReportView, ReportWaiver, RequesterReport
from models.change_rule import ChangePreview
from models.client import DisclosureRequest, IdentityDraft, IdentityView, RequestClientDraft
from models.dispatch_request import (
    Acceptance,
    DispatchRequestPatch,
    DispatchRequestSummary,
    DispatchRequestView,
    Reason,
    RequestStatus,
    Submission,
)
from models.fields import Code, Items, LanguageTag
from models.late_record import DispatchRequestFiling
from models.request_batch import BatchCreate, BatchView
from services import (
    amending,
    correcting_reports,
    deciding,
    families,
    filing,
    late_recording,
    previewing,
    reporting,
    requesting,
)
from services.paging import Page

router = APIRouter(prefix="/v1/dispatch-requests", tags=["dispatch-requests"])
Number = Annotated[int, Path(ge=1, le=1000, description="`n` of the family on this request")]


@router.get("", response_model=Page[DispatchRequestSummary], responses=answers(403))
def list_requests(  # noqa: PLR0913, PLR0917 - each is a query parameter
    caller: CanReadRequests,
    work: PlainWorkDep,
    ask: AskDep,
    starts_from: FromDep,
    starts_to: ToDep,
    status: Annotated[RequestStatus | None, Query()] = None,
    organization_id: Annotated[UUID | None, Query()] = None,
    service_type: Annotated[Code | None, Query()] = None,
    language: Annotated[LanguageTag | None, Query()] = None,
) -> Response:
    """List requests, soonest first: all for staff, its own for an institution."""
    filters = requesting.RequestFilters(status, organization_id, service_type, language, starts_from, starts_to)
    return work.read(caller, requesting.list_requests, ask, filters)


@router.post("", status_code=201, response_model=DispatchRequestView, responses=answers(403, 409))
def create_request(
    draft: DispatchRequestFiling,
    caller: CanWriteRequests,
    work: WorkDep,
    *,
    force: Annotated[bool, Query(description="File it although the same request exists")] = False,
    recorded_late: Annotated[
        bool, Query(description="Coordinators: record a finished dispatch, with a reason")
    ] = False,
) -> Response:
    """Write a request as a draft; rules that even a draft must keep are answered at once."""
    return work.create(caller, late_recording.file, draft, force=force, recorded_late=recorded_late)


@router.post("/batch", status_code=207, response_model=BatchView, responses=answers(403))
def file_batch(draft: BatchCreate, caller: CanWriteRequests, work: WorkDep) -> Response:
    """File up to 100 requests at once, such as a month of check-ups; each stands or falls by itself, safe to repeat."""
    return work.many(caller, filing.file_batch, draft)


@router.get("/{request_id}", response_model=DispatchRequestView, responses=answers(403, 404))
def read_request(request_id: UUID, caller: CanReadRequests, work: PlainWorkDep) -> Response:
    """Read a request; identities of clients are never part of it."""
    return work.read(caller, requesting.read_request, request_id)


@router.patch(
    "/{request_id}",
    response_model=DispatchRequestView | ChangePreview,
    responses=answers(403, 404, 409, 412, 428),
)
def change_request(
    request_id: UUID,
    draft: DispatchRequestPatch,
    caller: CanWriteRequests,
    work: GuardedWorkDep,
    *,
    force: Annotated[bool, Query(description="Change it although the same request exists")] = False,
    preview: PreviewDep = False,
) -> Response:
    """Change a request; once it is accepted its shift and everybody on it follow, as the rules of change say."""
    if preview:
        return work.preview(caller, previewing.preview_change, request_id, draft, force=force)
    return work.write(caller, amending.patch, request_id, draft, force=force)


@router.post("/{request_id}/submit", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def submit_request(
    request_id: UUID, draft: Annotated[Submission, may_be_absent(Submission)], caller: CanWriteRequests, work: WorkDep
) -> Response:
    """Hand a request in; what needs an override is recorded in `needs_override`, not refused."""
    return work.write(caller, requesting.submit, request_id, draft)


@router.post("/{request_id}/accept", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def accept_request(
    request_id: UUID, draft: Annotated[Acceptance, may_be_absent(Acceptance)], caller: CanDecideRequests, work: WorkDep
) -> Response:
    """Accept a submitted request; its shift opens."""
    return work.write(caller, deciding.accept, request_id, draft)


@router.post("/{request_id}/return", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def return_request(request_id: UUID, draft: Reason, caller: CanDecideRequests, work: WorkDep) -> Response:
    """Return a request to its institution to be mended."""
    return work.write(caller, deciding.send_back, request_id, draft)


@router.post("/{request_id}/reject", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def reject_request(request_id: UUID, draft: Reason, caller: CanDecideRequests, work: WorkDep) -> Response:
    """Decline a request for good."""
    return work.write(caller, deciding.reject, request_id, draft)


@router.post(
    "/{request_id}/cancel",
    response_model=DispatchRequestView | ChangePreview,
    responses=answers(403, 404, 409, 412),
)
def cancel_request(
    request_id: UUID, draft: Reason, caller: CanWriteRequests, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Cancel a request before its start; after noon of the previous business day it is recorded as late."""
    if preview:
        return work.preview(caller, previewing.preview_cancellation, request_id, draft)
    return work.write(caller, deciding.cancel, request_id, draft)


@router.post("/{request_id}/mark-unfilled", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def mark_unfilled(request_id: UUID, draft: Reason, caller: CanDecideRequests, work: WorkDep) -> Response:
    """Give up looking, while nobody holds a place; the requester is told why in words that reveal nobody."""
    return work.write(caller, deciding.mark_unfilled, request_id, draft)


@router.post("/{request_id}/reopen", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def reopen_request(
    request_id: UUID, draft: Annotated[Submission, may_be_absent(Submission)], caller: CanDecideRequests, work: WorkDep
) -> Response:
    """Look again for an unfilled request, before its start."""
    return work.write(caller, deciding.reopen, request_id, draft)


@router.post("/{request_id}/report", response_model=ReportView, responses=answers(403, 404, 409, 412))
def report_request(request_id: UUID, draft: RequesterReport, caller: CanWriteRequests, work: WorkDep) -> Response:
    """Report after the end what became of the activity and how each family was served."""
    return work.write(caller, reporting.report_request, request_id, draft)


@router.post("/{request_id}/correct-report", response_model=ReportView, responses=answers(403, 404, 409, 412))
def correct_request_report(
    request_id: UUID, draft: RequesterReport, caller: CanWriteRequests, work: WorkDep
) -> Response:
    """Write the institution's report anew, until the request is closed."""
    return work.write(caller, correcting_reports.correct_of_requester, request_id, draft)


@router.get("/{request_id}/reports", response_model=Items[ReportView], responses=answers(403, 404))
def list_reports(request_id: UUID, caller: CanReadRequests, work: PlainWorkDep) -> Response:
    """List the reports of both sides, each as far as the caller may read it."""
    return work.read(caller, reporting.list_reports, request_id)


@router.post("/{request_id}/waive-report", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def waive_report(request_id: UUID, draft: ReportWaiver, caller: CanDecideRequests, work: WorkDep) -> Response:
    """Do without the report of one side, with a reason."""
    return work.write(caller, reporting.waive, request_id, draft)


@router.post("/{request_id}/close", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def close_request(
    request_id: UUID, draft: Annotated[Submission, may_be_absent(Submission)], caller: CanDecideRequests, work: WorkDep
) -> Response:
    """Put a completed request away."""
    return work.write(caller, reporting.close, request_id, draft)


@router.post("/{request_id}/clients", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def add_client(request_id: UUID, draft: RequestClientDraft, caller: CanWriteRequests, work: WorkDep) -> Response:
    """Put a family on a request, until it starts."""
    return work.write(caller, families.add, request_id, draft)


@router.delete("/{request_id}/clients/{n}", response_model=DispatchRequestView, responses=answers(403, 404, 409, 412))
def remove_client(request_id: UUID, n: Number, caller: CanWriteRequests, work: WorkDep) -> Response:
    """Take a family off a request; its identity is erased with it."""
    return work.write(caller, families.remove, request_id, n)


@router.put("/{request_id}/clients/{n}/identity", status_code=204, responses=answers(403, 404, 409, 412, 428))
def write_identity(
    request_id: UUID, n: Number, draft: IdentityDraft, caller: CanWriteRequests, work: GuardedWorkDep
) -> Response:
    """Write a family's name, telephone and address; kept encrypted, never echoed."""
    return work.write(caller, families.write_identity, request_id, n, draft)


@router.post("/{request_id}/client-disclosures", response_model=IdentityView, responses=answers(403, 404))
def disclose_client(
    request_id: UUID, draft: DisclosureRequest, caller: CanDiscloseClients, work: PlainWorkDep
) -> Response:
    """Read a family's identity for a stated purpose; the reading is logged."""
    return work.write(caller, families.disclose, request_id, draft)
