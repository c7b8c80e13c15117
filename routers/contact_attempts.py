"""Contact attempts: whom the office called, and what came of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanWriteContacts, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.contact_attempt import ContactAttemptCreate, ContactAttemptView
from models.fields import Id
from services import contacting
from services.paging import Page

router = APIRouter(prefix="/v1/contact-attempts", tags=["worklist"])


@router.get("", response_model=Page[ContactAttemptView], responses=answers(403))
def list_contact_attempts(  # noqa: PLR0913, PLR0917 - each is a query parameter
    caller: CanWriteContacts,
    work: PlainWorkDep,
    ask: AskDep,
    volunteer_id: Annotated[Id | None, Query()] = None,
    organization_id: Annotated[Id | None, Query()] = None,
    learner_id: Annotated[Id | None, Query(description="Whose guardian was called")] = None,
    about_id: Annotated[Id | None, Query(description="The object that the call was about")] = None,
) -> Response:
    """List calls, newest first."""
    filters = contacting.AttemptFilters(volunteer_id, organization_id, learner_id, about_id)
    return work.read(caller, contacting.list_attempts, ask, filters)


@router.post("", status_code=201, response_model=ContactAttemptView, responses=answers(403))
def record_contact_attempt(draft: ContactAttemptCreate, caller: CanWriteContacts, work: WorkDep) -> Response:
    """Record a call: what was told is said, a promise to call again puts it off, a wrong number is to be mended."""
    return work.create(caller, contacting.record, draft)


@router.get("/{attempt_id}", response_model=ContactAttemptView, responses=answers(403, 404))
def read_contact_attempt(attempt_id: Id, caller: CanWriteContacts, work: PlainWorkDep) -> Response:
    """Read a call."""
    return work.read(caller, contacting.read_attempt, attempt_id)
