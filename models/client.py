"""Families as the foundation knows them: a pseudonymous reference, and apart from it an encrypted identity."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Row, instant, one_of, reference
from models.fallback import Serving
from models.fields import LOOSE, AgeMonths, Day, Draft, Id, Instant, Line, LocalTime, Phone, View


class Client(Row, table=True):
    """A family of one institution. `ref` is made by the service and means nothing outside it."""

    organization_id: UUID = reference("organization.id")
    ref: str = Field(max_length=12, unique=True)


class RequestClient(Row, table=True):
    """A family on a request: the child's age in months, the day of consent, the time band it is expected at.

    `served` is how the institution reported that it was served.
    """

    __tablename__ = "request_client"
    __table_args__ = (sa.UniqueConstraint("request_id", "n"), sa.UniqueConstraint("request_id", "client_id"))

    request_id: UUID = reference("dispatch_request.id", index=False)
    client_id: UUID = reference("client.id")
    n: int
    age_months: int
    consent_on: date | None = Field(default=None)
    time_band: str | None = Field(default=None, max_length=11)
    served: str | None = Field(default=None, max_length=16)


class ClientIdentity(Row, table=True):
    """Name, telephone and exact address, encrypted; purged 30 days after completion (domain.md §9 rule 9)."""

    __tablename__ = "client_identity"

    request_client_id: UUID = reference("request_client.id", unique=True)
    sealed: str = Field(sa_type=sa.Text)
    written_at: datetime = instant()
    purge_on: date | None = Field(default=None)


class ExclusionKind(StrEnum):
    """Why this person never serves this family; told to staff only."""

    FAMILY_WISH = "family_wish"
    ACQUAINTED = "acquainted"


class ClientExclusion(Row, table=True):
    """A person who must not serve a family."""

    __tablename__ = "client_exclusion"
    __table_args__ = (sa.UniqueConstraint("client_id", "volunteer_id"),)

    client_id: UUID = reference("client.id", index=False)
    volunteer_id: UUID = reference("volunteer.id")
    kind: ExclusionKind = one_of(ExclusionKind)
    created_at: datetime = instant()
    lifted_at: datetime | None = instant(nullable=True)


class RequestClientDraft(Draft):
    """A family by its earlier `client_ref`, or a new one; `time_band` is the start of the band, local time."""

    client_ref: str | None = Described(default=None, pattern=r"^C-[0-9A-Z]{3,8}$")
    age_months: AgeMonths
    consent_on: Day | None = None
    time_band: LocalTime | None = None


class RequestClientView(View):
    """A family on a request. Whether an identity is on file is told; the identity is not."""

    n: int
    client_ref: str
    age_months: int
    consent_on: Day | None
    time_band: str | None
    identity_on_file: bool
    served: Serving | None = Described(default=None, description="As the institution reported it")


class IdentityDraft(Draft):
    """Name, telephone and exact address of a family; written here, never echoed."""

    name: Line
    phone: Phone | None = None
    address: Line | None = None


class DisclosurePurpose(StrEnum):
    """Why an identity is read; the list is published (domain.md §9 rule 5)."""

    PREPARE_VISIT = "prepare_visit"
    CONTACT_ON_DAY = "contact_on_day"
    CHANGE_OR_CANCEL = "change_or_cancel"
    SUBJECT_REQUEST = "subject_request"


class DisclosureRequest(Draft):
    """Which family's identity, and why; a missing purpose is refused with `PRIV_PURPOSE`."""

    n: int = Described(default=1, ge=1, le=1000)
    purpose: Annotated[DisclosurePurpose, LOOSE] | None = None


class IdentityView(View):
    """A disclosed identity; the reading has been logged."""

    client_ref: str
    name: str
    phone: str | None
    address: str | None


class ExclusionDraft(Draft):
    """A person who must not serve the family."""

    volunteer_id: Id
    kind: Annotated[ExclusionKind, LOOSE] = ExclusionKind.FAMILY_WISH


class ExclusionView(View):
    """An exclusion in force; staff only."""

    id: UUID
    client_ref: str
    volunteer_id: UUID
    kind: ExclusionKind
    created_at: Instant
