"""The two reports after an activity, what settles them, and the end of a request (domain.md §4.3)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.activity_report import (
    ActivityReport,
    ReportDraft,
    ReportKind,
    ReportView,
    ReportWaiver,
    RequesterReport,
    VolunteerReport,
    waived,
)
from models.assignment import BRIEFED, Assignment, AssignmentStatus
from models.client import RequestClient
from models.dispatch_request import DispatchRequest, DispatchRequestView, RequestStatus, Submission
from models.fields import Items, OnBehalf
from models.shift import TRAINEE, Demand, Shift
from services import states
from services.acting_for import arrival_of_organization, hers_or_entered
from services.deciding import take_request
from services.errors import NotFound, Refused, invalid
from services.filling import request_of
from services.free_text import mentions_health, refuse_personal_details
from services.passing import catch_up, move
from services.policies import Audience, capacities_of, hidden_of_report
from services.queries import find, visible_assignments, visible_requests
from services.showing import show_request
from services.standing import moved, take_assignment
from services.unit import Unit

LONGEST = timedelta(hours=8)
NOT_OVER = frozenset({RequestStatus.MATCHING, RequestStatus.FILLED, RequestStatus.IN_PROGRESS})


def report_assignment(unit: Unit, assignment_id: UUID, draft: VolunteerReport) -> ReportView:
    """Take a volunteer's report, after the end; her assignment is done with it.

    Raises `Refused` (`REP_TOO_EARLY`, `REP_TIMES`, `REP_EXISTS`), `WrongState`, `InvalidFields` for personal details,
    `Forbidden` to act for others without `on_behalf`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    hers_or_entered(unit, assignment.volunteer_id, draft.on_behalf, since=shift.starts_at)
    if assignment.status in BRIEFED:
        _refuse_early(unit, shift)
    catch_up(unit, shift)
    return show_report(unit, keep_of_volunteer(unit, assignment, shift, draft, draft.on_behalf))


def keep_of_volunteer(
    unit: Unit, assignment: Assignment, shift: Shift, draft: ReportDraft, on_behalf: OnBehalf | None
) -> ActivityReport:
    """Keep the report about a locked assignment; see `report_assignment`."""
    status = moved(unit, assignment, shift, "report")
    request = request_of(unit, shift)
    report = _keep(unit, shift, ReportKind.VOLUNTEER, draft, request, assignment)
    if assignment.status is not status:
        _complete(unit, assignment)
    unit.audit("activity_report.volunteer", report, subject=assignment.volunteer_id, on_behalf=on_behalf)
    if request is not None:
        settle_reports(unit, shift, request)
    return report


def report_request(unit: Unit, request_id: UUID, draft: RequesterReport) -> ReportView:
    """Take the institution's report, after the end, with how each family was served.

    Raises `Refused` (`REP_TOO_EARLY`, `REP_TIMES`, `REP_EXISTS`), `WrongState`, `InvalidFields`, `Forbidden`.
    """
    request, shift = take_request(unit, request_id)
    arrival_of_organization(unit, request.organization_id, draft.on_behalf, since=request.starts_at)
    if shift is not None and request.status in NOT_OVER:
        _refuse_early(unit, shift)
        catch_up(unit, shift)
    states.REQUEST.next(request.status, "report")
    assert shift is not None  # noqa: S101 - what awaits reports was accepted, and has its shift
    return show_report(unit, keep_of_requester(unit, request, shift, draft))


def keep_of_requester(unit: Unit, request: DispatchRequest, shift: Shift, draft: RequesterReport) -> ActivityReport:
    """Keep the report about a locked request; see `report_request`."""
    report = _keep(unit, shift, ReportKind.REQUESTER, draft, request)
    serve_families(unit, request, draft)
    request.touch(unit.now)
    unit.audit("activity_report.requester", report, on_behalf=draft.on_behalf)
    settle_reports(unit, shift, request)
    return report


def _refuse_early(unit: Unit, shift: Shift) -> None:
    if unit.now < shift.ends_at:
        raise Refused("REP_TOO_EARLY", {"ends_at": shift.ends_at})


def _keep(
    unit: Unit,
    shift: Shift,
    kind: ReportKind,
    draft: ReportDraft,
    request: DispatchRequest | None,
    assignment: Assignment | None = None,
) -> ActivityReport:
    check(unit, shift, draft)
    subject = assignment or request
    assert subject is not None  # noqa: S101 - every report is about one or the other
    if report_about(unit, subject.id) is not None:
        raise Refused("REP_EXISTS")
    return unit.add(
        ActivityReport(
            **unit.stamp(),
            kind=kind,
            subject_id=subject.id,
            request_id=request.id if request is not None else None,
            assignment_id=assignment.id if assignment is not None else None,
            **said(draft),
        )
    )


def check(unit: Unit, shift: Shift, draft: ReportDraft) -> None:
    """Refuse times that cannot be and personal details in the note; health words are remarked."""
    _check_times(unit, shift, draft)
    refuse_personal_details(draft.coordinator_note, "/coordinator_note")
    if mentions_health(draft.coordinator_note):
        unit.warn("REQ_FREE_TEXT_PII", found=["health"])


def said(draft: ReportDraft) -> dict[str, Any]:
    """Return the columns of what a report says, with the minutes worked."""
    written = draft.model_dump(include=set(ReportDraft.model_fields))
    minutes = int((draft.actual_end - draft.actual_start).total_seconds() // 60)
    return {**written, "difficulties": [str(code) for code in draft.difficulties], "minutes": minutes}


def _check_times(unit: Unit, shift: Shift, draft: ReportDraft) -> None:
    """Refuse times that cannot be: backwards, over 8 hours, still to come, or on another day than the activity."""
    days = {unit.local_day(shift.starts_at), unit.local_day(shift.ends_at)}
    length = draft.actual_end - draft.actual_start
    fits = timedelta(0) < length <= LONGEST and draft.actual_end <= unit.now
    if not fits or unit.local_day(draft.actual_start) not in days:
        raise Refused("REP_TIMES", {"hours": LONGEST // timedelta(hours=1)})


def report_about(unit: Unit, subject_id: UUID) -> ActivityReport | None:
    """Return the report about an assignment or a request, if there is one."""
    return unit.session.exec(select(ActivityReport).where(ActivityReport.subject_id == subject_id)).one_or_none()


def serve_families(unit: Unit, request: DispatchRequest, draft: RequesterReport) -> None:
    """Write how each named family was served. Raises `InvalidFields` for one that is not on the request."""
    rows = unit.session.exec(select(RequestClient).where(RequestClient.request_id == request.id))
    links = {link.n: link for link in rows}
    for position, family in enumerate(draft.families):
        if family.n not in links:
            raise invalid(f"/families/{position}/n")
        links[family.n].served = family.served


@dataclass(frozen=True)
class Owing:
    """Whose report is still to come."""

    requester: bool
    assignments: tuple[Assignment, ...]

    @property
    def parties(self) -> list[ReportKind]:
        """The sides that owe a report."""
        volunteers = [ReportKind.VOLUNTEER] if self.assignments else []
        return [*volunteers, ReportKind.REQUESTER] if self.requester else volunteers


def owing(unit: Unit, shift: Shift, request: DispatchRequest) -> Owing:
    """Return who has still to report: the institution, and everybody who held a place to the end."""
    return owings(unit, [(shift, request)])[request.id]


def owings(unit: Unit, ended: Sequence[tuple[Shift, DispatchRequest]]) -> dict[UUID, Owing]:
    """Return who has still to report, by request; a constant number of queries."""
    held = _held(unit, [shift.id for shift, _ in ended], learning=False)
    subjects = [*(request.id for _, request in ended), *(one.id for some in held.values() for one in some)]
    reported = set(
        unit.session.exec(select(ActivityReport.subject_id).where(col(ActivityReport.subject_id).in_(subjects)))
    )
    return {request.id: _owing(request, held[shift.id], reported) for shift, request in ended}


def _owing(request: DispatchRequest, held: Sequence[Assignment], reported: Collection[UUID]) -> Owing:
    without = waived(request.waived_reports)
    of_volunteers = [] if ReportKind.VOLUNTEER in without else held
    return Owing(
        requester=ReportKind.REQUESTER not in without and request.id not in reported,
        assignments=tuple(assignment for assignment in of_volunteers if assignment.id not in reported),
    )


def _held(unit: Unit, shift_ids: Sequence[UUID], *, learning: bool = True) -> dict[UUID, list[Assignment]]:
    """Return who held a place to the end, by shift; without those who were there to learn, who owe no report."""
    statement = select(Assignment).where(
        col(Assignment.shift_id).in_(shift_ids), col(Assignment.status).in_(sorted(BRIEFED))
    )
    if not learning:
        trainees = select(Demand.id).where(col(Demand.role) == TRAINEE)
        statement = statement.where(col(Assignment.demand_id).not_in(trainees))
    held: dict[UUID, list[Assignment]] = defaultdict(list)
    for assignment in unit.session.exec(statement.order_by(col(Assignment.id))):
        held[assignment.shift_id].append(assignment)
    return held


def settle_reports(unit: Unit, shift: Shift, request: DispatchRequest) -> None:
    """Complete a request once no report is owed any more, and every assignment that held to the end with it."""
    unit.session.flush()
    if request.status is not RequestStatus.AWAITING_REPORT or owing(unit, shift, request).parties:
        return
    for assignment in _held(unit, [shift.id])[shift.id]:
        if assignment.status is not AssignmentStatus.COMPLETED:
            _complete(unit, assignment)
    move(unit, request, "complete")


def _complete(unit: Unit, assignment: Assignment) -> None:
    assignment.status = AssignmentStatus(states.ASSIGNMENT.next(assignment.status, "complete"))
    assignment.completed_at = unit.now
    assignment.touch(unit.now)
    unit.audit("assignment.complete", assignment, subject=assignment.volunteer_id)


def waive(unit: Unit, request_id: UUID, draft: ReportWaiver) -> DispatchRequestView:
    """Do without the report of one side, with a reason, so that nothing waits for ever.

    Raises `Refused` (`REP_TOO_EARLY`, `REP_EXISTS` where nothing is owed), `WrongState`, `InvalidFields`.
    """
    refuse_personal_details(draft.reason, "/reason")
    request, shift = take_request(unit, request_id)
    arrival_of_organization(unit, request.organization_id, draft.on_behalf, since=request.created_at)
    if shift is not None and request.status in NOT_OVER:
        _refuse_early(unit, shift)
        catch_up(unit, shift)
    states.REQUEST.next(request.status, "waive-report")
    assert shift is not None  # noqa: S101 - what awaits reports was accepted, and has its shift
    if draft.party not in owing(unit, shift, request).parties:
        raise Refused("REP_EXISTS")
    request.waived_reports = [*(request.waived_reports or []), _waiver(unit, draft)]
    request.touch(unit.now)
    unit.audit("dispatch_request.waive-report", request, facts={"party": draft.party}, on_behalf=draft.on_behalf)
    settle_reports(unit, shift, request)
    return show_request(unit, request)


def _waiver(unit: Unit, draft: ReportWaiver) -> dict[str, Any]:
    return {
        "party": draft.party,
        "reason": draft.reason,
        "by": str(unit.actor.account_id),
        "at": unit.now.isoformat(),
    }


def close(unit: Unit, request_id: UUID, draft: Submission) -> DispatchRequestView:
    """Put a completed request away. Raises `WrongState`."""
    request, _ = take_request(unit, request_id)
    arrival_of_organization(unit, request.organization_id, draft.on_behalf, since=request.created_at)
    move(unit, request, "close", draft.on_behalf)
    return show_request(unit, request)


def list_reports(unit: Unit, request_id: UUID) -> Items[ReportView]:
    """Return the reports about a request, each as far as the caller may read it. Raises `NotFound`."""
    request = find(unit, visible_requests(unit.actor), DispatchRequest, request_id)
    rows = select(ActivityReport).where(ActivityReport.request_id == request.id).order_by(col(ActivityReport.id))
    return Items(items=[show_report(unit, report) for report in unit.session.exec(rows)])


def read_report(unit: Unit, assignment_id: UUID) -> ReportView:
    """Return the volunteer's report about an assignment, as far as the caller may read it. Raises `NotFound`."""
    assignment = find(unit, visible_assignments(unit.actor), Assignment, assignment_id)
    report = report_about(unit, assignment.id)
    if report is None:
        raise NotFound
    return show_report(unit, report)


def show_report(unit: Unit, report: ActivityReport) -> ReportView:
    """Return a report without what its side told the office alone, unless to that side or to staff."""
    hidden = hidden_of_report(to_its_side=unit.actor.is_staff or _is_of_its_side(unit, report))
    return ReportView.model_validate(report.model_dump(exclude=set(hidden)))


def _is_of_its_side(unit: Unit, report: ActivityReport) -> bool:
    """Tell whether the caller is of the side that wrote a report: of the institution that asked, or she who was there."""
    if report.assignment_id is None:
        return Audience.REQUESTER in capacities_of(unit.actor)
    return unit.get(Assignment, report.assignment_id).volunteer_id == unit.actor.volunteer_id
