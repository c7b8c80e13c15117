"""The house's rules about people and their time as settings of the operator; each default is that of `HouseRules`."""

from datetime import date
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints
from pydantic_settings import NoDecode

from services.rules import HouseRules

_HOUSE: Final = HouseRules(zone=ZoneInfo("UTC"))


def _real(value: str) -> str:
    """Refuse a day that no ordinary year has."""
    date.fromisoformat(f"2001-{value}")
    return value


def _numbers(value: object) -> object:
    return tuple(int(part) for part in value.split(",")) if isinstance(value, str) else value


DayOfYear = Annotated[str, StringConstraints(pattern=r"^\d{2}-\d{2}$"), BeforeValidator(_real)]
Days = Annotated[tuple[Annotated[int, Field(ge=1, le=365)], ...], NoDecode, BeforeValidator(_numbers)]


class HouseSettings(BaseModel):
    """Ages, terms, reminders and deadlines that differ from one foundation to another."""

    volunteer_min_age: int = Field(_HOUSE.volunteer_min_age, ge=15, le=30, description="Age from which people register")
    minor_min_age: int = Field(
        _HOUSE.minor_min_age, ge=12, le=30, description="Age from which minors help at events and classes, with consent"
    )
    registration_years: int = Field(
        _HOUSE.registration_years, ge=1, le=5, description="Fiscal years for which a registration holds"
    )
    renewal_reminder_days: Days = Field(
        _HOUSE.renewal_reminder_days,
        min_length=1,
        description="Days before its end on which people are reminded to renew, separated by commas; the first opens the renewal",
    )
    renewal_grace: DayOfYear = Field(
        "{:02d}-{:02d}".format(*_HOUSE.renewal_grace),
        ge="04-01",
        description="Last day after 31 March on which a registration can still be renewed, month and day",
    )
    rejected_months: int = Field(
        _HOUSE.rejected_months, ge=1, le=60, description="Months for which a rejected application is kept"
    )
    learner_years: int = Field(
        _HOUSE.learner_years,
        ge=1,
        le=10,
        description="Years for which it is kept who learned, from leaving the last class",
    )
    consultation_years: int = Field(
        _HOUSE.consultation_years,
        ge=3,
        le=10,
        description="Years after being settled for which consultations are kept whole; at least the three of the record of whom was told",
    )
    consultation_stale_days: int = Field(
        _HOUSE.consultation_stale_days,
        ge=1,
        le=180,
        description="Days after which a consultation that nobody went on with is on the worklist",
    )
    availability_prompt: DayOfYear = Field(
        "{:02d}-{:02d}".format(*_HOUSE.availability_prompt),
        description="Day on which people are asked once a year whether their hours still hold, month and day",
    )
    availability_prompt_days: int = Field(
        _HOUSE.availability_prompt_days, ge=1, le=60, description="Days for which that is made up for, if it was missed"
    )
    invitation_days: int = Field(_HOUSE.invitation_days, ge=1, le=90, description="Days for which an invitation holds")
    condition_flag_business_days: int = Field(
        _HOUSE.condition_flag_business_days,
        ge=1,
        le=20,
        description="Business days before an activity on which open conditions are followed up",
    )
    condition_release_business_days: int = Field(
        _HOUSE.condition_release_business_days,
        ge=0,
        le=20,
        description="Business days before an activity after which a place with an open condition is released",
    )
    recheck_days: int = Field(
        _HOUSE.recheck_days, ge=7, le=366, description="Days ahead for which papers of assigned people are judged again"
    )
    certificate_warning_days: int = Field(
        _HOUSE.certificate_warning_days,
        ge=1,
        le=366,
        description="Days before its end from which a certificate counts as expiring and its holder is told",
    )
    host_answer_days: int = Field(
        _HOUSE.host_answer_days,
        ge=1,
        le=60,
        description="Days after which a household that has not answered for a guest is on the worklist",
    )
    unreachable_attempts: int = Field(
        _HOUSE.unreachable_attempts, ge=1, le=20, description="Failed contacts after which somebody is to be looked at"
    )
    unreachable_days: int = Field(
        _HOUSE.unreachable_days, ge=1, le=730, description="Days within which those contacts count"
    )
    asks_per_week: int = Field(_HOUSE.asks_per_week, ge=1, le=50, description="Offers that a volunteer gets in a week")
    open_asks: int = Field(_HOUSE.open_asks, ge=1, le=50, description="Offers of hers that may be unanswered at a time")

    def house_rules(self) -> dict[str, Any]:
        """Return what is set here by the names of `HouseRules`."""
        plain = {name: getattr(self, name) for name in HouseSettings.model_fields}
        days = {name: _month_and_day(plain[name]) for name in ("renewal_grace", "availability_prompt")}
        return plain | days


def _month_and_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)
