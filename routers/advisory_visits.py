"""Visits of outside experts to classrooms, and what they found."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanFollowAdvice, CanWriteAdvice, GuardedWorkDep, PlainWorkDep, WorkDep, may_be_absent
from api.paging import AskDep
from api.problems import answers
from models.advisory_visit import (
    AdvisoryVisitCreate,
    AdvisoryVisitPatch,
    AdvisoryVisitView,
    FindingCreate,
    FindingDone,
    FindingDropped,
    FindingPatch,
    FindingView,
    VisitCalloff,
    VisitStatus,
)
from models.fields import Id, Items
from services import findings, visiting
from services.paging import Page
from services.visiting import VisitFilters

router = APIRouter(prefix="/v1/advisory-visits", tags=["advice"])
_MOVED = answers(403, 404, 409, 412)
_FINDING = "/{visit_id}/findings/{finding_id}"


@router.get("", response_model=Page[AdvisoryVisitView], responses=answers(403))
def list_advisory_visits(
    caller: CanFollowAdvice,
    work: PlainWorkDep,
    ask: AskDep,
    classroom_id: Annotated[Id | None, Query()] = None,
    status: Annotated[VisitStatus | None, Query()] = None,
) -> Response:
    """List visits, latest first: all for staff, those to her institution's classrooms for a manager."""
    return work.read(caller, visiting.list_visits, ask, VisitFilters(classroom_id, status))


@router.post("", status_code=201, response_model=AdvisoryVisitView, responses=answers(403, 409))
def plan_advisory_visit(draft: AdvisoryVisitCreate, caller: CanWriteAdvice, work: WorkDep) -> Response:
    """Plan a visit of an expert: of the register, judged as for any activity and her time taken, or a guest by name."""
    return work.create(caller, visiting.plan, draft)


@router.get("/{visit_id}", response_model=AdvisoryVisitView, responses=answers(403, 404))
def read_advisory_visit(visit_id: Id, caller: CanFollowAdvice, work: PlainWorkDep) -> Response:
    """Read a visit."""
    return work.read(caller, visiting.read_visit, visit_id)


@router.patch("/{visit_id}", response_model=AdvisoryVisitView, responses=answers(403, 404, 409, 412, 428))
def move_advisory_visit(
    visit_id: Id, patch: AdvisoryVisitPatch, caller: CanWriteAdvice, work: GuardedWorkDep
) -> Response:
    """Set another time or other topics of a planned visit; of another time to come all are told."""
    return work.write(caller, visiting.change, visit_id, patch)


@router.post("/{visit_id}/hold", response_model=AdvisoryVisitView, responses=_MOVED)
def hold_advisory_visit(visit_id: Id, caller: CanFollowAdvice, work: WorkDep) -> Response:
    """Note that a visit took place, as the office or whoever runs the classroom."""
    return work.write(caller, visiting.hold, visit_id)


@router.post("/{visit_id}/cancel", response_model=AdvisoryVisitView, responses=_MOVED)
def cancel_advisory_visit(visit_id: Id, draft: VisitCalloff, caller: CanWriteAdvice, work: WorkDep) -> Response:
    """Call a planned visit off; all are told."""
    return work.write(caller, visiting.cancel, visit_id, draft)


@router.post("/{visit_id}/close", response_model=AdvisoryVisitView, responses=_MOVED)
def close_advisory_visit(visit_id: Id, caller: CanWriteAdvice, work: WorkDep) -> Response:
    """Close a visit once everything that was found is done or dropped."""
    return work.write(caller, visiting.close, visit_id)


@router.get("/{visit_id}/findings", response_model=Items[FindingView], responses=answers(403, 404))
def list_findings(visit_id: Id, caller: CanFollowAdvice, work: PlainWorkDep) -> Response:
    """List what was found at a visit, by the day it is due."""
    return work.read(caller, findings.list_findings, visit_id)


@router.post("/{visit_id}/findings", status_code=201, response_model=FindingView, responses=_MOVED)
def add_finding(visit_id: Id, draft: FindingCreate, caller: CanWriteAdvice, work: WorkDep) -> Response:
    """Write down what was found and is to be done, by whom and until when; the owner is told, and reminded."""
    return work.create(caller, findings.add, visit_id, draft)


@router.patch(_FINDING, response_model=FindingView, responses=answers(403, 404, 409, 412, 428))
def change_finding(
    visit_id: Id, finding_id: Id, patch: FindingPatch, caller: CanWriteAdvice, work: GuardedWorkDep
) -> Response:
    """Set another wording, owner or day of an open finding."""
    return work.write(caller, findings.change, visit_id, finding_id, patch)


@router.post(f"{_FINDING}/done", response_model=FindingView, responses=_MOVED)
def finish_finding(
    visit_id: Id,
    finding_id: Id,
    caller: CanFollowAdvice,
    work: WorkDep,
    draft: Annotated[FindingDone, may_be_absent(FindingDone)],
) -> Response:
    """Note that a finding is seen to; its owner and the office may."""
    return work.write(caller, findings.settle, visit_id, finding_id, draft)


@router.post(f"{_FINDING}/drop", response_model=FindingView, responses=_MOVED)
def drop_finding(
    visit_id: Id, finding_id: Id, draft: FindingDropped, caller: CanFollowAdvice, work: WorkDep
) -> Response:
    """Note that a finding is not followed, and why; its owner and the office may."""
    return work.write(caller, findings.drop, visit_id, finding_id, draft)
