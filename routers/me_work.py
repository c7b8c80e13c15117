"""A volunteer's own work: her schedule, the offers that wait for her, and the months she is asked about."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from api.deps import CanAnswerCalls, CanAnswerOffers, CanClaim, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep, FromDep, ToDep
from api.problems import answers
from models.assignment import ScheduleEntry
from models.availability_call import CallAnswerDraft, CallAnswerView, OwnCallSummary
from models.fields import Id
from models.offer import AnswersView, OfferAnswer, OfferStatus, OfferView
from services import answering, availability_answers, offering, own_calendar
from services.paging import Page

router = APIRouter(prefix="/v1/me", tags=["me"])


@router.get("/schedule", response_model=Page[ScheduleEntry], responses=answers(403))
def read_schedule(
    caller: CanClaim,
    work: PlainWorkDep,
    ask: AskDep,
    starts_from: FromDep,
    starts_to: ToDep,
) -> Response:
    """List what takes one's time, soonest first: assignments, with the briefing once they are confirmed, and trainings."""
    return work.read(caller, own_calendar.schedule, ask, starts_from, starts_to)


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


@router.get("/availability-calls", response_model=Page[OwnCallSummary], responses=answers(403))
def list_own_availability_calls(caller: CanAnswerCalls, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the open availability calls that one was asked in, soonest period first."""
    return work.read(caller, availability_answers.list_own, ask)


@router.get("/availability-calls/{call_id}", response_model=CallAnswerView, responses=answers(403, 404))
def read_own_availability_call(call_id: Id, caller: CanAnswerCalls, work: PlainWorkDep) -> Response:
    """Read an availability call: its days with one's weekly hours, and one's answer."""
    return work.read(caller, availability_answers.read_own, call_id)


@router.put("/availability-calls/{call_id}", response_model=CallAnswerView, responses=answers(403, 404, 409, 412, 428))
def answer_availability_call(
    call_id: Id, answer: CallAnswerDraft, caller: CanAnswerCalls, work: GuardedWorkDep
) -> Response:
    """Answer an availability call, or replace one's answer: days, at most so many, or none."""
    return work.write(caller, availability_answers.answer_own, call_id, answer)
