"""Offers: lists, and the answers to them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import CanAnswerOffers, CanReadOffers, CanSendOffers, PlainWorkDep, WorkDep, may_be_absent
from api.paging import AskDep
from api.problems import answers
from models.offer import OfferAcceptance, OfferDecline, OffersBatch, OfferStatus, OfferVerb, OfferView, WavesView
from services import answering, asking_many, offering
from services.paging import Page

router = APIRouter(prefix="/v1/offers", tags=["offers"])


@router.get("", response_model=Page[OfferView], responses=answers(403))
def list_offers(
    caller: CanReadOffers,
    work: PlainWorkDep,
    ask: AskDep,
    shift_id: Annotated[UUID | None, Query()] = None,
    volunteer_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[OfferStatus | None, Query()] = None,
) -> Response:
    """List offers, newest first: all for staff, her own for a volunteer."""
    return work.read(caller, offering.list_offers, ask, offering.OfferFilters(shift_id, volunteer_id, status))


@router.post("/batch", status_code=207, response_model=WavesView, responses=answers(403))
def send_many_offers(draft: OffersBatch, caller: CanSendOffers, work: WorkDep) -> Response:
    """Ask for several shifts at once, such as a month: everybody asked gets one message, and it counts as one ask."""
    return work.many(caller, asking_many.send_many, draft)


@router.get("/{offer_id}", response_model=OfferView, responses=answers(403, 404))
def read_offer(offer_id: UUID, caller: CanReadOffers, work: PlainWorkDep) -> Response:
    """Read an offer."""
    return work.read(caller, offering.read_offer, offer_id)


@router.post("/{offer_id}/accept", response_model=OfferView, responses=answers(403, 404, 409, 412))
def accept_offer(
    offer_id: UUID,
    draft: Annotated[OfferAcceptance, may_be_absent(OfferAcceptance)],
    caller: CanAnswerOffers,
    work: WorkDep,
) -> Response:
    """Say yes: the first yes is confirmed, a late one is kept for the office."""
    return work.write(caller, answering.accept, offer_id, draft)


@router.post("/{offer_id}/decline", response_model=OfferView, responses=answers(403, 404, 409, 412))
def decline_offer(
    offer_id: UUID, draft: Annotated[OfferDecline, may_be_absent(OfferDecline)], caller: CanAnswerOffers, work: WorkDep
) -> Response:
    """Say no, with a reason by code."""
    return work.write(caller, answering.decline, offer_id, draft)


@router.post("/{offer_id}/take-back", response_model=OfferView, responses=answers(403, 404, 409, 412))
def take_back_offer(
    offer_id: UUID, draft: Annotated[OfferVerb, may_be_absent(OfferVerb)], caller: CanAnswerOffers, work: WorkDep
) -> Response:
    """Take a no back while the place is open."""
    return work.write(caller, answering.take_back, offer_id, draft)


@router.post("/{offer_id}/approve", response_model=OfferView, responses=answers(403, 404, 409, 412))
def approve_offer(
    offer_id: UUID, draft: Annotated[OfferVerb, may_be_absent(OfferVerb)], caller: CanSendOffers, work: WorkDep
) -> Response:
    """Let a late yes count after all."""
    return work.write(caller, offering.approve, offer_id, draft)


@router.post("/{offer_id}/withdraw", response_model=OfferView, responses=answers(403, 404, 409, 412))
def withdraw_offer(
    offer_id: UUID, draft: Annotated[OfferVerb, may_be_absent(OfferVerb)], caller: CanSendOffers, work: WorkDep
) -> Response:
    """Take an offer back."""
    return work.write(caller, offering.withdraw, offer_id, draft)
