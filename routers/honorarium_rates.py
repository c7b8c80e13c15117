"""What kinds of service pay."""

from fastapi import APIRouter, Response

from api.deps import CanReadRules, CanWriteRules, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Id
from models.honorarium_rate import HonorariumRateCreate, HonorariumRatePatch, HonorariumRateView
from services import honorarium_rates
from services.paging import Page

router = APIRouter(prefix="/v1/honorarium-rates", tags=["expenses"])


@router.get("", response_model=Page[HonorariumRateView], responses=answers(403))
def list_honorarium_rates(caller: CanReadRules, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the rates of honoraria by kind of service and first day."""
    return work.read(caller, honorarium_rates.list_rates, ask)


@router.post("", response_model=HonorariumRateView, status_code=201, responses=answers(403))
def create_honorarium_rate(draft: HonorariumRateCreate, caller: CanWriteRules, work: WorkDep) -> Response:
    """Set a rate from a day on."""
    return work.create(caller, honorarium_rates.create, draft)


@router.get("/{rate_id}", response_model=HonorariumRateView, responses=answers(403, 404))
def read_honorarium_rate(rate_id: Id, caller: CanReadRules, work: PlainWorkDep) -> Response:
    """Read a rate."""
    return work.read(caller, honorarium_rates.read_rate, rate_id)


@router.patch("/{rate_id}", response_model=HonorariumRateView, responses=answers(403, 404, 412, 428))
def change_honorarium_rate(
    rate_id: Id, patch: HonorariumRatePatch, caller: CanWriteRules, work: GuardedWorkDep
) -> Response:
    """Correct a rate; claims that are not approved yet follow it."""
    return work.write(caller, honorarium_rates.change, rate_id, patch)
