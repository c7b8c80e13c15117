"""Quarterly reviews of the indicators."""

from fastapi import APIRouter, Response

from api.deps import CanWriteIndicators, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Id
from models.review_cycle import ActionClosing, ActionCreate, ReviewCreate, ReviewPatch, ReviewSummary, ReviewView
from services import reviewing
from services.paging import Page

router = APIRouter(prefix="/v1/review-cycles", tags=["reviews"])


@router.get("", response_model=Page[ReviewSummary], responses=answers(403))
def list_review_cycles(caller: CanWriteIndicators, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the reviews, latest quarter first."""
    return work.read(caller, reviewing.list_reviews, ask)


@router.post("", status_code=201, response_model=ReviewView, responses=answers(403))
def begin_review_cycle(draft: ReviewCreate, caller: CanWriteIndicators, work: WorkDep) -> Response:
    """Begin the review of a quarter that is over: the values as of its last day are frozen."""
    return work.create(caller, reviewing.begin, draft)


@router.get("/{review_id}", response_model=ReviewView, responses=answers(403, 404))
def read_review_cycle(review_id: Id, caller: CanWriteIndicators, work: PlainWorkDep) -> Response:
    """Read a review with its frozen values and its actions, those carried over from earlier ones too."""
    return work.read(caller, reviewing.read_review, review_id)


@router.patch("/{review_id}", response_model=ReviewView, responses=answers(403, 404, 409, 412, 428))
def change_review_cycle(
    review_id: Id, patch: ReviewPatch, caller: CanWriteIndicators, work: GuardedWorkDep
) -> Response:
    """Write what is said of the quarter and of single indicators, while the review is open."""
    return work.write(caller, reviewing.change, review_id, patch)


@router.post("/{review_id}/actions", response_model=ReviewView, responses=answers(403, 404, 409, 412))
def decide_review_action(review_id: Id, draft: ActionCreate, caller: CanWriteIndicators, work: WorkDep) -> Response:
    """Decide what shall be done, by whom and until when; whoever shall do it is told."""
    return work.write(caller, reviewing.decide, review_id, draft)


@router.post("/{review_id}/actions/{action_id}/close", response_model=ReviewView, responses=answers(403, 404, 409, 412))
def close_review_action(
    review_id: Id, action_id: Id, draft: ActionClosing, caller: CanWriteIndicators, work: WorkDep
) -> Response:
    """Close an action with what came of it, in any review that shows it."""
    return work.write(caller, reviewing.close_action, review_id, action_id, draft)


@router.post("/{review_id}/close", response_model=ReviewView, responses=answers(403, 404, 409, 412))
def close_review_cycle(review_id: Id, caller: CanWriteIndicators, work: WorkDep) -> Response:
    """Close a review; what is still to be done shows in every later one."""
    return work.write(caller, reviewing.close, review_id)
