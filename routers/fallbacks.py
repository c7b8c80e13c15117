"""Fallbacks of a dispatch request: another way when no interpreter comes."""

from fastapi import APIRouter, Response

from api.deps import CanDecideRequests, CanReadRequests, PlainWorkDep, WorkDep
from api.problems import answers
from models.fallback import FallbackCreate, FallbackResult, FallbackView
from models.fields import Id, Items
from services import fallbacks

router = APIRouter(prefix="/v1/dispatch-requests/{request_id}/fallbacks", tags=["dispatch-requests"])


@router.get("", response_model=Items[FallbackView], responses=answers(403, 404))
def list_fallbacks(request_id: Id, caller: CanReadRequests, work: PlainWorkDep) -> Response:
    """List what was arranged instead of an interpreter on site."""
    return work.read(caller, fallbacks.list_fallbacks, request_id)


@router.post("", status_code=201, response_model=FallbackView, responses=answers(403, 404, 409, 412))
def arrange_fallback(request_id: Id, draft: FallbackCreate, caller: CanDecideRequests, work: WorkDep) -> Response:
    """Arrange another way; by phone or video the request may go out anew as a remote shift."""
    return work.create(caller, fallbacks.arrange, request_id, draft)


@router.get("/{fallback_id}", response_model=FallbackView, responses=answers(403, 404))
def read_fallback(request_id: Id, fallback_id: Id, caller: CanReadRequests, work: PlainWorkDep) -> Response:
    """Read a fallback."""
    return work.read(caller, fallbacks.read_fallback, request_id, fallback_id)


@router.post("/{fallback_id}/outcome", response_model=FallbackView, responses=answers(403, 404, 409, 412))
def record_fallback_outcome(
    request_id: Id, fallback_id: Id, draft: FallbackResult, caller: CanDecideRequests, work: WorkDep
) -> Response:
    """Record what came of a fallback, once its time has come."""
    return work.write(caller, fallbacks.record_outcome, request_id, fallback_id, draft)


@router.post("/{fallback_id}/drop", response_model=FallbackView, responses=answers(403, 404, 409, 412))
def drop_fallback(request_id: Id, fallback_id: Id, caller: CanDecideRequests, work: WorkDep) -> Response:
    """Call a fallback off before it took place."""
    return work.write(caller, fallbacks.drop, request_id, fallback_id)
