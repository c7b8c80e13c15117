"""Consultations: received by whoever is asked, handled by consultation officers."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanHandleConsultations,
    CanReadConsultations,
    CanReceiveConsultations,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep
from api.problems import answers
from models.consultation import (
    ConsultationCreate,
    ConsultationDisclosure,
    ConsultationReceipt,
    ConsultationResolving,
    ConsultationStatus,
    ConsultationTriage,
    ConsultationView,
    ConsultedPerson,
    ConsultedPersonDraft,
    Urgency,
)
from models.fields import Id, LanguageTag
from models.referral import ReferralCreate, ReferralOutcomeDraft
from services import consulted_persons, consulting, referring
from services.paging import Page

router = APIRouter(prefix="/v1/consultations", tags=["consultations"])
_STEPS = answers(403, 404, 409, 412)


@router.get("", response_model=Page[ConsultationView], responses=answers(403))
def list_consultations(  # noqa: PLR0913 - the filters of a queue
    caller: CanReadConsultations,
    work: PlainWorkDep,
    ask: AskDep,
    status: Annotated[ConsultationStatus | None, Query()] = None,
    urgency: Annotated[Urgency | None, Query()] = None,
    language: Annotated[LanguageTag | None, Query()] = None,
    *,
    mine: Annotated[bool, Query(description="Only those the caller handles")] = False,
    awaiting_outcome: Annotated[bool, Query(description="Only with a referral without an outcome")] = False,
) -> Response:
    """List consultations without who came, newest first."""
    filters = consulting.ConsultationFilters(status, urgency, language, mine, awaiting_outcome)
    return work.read(caller, consulting.list_consultations, ask, filters)


@router.post("", status_code=201, response_model=ConsultationReceipt, responses=answers(403, 404))
def receive_consultation(draft: ConsultationCreate, caller: CanReceiveConsultations, work: WorkDep) -> Response:
    """Take a consultation down; where it cannot wait, the answer says whom to call, and the office is told at once."""
    return work.create(caller, consulting.receive, draft)


@router.get("/{consultation_id}", response_model=ConsultationView, responses=answers(403, 404))
def read_consultation(consultation_id: Id, caller: CanReadConsultations, work: PlainWorkDep) -> Response:
    """Read a consultation without who came; the reading is logged."""
    return work.write(caller, consulting.read_consultation, consultation_id)


@router.post("/{consultation_id}/triage", response_model=ConsultationView, responses=_STEPS)
def triage_consultation(
    consultation_id: Id,
    caller: CanHandleConsultations,
    work: WorkDep,
    draft: Annotated[ConsultationTriage, may_be_absent(ConsultationTriage)],
) -> Response:
    """Judge a consultation, or judge it anew; an urgent code that was not there alarms the office."""
    return work.write(caller, consulting.triage, consultation_id, draft)


@router.post("/{consultation_id}/start", response_model=ConsultationView, responses=_STEPS)
def start_consultation(consultation_id: Id, caller: CanHandleConsultations, work: WorkDep) -> Response:
    """Take a consultation over: the caller handles it.

    Also from another officer who is at it, with the `ETag` last seen in `If-Match`.
    """
    return work.write(caller, consulting.start, consultation_id)


@router.post("/{consultation_id}/refer", response_model=ConsultationView, responses=_STEPS)
def refer_consultation(
    consultation_id: Id, draft: ReferralCreate, caller: CanHandleConsultations, work: WorkDep
) -> Response:
    """Hand a consultation on to an institution, with consent or to protect life."""
    return work.write(caller, referring.refer, consultation_id, draft)


@router.post(
    "/{consultation_id}/referrals/{referral_id}/outcome",
    response_model=ConsultationView,
    responses=answers(403, 404, 412),
)
def tell_outcome(
    consultation_id: Id, referral_id: Id, draft: ReferralOutcomeDraft, caller: CanHandleConsultations, work: WorkDep
) -> Response:
    """Write down what came of a referral."""
    return work.write(caller, referring.tell_outcome, consultation_id, referral_id, draft)


@router.post("/{consultation_id}/resolve", response_model=ConsultationView, responses=_STEPS)
def resolve_consultation(
    consultation_id: Id, draft: ConsultationResolving, caller: CanHandleConsultations, work: WorkDep
) -> Response:
    """Write down how a consultation ended; who came is forgotten some days later."""
    return work.write(caller, consulting.resolve, consultation_id, draft)


@router.post("/{consultation_id}/close", response_model=ConsultationView, responses=_STEPS)
def close_consultation(consultation_id: Id, caller: CanHandleConsultations, work: WorkDep) -> Response:
    """Close a consultation: nothing is left to be done."""
    return work.write(caller, consulting.close, consultation_id)


@router.post("/{consultation_id}/reopen", response_model=ConsultationView, responses=_STEPS)
def reopen_consultation(consultation_id: Id, caller: CanHandleConsultations, work: WorkDep) -> Response:
    """Go on with a consultation that was handed on or settled."""
    return work.write(caller, consulting.reopen, consultation_id)


@router.put("/{consultation_id}/identity", status_code=204, responses=answers(403, 404, 412, 428))
def write_consulted_person(
    consultation_id: Id, draft: ConsultedPersonDraft, caller: CanHandleConsultations, work: GuardedWorkDep
) -> Response:
    """Write who came; it is encrypted and never echoed."""
    return work.write(caller, consulted_persons.write_person, consultation_id, draft)


@router.delete(
    "/{consultation_id}/identity", status_code=204, response_model=None, responses=answers(403, 404, 409, 412)
)
def remove_consulted_person(consultation_id: Id, caller: CanHandleConsultations, work: WorkDep) -> Response:
    """Take out who came, before it is forgotten by itself; logged, and refused while a legal hold keeps it."""
    return work.write(caller, consulted_persons.remove_person, consultation_id)


@router.post("/{consultation_id}/client-disclosures", response_model=ConsultedPerson, responses=answers(403, 404))
def disclose_consulted_person(
    consultation_id: Id, draft: ConsultationDisclosure, caller: CanReadConsultations, work: PlainWorkDep
) -> Response:
    """Read who came, for a purpose; the reading is logged."""
    return work.write(caller, consulted_persons.disclose, consultation_id, draft)
