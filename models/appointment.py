"""Exchange envoys and supporters: appointed for a term, and kept in touch with after they went home, as far as they agree."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, json_column, one_of, reference
from models.fields import LOOSE, Country, Day, Draft, Email, Id, LanguageTag, Line, ObjectView, OnBehalf, Patch
from models.key_person import ContactPurpose


class AppointmentKind(StrEnum):
    """What somebody is appointed as (plan, III 2-3)."""

    ENVOY = "exchange_envoy"
    SUPPORTER = "exchange_supporter"


class AppointmentStatus(StrEnum):
    """In its term, or ended; to be kept in touch with is a consent of its own."""

    APPOINTED = "appointed"
    ENDED = "ended"


class Appointment(Aggregate, table=True):
    """An appointment of somebody who is or was registered. `country` is where she goes home to.

    Without `contact_scope` nobody writes to her. `languages`: the one she is written to in first.
    """

    __table_args__ = (
        sa.CheckConstraint("term_to IS NULL OR term_from <= term_to", name="term"),
        sa.Index(
            "uq_appointment_volunteer_id_kind",
            "volunteer_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("status = 'appointed'"),
            postgresql_where=sa.text("status = 'appointed'"),
        ),
    )

    volunteer_id: UUID = reference("volunteer.id")
    kind: AppointmentKind = one_of(AppointmentKind)
    term_from: date
    term_to: date | None = Field(default=None)
    country: str | None = Field(default=None, max_length=2)
    languages: list[str] = json_column()
    status: AppointmentStatus = one_of(AppointmentStatus)
    contact_scope: list[str] = json_column()
    consented_on: date | None = Field(default=None)
    consent_revoked_on: date | None = Field(default=None)


class AppointmentContact(Row, table=True):
    """What an envoy left to be reached by: name and address, encrypted; erased with her consent."""

    __tablename__ = "appointment_contact"

    appointment_id: UUID = reference("appointment.id", unique=True)
    sealed: str = Field(sa_type=sa.Text)
    written_at: datetime = instant()


Languages = Annotated[
    list[LanguageTag], Described(min_length=1, max_length=10, description="The one she is written to in first")
]


class AppointmentCreate(Draft):
    """Somebody to be appointed; what she agrees to be written to about is said by its own path."""

    volunteer_id: Id
    kind: Annotated[AppointmentKind, LOOSE]
    term_from: Day
    term_to: Day | None = None
    country: Country | None = None
    languages: Languages


class AppointmentPatch(Patch):
    """A correction of an appointment."""

    clearable = frozenset({"term_to", "country"})

    term_to: Day | None = None
    country: Country | None = None
    languages: Languages | None = None


class AppointmentEnd(Draft):
    """The last day of the term."""

    term_to: Day


class KeepInTouch(Draft):
    """What she agrees to be written to about once she is home, and where to; an empty scope takes all of it back."""

    contact_scope: list[Annotated[ContactPurpose, LOOSE]] = Described(max_length=len(ContactPurpose))
    signed_on: Day
    name: Line | None = Described(default=None, description="Needed with the first consent")
    email: Email | None = Described(default=None, description="Needed with the first consent; never echoed")
    on_behalf: OnBehalf | None = None


class AppointmentView(ObjectView):
    """An appointment, without an address."""

    volunteer_id: UUID
    display_name: str = Described(description="Empty once nothing of her may be kept any more")
    kind: AppointmentKind
    term_from: Day
    term_to: Day | None
    country: str | None
    languages: list[str]
    status: AppointmentStatus
    contact_scope: list[ContactPurpose]
    consented_on: Day | None
    consent_revoked_on: Day | None
