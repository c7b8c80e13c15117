"""Recognition: hours of activity, milestones at which people are thanked, and the steps by which they grow."""

from fastapi import APIRouter, Response

from api.deps import (
    CanReadRules,
    CanReadVolunteers,
    CanRecordVolunteers,
    CanWriteRules,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
)
from api.problems import answers
from models.fields import Id
from models.growing import EarlierStepsDraft, EarlierStepsView, StepsView
from models.recognition import HoursView, MilestonesDraft, MilestonesView
from services import growing, hours

router = APIRouter(tags=["volunteers"])


@router.get("/v1/volunteers/{volunteer_id}/hours", response_model=HoursView, responses=answers(403, 404))
def read_hours(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """Count what somebody has done, by fiscal year and kind."""
    return work.read(caller, hours.read_hours, volunteer_id)


@router.get("/v1/volunteers/{volunteer_id}/steps", response_model=StepsView, responses=answers(403, 404))
def read_steps(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """Count how often somebody watched, interpreted beside others and alone, by language and kind."""
    return work.read(caller, growing.read_steps, volunteer_id)


@router.post(
    "/v1/volunteers/{volunteer_id}/steps",
    response_model=EarlierStepsView,
    status_code=201,
    responses=answers(403, 404, 412),
)
def record_earlier_steps(
    volunteer_id: Id, draft: EarlierStepsDraft, caller: CanRecordVolunteers, work: WorkDep
) -> Response:
    """Say how often somebody watched and interpreted before the records begin, in one kind and language.

    It stands in place of what was said before of the same.
    """
    return work.create(caller, growing.record_earlier, volunteer_id, draft)


@router.get("/v1/milestones", response_model=MilestonesView, responses=answers(403))
def read_milestones(caller: CanReadRules, work: PlainWorkDep) -> Response:
    """Read the hours at which people are thanked."""
    return work.read(caller, hours.read_milestones)


@router.put("/v1/milestones", response_model=MilestonesView, responses=answers(403, 412, 428))
def set_milestones(draft: MilestonesDraft, caller: CanWriteRules, work: GuardedWorkDep) -> Response:
    """Set the hours at which people are thanked, all of them."""
    return work.write(caller, hours.set_milestones, draft)
