"""Plans: filling the open places of a month together."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import CanReadPlans, CanWritePlans, PlainWorkDep, WorkDep
from api.following import STREAMED, EventStream, follow
from api.paging import AskDep
from api.problems import answers
from models.fields import Id
from models.plan import PlanApply, PlanChange, PlanCreate, PlanOutcome, PlanStatus
from models.plan_view import AppliedView, PlanComparison, PlanDetail, PlanView, ProposalView
from services import applying, comparing_plans, planning
from services.paging import Page
from services.planning import ProposalFilters
from services.showing_plans import UnfilledView

MINUTE = 60.0

router = APIRouter(prefix="/v1/plans", tags=["plans"])


@router.get("", response_model=Page[PlanView], responses=answers(403))
def list_plans(
    caller: CanReadPlans, work: PlainWorkDep, ask: AskDep, status: Annotated[PlanStatus | None, Query()] = None
) -> Response:
    """List plans, the newest first."""
    return work.read(caller, planning.list_plans, ask, status)


@router.post("", status_code=202, response_model=PlanView, responses=answers(403))
def create_plan(draft: PlanCreate, caller: CanWritePlans, work: WorkDep) -> Response:
    """Order a plan for the shifts of some weeks; a worker solves it, and nothing is changed before it is applied."""
    return work.begin(caller, planning.create, draft)


@router.get("/{plan_id}", response_model=PlanDetail, responses=answers(403, 404))
def read_plan(plan_id: Id, caller: CanReadPlans, work: PlainWorkDep) -> Response:
    """Read a plan: how good it is and could be at most, how evenly the work lies, and what would help most."""
    return work.read(caller, planning.read_plan, plan_id)


@router.get("/{plan_id}/proposals", response_model=Page[ProposalView], responses=answers(403, 404))
def list_plan_proposals(  # noqa: PLR0913, PLR0917 - each is a parameter of the operation
    plan_id: Id,
    caller: CanReadPlans,
    work: PlainWorkDep,
    ask: AskDep,
    change: Annotated[PlanChange | None, Query()] = None,
    outcome: Annotated[PlanOutcome | None, Query()] = None,
    volunteer_id: Annotated[UUID | None, Query()] = None,
) -> Response:
    """List who would gain, keep or lose a place, with the reasons, and what became of each line."""
    return work.read(caller, planning.list_proposals, ask, plan_id, ProposalFilters(change, outcome, volunteer_id))


@router.get("/{plan_id}/unfilled", response_model=Page[UnfilledView], responses=answers(403, 404))
def list_plan_unfilled(plan_id: Id, caller: CanReadPlans, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the places that the plan leaves open, why, and what filling one would take from elsewhere."""
    return work.read(caller, planning.list_unfilled, ask, plan_id)


@router.get("/{plan_id}/comparison", response_model=PlanComparison, responses=answers(403, 404))
def compare_plans(
    plan_id: Id,
    caller: CanReadPlans,
    work: PlainWorkDep,
    other: Annotated[UUID, Query(alias="with", description="The other plan")],
) -> Response:
    """Compare two plans: how good each is, and who stands where in one of them only."""
    return work.read(caller, comparing_plans.compare, plan_id, other)


@router.get("/{plan_id}/events", response_class=EventStream, responses=STREAMED | answers(403, 404))
async def follow_plan(plan_id: Id, caller: CanReadPlans, work: PlainWorkDep) -> Response:
    """Follow how a plan is made, as server-sent events: `progress` with the plan in short at each change, then `end`.

    The stream ends when the plan is made, and at the latest when a new token would be needed.
    """
    seconds = MINUTE * work.wiring.settings.access_token_minutes
    return await follow(partial(work.read, caller, planning.follow, plan_id), planning.FINAL, seconds)


@router.post("/{plan_id}/apply", response_model=AppliedView, responses=answers(403, 404, 409, 412))
def apply_plan(plan_id: Id, draft: PlanApply, caller: CanWritePlans, work: WorkDep) -> Response:
    """Carry a plan out, by asking people or by assigning them; what has changed since is refused line by line.

    Each shift is a transaction of its own. Repeated, it goes on where it was interrupted, and does nothing twice.
    """
    return work.in_turn(caller, applying.begin, applying.finish, plan_id, draft)


@router.post("/{plan_id}/cancel", response_model=PlanView, responses=answers(403, 404, 409, 412))
def cancel_plan(plan_id: Id, caller: CanWritePlans, work: WorkDep) -> Response:
    """Stop the solving: the plan becomes ready with the best so far; one that nobody has begun is dropped."""
    return work.write(caller, planning.cancel, plan_id)


@router.post("/{plan_id}/discard", response_model=PlanView, responses=answers(403, 404, 409, 412))
def discard_plan(plan_id: Id, caller: CanWritePlans, work: WorkDep) -> Response:
    """Drop a plan that nobody wants."""
    return work.write(caller, planning.discard, plan_id)
