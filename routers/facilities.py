"""Places where people meet."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadDirectory, CanWriteDirectory, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Code, Id, Line
from models.organization import FacilityCreate, FacilityKind, FacilityPatch, FacilityView
from services import directory
from services.directory import FacilityFilters
from services.paging import Page

router = APIRouter(prefix="/v1/facilities", tags=["directory"])


@router.get("", response_model=Page[FacilityView], responses=answers(403))
def list_facilities(  # noqa: PLR0913, PLR0917 - each filter is a parameter
    caller: CanReadDirectory,
    work: PlainWorkDep,
    ask: AskDep,
    organization_id: Annotated[Id | None, Query()] = None,
    kind: Annotated[FacilityKind | None, Query()] = None,
    district: Annotated[Code | None, Query()] = None,
    q: Annotated[Line | None, Query(description="Words of the name or its reading")] = None,
) -> Response:
    """List places by reading and name."""
    return work.read(caller, directory.list_facilities, ask, FacilityFilters(organization_id, kind, district, q))


@router.post("", response_model=FacilityView, status_code=201, responses=answers(403))
def create_facility(draft: FacilityCreate, caller: CanWriteDirectory, work: WorkDep) -> Response:
    """List a new place of an institution."""
    return work.create(caller, directory.create_facility, draft)


@router.get("/{facility_id}", response_model=FacilityView, responses=answers(403, 404))
def read_facility(facility_id: Id, caller: CanReadDirectory, work: PlainWorkDep) -> Response:
    """Read a place's entry."""
    return work.read(caller, directory.read_facility, facility_id)


@router.patch("/{facility_id}", response_model=FacilityView, responses=answers(403, 404, 412, 428))
def change_facility(facility_id: Id, patch: FacilityPatch, caller: CanWriteDirectory, work: GuardedWorkDep) -> Response:
    """Correct a place's entry."""
    return work.write(caller, directory.change_facility, facility_id, patch)
