"""Contact attempts: whom the office called, about what, and whether anybody answered."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, json_column, one_of, reference
from models.fields import LOOSE, Code, Draft, Id, Instant, ObjectView, View


class ContactResult(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    CALL_BACK = "call_back"
    WRONG_NUMBER = "wrong_number"


FAILED = frozenset({ContactResult.NO_ANSWER, ContactResult.WRONG_NUMBER})
"""Nobody was spoken to."""


class ContactTopic(StrEnum):
    """What a call may be about."""

    ASSIGNMENT = "assignment"
    AVAILABILITY_CALL = "availability_call"
    CLASSROOM = "classroom"
    DISPATCH_REQUEST = "dispatch_request"
    OFFER = "offer"
    SHIFT = "shift"


ONE_PARTY = (
    "CASE WHEN volunteer_id IS NULL THEN 0 ELSE 1 END + CASE WHEN organization_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN learner_id IS NULL THEN 0 ELSE 1 END = 1"
)
"""Whom a call goes to: one of the three."""


class ContactAttempt(Aggregate, table=True):
    """A call to a volunteer, an institution or a learner's guardian; `call_back_at` is when it was promised to call again.

    `notice_ids` are the notices it was to tell. What was recorded stays; a mistake is followed by the right entry.
    """

    __tablename__ = "contact_attempt"
    __table_args__ = (
        sa.CheckConstraint(ONE_PARTY, name="one_party"),
        sa.CheckConstraint("(result = 'call_back') = (call_back_at IS NOT NULL)", name="call_back"),
        sa.CheckConstraint("(about_type IS NULL) = (about_id IS NULL)", name="about_whole"),
        sa.Index("ix_contact_attempt_volunteer_at", "volunteer_id", "at"),
        sa.Index("ix_contact_attempt_organization_at", "organization_id", "at"),
        sa.Index("ix_contact_attempt_learner_at", "learner_id", "at"),
    )

    volunteer_id: UUID | None = reference("volunteer.id", nullable=True, index=False)
    organization_id: UUID | None = reference("organization.id", nullable=True, index=False)
    learner_id: UUID | None = reference("learner.id", nullable=True, index=False)
    about_type: ContactTopic | None = one_of(ContactTopic, nullable=True)
    about_id: UUID | None = Field(default=None, index=True)
    result: ContactResult = one_of(ContactResult)
    at: datetime = instant(index=True)
    call_back_at: datetime | None = instant(nullable=True, index=True)
    note_code: str | None = Field(default=None, max_length=40)
    notice_ids: list[str] = json_column()

    @property
    def heard_until(self) -> datetime:
        """Up to which instant the call can have told what had happened.

        An hour told to the minute holds all of its minute, and nothing that came after it was written down.
        """
        if self.at.second or self.at.microsecond:
            return self.at
        return min(self.at + timedelta(minutes=1) - timedelta.resolution, self.created_at)


class TopicDraft(Draft):
    """What a call was about."""

    type: Annotated[ContactTopic, LOOSE]
    id: Id


class CallDraft(Draft):
    """A call that was made: what came of it.

    `at` is when it was made, now unless said. `call_back_at` goes with `call_back` and nothing else.
    """

    result: Annotated[ContactResult, LOOSE]
    at: Instant | None = None
    call_back_at: Instant | None = None
    note_code: Code | None = None


class ContactAttemptCreate(CallDraft):
    """A call to a volunteer, to an institution or to the guardian of a learner, one of them.

    `at` is when it was made, now unless said. `call_back_at` goes with `call_back` and nothing else. `notice_ids` name
    what was to be told: said when she was reached, put off until `call_back_at`, kept otherwise.
    """

    volunteer_id: Id | None = None
    organization_id: Id | None = None
    learner_id: Id | None = None
    notice_ids: list[Id] = Described(default_factory=list, max_length=100)
    about: TopicDraft | None = None


class TopicView(View):
    """What a call was about."""

    type: ContactTopic
    id: UUID


class ContactAttemptView(ObjectView):
    """A call that was made."""

    collection: ClassVar[str] = "/v1/contact-attempts"

    volunteer_id: UUID | None
    organization_id: UUID | None
    learner_id: UUID | None = Described(description="Whose guardian was called")
    about: TopicView | None
    result: ContactResult
    at: Instant
    call_back_at: Instant | None
    note_code: str | None
    notice_ids: list[UUID]
    entered_by: UUID | None
