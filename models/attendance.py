"""The roll of a class session: who came, when, and how it went, by codes alone (domain.md §3, §4.5)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described

from models.base import Row, instant, json_column, one_of, reference
from models.class_session import ClassSessionStatus
from models.contact_attempt import CallDraft, ContactResult
from models.fields import LOOSE, Draft, Id, Instant, LocalTime, ObjectView, View
from models.learner import PickupRule


class AttendanceStatus(StrEnum):
    """`kept_safe` is a child without consent, or without a place, who came all the same, until the guardian is reached."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    ABSENT_NOTIFIED = "absent_notified"
    ABSENT = "absent"
    KEPT_SAFE = "kept_safe"


ATTENDING = frozenset({AttendanceStatus.PRESENT, AttendanceStatus.LATE, AttendanceStatus.LEFT_EARLY})


class ProgressCode(StrEnum):
    """How it went, without a free word."""

    DID_HOMEWORK = "did_homework"
    NEEDS_MATERIAL = "needs_material"
    READY_FOR_NEXT = "ready_for_next"
    REPEAT_NEXT_TIME = "repeat_next_time"
    SPOKE_MORE = "spoke_more"


class Attendance(Row, table=True):
    """One learner at one session. `guardian_reached_at` ends a child's being kept safe.

    `status_since` is when the status was noted first: the roll may be sent again as a whole.
    """

    __table_args__ = (
        sa.UniqueConstraint("session_id", "learner_id"),
        sa.CheckConstraint("arrived_at < left_at", name="order"),
        sa.CheckConstraint("guardian_reached_at IS NULL OR status = 'kept_safe'", name="reached"),
    )

    session_id: UUID = reference("class_session.id", index=False)
    learner_id: UUID = reference("learner.id")
    status: AttendanceStatus = one_of(AttendanceStatus)
    arrived_at: datetime | None = instant(nullable=True)
    left_at: datetime | None = instant(nullable=True)
    progress: list[str] = json_column()
    status_since: datetime = instant()
    noted_at: datetime = instant()
    guardian_reached_at: datetime | None = instant(nullable=True)


class RollEntry(Draft):
    """One learner; `arrived` of who came late, `left` of who left early, local times of the day around the session.

    A `status` of null takes back that she is excused, or that a child without a place was kept safe, until the roll is
    recorded. A child that is known to the classroom and does not learn there can be `kept_safe` alone.
    """

    learner_id: Id
    status: Annotated[AttendanceStatus, LOOSE] | None
    arrived: LocalTime | None = None
    left: LocalTime | None = None
    progress: list[Annotated[ProgressCode, LOOSE]] = Described(default_factory=list, max_length=5)


class RollPut(Draft):
    """The roll of a session; who is not named keeps what was noted."""

    items: list[RollEntry] = Described(min_length=1, max_length=200)


class RollLine(View):
    """A learner on the roll. Tutors see the first name and the way home."""

    learner_id: UUID
    first_name: str
    pickup_rule: PickupRule | None
    consent: bool | None = Described(description="Whether participation is consented to on that day; null for tutors")
    status: AttendanceStatus | None
    arrived_at: Instant | None
    left_at: Instant | None
    progress: list[ProgressCode]
    guardian_reached_at: Instant | None = Described(description="When the guardian of a child kept safe was reached")


class ClassRollView(ObjectView):
    """The roll of a session, by first name."""

    status: ClassSessionStatus
    items: list[RollLine]


class CallReason(StrEnum):
    """Why a guardian, or an adult herself, is to be telephoned."""

    ABSENT_TWICE = "absent_twice"
    CONSENT_MISSING = "consent_missing"
    SESSION_CALLED_OFF = "session_called_off"
    SESSION_MOVED = "session_moved"


class GuardianCallAnswer(CallDraft):
    """What came of a call to a guardian: reached, nobody answered, to be called back at an hour, or a wrong number."""


class MovedHour(View):
    """A session at another hour than the family knows: its start and end as they were told last, and as they are now."""

    moved_from: Instant
    was_ends_at: Instant
    starts_at: Instant
    ends_at: Instant


class GuardianCall(View):
    """Who is to be telephoned, in which language, and why; and how often that was tried in vain since.

    An adult is told herself. No number of hers is kept, and whoever was her guardian is asked no more: they are null.
    """

    learner_id: UUID
    first_name: str
    guardian_name: str | None
    guardian_phone: str | None
    guardian_language: str | None
    siblings: list[UUID] = Described(description="Who else stands on the list whom the same guardian answers for")
    because: list[CallReason]
    called_off: list[Instant] = Described(
        description="The starts of sessions that were called off, if she is to hear of it"
    )
    moved: list[MovedHour] = Described(description="The sessions that were moved, if she is to hear of it")
    attempts: int
    last_result: ContactResult | None
    last_at: Instant | None
