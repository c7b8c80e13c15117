"""Availability calls: the office asks for a month; who answered; answers that reached the office otherwise."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanAskForAvailability, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.availability_call import (
    AvailabilityCallCreate,
    AvailabilityCallView,
    CallAnswerView,
    CallStatus,
    EnteredAnswerDraft,
    WhoAnswered,
)
from models.fields import Id
from services import availability_answers, availability_calls
from services.paging import Page

router = APIRouter(prefix="/v1/availability-calls", tags=["availability-calls"])


@router.get("", response_model=Page[AvailabilityCallView], responses=answers(403))
def list_availability_calls(
    caller: CanAskForAvailability,
    work: PlainWorkDep,
    ask: AskDep,
    status: Annotated[CallStatus | None, Query()] = None,
) -> Response:
    """List calls, the latest period first."""
    return work.read(caller, availability_calls.list_calls, ask, status)


@router.post("", status_code=201, response_model=AvailabilityCallView, responses=answers(403))
def send_availability_call(draft: AvailabilityCallCreate, caller: CanAskForAvailability, work: WorkDep) -> Response:
    """Ask every active volunteer concerned on which days of a period she can come."""
    return work.create(caller, availability_calls.ask, draft)


@router.get("/{call_id}", response_model=AvailabilityCallView, responses=answers(403, 404))
def read_availability_call(call_id: Id, caller: CanAskForAvailability, work: PlainWorkDep) -> Response:
    """Read a call, with how many were asked and have answered."""
    return work.read(caller, availability_calls.read_call, call_id)


@router.post("/{call_id}/close", response_model=AvailabilityCallView, responses=answers(403, 404, 409, 412))
def close_availability_call(call_id: Id, caller: CanAskForAvailability, work: WorkDep) -> Response:
    """Take no more answers; those given stay in force."""
    return work.write(caller, availability_calls.close, call_id)


@router.get("/{call_id}/answers", response_model=Page[WhoAnswered], responses=answers(403, 404))
def list_availability_answers(
    call_id: Id,
    caller: CanAskForAvailability,
    work: PlainWorkDep,
    ask: AskDep,
    *,
    answered: Annotated[bool | None, Query(description="Only those who have, or have not, answered")] = None,
) -> Response:
    """List who was asked and what they said."""
    return work.read(caller, availability_calls.list_answers, ask, call_id, answered=answered)


@router.get("/{call_id}/answers/{volunteer_id}", response_model=CallAnswerView, responses=answers(403, 404))
def read_availability_answer(
    call_id: Id, volunteer_id: Id, caller: CanAskForAvailability, work: PlainWorkDep
) -> Response:
    """Read a call as one who was asked sees it, with her weekly hours and her answer."""
    return work.read(caller, availability_answers.read_answer, call_id, volunteer_id)


@router.put(
    "/{call_id}/answers/{volunteer_id}", response_model=CallAnswerView, responses=answers(403, 404, 409, 412, 428)
)
def enter_availability_answer(
    call_id: Id, volunteer_id: Id, draft: EnteredAnswerDraft, caller: CanAskForAvailability, work: GuardedWorkDep
) -> Response:
    """Enter somebody's answer as it reached the office; one who was not asked is asked by it."""
    return work.write(caller, availability_answers.enter, call_id, volunteer_id, draft)
