"""Trainings: courses, the sessions in which they are held, and who takes part (domain.md §4.2)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from pydantic import StringConstraints
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.fields import LOOSE, Code, Draft, Id, Instant, LanguageTag, Line, ObjectView, OnBehalf, Patch, Text, View
from models.shift import FacilityName


class TrainingKind(StrEnum):
    """What a course is about."""

    BASIC = "basic"
    MATERNAL_CHILD = "maternal_child"
    HOME_VISIT = "home_visit"
    ADVANCED = "advanced"
    MEDICAL_INTRO = "medical_intro"
    FOREIGN_LANGUAGE = "foreign_language"
    JP_TEACHING = "jp_teaching"
    CHILD_SAFEGUARDING = "child_safeguarding"
    PRIVACY = "privacy"
    PLAIN_JAPANESE = "plain_japanese"
    FIRST_AID = "first_aid"


class TrainingStatus(StrEnum):
    """State of a session; `full` while no seat is left."""

    PLANNED = "planned"
    OPEN = "open"
    FULL = "full"
    HELD = "held"
    CANCELLED = "cancelled"


class EnrollmentStatus(StrEnum):
    """domain.md §4.2; a freed seat is `offered` to whoever waits first."""

    APPLIED = "applied"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ATTENDING = "attending"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


BOOKED = frozenset(
    {
        EnrollmentStatus.ACCEPTED,
        EnrollmentStatus.ATTENDING,
        EnrollmentStatus.COMPLETED,
        EnrollmentStatus.INCOMPLETE,
    }
)
"""States that take a person's time."""

SEATED = BOOKED | {EnrollmentStatus.OFFERED}
"""States that hold a seat: one that is offered is nobody else's until its deadline."""

ASKING = frozenset({EnrollmentStatus.APPLIED, EnrollmentStatus.WAITLISTED, EnrollmentStatus.OFFERED})
"""States of somebody who has no seat of her own yet; they end with the session's start."""

GONE = frozenset({EnrollmentStatus.DECLINED, EnrollmentStatus.WITHDRAWN})
"""States after which the same person may apply again."""


class TrainingCourse(Aggregate, table=True):
    """A course. It is complete with `min_attendance_pct` of `required_minutes` and, where it is assessed, `pass_score`
    of 100.

    `prerequisites` are groups of course codes: one group must be met whole. `grants` is the code of the certificate that
    completion gives, for `valid_months`; within `renewal_days` before its end a new one follows it without a gap.
    """

    __tablename__ = "training_course"
    __table_args__ = (
        sa.CheckConstraint("required_minutes > 0", name="required_minutes"),
        sa.CheckConstraint("min_attendance_pct BETWEEN 1 AND 100", name="min_attendance_pct"),
        sa.CheckConstraint("pass_score BETWEEN 0 AND 100", name="pass_score"),
    )

    code: str = Field(max_length=40, unique=True)
    title: str = Field(max_length=120)
    kind: TrainingKind = one_of(TrainingKind)
    language: str | None = Field(default=None, max_length=35)
    required_minutes: int
    min_attendance_pct: int = Field(default=80)
    pass_score: int | None = Field(default=None)
    valid_months: int | None = Field(default=None)
    renewal_days: int = Field(default=90)
    prerequisites: list[list[str]] = json_column()
    grants: str | None = Field(default=None, max_length=40)

    @property
    def least_minutes(self) -> int:
        """How many minutes somebody must have attended, rounded up."""
        return -(-self.required_minutes * self.min_attendance_pct // 100)


class TrainingSession(Aggregate, table=True):
    """One holding of a course. `taken` counts the seats that are held, `last_number` the applications so far.

    `trainer_id` is the account that records attendance and results; who lectures stands on the session's shift, which
    opens with it where `lecturer` says what is wanted.
    """

    __tablename__ = "training_session"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="taken"),
        sa.CheckConstraint("capacity >= 1", name="capacity"),
        sa.Index("ix_training_session_status_starts_at", "status", "starts_at"),
    )

    course_id: UUID = reference("training_course.id")
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    facility_id: UUID | None = reference("facility.id", nullable=True)
    online_url: str | None = Field(default=None, max_length=400)
    capacity: int
    taken: int = Field(default=0)
    last_number: int = Field(default=0)
    auto_accept: bool = Field(default=False)
    answer_hours: int = Field(default=48)
    trainer_id: UUID | None = reference("account.id", nullable=True)
    lecturer: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON, nullable=True)
    status: TrainingStatus = one_of(TrainingStatus)
    status_reason: str | None = Field(default=None, max_length=120)


class TrainingEnrollment(Aggregate, table=True):
    """Somebody who takes part in a session, or wants to. `number` is her place in the order of applications; `minutes`
    counts make-up sessions as well, up to what the course requires."""

    __tablename__ = "training_enrollment"
    __table_args__ = (
        sa.Index(
            "uq_training_enrollment_live",
            "session_id",
            "volunteer_id",
            unique=True,
            sqlite_where=sa.text("status NOT IN ('declined', 'withdrawn')"),
            postgresql_where=sa.text("status NOT IN ('declined', 'withdrawn')"),
        ),
        sa.UniqueConstraint("session_id", "number"),
        sa.Index("ix_training_enrollment_session_status", "session_id", "status"),
        sa.Index("ix_training_enrollment_status_respond_by", "status", "respond_by"),
        sa.CheckConstraint("(status = 'offered') = (respond_by IS NOT NULL)", name="respond_by"),
        sa.CheckConstraint("minutes >= 0", name="minutes"),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    )

    session_id: UUID = reference("training_session.id", index=False)
    volunteer_id: UUID = reference("volunteer.id")
    number: int
    status: EnrollmentStatus = one_of(EnrollmentStatus)
    respond_by: datetime | None = instant(nullable=True)
    decided_at: datetime | None = instant(nullable=True)
    status_reason: str | None = Field(default=None, max_length=120)
    minutes: int = Field(default=0)
    score: int | None = Field(default=None)


class TrainingAttendance(Row, table=True):
    """Minutes of one participant in one session: her own, or another of the same course that makes up for it."""

    __tablename__ = "training_attendance"
    __table_args__ = (
        sa.UniqueConstraint("enrollment_id", "session_id"),
        sa.CheckConstraint("minutes >= 0", name="minutes"),
    )

    enrollment_id: UUID = reference("training_enrollment.id", index=False)
    session_id: UUID = reference("training_session.id")
    minutes: int


Months = Annotated[int, Described(ge=1, le=120)]
Percent = Annotated[int, Described(ge=1, le=100)]
Score = Annotated[int, Described(ge=0, le=100)]
CourseMinutes = Annotated[int, Described(ge=1, le=6000)]
RenewalDays = Annotated[int, Described(ge=0, le=366)]
Seats = Annotated[int, Described(ge=1, le=1000)]
AnswerHours = Annotated[int, Described(ge=1, le=336)]
Group = Annotated[list[Code], Described(min_length=1, max_length=10)]
Groups = Annotated[
    list[Group], Described(max_length=10, description="Codes of courses: one group must be met, and that one whole")
]
Link = Annotated[str, StringConstraints(max_length=400, pattern=r"^https://[^\s]+$"), Text]


class CourseCreate(Draft):
    """A course that the foundation gives."""

    code: Code
    title: Line
    kind: Annotated[TrainingKind, LOOSE]
    language: LanguageTag | None = Described(default=None, description="The language taught, of a language course")
    required_minutes: CourseMinutes
    min_attendance_pct: Percent = 80
    pass_score: Score | None = Described(default=None, description="Out of 100; without it nothing is assessed")
    valid_months: Months | None = Described(default=None, description="How long its certificate holds; null: for good")
    renewal_days: RenewalDays = Described(
        default=90, description="So many days before its end a certificate can be prolonged without losing any"
    )
    prerequisites: Groups = Described(default_factory=list)
    grants: Code | None = Described(default=None, description="Code of the certificate that completion gives")


class CoursePatch(Patch):
    """What changes of a course; its code stays."""

    clearable = frozenset({"language", "pass_score", "valid_months", "grants"})

    title: Line | None = None
    language: LanguageTag | None = None
    required_minutes: CourseMinutes | None = None
    min_attendance_pct: Percent | None = None
    pass_score: Score | None = None
    valid_months: Months | None = None
    renewal_days: RenewalDays | None = None
    prerequisites: Groups | None = None
    grants: Code | None = None


class CourseView(ObjectView):
    """A course."""

    code: str
    title: str
    kind: TrainingKind
    language: str | None
    required_minutes: int
    min_attendance_pct: int
    pass_score: int | None
    valid_months: int | None
    renewal_days: int
    prerequisites: list[list[str]]
    grants: str | None


class LecturerWanted(Draft):
    """Who is wanted to lecture: places on the shift that opens with the session."""

    places: int = Described(default=1, ge=1, le=5)
    language: LanguageTag | None = None
    skills: list[Code] = Described(default_factory=list, max_length=10)
    certifications: list[Code] = Described(default_factory=list, max_length=10)


class SessionCreate(Draft):
    """A session of a course: at a facility, or online where there is none."""

    course_id: Id
    starts_at: Instant
    ends_at: Instant
    facility_id: Id | None = None
    online_url: Link | None = None
    capacity: Seats
    auto_accept: bool = Described(default=False, description="Applicants are accepted in order until it is full")
    answer_hours: AnswerHours = Described(
        default=48, description="How long a freed seat is kept for whoever waits first"
    )
    trainer_id: Id | None = Described(default=None, description="Account that records attendance and results")
    lecturer: LecturerWanted | None = None


class SessionPatch(Patch):
    """What changes of a session before its start; another time is another session."""

    clearable = frozenset({"online_url", "trainer_id"})

    online_url: Link | None = None
    capacity: Seats | None = None
    auto_accept: bool | None = None
    answer_hours: AnswerHours | None = None
    trainer_id: Id | None = None


class SessionView(ObjectView):
    """A session of a course."""

    course_id: UUID
    course_code: str
    title: str
    starts_at: Instant
    ends_at: Instant
    facility: FacilityName | None = Described(description="Null where it is held online")
    online_url: str | None = Described(description="For staff, its trainer and who has a seat")
    capacity: int
    taken: int
    waiting: int
    auto_accept: bool
    answer_hours: int
    trainer_id: UUID | None
    status: TrainingStatus
    status_reason: str | None = Described(description="Why it was cancelled")
    shift_id: UUID | None = Described(description="Staff only: where the lecturers stand")


class EnrollmentCreate(Draft):
    """Apply for a session; staff name the volunteer they apply for."""

    volunteer_id: Id | None = Described(default=None, description="Staff only; otherwise the caller herself")
    on_behalf: OnBehalf | None = None


class EnrollmentVerb(Draft):
    """A verb on an enrolment that needs nothing more."""

    on_behalf: OnBehalf | None = None


class EnrollmentView(ObjectView):
    """Somebody's part in a session."""

    collection: ClassVar[str] = "/v1/training-enrollments"

    session_id: UUID
    course_code: str
    starts_at: Instant
    ends_at: Instant
    volunteer_id: UUID
    badge_name: str
    status: EnrollmentStatus
    number: int = Described(description="Her place in the order of applications")
    respond_by: Instant | None = Described(description="Until when an offered seat is kept")
    minutes: int
    least_minutes: int
    score: int | None
    status_reason: str | None = Described(description="Staff and the volunteer herself only")


class Attended(Draft):
    """Minutes of one participant, and where the course is assessed her score."""

    enrollment_id: Id
    minutes: int = Described(ge=0, le=6000)
    score: Score | None = None


class AttendanceDraft(Draft):
    """The roll of a session; what it does not name stays as it is."""

    items: list[Attended] = Described(min_length=1, max_length=1000)


class RollView(View):
    """Everybody on the roll of a session as it stands now, those who made up for another session included."""

    items: list[EnrollmentView]
