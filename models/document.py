"""Papers that the foundation issues, each with a code by which anybody can check it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, json_column, one_of, reference
from models.competence import CertificationStatus
from models.fields import LOOSE, Day, Draft, Id, Instant, ObjectView, View


class DocumentKind(StrEnum):
    """A certificate of a training, or an attestation of what somebody did."""

    CERTIFICATE = "certificate"
    ATTESTATION = "attestation"


class IssuedDocument(Aggregate, table=True):
    """A paper as it was issued: `holder` is the name with its reading, `facts` what else it says. Neither changes later;
    whether a certificate is still in force is read from the certificate itself."""

    __tablename__ = "issued_document"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'certificate') = (certification_id IS NOT NULL)", name="certification"),
    )

    kind: DocumentKind = one_of(DocumentKind)
    check_code: str = Field(max_length=16, unique=True)
    volunteer_id: UUID = reference("volunteer.id")
    certification_id: UUID | None = reference("certification.id", nullable=True)
    language: str = Field(max_length=16)
    holder: list[dict[str, Any]] = json_column()
    facts: dict[str, Any] = json_column(dict)
    issued_at: datetime = instant()


class DocumentCreate(Draft):
    """Issue a paper: of one certificate, or of a person's activity, in one fiscal year or in all of them."""

    kind: Annotated[DocumentKind, LOOSE]
    certification_id: Id | None = None
    volunteer_id: Id | None = Described(default=None, description="Of an attestation; otherwise the caller herself")
    fiscal_year: int | None = Described(default=None, ge=2000, le=2100, description="Of an attestation; null for all")
    language: Literal["ja", "en", "ja-simple"] = "ja"


class DocumentView(ObjectView):
    """A paper that was issued; the PDF is at `/v1/documents/{id}/pdf`."""

    collection: ClassVar[str] = "/v1/documents"

    kind: DocumentKind
    volunteer_id: UUID
    certification_id: UUID | None
    check_code: str
    check_url: str
    language: str
    issued_at: Instant


class ActivityYear(View):
    """What somebody did in one fiscal year, by kind; minutes as reported, or planned where nobody had to report."""

    fiscal_year: int
    kind: str
    activities: int
    minutes: int


class DocumentCheck(View):
    """What a paper says, and whether it holds: nothing that does not stand on it."""

    kind: DocumentKind
    status: CertificationStatus
    foundation: str
    holder: str
    issued_on: Day
    title: str | None = Described(default=None, description="Of a certificate")
    granted_on: Day | None = None
    expires_on: Day | None = None
    years: list[ActivityYear] | None = Described(default=None, description="Of an attestation")
    minutes: int | None = None
