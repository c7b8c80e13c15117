"""Figures of consultations over a period, each with its definition and the instant as of which it holds (domain.md §8)."""

from enum import StrEnum

from pydantic import Field as Described

from models.fields import Day, Instant, View


class ConsultationsBy(StrEnum):
    """What the consultations of a report are grouped by."""

    FISCAL_YEAR = "fiscal_year"
    HALF_YEAR = "half_year"
    MONTH = "month"
    LANGUAGE = "language"
    TOPIC = "topic"
    CHANNEL = "channel"
    HEARD_FROM = "heard_from"


class ConsultationFigures(View):
    """What is counted of consultations; figures are null where few persons would be known."""

    consultations: int | None
    consultation_minutes: int | None
    anonymous: int | None
    named: int | None
    urgent: int | None
    consultations_referred: int | None
    consultations_not_referred: int | None
    referrals: int | None
    referrals_heard: int | None
    settled: int | None
    unsettled: int | None
    median_days_to_settled: float | None
    suppressed: list[str] = Described(
        default_factory=list, description="Figures withheld from this caller, since few persons stand behind them"
    )


class ConsultationGroup(ConsultationFigures):
    """The figures of one group; `key` is a time, a language tag or a code."""

    key: str
    name: str


class ConsultationReport(View):
    """The consultations received from `from` to `to`, both included."""

    as_of: Instant
    first: Day = Described(serialization_alias="from")
    last: Day = Described(serialization_alias="to")
    group_by: ConsultationsBy
    definitions: dict[str, str] = Described(description="What each figure means, in the caller's language")
    groups: list[ConsultationGroup]
    total: ConsultationFigures
