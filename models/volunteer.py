"""Volunteers: registration, and when they were last on the phone; what they bring lives in `models/competence.py`."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, one_of, reference
from models.fields import LOOSE, Country, Day, Email, Line, Note, ObjectView, Patch, Phone, View


class VolunteerStatus(StrEnum):
    """domain.md §4.1."""

    APPLIED = "applied"
    SCREENING = "screening"
    IN_TRAINING = "in_training"
    ACTIVE = "active"
    ON_LEAVE = "on_leave"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ANONYMIZED = "anonymized"


GONE = frozenset(
    {VolunteerStatus.EXPIRED, VolunteerStatus.REJECTED, VolunteerStatus.WITHDRAWN, VolunteerStatus.ANONYMIZED}
)
"""States of somebody whose registration ended, or never came to be."""
STOPPED = GONE | {VolunteerStatus.SUSPENDED}
"""States of somebody who serves nowhere (any more), and has nobody's details to read."""
UNREGISTERED = frozenset(
    {
        VolunteerStatus.APPLIED,
        VolunteerStatus.SCREENING,
        VolunteerStatus.IN_TRAINING,
        VolunteerStatus.REJECTED,
        VolunteerStatus.WITHDRAWN,
        VolunteerStatus.ANONYMIZED,
    }
)
"""States of somebody who is not registered yet, or not any more and not to be renewed."""


class Engagement(StrEnum):
    """Why somebody may be assigned: rules that read pledge and insurance pass for `staff` (domain.md §0.1)."""

    VOLUNTEER = "volunteer"
    STAFF = "staff"
    PARTNER = "partner"


class ActivityKind(StrEnum):
    """What a volunteer offers to do."""

    INTERPRETATION = "interpretation"
    JAPANESE_TUTORING = "japanese_tutoring"
    STUDY_SUPPORT = "study_support"
    LECTURE = "lecture"
    READING_ALOUD = "reading_aloud"
    EVENT = "event"
    HOME_VISIT_HOST = "home_visit_host"
    KEY_PERSON = "key_person"


class Volunteer(Aggregate, table=True):
    """A registered person who may be assigned. `valid_until` is a 31 March; `max_travel_km` in kilometres.

    `renewing` is whether she declared to stay for the year to come, `renewal_answered_on` when she said so or the
    contrary. `left_on` is when she left, expired or was rejected; she is anonymised on `purge_on`.
    """

    person_id: UUID = reference("person.id", unique=True)
    volunteer_no: str = Field(max_length=16, unique=True)
    status: VolunteerStatus = one_of(VolunteerStatus, index=True)
    engagement: Engagement = one_of(Engagement)
    registered_on: date | None = Field(default=None)
    valid_until: date | None = Field(default=None)
    renewing: bool = Field(default=False)
    renewal_answered_on: date | None = Field(default=None)
    renewal_reminded_on: date | None = Field(default=None)
    hours_asked_on: date | None = Field(default=None)
    leave_until: date | None = Field(default=None)
    left_on: date | None = Field(default=None)
    left_reason: str | None = Field(default=None, max_length=120)
    purge_on: date | None = Field(default=None, index=True)
    affiliation_id: UUID | None = reference("organization.id", nullable=True)
    is_student: bool = Field(default=False)
    occupation: str | None = Field(default=None, max_length=120)
    max_per_month: int = Field(default=4)
    max_travel_km: int | None = Field(default=None)
    home_visit_ok: bool = Field(default=False)
    child_contact_ok: bool = Field(default=False)
    disaster_ready: bool = Field(default=False)
    notes_staff: str = Field(default="", max_length=1000)


class VolunteerActivity(Row, table=True):
    """One kind of activity a volunteer offers."""

    __tablename__ = "volunteer_activity"

    volunteer_id: UUID = reference("volunteer.id")
    kind: ActivityKind = one_of(ActivityKind)


class VolunteerPatch(Patch):
    """What volunteers change of themselves, and staff for them.

    `notes_staff`, `nationality` and `engagement` are for staff only.
    """

    clearable = frozenset({"max_travel_km", "preferred_name", "phone", "email", "nationality"})

    preferred_name: Line | None = None
    phone: Phone | None = None
    email: Email | None = None
    max_per_month: int | None = Described(default=None, ge=0, le=31)
    max_travel_km: int | None = Described(default=None, ge=1, le=200)
    home_visit_ok: bool | None = None
    disaster_ready: bool | None = None
    notes_staff: Note | None = None
    nationality: Country | None = None
    engagement: Annotated[Engagement, LOOSE] | None = Described(
        default=None,
        description="`partner` for who works with schools for them, `staff` for the office's own",
    )


class ContactView(View):
    """How to reach a volunteer; staff, she herself, and her university's liaison only (domain.md §5)."""

    phone: str | None
    email: str | None
    contact_channel: str
    contact_languages: list[str]


class LanguageLevelView(View):
    """A language in a list of volunteers: tag and the lower of speaking and listening."""

    tag: str
    level: str


class VolunteerSummary(View):
    """A volunteer in a list."""

    id: UUID
    version: int
    volunteer_no: str
    status: VolunteerStatus
    engagement: Engagement
    display_name: str
    kana: str
    badge_name: str
    district: str | None
    activity_kinds: list[ActivityKind]
    languages: list[LanguageLevelView]
    certifications: list[str] = Described(description="Codes in force today")
    valid_until: Day | None


class VolunteerView(ObjectView):
    """A volunteer, whole."""

    volunteer_no: str
    status: VolunteerStatus
    engagement: Engagement
    display_name: str
    kana: str
    badge_name: str
    birth_date: Day | None = Described(description="Staff and the volunteer herself only")
    district: str | None
    contact: ContactView
    activity_kinds: list[ActivityKind]
    languages: list[LanguageLevelView]
    certifications: list[str]
    registered_on: Day | None
    valid_until: Day | None
    renewing: bool = Described(description="She declared to stay for the year to come")
    renewal_answered_on: Day | None
    leave_until: Day | None
    is_student: bool
    affiliation_id: UUID | None
    max_per_month: int
    max_travel_km: int | None
    home_visit_ok: bool
    child_contact_ok: bool
    disaster_ready: bool
    notes_staff: str | None = Described(default=None, description="Staff only")
    nationality: str | None = Described(default=None, description="Staff only; ISO 3166-1 alpha-2")
