"""Key persons of foreign communities: whom each reaches, and what she agreed to be written to about."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, json_column, reference
from models.fields import LOOSE, Code, Country, Day, Draft, Id, LanguageTag, ObjectView, Patch


class ContactPurpose(StrEnum):
    """What somebody may be written to about; each broadcast has one purpose."""

    DISASTER = "disaster"
    DAILY_LIFE = "daily_life"
    EVENTS = "events"
    EXCHANGE = "exchange"


class KeyPerson(Aggregate, table=True):
    """A registered person who passes word on to communities. Without consent to a purpose nobody writes to her about it.

    `languages` are those of her communities, the one she is written to in first; `districts` empty means all.
    """

    __tablename__ = "key_person"

    volunteer_id: UUID = reference("volunteer.id", unique=True)
    languages: list[str] = json_column()
    countries: list[str] = json_column()
    districts: list[str] = json_column()
    trained_on: date | None = Field(default=None)
    contact_scope: list[str] = json_column()
    consented_on: date | None = Field(default=None)


Languages = Annotated[list[LanguageTag], Described(min_length=1, max_length=10)]
Countries = Annotated[list[Country], Described(max_length=20)]
Districts = Annotated[
    list[Code], Described(max_length=20, description="Where she knows people; empty means everywhere")
]


class KeyPersonCreate(Draft):
    """A registered person to be listed; what she consents to is written by its own path."""

    volunteer_id: Id
    languages: Languages
    countries: Countries = Described(default_factory=list)
    districts: Districts = Described(default_factory=list)
    trained_on: Day | None = None


class KeyPersonPatch(Patch):
    """A correction of the communities."""

    clearable = frozenset({"trained_on"})

    languages: Languages | None = None
    countries: Countries | None = None
    districts: Districts | None = None
    trained_on: Day | None = None


class ConsentDraft(Draft):
    """What she agrees to be written to about, since when; an empty scope takes all of it back."""

    contact_scope: list[Annotated[ContactPurpose, LOOSE]] = Described(max_length=len(ContactPurpose))
    consented_on: Day


class KeyPersonView(ObjectView):
    """A key person, without her address."""

    volunteer_id: UUID
    display_name: str
    languages: list[str]
    countries: list[str]
    districts: list[str]
    trained_on: Day | None
    contact_scope: list[ContactPurpose]
    consented_on: Day | None
