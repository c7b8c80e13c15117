"""Agreements with universities and neighbourhood associations; staff only."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanWriteDirectory, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Day, Id
from models.membership import AgreementCreate, AgreementPatch, AgreementView
from services import memberships
from services.memberships import DatedFilters
from services.paging import Page

router = APIRouter(prefix="/v1/partner-agreements", tags=["directory"])


@router.get("", response_model=Page[AgreementView], responses=answers(403))
def list_partner_agreements(
    caller: CanWriteDirectory,
    work: PlainWorkDep,
    ask: AskDep,
    organization_id: Annotated[Id | None, Query()] = None,
    on: Annotated[Day | None, Query(description="Only those in force on this day")] = None,
) -> Response:
    """List agreements by the day they begin."""
    return work.read(caller, memberships.list_agreements, ask, DatedFilters(organization_id, on))


@router.post("", status_code=201, response_model=AgreementView, responses=answers(403))
def agree_with_partner(draft: AgreementCreate, caller: CanWriteDirectory, work: WorkDep) -> Response:
    """Write down an agreement with a university or a neighbourhood association."""
    return work.create(caller, memberships.agree, draft)


@router.get("/{agreement_id}", response_model=AgreementView, responses=answers(403, 404))
def read_partner_agreement(agreement_id: Id, caller: CanWriteDirectory, work: PlainWorkDep) -> Response:
    """Read an agreement."""
    return work.read(caller, memberships.read_agreement, agreement_id)


@router.patch("/{agreement_id}", response_model=AgreementView, responses=answers(403, 404, 412, 428))
def change_partner_agreement(
    agreement_id: Id, patch: AgreementPatch, caller: CanWriteDirectory, work: GuardedWorkDep
) -> Response:
    """Correct an agreement, or end it."""
    return work.write(caller, memberships.change_agreement, agreement_id, patch)
