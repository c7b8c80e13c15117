"""Visits and stays of guests: the office arranges them, the head of a household answers for hers."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanAnswerAsHosts, CanReadHosts, CanWriteHosts, GuardedWorkDep, PlainWorkDep, WorkDep, may_be_absent
from api.paging import AskDep
from api.problems import answers
from models.dispatch_request import Reason
from models.fields import Id, Items
from models.host import HostKind, HostVerb
from models.host_stay import (
    GuestConsent,
    GuestDisclosure,
    GuestDraft,
    GuestView,
    HostCandidate,
    StayCreate,
    StayPatch,
    StayProposal,
    StayStatus,
    StayView,
)
from services import guests, host_matching, host_stays
from services.host_stays import StayFilters
from services.paging import Page

router = APIRouter(prefix="/v1/host-stays", tags=["hosts"])
Body = Annotated[HostVerb, may_be_absent(HostVerb)]


@router.get("", response_model=Page[StayView], responses=answers(403))
def list_host_stays(
    caller: CanReadHosts,
    work: PlainWorkDep,
    ask: AskDep,
    status: Annotated[StayStatus | None, Query()] = None,
    kind: Annotated[HostKind | None, Query()] = None,
    host_id: Annotated[Id | None, Query()] = None,
) -> Response:
    """List visits and stays, soonest first; who the guests are is not in it."""
    return work.read(caller, host_stays.list_stays, ask, StayFilters(status, kind, host_id))


@router.post("", status_code=201, response_model=StayView, responses=answers(403))
def request_host_stay(draft: StayCreate, caller: CanWriteHosts, work: WorkDep) -> Response:
    """Write down that a guest would like to come."""
    return work.create(caller, host_stays.request, draft)


@router.get("/{stay_id}", response_model=StayView, responses=answers(403, 404))
def read_host_stay(stay_id: Id, caller: CanReadHosts, work: PlainWorkDep) -> Response:
    """Read a visit or stay."""
    return work.read(caller, host_stays.read_stay, stay_id)


@router.patch("/{stay_id}", response_model=StayView, responses=answers(403, 404, 409, 412, 428))
def change_host_stay(stay_id: Id, patch: StayPatch, caller: CanWriteHosts, work: GuardedWorkDep) -> Response:
    """Correct a wish before a household is asked."""
    return work.write(caller, host_stays.change, stay_id, patch)


@router.put("/{stay_id}/consent", response_model=StayView, responses=answers(403, 404, 412, 428))
def record_guest_consent(stay_id: Id, draft: GuestConsent, caller: CanWriteHosts, work: GuardedWorkDep) -> Response:
    """Write down the guest's consent; taken back, the household is released and the identity erased at once."""
    return work.write(caller, host_stays.consent, stay_id, draft)


@router.put("/{stay_id}/guest", status_code=204, responses=answers(403, 404, 409, 412, 428))
def write_guest(stay_id: Id, draft: GuestDraft, caller: CanWriteHosts, work: GuardedWorkDep) -> Response:
    """Write who the guest is; kept encrypted, never echoed, and not against a consent that was taken back."""
    return work.write(caller, guests.write_guest, stay_id, draft)


@router.post("/{stay_id}/client-disclosures", response_model=GuestView, responses=answers(403, 404))
def disclose_guest(stay_id: Id, draft: GuestDisclosure, caller: CanReadHosts, work: PlainWorkDep) -> Response:
    """Read who the guest is for a stated purpose; the reading is logged. A household may from the confirmation on."""
    return work.write(caller, guests.disclose, stay_id, draft)


@router.get("/{stay_id}/candidates", response_model=Items[HostCandidate], responses=answers(403, 404))
def list_host_candidates(
    stay_id: Id,
    caller: CanWriteHosts,
    work: PlainWorkDep,
    include_ineligible: Annotated[bool, Query(description="Also whom something bars, and what")] = False,  # noqa: FBT002 - of the query
) -> Response:
    """Rank the households for a guest, best first, with the reasons."""
    return work.read(caller, host_matching.list_candidates, stay_id, include_ineligible=include_ineligible)


@router.post("/{stay_id}/propose", response_model=StayView, responses=answers(403, 404, 409, 412))
def propose_host(stay_id: Id, draft: StayProposal, caller: CanWriteHosts, work: WorkDep) -> Response:
    """Ask a household; the guest's consent comes first."""
    return work.write(caller, host_stays.propose, stay_id, draft)


@router.post("/{stay_id}/accept", response_model=StayView, responses=answers(403, 404, 409, 412))
def accept_guest(stay_id: Id, draft: Body, caller: CanAnswerAsHosts, work: WorkDep) -> Response:
    """Say yes as a household; its head's time is taken from now on."""
    return work.write(caller, host_stays.accept, stay_id, draft)


@router.post("/{stay_id}/decline", response_model=StayView, responses=answers(403, 404, 409, 412))
def decline_guest(stay_id: Id, draft: Body, caller: CanAnswerAsHosts, work: WorkDep) -> Response:
    """Say no as a household; it is not asked again for this guest."""
    return work.write(caller, host_stays.decline, stay_id, draft)


@router.post("/{stay_id}/give-back", response_model=StayView, responses=answers(403, 404, 409, 412))
def give_guest_back(stay_id: Id, draft: Body, caller: CanAnswerAsHosts, work: WorkDep) -> Response:
    """Take a yes back; the office looks for another household."""
    return work.write(caller, host_stays.give_back, stay_id, draft)


@router.post("/{stay_id}/confirm", response_model=StayView, responses=answers(403, 404, 409, 412))
def confirm_host_stay(stay_id: Id, caller: CanWriteHosts, work: WorkDep) -> Response:
    """Settle it: the household may read who the guest is."""
    return work.write(caller, host_stays.confirm, stay_id)


@router.post("/{stay_id}/cancel", response_model=StayView, responses=answers(403, 404, 409, 412))
def cancel_host_stay(stay_id: Id, draft: Reason, caller: CanWriteHosts, work: WorkDep) -> Response:
    """Call it off; its household is told."""
    return work.write(caller, host_stays.cancel, stay_id, draft)


@router.post("/{stay_id}/turn-down", response_model=StayView, responses=answers(403, 404, 409, 412))
def turn_guest_down(stay_id: Id, draft: Reason, caller: CanWriteHosts, work: WorkDep) -> Response:
    """No household can host."""
    return work.write(caller, host_stays.turn_down, stay_id, draft)
