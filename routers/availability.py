"""When a volunteer can come: weekly windows, and times away."""

from fastapi import APIRouter, Response

from api.deps import CanReadVolunteers, CanWriteProfiles, GuardedWorkDep, PlainWorkDep, WorkDep
from api.problems import answers
from models.availability import AvailabilityView, ExceptionDraft, ExceptionView, RuleChange, RuleDraft, RuleView
from models.fields import Id
from services import availability

router = APIRouter(prefix="/v1/volunteers/{volunteer_id}/availability", tags=["volunteers"])


@router.get("", response_model=AvailabilityView, responses=answers(403, 404))
def read_availability(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """Read what a volunteer has said of her time and is not over yet: staff and she herself."""
    return work.read(caller, availability.read_availability, volunteer_id)


@router.post("/rules", response_model=RuleView, status_code=201, responses=answers(403, 404, 412))
def add_availability_rule(volunteer_id: Id, draft: RuleDraft, caller: CanWriteProfiles, work: WorkDep) -> Response:
    """Add a weekly window in local time."""
    return work.create(caller, availability.add_rule, volunteer_id, draft)


@router.put("/rules/{rule_id}", response_model=RuleView, responses=answers(403, 404, 412, 428))
def change_availability_rule(
    volunteer_id: Id, rule_id: Id, draft: RuleChange, caller: CanWriteProfiles, work: GuardedWorkDep
) -> Response:
    """Replace a weekly window."""
    return work.write(caller, availability.change_rule, volunteer_id, rule_id, draft)


@router.delete("/rules/{rule_id}", status_code=204, response_model=None, responses=answers(403, 404, 412))
def end_availability_rule(volunteer_id: Id, rule_id: Id, caller: CanWriteProfiles, work: WorkDep) -> Response:
    """End a weekly window with yesterday; one that has not begun is removed."""
    return work.write(caller, availability.end_rule, volunteer_id, rule_id)


@router.post("/exceptions", response_model=ExceptionView, status_code=201, responses=answers(403, 404, 412))
def add_availability_exception(
    volunteer_id: Id, draft: ExceptionDraft, caller: CanWriteProfiles, work: WorkDep
) -> Response:
    """Add a time away."""
    return work.create(caller, availability.add_exception, volunteer_id, draft)


@router.delete(
    "/exceptions/{exception_id}", status_code=204, response_model=None, responses=answers(403, 404, 409, 412)
)
def remove_availability_exception(
    volunteer_id: Id, exception_id: Id, caller: CanWriteProfiles, work: WorkDep
) -> Response:
    """Take back a time away that has not begun."""
    return work.write(caller, availability.remove_exception, volunteer_id, exception_id)
