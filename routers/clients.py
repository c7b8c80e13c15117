"""Whom a family must not meet; staff only."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from api.deps import CanExcludeForClients, PlainWorkDep, WorkDep
from api.problems import answers
from models.client import ExclusionDraft, ExclusionView
from models.fields import Items
from services import families

router = APIRouter(prefix="/v1/clients", tags=["dispatch-requests"])
Ref = Annotated[str, Path(pattern=r"^C-[0-9A-Z]{3,8}$", description="`client_ref` of the family")]


@router.get("/{ref}/exclusions", response_model=Items[ExclusionView], responses=answers(403, 404))
def list_exclusions(ref: Ref, caller: CanExcludeForClients, work: PlainWorkDep) -> Response:
    """List who must not serve a family."""
    return work.read(caller, families.list_exclusions, ref)


@router.post("/{ref}/exclusions", status_code=201, response_model=ExclusionView, responses=answers(403, 404))
def exclude(ref: Ref, draft: ExclusionDraft, caller: CanExcludeForClients, work: WorkDep) -> Response:
    """Keep a person from a family; the other side never learns of it."""
    return work.create(caller, families.exclude, ref, draft)


@router.delete("/{ref}/exclusions/{exclusion_id}", status_code=204, responses=answers(403, 404))
def lift_exclusion(ref: Ref, exclusion_id: UUID, caller: CanExcludeForClients, work: WorkDep) -> Response:
    """Lift an exclusion."""
    return work.write(caller, families.lift, ref, exclusion_id)
