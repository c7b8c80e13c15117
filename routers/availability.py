"""When a volunteer can come: weekly windows, and times away. `?preview=true` tells what a change would touch."""

from typing import Any, Final

from fastapi import APIRouter, Response

from api.deps import CanReadVolunteers, CanWriteProfiles, GuardedWorkDep, PlainWorkDep, PreviewDep, WorkDep
from api.problems import answers
from models.availability import (
    AvailabilityView,
    ExceptionDraft,
    ExceptionView,
    HoursPreview,
    MonthOff,
    RuleChange,
    RuleDraft,
    RuleView,
)
from models.fields import Id
from services import availability, touching

router = APIRouter(prefix="/v1/volunteers/{volunteer_id}/availability", tags=["volunteers"])

_PREVIEWED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": HoursPreview, "description": "What it would touch"}
}


@router.get("", response_model=AvailabilityView, responses=answers(403, 404))
def read_availability(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """Read what a volunteer has said of her time and is not over yet: staff and she herself."""
    return work.read(caller, availability.read_availability, volunteer_id)


@router.post("/rules", response_model=RuleView, status_code=201, responses=answers(403, 404, 412) | _PREVIEWED)
def add_availability_rule(
    volunteer_id: Id, draft: RuleDraft, caller: CanWriteProfiles, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Add a weekly window in local time."""
    if preview:
        return work.preview(caller, touching.preview, availability.add_rule, volunteer_id, draft)
    return work.create(caller, availability.add_rule, volunteer_id, draft)


@router.put("/rules/{rule_id}", response_model=RuleView | HoursPreview, responses=answers(403, 404, 412, 428))
def change_availability_rule(
    volunteer_id: Id,
    rule_id: Id,
    draft: RuleChange,
    caller: CanWriteProfiles,
    work: GuardedWorkDep,
    *,
    preview: PreviewDep = False,
) -> Response:
    """Replace a weekly window."""
    if preview:
        return work.preview(caller, touching.preview, availability.change_rule, volunteer_id, rule_id, draft)
    return work.write(caller, availability.change_rule, volunteer_id, rule_id, draft)


@router.delete("/rules/{rule_id}", status_code=204, response_model=None, responses=answers(403, 404, 412) | _PREVIEWED)
def end_availability_rule(
    volunteer_id: Id, rule_id: Id, caller: CanWriteProfiles, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """End a weekly window with yesterday; one that has not begun is removed."""
    if preview:
        return work.preview(caller, touching.preview, availability.end_rule, volunteer_id, rule_id)
    return work.write(caller, availability.end_rule, volunteer_id, rule_id)


@router.post(
    "/exceptions", response_model=ExceptionView, status_code=201, responses=answers(403, 404, 412) | _PREVIEWED
)
def add_availability_exception(
    volunteer_id: Id, draft: ExceptionDraft, caller: CanWriteProfiles, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Add a time away."""
    if preview:
        return work.preview(caller, touching.preview, availability.add_exception, volunteer_id, draft)
    return work.create(caller, availability.add_exception, volunteer_id, draft)


@router.post(
    "/months-off", response_model=ExceptionView, status_code=201, responses=answers(403, 404, 412) | _PREVIEWED
)
def take_month_off(
    volunteer_id: Id, draft: MonthOff, caller: CanWriteProfiles, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Say “nothing for me this month”: away from now, or the first, to the end of it."""
    if preview:
        return work.preview(caller, touching.preview, availability.take_month_off, volunteer_id, draft)
    return work.create(caller, availability.take_month_off, volunteer_id, draft)


@router.delete(
    "/exceptions/{exception_id}", status_code=204, response_model=None, responses=answers(403, 404, 409, 412)
)
def remove_availability_exception(
    volunteer_id: Id, exception_id: Id, caller: CanWriteProfiles, work: WorkDep
) -> Response:
    """Take back a time away that has not begun."""
    return work.write(caller, availability.remove_exception, volunteer_id, exception_id)
