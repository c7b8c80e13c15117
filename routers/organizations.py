"""Institutions that take part."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadDirectory, CanWriteDirectory, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Id, Line
from models.organization import OrganizationCreate, OrganizationKind, OrganizationPatch, OrganizationView
from services import directory
from services.directory import OrganizationFilters
from services.paging import Page

router = APIRouter(prefix="/v1/organizations", tags=["directory"])


@router.get("", response_model=Page[OrganizationView], responses=answers(403))
def list_organizations(
    caller: CanReadDirectory,
    work: PlainWorkDep,
    ask: AskDep,
    kind: Annotated[OrganizationKind | None, Query()] = None,
    q: Annotated[Line | None, Query(description="Words of the name or its reading")] = None,
) -> Response:
    """List institutions by reading and name."""
    return work.read(caller, directory.list_organizations, ask, OrganizationFilters(kind, q))


@router.post("", response_model=OrganizationView, status_code=201, responses=answers(403))
def create_organization(draft: OrganizationCreate, caller: CanWriteDirectory, work: WorkDep) -> Response:
    """List a new institution."""
    return work.create(caller, directory.create_organization, draft)


@router.get("/{organization_id}", response_model=OrganizationView, responses=answers(403, 404))
def read_organization(organization_id: Id, caller: CanReadDirectory, work: PlainWorkDep) -> Response:
    """Read an institution's entry."""
    return work.read(caller, directory.read_organization, organization_id)


@router.patch("/{organization_id}", response_model=OrganizationView, responses=answers(403, 404, 412, 428))
def change_organization(
    organization_id: Id, patch: OrganizationPatch, caller: CanWriteDirectory, work: GuardedWorkDep
) -> Response:
    """Correct an institution's entry."""
    return work.write(caller, directory.change_organization, organization_id, patch)
