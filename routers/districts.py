"""Districts of the city, as the plan lists them."""

from fastapi import APIRouter, Response

from api.deps import CanReadDirectory, PlainWorkDep
from api.problems import answers
from models.fields import Items
from models.organization import DistrictView
from services import directory

router = APIRouter(prefix="/v1/districts", tags=["directory"])


@router.get("", response_model=Items[DistrictView], responses=answers(403))
def list_districts(caller: CanReadDirectory, work: PlainWorkDep) -> Response:
    """List the districts in the plan's order."""
    return work.read(caller, directory.list_districts)
