"""Figures of broadcasts: what the city's viewers learn of the log."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.deps import CanReadReports, PlainWorkDep
from api.problems import answers
from api.sheets import CSV_ANSWER
from models.broadcast import BroadcastAudience
from models.broadcast_report import BroadcastReport
from models.fields import Day
from services import figuring_broadcasts
from services.figuring_broadcasts import Asked

router = APIRouter(prefix="/v1/reports", tags=["reports"])


@router.get("/broadcasts", response_model=BroadcastReport, responses=answers(403) | CSV_ANSWER)
def report_broadcasts(
    caller: CanReadReports,
    work: PlainWorkDep,
    first: Annotated[Day | None, Query(alias="from", description="First day; by default 1 April")] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, included, within five fiscal years; by default 31 March")
    ] = None,
    audience: Annotated[BroadcastAudience | None, Query()] = None,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Count whom broadcasts reached by language; viewers read languages of few persons as one group, and no small numbers."""
    report = figuring_broadcasts.sheet_of_broadcasts if form == "csv" else figuring_broadcasts.report_broadcasts
    return work.read(caller, report, Asked(first, last, audience))
