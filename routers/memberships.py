"""Groups of the liaison council."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadDirectory, CanWriteDirectory, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Day, Id
from models.membership import MembershipCreate, MembershipEnd, MembershipPatch, MembershipView
from services import memberships
from services.memberships import DatedFilters
from services.paging import Page

router = APIRouter(prefix="/v1/memberships", tags=["directory"])


@router.get("", response_model=Page[MembershipView], responses=answers(403))
def list_memberships(
    caller: CanReadDirectory,
    work: PlainWorkDep,
    ask: AskDep,
    organization_id: Annotated[Id | None, Query()] = None,
    on: Annotated[Day | None, Query(description="Only those valid on this day")] = None,
) -> Response:
    """List memberships by the day of joining."""
    return work.read(caller, memberships.list_memberships, ask, DatedFilters(organization_id, on))


@router.post("", status_code=201, response_model=MembershipView, responses=answers(403, 409))
def join_council(draft: MembershipCreate, caller: CanWriteDirectory, work: WorkDep) -> Response:
    """Enter a group as a member from a day on."""
    return work.create(caller, memberships.join, draft)


@router.get("/{membership_id}", response_model=MembershipView, responses=answers(403, 404))
def read_membership(membership_id: Id, caller: CanReadDirectory, work: PlainWorkDep) -> Response:
    """Read a membership."""
    return work.read(caller, memberships.read_membership, membership_id)


@router.patch("/{membership_id}", response_model=MembershipView, responses=answers(403, 404, 409, 412, 428))
def change_membership(
    membership_id: Id, patch: MembershipPatch, caller: CanWriteDirectory, work: GuardedWorkDep
) -> Response:
    """Correct the days of a membership."""
    return work.write(caller, memberships.change_membership, membership_id, patch)


@router.post("/{membership_id}/leave", response_model=MembershipView, responses=answers(403, 404, 409, 412))
def leave_council(membership_id: Id, draft: MembershipEnd, caller: CanWriteDirectory, work: WorkDep) -> Response:
    """Write from which day on a group is no member any more."""
    return work.write(caller, memberships.leave, membership_id, draft)
