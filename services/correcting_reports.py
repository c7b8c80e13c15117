"""Reports corrected by the side that wrote them, until the office has put the request away (domain.md §4.3)."""

from uuid import UUID

from models.activity_report import ActivityReport, ReportDraft, ReportView, RequesterReport, VolunteerReport
from models.dispatch_request import RequestStatus
from models.fields import OnBehalf
from models.shift import Shift
from services import states
from services.acting_for import arrival_of_organization, hers_or_entered
from services.deciding import take_request
from services.errors import NotFound, WrongState
from services.filling import request_of
from services.reporting import check, report_about, said, serve_families, show_report
from services.standing import moved, take_assignment
from services.unit import Unit


def correct_of_volunteer(unit: Unit, assignment_id: UUID, draft: VolunteerReport) -> ReportView:
    """Write a volunteer's report anew; an honorarium that is not approved yet follows its minutes.

    Raises `NotFound` where there is none, `WrongState` also once the request is put away, `Refused` (`REP_TIMES`),
    `InvalidFields`, `Forbidden` to act for others without `on_behalf`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    hers_or_entered(unit, assignment.volunteer_id, draft.on_behalf, since=shift.starts_at)
    moved(unit, assignment, shift, "correct-report")
    request = request_of(unit, shift)
    if request is not None and request.status is RequestStatus.CLOSED:
        raise WrongState(code="REQ_STATE", state=request.status, allowed=states.REQUEST.verbs(request.status))
    return _rewrite(unit, assignment.id, shift, draft, draft.on_behalf, subject=assignment.volunteer_id)


def correct_of_requester(unit: Unit, request_id: UUID, draft: RequesterReport) -> ReportView:
    """Write an institution's report anew, and how each family was served.

    Raises `NotFound` where there is none, `WrongState`, `Refused` (`REP_TIMES`), `InvalidFields`, `Forbidden`.
    """
    request, shift = take_request(unit, request_id)
    arrival_of_organization(unit, request.organization_id, draft.on_behalf, since=request.starts_at)
    states.REQUEST.next(request.status, "correct-report")
    assert shift is not None  # noqa: S101 - what awaits reports was accepted, and has its shift
    view = _rewrite(unit, request.id, shift, draft, draft.on_behalf)
    serve_families(unit, request, draft)
    request.touch(unit.now)
    return view


def _rewrite(
    unit: Unit,
    subject_id: UUID,
    shift: Shift,
    draft: ReportDraft,
    on_behalf: OnBehalf | None,
    subject: UUID | None = None,
) -> ReportView:
    report = report_about(unit, subject_id)
    if report is None:
        raise NotFound
    check(unit, shift, draft)
    unit.audit("activity_report.correct", report, fields=_write(report, draft), subject=subject, on_behalf=on_behalf)
    report.touch(unit.now)
    return show_report(unit, report)


def _write(report: ActivityReport, draft: ReportDraft) -> list[str]:
    """Write what the draft says, and return the fields that are other than before."""
    changed = {name: value for name, value in said(draft).items() if getattr(report, name) != value}
    for name, value in changed.items():
        setattr(report, name, value)
    return list(changed)
