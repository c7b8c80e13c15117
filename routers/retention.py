"""What becomes of data whose time is over: who is due to go, and holds that keep somebody's; administrators only."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanManageRetention, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Day, Id, Items
from models.retention import DueToGo, HoldDraft, HoldView
from services import retention
from services.paging import Page

router = APIRouter(tags=["retention"])


@router.get("/v1/retention/volunteers", response_model=Page[DueToGo], responses=answers(403))
def list_volunteers_due_to_go(
    caller: CanManageRetention,
    work: PlainWorkDep,
    ask: AskDep,
    on: Annotated[Day | None, Query(description="Due by this day; today when absent")] = None,
) -> Response:
    """Foresee whose data the nightly sweep erases, and what of each; nothing is changed, and the look is logged."""
    return work.write(caller, retention.list_due, ask, on)


@router.get("/v1/volunteers/{volunteer_id}/legal-holds", response_model=Items[HoldView], responses=answers(403, 404))
def list_legal_holds(volunteer_id: Id, caller: CanManageRetention, work: PlainWorkDep) -> Response:
    """List the holds on somebody's data; the reading is logged."""
    return work.write(caller, retention.list_holds, volunteer_id)


@router.post(
    "/v1/volunteers/{volunteer_id}/legal-holds",
    response_model=HoldView,
    status_code=201,
    responses=answers(403, 404, 412),
)
def place_legal_hold(volunteer_id: Id, draft: HoldDraft, caller: CanManageRetention, work: WorkDep) -> Response:
    """Keep somebody's data beyond their day, until the hold is lifted."""
    return work.create(caller, retention.place_hold, volunteer_id, draft)


@router.post("/v1/legal-holds/{hold_id}/lift", response_model=HoldView, responses=answers(403, 404, 409, 412))
def lift_legal_hold(hold_id: Id, draft: HoldDraft, caller: CanManageRetention, work: WorkDep) -> Response:
    """Lift a hold; what is overdue goes with the next sweep."""
    return work.write(caller, retention.lift_hold, hold_id, draft)
