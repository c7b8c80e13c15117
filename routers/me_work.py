"""A volunteer's own work: her schedule, and the offers that wait for her."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from api.deps import CanAnswerOffers, CanClaim, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.assignment import ScheduleEntry
from models.fields import Instant
from models.offer import AnswersView, OfferAnswer, OfferStatus, OfferView
from services import answering, offering, standing
from services.paging import Page

router = APIRouter(prefix="/v1/me", tags=["me"])


@router.get("/schedule", response_model=Page[ScheduleEntry], responses=answers(403))
def read_schedule(
    caller: CanClaim,
    work: PlainWorkDep,
    ask: AskDep,
    starts_from: Annotated[Instant | None, Query(alias="from")] = None,
    starts_to: Annotated[Instant | None, Query(alias="to")] = None,
) -> Response:
    """List one's own assignments, soonest first, with the briefing for those that are confirmed."""
    return work.read(caller, standing.schedule, ask, starts_from, starts_to)


@router.get("/offers", response_model=Page[OfferView], responses=answers(403))
def list_own_offers(
    caller: CanClaim, work: PlainWorkDep, ask: AskDep, status: Annotated[OfferStatus | None, Query()] = None
) -> Response:
    """List one's own offers, newest first."""
    return work.read(caller, offering.list_own, ask, status)


@router.post("/offers/answers", response_model=AnswersView, status_code=207, responses=answers(403))
def answer_offers(
    answer: Annotated[list[OfferAnswer], Body(min_length=1, max_length=50)], caller: CanAnswerOffers, work: WorkDep
) -> Response:
    """Answer several offers at once; each answer stands or falls by itself."""
    return work.many(caller, answering.answer_all, answer)
