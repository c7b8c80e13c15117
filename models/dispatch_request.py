"""Dispatch requests: an institution asks for an interpreter."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.activity_report import WaivedReport
from models.base import Aggregate, instant, json_column, one_of, reference
from models.client import RequestClientDraft, RequestClientView
from models.fallback import FallbackBrief
from models.fields import (
    LOOSE,
    Code,
    Day,
    Draft,
    Id,
    Instant,
    LanguageTag,
    Line,
    Note,
    ObjectView,
    OnBehalf,
    Override,
    Patch,
    Phone,
    Places,
    View,
)
from models.shift import GenderWanted, Modality


class RequestStatus(StrEnum):
    """domain.md §4.3."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REJECTED = "rejected"
    MATCHING = "matching"
    FILLED = "filled"
    IN_PROGRESS = "in_progress"
    AWAITING_REPORT = "awaiting_report"
    COMPLETED = "completed"
    CLOSED = "closed"
    UNFILLED = "unfilled"
    CANCELLED = "cancelled"
    CLIENT_NO_SHOW = "client_no_show"
    INTERPRETER_NO_SHOW = "interpreter_no_show"


SETTLED = frozenset({RequestStatus.COMPLETED, RequestStatus.CLOSED})
"""States in which both sides have said what became of it: nobody is missed any more."""


class Topic(StrEnum):
    """What a visit is about, by code; no free words about anybody's health."""

    FEEDING = "feeding"
    GROWTH = "growth"
    VACCINATION = "vaccination"
    SLEEP = "sleep"
    CHILDCARE_SERVICES = "childcare_services"
    NURSERY = "nursery"
    SCHOOL_LIFE = "school_life"
    PROCEDURES = "procedures"
    MONEY = "money"
    EMERGENCY = "emergency"
    SURGERY = "surgery"
    BIRTH_ATTENDANCE = "birth_attendance"
    GRAVE_NEWS = "grave_news"
    DISPUTE = "dispute"
    INFORMED_CONSENT = "informed_consent"
    WRITTEN_TRANSLATION = "written_translation"
    RELIGION = "religion"
    POLITICS = "politics"
    PROFIT = "profit"


class IntakeChannel(StrEnum):
    """How the request arrived."""

    WEB = "web"
    PHONE = "phone"
    FAX = "fax"
    PAPER = "paper"
    DESK = "desk"


class DispatchRequest(Aggregate, table=True):
    """A request with its time and place; `received_at` is when it reached the office (lead time counts from it).

    `waived_reports` are `{party, reason, by, at}`; `reports_reminded` counts the days after which somebody was last
    reminded of a report.
    One of a series keeps in `occurrence_on` the local day its rule gave it, wherever it is moved to.
    """

    __tablename__ = "dispatch_request"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("places BETWEEN 1 AND 5", name="places"),
        sa.Index("ix_dispatch_request_status_starts_at", "status", "starts_at"),
        sa.Index("ix_dispatch_request_organization_starts_at", "organization_id", "starts_at"),
        sa.Index("uq_dispatch_request_series_id_occurrence_on", "series_id", "occurrence_on", unique=True),
    )

    request_no: str = Field(max_length=16, unique=True)
    service_type_id: UUID = reference("service_type.id")
    organization_id: UUID = reference("organization.id", index=False)
    status: RequestStatus = one_of(RequestStatus)
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    facility_id: UUID | None = reference("facility.id", nullable=True)
    home_district: str | None = reference("district.code", nullable=True)
    meeting_point: str = Field(default="", max_length=120)
    modality: Modality = one_of(Modality)
    languages: list[str] = json_column()
    places: int = Field(default=1)
    checkup_session_id: UUID | None = reference("checkup_session.id", nullable=True)
    onsite_contact: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON, nullable=True)
    escort: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON, nullable=True)
    gender_requirement: GenderWanted | None = one_of(GenderWanted, nullable=True)
    gender_reason: str | None = Field(default=None, max_length=120)
    continuity_of: UUID | None = reference("dispatch_request.id", nullable=True)
    series_id: UUID | None = reference("dispatch_series.id", nullable=True, index=False)
    occurrence_on: date | None = Field(default=None)
    topics: list[str] = json_column()
    note: str = Field(default="", max_length=1000)
    channel: IntakeChannel = one_of(IntakeChannel)
    received_at: datetime | None = instant(nullable=True)
    matched_at: datetime | None = instant(nullable=True)
    overrides: list[dict[str, Any]] = json_column()
    status_reason: str | None = Field(default=None, max_length=200)
    late_cancel: bool = Field(default=False)
    waived_reports: list[dict[str, Any]] | None = Field(default=None, sa_type=sa.JSON, nullable=True)
    reports_reminded: int | None = Field(default=None)


class OnsiteContact(Draft):
    """Who meets the interpreter on site."""

    name: Line
    phone: Phone


class EscortRole(StrEnum):
    """Staff who lead a visit."""

    PUBLIC_HEALTH_NURSE = "public_health_nurse"
    MIDWIFE = "midwife"
    NURSE = "nurse"
    TEACHER = "teacher"
    OFFICER = "officer"


class Escort(Draft):
    """The member of staff who accompanies a home visit."""

    name: Line
    role: Annotated[EscortRole, LOOSE]
    phone: Phone


class GenderRequirement(Draft):
    """Only with a reason; it narrows the matching and is never shown to volunteers."""

    value: Annotated[GenderWanted, LOOSE]
    reason: Line


Languages = Annotated[
    list[LanguageTag],
    Described(min_length=1, max_length=5, description="In the order of the wish; the first is served"),
]
Topics = Annotated[list[Annotated[Topic, LOOSE]], Described(max_length=10)]


class RequestContent(Draft):
    """What is asked for, whenever it is. Staff filing for an institution name it in `organization_id`."""

    service_type: Code
    organization_id: Id | None = None
    facility_id: Id | None = None
    home_district: Code | None = None
    languages: Languages
    places: Places = 1
    modality: Annotated[Modality, LOOSE] = Modality.ON_SITE
    meeting_point: Line | None = None
    clients: list[RequestClientDraft] = Described(default_factory=list, max_length=20)
    topics: Topics = Described(default_factory=list)
    gender_requirement: GenderRequirement | None = None
    continuity_of: Id | None = None
    onsite_contact: OnsiteContact | None = None
    escort: Escort | None = None
    note: Note = ""
    on_behalf: OnBehalf | None = None


class RequestTimes(Draft):
    """When it is wanted."""

    starts_at: Instant
    ends_at: Instant


class DispatchRequestCreate(RequestContent, RequestTimes):
    """A request; it starts as a draft."""

    checkup_session_id: Id | None = None


class ContentPatch(Patch):
    """A change of what is asked for, whenever it is. Once it is accepted, staff name in `overrides` the rules that the
    change breaks."""

    clearable = frozenset(
        {
            "facility_id",
            "home_district",
            "gender_requirement",
            "continuity_of",
            "onsite_contact",
            "escort",
            "meeting_point",
        }
    )

    facility_id: Id | None = None
    home_district: Code | None = None
    languages: Languages | None = None
    places: Places | None = None
    modality: Annotated[Modality, LOOSE] | None = None
    meeting_point: Line | None = None
    topics: Topics | None = None
    gender_requirement: GenderRequirement | None = None
    onsite_contact: OnsiteContact | None = None
    escort: Escort | None = None
    note: Note | None = None
    overrides: list[Override] = Described(default_factory=list, max_length=10)


class DispatchRequestPatch(ContentPatch):
    """A change of a request; what is accepted takes its people along, as the rules of change say."""

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    continuity_of: Id | None = None


class Acceptance(Draft):
    """Accept a submitted request; each code of `needs_override` wants an override with a reason."""

    overrides: list[Override] = Described(default_factory=list, max_length=10)


class Reason(Draft):
    """Why, in a few words that hold nobody's personal details."""

    reason: Line
    on_behalf: OnBehalf | None = None


class Submission(Draft):
    """Submit, possibly on behalf of the requester: lead times count from `on_behalf.at`."""

    on_behalf: OnBehalf | None = None


class GenderRequirementView(View):
    """A requirement with its reason; staff and the requester only."""

    value: GenderWanted
    reason: str


class DispatchRequestSummary(View):
    """A request in a list."""

    id: UUID
    version: int
    request_no: str
    status: RequestStatus
    service_type: str
    organization_id: UUID
    starts_at: Instant
    ends_at: Instant
    languages: list[str]
    places: int
    facility_id: UUID | None
    home_district: str | None
    urgent: bool
    needs_override: list[str]
    shift_id: UUID | None
    series_id: UUID | None
    occurrence_on: Day | None = Described(description="The day its series gave it, wherever it was moved to")


class DispatchRequestView(ObjectView):
    """A request as its requester and staff see it. Identities of clients are never part of it."""

    request_no: str
    status: RequestStatus
    service_type: str
    organization_id: UUID
    starts_at: Instant
    ends_at: Instant
    facility_id: UUID | None
    home_district: str | None
    meeting_point: str
    modality: Modality
    languages: list[str]
    places: int
    clients: list[RequestClientView]
    checkup_session_id: UUID | None
    onsite_contact: dict[str, Any] | None
    escort: dict[str, Any] | None
    gender_requirement: GenderRequirementView | None
    continuity_of: UUID | None
    series_id: UUID | None
    occurrence_on: Day | None = Described(description="The day its series gave it, wherever it was moved to")
    topics: list[str]
    note: str
    channel: IntakeChannel
    received_at: Instant | None
    urgent: bool = Described(description="Below the lead time of its service")
    needs_override: list[str] = Described(description="Rules that `accept` wants an override for")
    status_reason: str | None
    late_cancel: bool
    waived_reports: list[WaivedReport] = Described(
        default_factory=list, description="Reports that the office does without"
    )
    shift_id: UUID | None
    assigned: list[str] = Described(description="Badge names of those who will come")
    fallbacks: list[FallbackBrief] = Described(description="What was arranged instead of an interpreter on site")
    why_unfilled: str | None = Described(default=None, description="Why nobody could come, in words that reveal nobody")
