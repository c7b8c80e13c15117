"""Class sessions: one meeting of a classroom, with its shift for tutors and its roll (domain.md §4.5)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.change_rule import Effect
from models.classroom import Tutors
from models.dispatch_series import Rule
from models.fields import LOOSE, Day, Draft, Id, Instant, Line, LocalTime, ObjectView, Patch, View


class ClassSessionStatus(StrEnum):
    """domain.md §4.5."""

    PLANNED = "planned"
    OPEN = "open"
    HELD = "held"
    RECORDED = "recorded"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"


TO_COME = frozenset({ClassSessionStatus.PLANNED, ClassSessionStatus.OPEN})
"""States of a session that is neither over nor called off."""


class OpenMode(StrEnum):
    """How a session opens: as it should, with too few tutors, or together with another."""

    FULL = "full"
    REDUCED = "reduced"
    MERGED_WITH = "merged_with"


class ClassSession(Aggregate, table=True):
    """One meeting. `occurrence_on` is its day by the rule of its term; what replaces a postponed one has none.

    `venue_adults` names staff of the venue who are there: they count as adults, not as tutors.
    """

    __tablename__ = "class_session"
    __table_args__ = (
        sa.UniqueConstraint("term_id", "occurrence_on"),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("(replaces_id IS NULL) <> (occurrence_on IS NULL)", name="origin"),
        sa.CheckConstraint("(mode = 'merged_with') = (merged_with_id IS NOT NULL) OR mode IS NULL", name="merged"),
        sa.Index("ix_class_session_classroom_starts_at", "classroom_id", "starts_at"),
        sa.Index("ix_class_session_status_ends_at", "status", "ends_at"),
    )

    classroom_id: UUID = reference("classroom.id", index=False)
    term_id: UUID = reference("term.id", index=False)
    occurrence_on: date | None = Field(default=None)
    replaces_id: UUID | None = reference("class_session.id", nullable=True, unique=True)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    status: ClassSessionStatus = one_of(ClassSessionStatus)
    status_reason: str | None = Field(default=None, max_length=1000)
    mode: OpenMode | None = one_of(OpenMode, nullable=True)
    merged_with_id: UUID | None = reference("class_session.id", nullable=True)
    venue_adults: list[str] = json_column()
    consult_desk: bool = Field(default=False)


class FormerHours(Row, table=True):
    """Hours that a session had before it was moved, or ended at another, and until when it had them.

    All of them are kept: which of them a family believes in depends on when it was last told.
    """

    __tablename__ = "former_hours"
    __table_args__ = (sa.CheckConstraint("starts_at < ends_at", name="order"),)

    session_id: UUID = reference("class_session.id")
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    until: datetime = instant()


class ClassSessionOpening(Draft):
    """Open a session; `session_id` names the one it is merged with."""

    mode: Annotated[OpenMode, LOOSE] = OpenMode.FULL
    session_id: Id | None = None
    venue_adults: list[Line] = Described(
        default_factory=list, max_length=10, description="Staff of the venue who are there, by name"
    )


class ClassSessionLateRecord(ClassSessionOpening):
    """How a session was held that nobody opened, and why that is written down only now."""

    reason: Line


class ClassSessionPostponement(Draft):
    """Another time in place of this one."""

    held_on: Day
    starts: LocalTime | None = None
    ends: LocalTime | None = None
    reason: Line


class Calloff(Draft):
    """Why something does not take place, in a few words that hold nobody's personal details."""

    reason: Line


class TermPatch(Patch):
    """A change of the hour of sessions, or of how many tutors they ask for."""

    starts: LocalTime | None = None
    ends: LocalTime | None = None
    tutor_places: Tutors | None = None


class TermRulePut(Draft):
    """Other days for what is still to come of a term, and another hour if one is given.

    The rule counts from the Monday of the week of the first session that it concerns. A session moves to a day of its own
    week; what finds none is cancelled for the reason, and a day without a session gets a new one.
    """

    rule: Rule
    starts: LocalTime | None = None
    ends: LocalTime | None = None
    skip_holidays: bool = Described(default=True, description="Leave out public holidays and closed days of the office")
    no_class_dates: list[Day] = Described(default_factory=list, max_length=60, description="Days of the rule left out")
    reason: Line


class ClassSessionView(ObjectView):
    """A session; `tutors` are confirmed, of `tutor_places` asked for."""

    classroom_id: UUID
    classroom: str = Described(description="The classroom's name")
    term_id: UUID
    occurrence_on: Day | None
    replaces_id: UUID | None
    starts_at: Instant
    ends_at: Instant
    status: ClassSessionStatus
    status_reason: str | None
    mode: OpenMode | None
    merged_with_id: UUID | None
    venue_adults: list[str]
    consult_desk: bool
    shift_id: UUID
    tutor_places: int
    min_tutors: int
    tutors: int


class TouchedTutor(View):
    """Somebody who stands on the session's shift, and what the change does to her."""

    assignment_id: UUID
    volunteer_id: UUID
    badge_name: str
    effect: Effect
    because: list[str]


class SessionChange(View):
    """What became of one session, or would become of it."""

    session_id: UUID
    occurrence_on: Day | None
    status: ClassSessionStatus
    starts_at: Instant
    ends_at: Instant
    tutors: list[TouchedTutor]
    offers_withdrawn: int
    learners: int = Described(description="Learners enrolled, whose guardians are to be told")
    guests: list[UUID] = Described(
        description="Sessions that were held together with this one and are to be opened anew"
    )
    excuses_dropped: int = Described(
        description="Learners excused for the old day, whose families are to be asked anew"
    )


class SessionChanges(View):
    """The sessions that a change touches, soonest first."""

    items: list[SessionChange]
    kept: list[UUID] = Described(
        default_factory=list,
        description="Sessions that stay where they are, as learners are noted on their rolls already",
    )


class TermView(ObjectView):
    """A term with its sessions, soonest first."""

    classroom_id: UUID
    name: str
    rule: str
    starts_on: Day
    starts: LocalTime
    ends: LocalTime
    left_out: list[Day]
    sessions: list[ClassSessionView]
