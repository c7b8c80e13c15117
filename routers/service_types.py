"""Kinds of service and their rules."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadDirectory, CanWriteDirectory, GuardedWorkDep, PlainWorkDep
from api.problems import answers
from models.fields import Day, Id, Items
from models.service_type import ServiceTypeDetail, ServiceTypePatch, ServiceTypeView
from services import directory

router = APIRouter(prefix="/v1/service-types", tags=["directory"])


@router.get("", response_model=Items[ServiceTypeView], responses=answers(403))
def list_service_types(
    caller: CanReadDirectory,
    work: PlainWorkDep,
    on: Annotated[Day | None, Query(description="In force on this day; today when absent")] = None,
) -> Response:
    """List the kinds of service in force on a day, those that are switched off too."""
    return work.read(caller, directory.list_service_types, on)


@router.get("/{service_type_id}", response_model=ServiceTypeDetail, responses=answers(403, 404))
def read_service_type(service_type_id: Id, caller: CanReadDirectory, work: PlainWorkDep) -> Response:
    """Read one version of a kind of service."""
    return work.read(caller, directory.read_service_type, service_type_id)


@router.patch("/{service_type_id}", response_model=ServiceTypeDetail, responses=answers(403, 404, 412, 428))
def change_service_type(
    service_type_id: Id, patch: ServiceTypePatch, caller: CanWriteDirectory, work: GuardedWorkDep
) -> Response:
    """Set how often somebody must have watched, and interpreted beside another, before she comes, or comes alone."""
    return work.write(caller, directory.change_service_type, service_type_id, patch)
