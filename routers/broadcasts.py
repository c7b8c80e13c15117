"""Broadcasts to key persons."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.deps import (
    CanAnswerBroadcasts,
    CanReadBroadcasts,
    CanSendBroadcasts,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep
from api.problems import answers
from models.broadcast import (
    Acknowledgement,
    BroadcastCreate,
    BroadcastPatch,
    BroadcastSummary,
    BroadcastView,
    DeliveryView,
    OwnBroadcast,
)
from models.fields import Id
from services import broadcasts
from services.paging import Page

router = APIRouter(tags=["broadcasts"])


@router.get("/v1/broadcasts", response_model=Page[BroadcastSummary], responses=answers(403))
def list_broadcasts(caller: CanReadBroadcasts, work: PlainWorkDep, ask: AskDep) -> Response:
    """List broadcasts, newest first."""
    return work.read(caller, broadcasts.list_broadcasts, ask)


@router.post("/v1/broadcasts", status_code=201, response_model=BroadcastView, responses=answers(403))
def draft_broadcast(draft: BroadcastCreate, caller: CanSendBroadcasts, work: WorkDep) -> Response:
    """Write a message, a text per language; the answer says whom it would reach."""
    return work.create(caller, broadcasts.draft_broadcast, draft)


@router.get("/v1/broadcasts/{broadcast_id}", response_model=BroadcastView, responses=answers(403, 404))
def read_broadcast(broadcast_id: Id, caller: CanReadBroadcasts, work: PlainWorkDep) -> Response:
    """Read a broadcast: of a draft whom it would reach now, else how it fares in each language."""
    return work.read(caller, broadcasts.read_broadcast, broadcast_id)


@router.patch("/v1/broadcasts/{broadcast_id}", response_model=BroadcastView, responses=answers(403, 404, 409, 412, 428))
def change_broadcast(
    broadcast_id: Id, patch: BroadcastPatch, caller: CanSendBroadcasts, work: GuardedWorkDep
) -> Response:
    """Correct a broadcast before it is sent."""
    return work.write(caller, broadcasts.change, broadcast_id, patch)


@router.post("/v1/broadcasts/{broadcast_id}/send", response_model=BroadcastView, responses=answers(403, 404, 409, 412))
def send_broadcast(broadcast_id: Id, caller: CanSendBroadcasts, work: WorkDep) -> Response:
    """Send it, once to each key person who agreed to its purpose, in a language of hers."""
    return work.write(caller, broadcasts.send, broadcast_id)


@router.get("/v1/broadcasts/{broadcast_id}/deliveries", response_model=Page[DeliveryView], responses=answers(403, 404))
def list_broadcast_deliveries(broadcast_id: Id, caller: CanSendBroadcasts, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the recipients with what became of each message."""
    return work.read(caller, broadcasts.list_deliveries, ask, broadcast_id)


@router.get("/v1/me/broadcasts", response_model=Page[OwnBroadcast], responses=answers(403))
def list_own_broadcasts(caller: CanAnswerBroadcasts, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the messages that reached oneself, newest first."""
    return work.read(caller, broadcasts.list_own, ask)


@router.post(
    "/v1/broadcast-deliveries/{delivery_id}/acknowledge",
    response_model=OwnBroadcast,
    responses=answers(403, 404, 412),
)
def acknowledge_broadcast(
    delivery_id: Id,
    draft: Annotated[Acknowledgement, may_be_absent(Acknowledgement)],
    caller: CanAnswerBroadcasts,
    work: WorkDep,
) -> Response:
    """Say that one has read it; the office says so for whom it called."""
    return work.write(caller, broadcasts.acknowledge, delivery_id, draft)
