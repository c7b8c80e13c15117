"""Shifts, who can come to them, and taking a place."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanClaim,
    CanDecideAssignments,
    CanReadMatching,
    CanReadShifts,
    CanSendOffers,
    CanWriteShifts,
    PlainWorkDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep, FromDep, ToDep
from api.problems import answers
from models.assignment import AssignmentCreate, AssignmentView, ClaimCreate
from models.class_session import Calloff
from models.fields import Code, LanguageTag
from models.offer import OffersCreate, OffersView
from models.shift import DemandPlaces, ShiftCreate, ShiftKind, ShiftView, TraineePlaces
from services import cascading, claiming, matching, offering, posting, shifting, trainees
from services.matching import CandidatesView, CandidateView
from services.paging import Page

router = APIRouter(prefix="/v1/shifts", tags=["shifts"])
DemandId = Annotated[UUID | None, Query(description="One of the shift's demands; the first open one by default")]


@router.get("", response_model=Page[ShiftView], responses=answers(403))
def list_shifts(  # noqa: PLR0913, PLR0917 - each is a query parameter
    caller: CanReadShifts,
    work: PlainWorkDep,
    ask: AskDep,
    starts_from: FromDep,
    starts_to: ToDep,
    activity: Annotated[ShiftKind | None, Query()] = None,
    language: Annotated[LanguageTag | None, Query()] = None,
    district: Annotated[Code | None, Query()] = None,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
    claimable: Annotated[bool, Query(description="For a volunteer: only what she could claim now")] = False,  # noqa: FBT002
) -> Response:
    """List shifts, soonest first, as the caller may see them; volunteers learn by `why_not` what bars them."""
    filters = shifting.ShiftFilters(starts_from, starts_to, activity, language, district, is_open, claimable)
    return work.read(caller, shifting.list_shifts, ask, filters)


@router.post("", status_code=201, response_model=ShiftView, responses=answers(403, 409))
def post_shift(draft: ShiftCreate, caller: CanWriteShifts, work: WorkDep) -> Response:
    """Write a shift that no request opens: a turn of an event, or another activity."""
    return work.create(caller, posting.post, draft)


@router.post("/{shift_id}/open", response_model=ShiftView, responses=answers(403, 404, 409, 412))
def open_shift(shift_id: UUID, caller: CanWriteShifts, work: WorkDep) -> Response:
    """Open a planned activity to those who may come; turns of an event open with it."""
    return work.write(caller, posting.open_posted, shift_id)


@router.post("/{shift_id}/cancel", response_model=ShiftView, responses=answers(403, 404, 409, 412))
def cancel_shift(shift_id: UUID, draft: Calloff, caller: CanWriteShifts, work: WorkDep) -> Response:
    """Call off an activity, or a turn of an event; everybody on it is told."""
    return work.write(caller, posting.cancel_posted, shift_id, draft)


@router.get("/{shift_id}", response_model=ShiftView, responses=answers(403, 404))
def read_shift(shift_id: UUID, caller: CanReadShifts, work: PlainWorkDep) -> Response:
    """Read a shift as the caller may see it."""
    return work.read(caller, shifting.read_shift, shift_id)


@router.post("/{shift_id}/claims", status_code=201, response_model=AssignmentView, responses=answers(403, 404, 409))
def claim(
    shift_id: UUID, draft: Annotated[ClaimCreate, may_be_absent(ClaimCreate)], caller: CanClaim, work: WorkDep
) -> Response:
    """Take a place oneself; a refusal names every rule, and those that `consents` would waive."""
    return work.create(caller, claiming.claim, shift_id, draft)


@router.get("/{shift_id}/candidates", response_model=CandidatesView, responses=answers(403, 404))
def list_candidates(
    shift_id: UUID,
    caller: CanReadMatching,
    work: PlainWorkDep,
    demand_id: DemandId = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    include_ineligible: Annotated[bool, Query(description="Also those who cannot, with what bars them")] = False,  # noqa: FBT002
) -> Response:
    """Rank who can come, best first, with the reasons; and say why nobody can."""
    return work.read(
        caller, matching.candidates, shift_id, demand_id=demand_id, limit=limit, include_ineligible=include_ineligible
    )


@router.get("/{shift_id}/candidates/{volunteer_id}", response_model=CandidateView, responses=answers(403, 404))
def read_candidate(
    shift_id: UUID, volunteer_id: UUID, caller: CanReadMatching, work: PlainWorkDep, demand_id: DemandId = None
) -> Response:
    """Judge one person for a shift: why, or why not."""
    return work.read(caller, matching.candidate, shift_id, volunteer_id, demand_id=demand_id)


@router.post("/{shift_id}/offers", status_code=201, response_model=OffersView, responses=answers(403, 404, 409))
def send_offers(shift_id: UUID, draft: OffersCreate, caller: CanSendOffers, work: WorkDep) -> Response:
    """Ask one wave of people, the best ranked or those named; with `cascade` more waves follow until a place is taken."""
    return work.create(caller, offering.send, shift_id, draft)


@router.delete("/{shift_id}/cascade", status_code=204, response_model=None, responses=answers(403, 404, 412))
def stop_cascade(
    shift_id: UUID,
    caller: CanSendOffers,
    work: WorkDep,
    demand_id: Annotated[UUID | None, Query(description="One of the shift's demands; all of them by default")] = None,
) -> Response:
    """Stop the waves: nobody else is asked by itself, not even after a drop-out. Who was asked may still answer."""
    return work.write(caller, cascading.stop, shift_id, demand_id)


@router.post(
    "/{shift_id}/assignments", status_code=201, response_model=AssignmentView, responses=answers(403, 404, 409)
)
def assign(shift_id: UUID, draft: AssignmentCreate, caller: CanDecideAssignments, work: WorkDep) -> Response:
    """Put somebody on a shift by hand, with overrides where rules want consent or a reason."""
    return work.create(caller, claiming.assign, shift_id, draft)


@router.post("/{shift_id}/places", response_model=ShiftView, responses=answers(403, 404, 409, 412))
def set_places(shift_id: UUID, draft: DemandPlaces, caller: CanWriteShifts, work: WorkDep) -> Response:
    """Set how many places a demand of an event's turn or of another activity has; never fewer than are held."""
    return work.write(caller, posting.set_places, shift_id, draft)


@router.post("/{shift_id}/trainee-places", response_model=ShiftView, responses=answers(403, 404, 409, 412))
def offer_trainee_places(shift_id: UUID, draft: TraineePlaces, caller: CanDecideAssignments, work: WorkDep) -> Response:
    """Set how many may learn beside those who hold places; these places do not count as filled."""
    return work.write(caller, trainees.offer_places, shift_id, draft)
