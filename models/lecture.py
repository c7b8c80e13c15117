"""Lecture engagements: an institution asks for somebody who lectures or reads aloud (domain.md §1, rows 15 to 17)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, instant, one_of, reference
from models.competence import Level
from models.event import MovedShift
from models.fields import (
    LOOSE,
    ChangedView,
    Code,
    Draft,
    Id,
    Instant,
    LanguageTag,
    Line,
    Note,
    ObjectView,
    Patch,
    Places,
    View,
)
from models.shift import FacilityName, Modality


class LectureKind(StrEnum):
    """Which series of lectures it belongs to."""

    INTERNATIONAL_UNDERSTANDING = "international_understanding"
    KIDS_SEMINAR = "kids_seminar"
    PICTURE_BOOKS = "picture_books"
    HUMAN_RIGHTS = "human_rights"
    VOLUNTEER_COLLEGE = "volunteer_college"


class LecturerActivity(StrEnum):
    """What the lecturer does; only who offers it may stand on the shift."""

    LECTURE = "lecture"
    READING_ALOUD = "reading_aloud"


class LectureStatus(StrEnum):
    """From the wish to the report."""

    REQUESTED = "requested"
    OPEN = "open"
    CONFIRMED = "confirmed"
    HELD = "held"
    REPORTED = "reported"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class LectureEngagement(Aggregate, table=True):
    """One lecture for an institution. `honorarium_jpy` is yen for each lecturer; `audience` is expected, `participants` came."""

    __tablename__ = "lecture_engagement"
    __table_args__ = (
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.CheckConstraint("lecturers >= 1", name="lecturers"),
        sa.CheckConstraint("honorarium_jpy >= 0", name="honorarium"),
        sa.CheckConstraint("participants >= 0", name="participants"),
        sa.Index("ix_lecture_engagement_status_ends_at", "status", "ends_at"),
    )

    kind: LectureKind = one_of(LectureKind)
    theme: str = Field(max_length=120)
    organization_id: UUID = reference("organization.id")
    starts_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    facility_id: UUID | None = reference("facility.id", nullable=True)
    district_code: str | None = reference("district.code", nullable=True)
    modality: Modality = one_of(Modality)
    meeting_point: str = Field(default="", max_length=120)
    note: str = Field(default="", max_length=1000)
    for_children: bool = Field(default=False)
    activity: LecturerActivity = one_of(LecturerActivity)
    language: str | None = Field(default=None, max_length=35)
    min_level: str | None = Field(default=None, max_length=8)
    lecturers: int = Field(default=1)
    audience: int | None = Field(default=None)
    honorarium_jpy: int = Field(default=0)
    status: LectureStatus = one_of(LectureStatus)
    status_reason: str | None = Field(default=None, max_length=120)
    participants: int | None = Field(default=None)
    report_note: str = Field(default="", max_length=1000)


Heads = Annotated[int, Described(ge=0, le=10_000)]
MeetingPoint = Annotated[str, Described(max_length=120)]


class LectureCreate(Draft):
    """A lecture that an institution asks for; staff name the institution."""

    organization_id: Id | None = Described(default=None, description="Staff only: for whom")
    kind: Annotated[LectureKind, LOOSE]
    theme: Line
    starts_at: Instant
    ends_at: Instant
    facility_id: Id | None = None
    district: Code | None = None
    modality: Annotated[Modality, LOOSE] = Modality.ON_SITE
    meeting_point: MeetingPoint = ""
    note: Note = ""
    for_children: bool = False
    activity: Annotated[LecturerActivity, LOOSE] = LecturerActivity.LECTURE
    language: LanguageTag | None = None
    min_level: Annotated[Level, LOOSE] | None = None
    lecturers: Places = 1
    audience: Heads | None = None


class LecturePatch(Patch):
    """A change before the end; once accepted, whoever is coming is treated by the rules of change."""

    clearable = frozenset({"facility_id", "district", "audience"})

    theme: Line | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    facility_id: Id | None = None
    district: Code | None = None
    meeting_point: MeetingPoint | None = None
    note: Note | None = None
    audience: Heads | None = None


class LectureAcceptance(Draft):
    """The office takes it on; `honorarium_jpy` in yen for each lecturer, none by default."""

    honorarium_jpy: int = Described(default=0, ge=0, le=1_000_000)


class LectureReport(Draft):
    """How many people came, and what is worth knowing next time."""

    participants: Heads
    note: Note = ""


class LecturerView(View):
    """Who lectures, or is to; an institution reads the name on the badge alone, once it is confirmed."""

    badge_name: str
    volunteer_id: UUID | None = Described(description="Staff only")
    confirmed: bool
    permit_unclear: bool | None = Described(
        description="Staff only: whether her work permission must be looked at before an honorarium"
    )


class LectureView(ObjectView):
    """A lecture engagement."""

    kind: LectureKind
    theme: str
    organization_id: UUID
    organization: str = Described(description="Its name")
    starts_at: Instant
    ends_at: Instant
    facility: FacilityName | None
    district: str | None
    modality: Modality
    meeting_point: str
    note: str
    for_children: bool
    activity: LecturerActivity
    language: str | None
    min_level: str | None
    lecturers: int
    audience: int | None
    honorarium_jpy: int | None = Described(description="Staff only; yen for each lecturer")
    status: LectureStatus
    status_reason: str | None
    participants: int | None
    report_note: str
    shift_id: UUID | None = Described(description="Staff only, once it is accepted")
    lecturing: list[LecturerView]


class LectureChanges(ChangedView):
    """The lecture as it is now, or would be, and what happens to its lecturers."""

    about = "lecture"

    lecture: LectureView
    shifts: list[MovedShift]
