"""Papers that the foundation issues: certificates of trainings, attestations of activity."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanIssueDocuments, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.papers import PDF_ANSWER
from api.problems import answers
from models.document import DocumentCreate, DocumentView
from models.fields import Id
from services import documents
from services.paging import Page

router = APIRouter(prefix="/v1/documents", tags=["documents"])


@router.get("", response_model=Page[DocumentView], responses=answers(403))
def list_documents(
    caller: CanIssueDocuments, work: PlainWorkDep, ask: AskDep, volunteer_id: Annotated[Id | None, Query()] = None
) -> Response:
    """List papers, newest first: all for staff, a volunteer's own for herself."""
    return work.read(caller, documents.list_documents, ask, volunteer_id)


@router.post("", response_model=DocumentView, status_code=201, responses=answers(403, 409))
def issue_document(draft: DocumentCreate, caller: CanIssueDocuments, work: WorkDep) -> Response:
    """Issue a certificate of a training, or an attestation of activity, with a code by which anybody can check it."""
    return work.create(caller, documents.issue, draft)


@router.get("/{document_id}", response_model=DocumentView, responses=answers(403, 404))
def read_document(document_id: Id, caller: CanIssueDocuments, work: PlainWorkDep) -> Response:
    """Read what was issued."""
    return work.read(caller, documents.read_document, document_id)


@router.get("/{document_id}/pdf", response_class=Response, responses=answers(403, 404, 503) | PDF_ANSWER)
def print_document(document_id: Id, caller: CanIssueDocuments, work: PlainWorkDep) -> Response:
    """Print a paper as PDF."""
    return work.read(caller, documents.print_document, document_id)
