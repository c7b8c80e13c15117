"""Recruitment: rounds of intake, applications, and what staff tick off before somebody is trained and registered."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, json_column, one_of, reference
from models.competence import Evidence, Level
from models.fields import (
    LOOSE,
    Code,
    Day,
    Draft,
    Email,
    Id,
    Instant,
    Kana,
    LanguageTag,
    Line,
    Note,
    ObjectView,
    Patch,
    Phone,
    View,
)
from models.person import ContactChannel, Gender
from models.volunteer import ActivityKind, VolunteerStatus


class Intake(StrEnum):
    """Whether applications are taken between two days or at any time."""

    ROUND = "round"
    ROLLING = "rolling"


class RoundStatus(StrEnum):
    """Follows from the days."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class RecruitmentRound(Aggregate, table=True):
    """A call for volunteers from `opens_on` to `closes_on`, both included; rolling intake need not close.

    `starts_on` is when those who are taken begin: ages are judged on that day.
    """

    __tablename__ = "recruitment_round"
    __table_args__ = (sa.CheckConstraint("opens_on <= closes_on", name="order"),)

    name: str = Field(max_length=120)
    intake: Intake = one_of(Intake)
    opens_on: date
    closes_on: date | None = Field(default=None)
    starts_on: date | None = Field(default=None)
    activity_kinds: list[str] = json_column()
    places: int | None = Field(default=None)


class ApplicationSource(StrEnum):
    """How somebody came to be a candidate."""

    PUBLIC = "public"
    OFFICE = "office"
    COLLEGE = "college"


class ApplicationEnd(StrEnum):
    """Why a candidate did not become a volunteer."""

    TURNED_DOWN = "turned_down"
    LEFT = "left"


class VolunteerApplication(Aggregate, table=True):
    """What a candidate told of herself, and when she reached which stage; who she is stands with her registration.

    `submission_key` and `body_digest` let an application that was sent twice be one.
    """

    __tablename__ = "volunteer_application"

    volunteer_id: UUID = reference("volunteer.id", unique=True)
    round_id: UUID | None = reference("recruitment_round.id", nullable=True)
    source: ApplicationSource = one_of(ApplicationSource)
    college: str | None = Field(default=None, max_length=120)
    motivation: str = Field(default="", max_length=1000)
    guardian_name: str | None = Field(default=None, max_length=120)
    guardian_phone: str | None = Field(default=None, max_length=20)
    guardian_consent_on: date | None = Field(default=None)
    received_at: datetime = instant(index=True)
    screened_at: datetime | None = instant(nullable=True)
    training_at: datetime | None = instant(nullable=True)
    activated_at: datetime | None = instant(nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    ended_as: ApplicationEnd | None = one_of(ApplicationEnd, nullable=True)
    submission_key: str | None = Field(default=None, max_length=64, unique=True)
    body_digest: str | None = Field(default=None, max_length=64)


class CheckItem(StrEnum):
    """What must be seen to on the way to a registration (domain.md §4.1)."""

    CONDITIONS_EXPLAINED = "conditions_explained"
    INTERVIEW = "interview"
    IDENTITY_SEEN = "identity_seen"
    CONTACT_TESTED = "contact_tested"
    PHOTO = "photo"
    GUARDIAN_CONSENT = "guardian_consent"
    PLEDGE = "pledge"
    LANGUAGE_EVIDENCE = "language_evidence"
    COURSE = "course"
    INSURANCE = "insurance"


class HandItem(StrEnum):
    """What staff tick off by hand; the rest follows from what is recorded."""

    CONDITIONS_EXPLAINED = "conditions_explained"
    INTERVIEW = "interview"
    IDENTITY_SEEN = "identity_seen"
    CONTACT_TESTED = "contact_tested"
    PHOTO = "photo"


class VolunteerCheck(Aggregate, table=True):
    """An item that staff ticked off, when, and a remark for staff."""

    __tablename__ = "volunteer_check"
    __table_args__ = (sa.UniqueConstraint("volunteer_id", "item"),)

    volunteer_id: UUID = reference("volunteer.id")
    item: HandItem = one_of(HandItem)
    done_on: date | None = Field(default=None)
    note: str = Field(default="", max_length=1000)


Kinds = Annotated[list[Annotated[ActivityKind, LOOSE]], Described(min_length=1, max_length=8)]


class RoundDraft(Draft):
    """A new round, or rolling intake."""

    name: Line
    intake: Annotated[Intake, LOOSE] = Intake.ROUND
    opens_on: Day
    closes_on: Day | None = Described(default=None, description="Last day; rolling intake need not have one")
    starts_on: Day | None = Described(
        default=None, description="When those who are taken begin; ages count on that day"
    )
    activity_kinds: Kinds
    places: int | None = Described(default=None, ge=1, le=1000)


class RoundPatch(Patch):
    """What may change of a round."""

    clearable = frozenset({"closes_on", "starts_on", "places"})

    name: Line | None = None
    opens_on: Day | None = None
    closes_on: Day | None = None
    starts_on: Day | None = None
    activity_kinds: Kinds | None = None
    places: int | None = Described(default=None, ge=1, le=1000)


class RoundView(ObjectView):
    """A round with the status it has today."""

    name: str
    intake: Intake
    status: RoundStatus
    opens_on: Day
    closes_on: Day | None
    starts_on: Day | None
    activity_kinds: list[ActivityKind]
    places: int | None


class GuardianDraft(Draft):
    """Who consents for somebody under age, and when."""

    name: Line
    phone: Phone
    consent_on: Day


class LanguageClaim(Draft):
    """A language as the applicant judges herself; staff verify it later."""

    tag: LanguageTag
    level: Annotated[Level, LOOSE]
    evidence: Annotated[Evidence, LOOSE] = Evidence.NONE
    evidence_score: Line | None = None


class Applicant(Draft):
    """Somebody who wants to volunteer; names as on the papers, readings in full-width katakana."""

    family_name: Line | None = None
    given_name: Line | None = None
    full_name: Line | None = Described(default=None, description="Where it is the only legal form of the name")
    family_kana: Kana
    given_kana: Kana | None = None
    birth_date: Day
    gender: Annotated[Gender, LOOSE] = Gender.UNKNOWN
    email: Email | None = None
    phone: Phone | None = None
    contact_channel: Annotated[ContactChannel, LOOSE] = ContactChannel.EMAIL
    contact_languages: list[LanguageTag] = Described(default_factory=lambda: ["ja"], min_length=1, max_length=5)
    native_language: LanguageTag | None = None
    district: Code | None = None
    activity_kinds: Kinds
    languages: list[LanguageClaim] = Described(default_factory=list, max_length=10)
    is_student: bool = False
    occupation: Line | None = None
    motivation: Note = ""
    guardian: GuardianDraft | None = None
    round_id: Id | None = None


class ApplicationDraft(Applicant):
    """A public application. The answer is the same whether the person is known or not."""


class CandidateDraft(Applicant):
    """A candidate whom staff enter: on paper, by telephone, or a graduate of a volunteer college."""

    source: Annotated[ApplicationSource, LOOSE] = ApplicationSource.OFFICE
    college: Line | None = None


class CandidateBatch(Draft):
    """Candidates entered at once, such as the graduates of a volunteer college; each stands or falls by itself."""

    items: list[CandidateDraft] = Described(min_length=1, max_length=100)


class CandidateResult(View):
    """The result of one candidate: 201 entered, or a problem's status and code."""

    index: int
    status: int
    id: UUID | None = None
    volunteer_no: str | None = None
    code: str | None = None
    detail: str | None = None
    violations: list[dict[str, Any]] = Described(default_factory=list)


class CandidateResults(View):
    """Results in the order of the items."""

    items: list[CandidateResult]


class ApplicationView(ObjectView):
    """What a candidate told of herself, and the stages she reached."""

    volunteer_id: UUID
    round_id: UUID | None
    source: ApplicationSource
    college: str | None
    motivation: str
    guardian_name: str | None
    guardian_phone: str | None
    guardian_consent_on: Day | None
    received_at: Instant
    screened_at: Instant | None
    training_at: Instant | None
    activated_at: Instant | None
    ended_at: Instant | None
    ended_as: ApplicationEnd | None


class Likeness(StrEnum):
    """Why two registrations may be one person's."""

    KANA_AND_BIRTH = "kana_and_birth"
    EMAIL = "email"


class DuplicateView(View):
    """A registration that may be the same person's."""

    volunteer_id: UUID
    volunteer_no: str
    status: VolunteerStatus
    display_name: str
    because: list[Likeness]


class CheckView(View):
    """An item of the checklist: whether it is done, and whether staff tick it off or it follows from the records."""

    item: CheckItem
    wanted_by: str = Described(description="The verb that wants it: `start-training` or `activate`")
    done: bool
    by_hand: bool
    done_on: Day | None = None
    note: str | None = None


class ChecklistView(ObjectView):
    """What is done and what is missing on the way to a registration; the version is the volunteer's."""

    items: list[CheckView]


class CheckDraft(Draft):
    """Tick an item off, or take that back with an empty day."""

    item: Annotated[HandItem, LOOSE]
    done_on: Day | None
    note: Note = ""


class Screening(Draft):
    """Take an application up. `force`: it is somebody else than the registrations that look alike."""

    force: bool = False
