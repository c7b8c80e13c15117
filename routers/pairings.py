"""Pairings of learners and tutors."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import CanWriteLearners, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.pairing import PairingCreate, PairingEnding, PairingStatus, PairingView
from services import pairing
from services.paging import Page
from services.pairing import PairingFilters

router = APIRouter(prefix="/v1/pairings", tags=["enrollments"])
_MOVED = answers(403, 404, 409, 412)


@router.get("", response_model=Page[PairingView], responses=answers(403))
def list_pairings(
    caller: CanWriteLearners,
    work: PlainWorkDep,
    ask: AskDep,
    learner_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[PairingStatus | None, Query()] = None,
) -> Response:
    """List pairings, oldest first."""
    return work.read(caller, pairing.list_pairings, ask, PairingFilters(learner_id, status))


@router.post("", status_code=201, response_model=PairingView, responses=answers(403, 404, 409))
def propose_pairing(draft: PairingCreate, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Propose a tutor for a learner of her classroom; who may not be with her is refused by the rules of the engine."""
    return work.create(caller, pairing.propose, draft)


@router.get("/{pairing_id}", response_model=PairingView, responses=answers(403, 404))
def read_pairing(pairing_id: UUID, caller: CanWriteLearners, work: PlainWorkDep) -> Response:
    """Read a pairing."""
    return work.read(caller, pairing.read_pairing, pairing_id)


@router.post("/{pairing_id}/activate", response_model=PairingView, responses=_MOVED)
def activate_pairing(pairing_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Begin a pairing, with the guardian's consent, of a tutor who may be with the learner."""
    return work.write(caller, pairing.activate, pairing_id)


@router.post("/{pairing_id}/pause", response_model=PairingView, responses=_MOVED)
def pause_pairing(pairing_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Pause a pairing."""
    return work.write(caller, pairing.pause, pairing_id)


@router.post("/{pairing_id}/resume", response_model=PairingView, responses=_MOVED)
def resume_pairing(pairing_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Go on with a paused pairing, as it would begin."""
    return work.write(caller, pairing.resume, pairing_id)


@router.post("/{pairing_id}/end", response_model=PairingView, responses=_MOVED)
def end_pairing(pairing_id: UUID, draft: PairingEnding, caller: CanWriteLearners, work: WorkDep) -> Response:
    """End a pairing, or drop a proposal, with the reason by code."""
    return work.write(caller, pairing.end, pairing_id, draft)
