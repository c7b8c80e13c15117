"""Days on which the office is closed, weekends apart."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadDirectory, PlainWorkDep
from api.problems import answers
from models.fields import Day, Items
from models.office import HolidayView
from services import directory

router = APIRouter(prefix="/v1/holidays", tags=["directory"])


@router.get("", response_model=Items[HolidayView], responses=answers(403))
def list_holidays(
    caller: CanReadDirectory,
    work: PlainWorkDep,
    first: Annotated[
        Day | None, Query(alias="from", description="First day; when absent, that of the fiscal year")
    ] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last day, included; at most three years on")] = None,
) -> Response:
    """List public holidays and closed days of the office."""
    return work.read(caller, directory.list_holidays, first, last)
