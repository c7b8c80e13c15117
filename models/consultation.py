"""Consultations: what somebody brings to the desk or to a class, by codes alone, and who was there (domain.md §3, §4.6).

No word of what was said is kept. Who came is sealed apart, as families' identities are, and purged.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.fields import LOOSE, Draft, Id, Instant, LanguageTag, Line, Minutes, ObjectView, OnBehalf, Phone, View
from models.referral import ReferralView


class ConsultationStatus(StrEnum):
    """domain.md §4.6."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    IN_PROGRESS = "in_progress"
    REFERRED = "referred"
    RESOLVED = "resolved"
    CLOSED = "closed"


class ConsultationChannel(StrEnum):
    """Where or how somebody asked."""

    DESK = "desk"
    CLASS_SESSION = "class_session"
    PHONE = "phone"
    MAIL = "mail"
    LINE = "line"
    VIDEO = "video"


class ConsultationTopic(StrEnum):
    """What it is about; the first of several is the one it is counted under."""

    RESIDENCE = "residence"
    WORK = "work"
    HOUSING = "housing"
    MEDICAL_ACCESS = "medical_access"
    CHILDCARE = "childcare"
    EDUCATION = "education"
    SCHOOL_ENROLMENT = "school_enrolment"
    TAX = "tax"
    DISASTER = "disaster"
    VIOLENCE = "violence"
    OTHER = "other"


class UrgentCode(StrEnum):
    """What cannot wait: each shows whom to call at once."""

    VIOLENCE = "violence"
    SELF_HARM = "self_harm"
    CHILD_AT_RISK = "child_at_risk"
    MEDICAL_EMERGENCY = "medical_emergency"


class Urgency(StrEnum):
    """How soon somebody must see to it; an urgent code makes it `urgent`."""

    NORMAL = "normal"
    SOON = "soon"
    URGENT = "urgent"


class HeardFrom(StrEnum):
    """How the person heard of the foundation."""

    FRIEND = "friend"
    FAMILY = "family"
    SCHOOL = "school"
    WORKPLACE = "workplace"
    CLASSROOM = "classroom"
    HEALTH_CENTER = "health_center"
    CITY_OFFICE = "city_office"
    KEY_PERSON = "key_person"
    WEBSITE = "website"
    SOCIAL_MEDIA = "social_media"
    LEAFLET = "leaflet"
    OTHER = "other"
    NOT_TOLD = "not_told"


class Resolution(StrEnum):
    """How a consultation ended."""

    ANSWERED = "answered"
    HANDED_ON = "handed_on"
    STOPPED_COMING = "stopped_coming"
    NOT_OURS = "not_ours"


class ConsultationPurpose(StrEnum):
    """Why it is read who came; the list is published (domain.md §9 rule 5)."""

    CALL_BACK = "call_back"
    REFER = "refer"
    ACCOMPANY = "accompany"
    SUBJECT_REQUEST = "subject_request"


class Consultation(Aggregate, table=True):
    """One consultation. `created_by` received it, `officer_id` handles it; `settled_at` is when it was resolved.

    `anonymous` tells that nobody gave a name; it stays when the identity is purged or taken out, so that both kinds can be
    counted. On `purge_on`, long after it was settled, all goes that is not counted.
    """

    __table_args__ = (
        sa.CheckConstraint("(channel = 'class_session') = (class_session_id IS NOT NULL)", name="place"),
        sa.CheckConstraint("minutes >= 0", name="minutes"),
        sa.CheckConstraint("status = 'received' OR heard_from IS NOT NULL", name="heard"),
        sa.CheckConstraint("(status IN ('resolved', 'closed')) = (settled_at IS NOT NULL)", name="settled"),
    )

    no: str = Field(max_length=16, unique=True)
    received_at: datetime = instant(index=True)
    channel: ConsultationChannel = one_of(ConsultationChannel)
    class_session_id: UUID | None = reference("class_session.id", nullable=True)
    language: str = Field(max_length=35)
    topics: list[str] = json_column()
    urgent_codes: list[str] = json_column()
    urgency: Urgency = one_of(Urgency)
    heard_from: HeardFrom | None = one_of(HeardFrom, nullable=True)
    anonymous: bool
    minutes: int
    status: ConsultationStatus = one_of(ConsultationStatus, index=True)
    officer_id: UUID | None = reference("account.id", nullable=True)
    resolution: Resolution | None = one_of(Resolution, nullable=True)
    settled_at: datetime | None = instant(nullable=True)
    purge_on: date | None = Field(default=None, index=True)


class ConsultationIdentity(Row, table=True):
    """Who came, encrypted; purged some days after the consultation is resolved."""

    __tablename__ = "consultation_identity"

    consultation_id: UUID = reference("consultation.id", unique=True)
    sealed: str = Field(sa_type=sa.Text)
    written_at: datetime = instant()
    purge_on: date | None = Field(default=None, index=True)


Topics = Annotated[
    list[Annotated[ConsultationTopic, LOOSE]],
    Described(min_length=1, max_length=5, description="The first is the one it is counted under"),
]
UrgentCodes = Annotated[
    list[Annotated[UrgentCode, LOOSE]], Described(max_length=4, description="The answer shows whom to call at once")
]


class ConsultedPersonDraft(Draft):
    """Who came; written here, never echoed."""

    name: Line
    phone: Phone | None = None
    address: Line | None = None


class ConsultationCreate(Draft):
    """A consultation that was received. Volunteers and classroom managers name the class session it was at."""

    channel: Annotated[ConsultationChannel, LOOSE]
    class_session_id: Id | None = None
    received_at: Instant | None = Described(default=None, description="By default now")
    language: LanguageTag
    topics: Topics
    urgent_codes: UrgentCodes = Described(default_factory=list)
    urgency: Annotated[Urgency, LOOSE] = Urgency.NORMAL
    heard_from: Annotated[HeardFrom, LOOSE] | None = Described(
        default=None, description="Asked by the triage at latest"
    )
    anonymous: bool = Described(default=False, description="Taken for true where no `person` is told")
    person: ConsultedPersonDraft | None = None
    minutes: Minutes = 0
    on_behalf: OnBehalf | None = None


class ConsultationTriage(Draft):
    """How a consultation is judged; what is absent stays as it was. `minutes` are added."""

    language: LanguageTag | None = None
    topics: Topics | None = None
    urgent_codes: UrgentCodes | None = None
    urgency: Annotated[Urgency, LOOSE] | None = None
    heard_from: Annotated[HeardFrom, LOOSE] | None = None
    minutes: Minutes = 0


class ConsultationResolving(Draft):
    """How it ended; `minutes` are added."""

    resolution: Annotated[Resolution, LOOSE]
    minutes: Minutes = 0


class ConsultationDisclosure(Draft):
    """Why the identity is read; a missing purpose is refused with `PRIV_PURPOSE`."""

    purpose: Annotated[ConsultationPurpose, LOOSE] | None = None


class EmergencyContact(View):
    """A public service to call at once."""

    code: str
    number: str
    name: str
    detail: str


class ConsultationReceipt(ObjectView):
    """What whoever received it is told: that it was received, and whom to call where it cannot wait."""

    no: str
    received_at: Instant
    status: ConsultationStatus
    urgency: Urgency
    emergency_contacts: list[EmergencyContact]


class ConsultationView(ConsultationReceipt):
    """A consultation. Whether an identity is on file is told; the identity is not."""

    channel: ConsultationChannel
    class_session_id: UUID | None
    language: str
    topics: list[ConsultationTopic]
    urgent_codes: list[UrgentCode]
    heard_from: HeardFrom | None
    anonymous: bool
    identity_on_file: bool
    minutes: int
    officer_id: UUID | None
    resolution: Resolution | None
    settled_at: Instant | None
    referrals: list[ReferralView]


class ConsultedPerson(View):
    """A disclosed identity; the reading has been logged."""

    no: str
    name: str
    phone: str | None
    address: str | None
