"""The plan's indicators and what was measured of them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadIndicators, CanWriteIndicators, CanWriteRules, GuardedWorkDep, PlainWorkDep, WorkDep
from api.problems import answers
from models.fields import Code, Day, Items
from models.indicator import IndicatorPatch, IndicatorView, MeasurementCreate, MeasurementView
from services import indicators

router = APIRouter(prefix="/v1/indicators", tags=["reviews"])
EveryRevision = Annotated[bool, Query(description="With what was corrected, without what is computed")]
On = Annotated[Day | None, Query(description="As of this day; by default today")]


@router.get("", response_model=Items[IndicatorView], responses=answers(403))
def list_indicators(caller: CanReadIndicators, work: PlainWorkDep, on: On = None) -> Response:
    """List the plan's indicators, each with its value, its target line and where the value comes from."""
    return work.read(caller, indicators.list_indicators, on)


@router.get("/{indicator_code}", response_model=IndicatorView, responses=answers(403, 404))
def read_indicator(indicator_code: Code, caller: CanReadIndicators, work: PlainWorkDep, on: On = None) -> Response:
    """Read an indicator as of a day."""
    return work.read(caller, indicators.read_indicator, indicator_code, on)


@router.patch("/{indicator_code}", response_model=IndicatorView, responses=answers(403, 404, 412, 428))
def change_indicator(
    indicator_code: Code, patch: IndicatorPatch, caller: CanWriteRules, work: GuardedWorkDep
) -> Response:
    """Set another aim, or since when the records are whole; the definition gets its next version."""
    return work.write(caller, indicators.change_indicator, indicator_code, patch)


@router.get("/{indicator_code}/measurements", response_model=Items[MeasurementView], responses=answers(403, 404))
def list_measurements(
    indicator_code: Code,
    caller: CanReadIndicators,
    work: PlainWorkDep,
    every_revision: EveryRevision = False,  # noqa: FBT002 - a parameter of the query
) -> Response:
    """List an indicator's history, oldest first: measured, frozen, and computed where the records reach back."""
    return work.read(caller, indicators.list_measurements, indicator_code, every_revision=every_revision)


@router.post(
    "/{indicator_code}/measurements", status_code=201, response_model=MeasurementView, responses=answers(403, 404, 409)
)
def measure_indicator(
    indicator_code: Code, draft: MeasurementCreate, caller: CanWriteIndicators, work: WorkDep
) -> Response:
    """Write down a value by hand; with a reason it corrects the one of the same day, which stays to be read."""
    return work.create(caller, indicators.measure, indicator_code, draft)
