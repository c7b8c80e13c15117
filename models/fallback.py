"""Fallbacks: what is done for a request when no interpreter comes, and how families were served in the end."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, one_of, reference
from models.fields import LOOSE, Draft, Id, Instant, Minutes, Note, ObjectView, View


class FallbackChannel(StrEnum):
    """The other way by which people are helped to understand each other."""

    PHONE = "phone"
    VIDEO = "video"
    DEVICE = "device"
    STAFF = "staff"
    KEY_PERSON = "key_person"
    PARTNER = "partner"
    RESCHEDULE = "reschedule"


class FallbackStatus(StrEnum):
    """Arranged, then done with an outcome, or dropped before it came to that."""

    ARRANGED = "arranged"
    DONE = "done"
    DROPPED = "dropped"


class FallbackOutcome(StrEnum):
    """How far it helped."""

    SERVED = "served"
    PARTLY = "partly"
    NOT_SERVED = "not_served"


class FallbackProblem(StrEnum):
    """What went wrong, by code."""

    NO_CONNECTION = "no_connection"
    BAD_SOUND = "bad_sound"
    DEVICE_FAILED = "device_failed"
    NOT_UNDERSTOOD = "not_understood"
    HELPER_DID_NOT_COME = "helper_did_not_come"
    FAMILY_DID_NOT_COME = "family_did_not_come"
    OTHER = "other"


class Serving(StrEnum):
    """How the families of a request were served (`services/serving.py`)."""

    ON_SITE = "on_site"
    FALLBACK = "fallback"
    NOT_AT_ALL = "not_at_all"


class Fallback(Aggregate, table=True):
    """Another way for a request; `created_by` is who arranged it, `arranged_for` when it takes place.

    `reopened` means that the request's own shift went out anew as a remote one. `minutes` and `problem_code` belong to
    the outcome.
    """

    __table_args__ = (
        sa.CheckConstraint("(status = 'done') = (outcome IS NOT NULL)", name="outcome"),
        sa.CheckConstraint("minutes >= 0", name="minutes"),
    )

    request_id: UUID = reference("dispatch_request.id")
    channel: FallbackChannel = one_of(FallbackChannel)
    organization_id: UUID | None = reference("organization.id", nullable=True)
    arranged_for: datetime = instant()
    note: str = Field(default="", max_length=1000)
    reopened: bool = Field(default=False)
    status: FallbackStatus = one_of(FallbackStatus)
    outcome: FallbackOutcome | None = one_of(FallbackOutcome, nullable=True)
    minutes: int | None = Field(default=None)
    problem_code: FallbackProblem | None = one_of(FallbackProblem, nullable=True)


class FallbackCreate(Draft):
    """Arrange another way, by default for the start of the request.

    With `reopen` the request's own shift goes out anew as one by phone or video, without travel, while nobody holds a
    place on it.
    """

    channel: Annotated[FallbackChannel, LOOSE]
    organization_id: Id | None = None
    arranged_for: Instant | None = None
    note: Note = ""
    reopen: bool = False


class FallbackResult(Draft):
    """What came of it; a later one corrects the one before."""

    outcome: Annotated[FallbackOutcome, LOOSE]
    minutes: Minutes | None = None
    problem_code: Annotated[FallbackProblem, LOOSE] | None = None


class FallbackBrief(View):
    """A fallback as it stands at its request: which way, when, with what outcome."""

    id: UUID
    channel: FallbackChannel
    arranged_for: Instant
    reopened: bool = Described(description="An interpreter is sought for a remote shift")
    status: FallbackStatus
    outcome: FallbackOutcome | None


class FallbackView(ObjectView):
    """A fallback whole; who helps and how it went in detail is for staff."""

    request_id: UUID
    channel: FallbackChannel
    arranged_for: Instant
    reopened: bool
    status: FallbackStatus
    outcome: FallbackOutcome | None
    organization_id: UUID | None = Described(default=None, description="Staff only")
    note: str | None = Described(default=None, description="Staff only")
    minutes: int | None = Described(default=None, description="Staff only")
    problem_code: FallbackProblem | None = Described(default=None, description="Staff only")
    arranged_by: UUID | None = Described(default=None, description="Staff only")
