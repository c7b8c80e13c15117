"""Reports: figures over a period, each with its definition and the instant as of which it holds (domain.md §8)."""

from enum import StrEnum

from pydantic import Field as Described

from models.fields import Day, Instant, View


class GroupBy(StrEnum):
    """What the requests of a report are grouped by."""

    FISCAL_YEAR = "fiscal_year"
    MONTH = "month"
    LANGUAGE = "language"
    SERVICE = "service"
    CENTRE = "centre"


class DispatchFigures(View):
    """What is counted of dispatch requests; what each figure means stands in `definitions`."""

    requests: int
    requests_on_site: int
    requests_fallback: int
    requests_not_at_all: int
    requests_other: int
    families: int | None
    families_on_site: int | None
    families_fallback: int | None
    families_not_at_all: int | None
    families_other: int | None
    unmet: int
    late_requests: int
    overrides: int
    minutes: int
    filled: int
    median_hours_to_filled: float | None
    cancelled: int
    cancelled_by_requester: int
    cancelled_by_office: int
    lapsed: int
    cancelled_late: int
    no_show_volunteer: int
    no_show_client: int
    returning: int
    continued: int
    continuity_share: float | None
    suppressed: list[str] = Described(
        default_factory=list, description="Figures withheld from this caller, since few persons stand behind them"
    )


class FigureGroup(DispatchFigures):
    """The figures of one group; `key` is a year, a month, a language tag, a code or an id."""

    key: str
    name: str


class UnmetLanguage(View):
    """Requests in a language that no interpreter came to; the rare languages of a fiscal year are one."""

    key: str
    name: str
    requests: int


class DispatchReport(View):
    """The dispatch requests whose activity begins from `from` to `to`, both included."""

    as_of: Instant
    first: Day = Described(serialization_alias="from")
    last: Day = Described(serialization_alias="to")
    group_by: GroupBy
    definitions: dict[str, str] = Described(description="What each figure means, in the caller's language")
    groups: list[FigureGroup]
    total: DispatchFigures
    unmet_by_language: list[UnmetLanguage]
