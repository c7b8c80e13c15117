"""Key persons of foreign communities."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanReadKeyPersons, CanWriteKeyPersons, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Code, Id, LanguageTag
from models.key_person import ConsentDraft, ContactPurpose, KeyPersonCreate, KeyPersonPatch, KeyPersonView
from services import key_persons
from services.key_persons import KeyPersonFilters
from services.paging import Page

router = APIRouter(prefix="/v1/key-persons", tags=["broadcasts"])


@router.get("", response_model=Page[KeyPersonView], responses=answers(403))
def list_key_persons(
    caller: CanReadKeyPersons,
    work: PlainWorkDep,
    ask: AskDep,
    language: Annotated[LanguageTag | None, Query()] = None,
    district: Annotated[Code | None, Query()] = None,
    purpose: Annotated[ContactPurpose | None, Query(description="Only who agreed to be written to about it")] = None,
) -> Response:
    """List key persons with their communities and what they agreed to; no addresses."""
    return work.read(caller, key_persons.list_key_persons, ask, KeyPersonFilters(language, district, purpose))


@router.post("", status_code=201, response_model=KeyPersonView, responses=answers(403))
def enlist_key_person(draft: KeyPersonCreate, caller: CanWriteKeyPersons, work: WorkDep) -> Response:
    """List a registered person as a key person; nobody writes to her before she has agreed."""
    return work.create(caller, key_persons.enlist, draft)


@router.get("/{key_person_id}", response_model=KeyPersonView, responses=answers(403, 404))
def read_key_person(key_person_id: Id, caller: CanReadKeyPersons, work: PlainWorkDep) -> Response:
    """Read a key person's entry."""
    return work.read(caller, key_persons.read_key_person, key_person_id)


@router.patch("/{key_person_id}", response_model=KeyPersonView, responses=answers(403, 404, 412, 428))
def change_key_person(
    key_person_id: Id, patch: KeyPersonPatch, caller: CanWriteKeyPersons, work: GuardedWorkDep
) -> Response:
    """Correct a key person's communities."""
    return work.write(caller, key_persons.change, key_person_id, patch)


@router.put("/{key_person_id}/consent", response_model=KeyPersonView, responses=answers(403, 404, 412, 428))
def record_contact_consent(
    key_person_id: Id, draft: ConsentDraft, caller: CanWriteKeyPersons, work: GuardedWorkDep
) -> Response:
    """Write down what she agrees to be written to about; an empty scope takes it back."""
    return work.write(caller, key_persons.consent, key_person_id, draft)
