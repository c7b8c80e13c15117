"""Persons: names, ways to reach them, what a rule needs to know, and nothing more."""

from datetime import date, datetime
from enum import IntEnum, StrEnum

from sqlmodel import Field

from models.base import Aggregate, instant, json_column, one_of, reference
from models.fields import Email, Line, Patch, Phone


class Gender(IntEnum):
    """ISO/IEC 5218."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2
    NOT_APPLICABLE = 9


class ContactChannel(StrEnum):
    """How a person wants to be reached."""

    EMAIL = "email"
    PHONE = "phone"
    FAX = "fax"
    LINE = "line"
    POSTAL = "postal"


class Person(Aggregate, table=True):
    """A human being. For foreign residents one `full_name` may be the only legal form, so the parts are optional.

    `phone_wrong_at` is when somebody else answered `phone`, until another number is written down.
    `nationality` is optional, staff only, and read by the rule of work permissions alone; ISO 3166-1 alpha-2.
    """

    family_name: str | None = Field(default=None, max_length=120)
    given_name: str | None = Field(default=None, max_length=120)
    family_kana: str | None = Field(default=None, max_length=120)
    given_kana: str | None = Field(default=None, max_length=120)
    full_name: str | None = Field(default=None, max_length=120)
    latin_name: str | None = Field(default=None, max_length=120)
    common_name: str | None = Field(default=None, max_length=120)
    preferred_name: str | None = Field(default=None, max_length=120)
    birth_date: date | None = Field(default=None)
    gender: int = Field(default=Gender.UNKNOWN)
    native_language: str | None = Field(default=None, max_length=35)
    contact_languages: list[str] = json_column()
    phone: str | None = Field(default=None, max_length=20)
    phone_wrong_at: datetime | None = instant(nullable=True)
    email: str | None = Field(default=None, max_length=254)
    contact_channel: ContactChannel = one_of(ContactChannel)
    district_code: str | None = reference("district.code", nullable=True)
    nationality: str | None = Field(default=None, max_length=2)

    @property
    def display_name(self) -> str:
        """The name staff read: legal or common form."""
        parts = " ".join(part for part in (self.family_name, self.given_name) if part)
        return parts or self.full_name or self.common_name or self.latin_name or ""

    @property
    def badge_name(self) -> str:
        """The only name that requesters and families see (domain.md §4.3: no contact exchange, badge name only)."""
        return self.preferred_name or self.common_name or self.family_name or self.full_name or ""

    @property
    def kana(self) -> str:
        """The reading, for sorting and for the telephone."""
        return " ".join(part for part in (self.family_kana, self.given_kana) if part)


class ContactPatch(Patch):
    """Ways to reach a person, changed by that person or by staff."""

    clearable = frozenset({"phone", "email", "preferred_name", "district_code"})

    preferred_name: Line | None = None
    phone: Phone | None = None
    email: Email | None = None
    district_code: Line | None = None
