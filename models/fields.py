"""Named constrained types: one constrained value, one type, reused by every schema.

Inputs are strict (`Draft`); types that arrive as text (instants, days, ids, enumerations) opt out of strictness
one by one, because FastAPI validates in Python mode, where a strict model refuses every date, UUID and enumeration.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

import jaconv
import langcodes
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

FIRST_YEAR, LAST_YEAR = 2000, 2100

_RFC3339 = re.compile(
    r"(\d{4,9})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})?(\[[A-Za-z0-9_+\-/]{1,40}\])?",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:00)?", re.ASCII)
_DURATION = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?", re.ASCII)
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=14)


def parse_instant(value: object) -> datetime:
    """Read an RFC 3339 text with offset; a trailing RFC 9557 zone such as `[Asia/Tokyo]` is allowed and ignored.

    Raises `PydanticCustomError` of type `naive_time` without an offset, `date_unreal` for a date that does not
    exist or a year outside 2000 to 2100, `instant_format` for anything else (numbers included).
    """
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    match = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("instant_format", "an RFC 3339 date-time with offset is needed")
    if match[8] is None:
        raise PydanticCustomError("naive_time", "the time has no offset")
    if len(match[1]) > len("2100") or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise _unreal()
    text = match[0].removesuffix(match[9] or "").upper()
    fraction = (match[7] or "")[:7]
    try:
        return datetime.fromisoformat(f"{text[:19]}{fraction}{match[8].upper().replace('Z', '+00:00')}")
    except ValueError:
        raise _unreal() from None


def _unreal() -> PydanticCustomError:
    return PydanticCustomError("date_unreal", "the date does not exist or is out of range")


def parse_day(value: object) -> date:
    """Read an ISO 8601 calendar date from 1900 to 2100.

    Raises `PydanticCustomError` of type `day_format` or `date_unreal`.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("day_format", "a date as YYYY-MM-DD is needed")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise _unreal() from None
    if not 1900 <= day.year <= LAST_YEAR:  # noqa: PLR2004 - birth dates of living people
        raise _unreal()
    return day


def parse_moment(value: object) -> datetime | date:
    """Read an instant, or a day where all of one is meant.

    Raises `PydanticCustomError` of type `moment_format` for what is neither, else as `parse_instant` and `parse_day` do.
    """
    if not isinstance(value, str):
        return parse_instant(value)
    if _DAY.fullmatch(value):
        return parse_day(value)
    if not _RFC3339.fullmatch(value):
        raise PydanticCustomError("moment_format", "an RFC 3339 date-time with offset, or a date, is needed")
    return parse_instant(value)


def parse_local_time(value: object) -> time:
    """Read a local wall-clock time `HH:MM`. Raises `PydanticCustomError` of type `time_format`."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise PydanticCustomError("time_format", "a local time as HH:MM is needed")
    return time.fromisoformat(value)


def parse_duration(value: object) -> timedelta:
    """Read an ISO 8601 duration of days, hours and minutes, such as `PT24H`.

    Raises `PydanticCustomError` of type `duration_format`, or `duration_range` outside 15 minutes to 14 days.
    """
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise PydanticCustomError("duration_format", "an ISO 8601 duration is needed")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    duration = timedelta(days=days, hours=hours, minutes=minutes)
    if not SHORTEST <= duration <= LONGEST:
        raise PydanticCustomError(
            "duration_range", "the duration is too short or too long", {"ge": "PT15M", "le": "P14D"}
        )
    return duration


def check_language_tag(value: str) -> str:
    """Return the BCP 47 tag in its usual spelling. Raises `PydanticCustomError` of type `lang_tag`."""
    if not langcodes.tag_is_valid(value):
        raise PydanticCustomError("lang_tag", "not a BCP 47 language tag")
    return langcodes.standardize_tag(value) if value not in _KEPT_TAGS else value


# `standardize_tag` would fold these into their macro-languages, which a roster must tell apart (domain.md §3).
_KEPT_TAGS = frozenset({"cmn", "yue", "fil", "ja-simple"})


def check_country(value: str) -> str:
    """Return the country's code. Raises `PydanticCustomError` of type `country`."""
    if not langcodes.tag_is_valid(f"und-{value}"):
        raise PydanticCustomError("country", "not a country of ISO 3166-1")
    return value


def check_kana(value: str) -> str:
    """Return the reading in full-width katakana. Raises `PydanticCustomError` of type `kana_format`."""
    wide = jaconv.h2z(value, kana=True, ascii=False, digit=False).replace("\u3000", " ")
    if not re.fullmatch(r"[ァ-ヺー・ ]+", wide):
        raise PydanticCustomError("kana_format", "full-width katakana is needed")
    return wide


_PHONE = re.compile(r"(?=.{4,20}\Z)\+?[0-9][0-9()\- ]*")  # of the plain number: one letter may stand for two digits
_WIDE_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\u30fc\uff70", "-"))


def check_phone(value: str) -> str:
    """Return the number in plain digits, however wide they were typed. Raises `PydanticCustomError` of type `phone_format`."""
    plain = unicodedata.normalize("NFKC", value).translate(_WIDE_DASHES)
    if not _PHONE.fullmatch(plain):
        raise PydanticCustomError("phone_format", "a telephone number is needed")
    return plain


def _local(value: datetime, info: SerializationInfo) -> str:
    zone: tzinfo | None = (info.context or {}).get("zone")
    return value.astimezone(zone).isoformat() if zone else value.isoformat()


def _storable(value: str) -> str:
    """Refuse NUL, which PostgreSQL cannot store, and lone surrogates, which no UTF-8 text has."""
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise PydanticCustomError("text_format", "the text holds characters that cannot be stored")
    return value


Instant = Annotated[
    datetime,
    Strict(strict=False),
    BeforeValidator(parse_instant),
    PlainSerializer(_local, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2025-11-20T10:00:00+09:00"]}),
]
Day = Annotated[
    date,
    Strict(strict=False),
    BeforeValidator(parse_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2025-11-06"]}),
]
Moment = Annotated[
    datetime | date,
    BeforeValidator(parse_moment),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}],
            "examples": ["2025-11-20T10:00:00+09:00", "2025-11-20"],
        }
    ),
]
LocalTime = Annotated[
    time,
    Strict(strict=False),
    BeforeValidator(parse_local_time),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$", "examples": ["13:00"]}),
]
Duration = Annotated[
    timedelta,
    Strict(strict=False),
    BeforeValidator(parse_duration),
    WithJsonSchema(
        {"type": "string", "pattern": "^P([0-9]{1,3}D)?(T([0-9]{1,4}H)?([0-9]{1,5}M)?)?$", "examples": ["PT24H"]}
    ),
]
Id = Annotated[UUID, Strict(strict=False)]
Text = AfterValidator(_storable)
Line = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\r\n]*$"), Text]
Note = Annotated[str, StringConstraints(max_length=1000), Text]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Kana = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(check_kana)]
LanguageTag = Annotated[
    str, StringConstraints(min_length=2, max_length=35, pattern=r"^[A-Za-z0-9-]+$"), AfterValidator(check_language_tag)
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(check_country)]
Email = Annotated[
    str,
    StringConstraints(
        min_length=3, max_length=254, to_lower=True, pattern=r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
    ),
]
Phone = Annotated[
    str,
    StringConstraints(min_length=4, max_length=20),
    AfterValidator(check_phone),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 4,
            "maxLength": 20,
            "pattern": "^\\+?[0-9][0-9()\\- ]*$",
            "examples": ["076-000-0001"],
        }
    ),
]
Password = Annotated[str, StringConstraints(min_length=10, max_length=200), Text]
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
AgeMonths = Annotated[int, Field(ge=0, le=18 * 12)]
Places = Annotated[int, Field(ge=1, le=5)]


LOOSE = Strict(strict=False)
"""Marks a type of the input that arrives as text, such as an enumeration: `Annotated[Kind, LOOSE]`."""


class Draft(BaseModel):
    """What a client sends: strict, and a field nobody knows is refused rather than dropped."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Patch(Draft):
    """A partial change: an absent field stays as it is; an explicit null is refused where the column cannot be empty."""

    clearable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _refuse_null(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for name in value:
                if value[name] is None and name in cls.model_fields and name not in cls.clearable:
                    raise PydanticCustomError("null_not_allowed", "{field} cannot be emptied", {"field": name})
        return value

    def changes(self) -> dict[str, Any]:
        """Return only what the client sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class View(BaseModel):
    """What a client receives; read from the attributes of rows."""

    model_config = ConfigDict(from_attributes=True)


class Warned(BaseModel):
    """A remark that travels with a success: a stable code and its wording in the caller's language."""

    code: str
    detail: str


class ObjectView(View):
    """A single addressable object: identifier, version (also its ETag), verbs open to this caller, warnings."""

    collection: ClassVar[str] = ""  # where it lives, when it was made at another path

    id: UUID
    version: int
    actions: list[str] = Field(default_factory=list, description="Verbs open to this caller now")
    warnings: list[Warned] = Field(default_factory=list)


class ChangedView(View):
    """An object as a change left it, under the name `about`, with what the change did beside it."""

    about: ClassVar[str]

    @property
    def changed(self) -> ObjectView:
        """The object, whose version is the answer's ETag."""
        shown: ObjectView = getattr(self, self.about)
        return shown


class PartsView(View):
    """What became of the parts of one object, one by one; the object's version is the answer's ETag."""


Shown = TypeVar("Shown", bound=View)


class Items(View, Generic[Shown]):
    """A list that is short by nature and comes whole."""

    items: list[Shown]
    next_cursor: None = None


class Channel(StrEnum):
    """How something reached the office that staff enter for somebody else."""

    PHONE = "phone"
    FAX = "fax"
    PAPER = "paper"
    DESK = "desk"


class OnBehalf(Draft):
    """Staff act for somebody: for whom, how it arrived, when (deadlines count from `at`), a short code."""

    of: Id = Field(description="Account, volunteer or organisation acted for")
    channel: Annotated[Channel, LOOSE]
    at: Instant
    note_code: Code | None = None


class Override(Draft):
    """A rule passed by hand, with its reason; `consent_at` when the volunteer consented (by telephone, say)."""

    code: str = Field(min_length=3, max_length=40, pattern=r"^[A-Z_]+$")
    reason: Line
    consent_at: Instant | None = None
