"""Figures of trainings over a period, each with its definition and the instant as of which it holds (domain.md §8)."""

from enum import StrEnum

from pydantic import Field as Described

from models.fields import Day, Instant, View


class TrainingGroupBy(StrEnum):
    """What the sessions of a report are grouped by."""

    FISCAL_YEAR = "fiscal_year"
    MONTH = "month"
    COURSE = "course"


class TrainingFigures(View):
    """What is counted of training sessions; persons are null where few of them would be known."""

    sessions: int
    sessions_held: int
    sessions_cancelled: int
    seats: int
    applications: int | None
    took_part: int | None
    completions: int | None
    incompletions: int | None
    withdrawals: int | None
    left_waiting: int | None
    minutes_attended: int | None
    completion_share: float | None
    suppressed: list[str] = Described(
        default_factory=list, description="Figures withheld from this caller, since few persons stand behind them"
    )


class TrainingGroup(TrainingFigures):
    """The figures of one group; `key` is a year, a month or the code of a course."""

    key: str
    name: str


class TrainingReport(View):
    """The announced sessions that begin from `from` to `to`, both included."""

    as_of: Instant
    first: Day = Described(serialization_alias="from")
    last: Day = Described(serialization_alias="to")
    group_by: TrainingGroupBy
    definitions: dict[str, str] = Described(description="What each figure means, in the caller's language")
    groups: list[TrainingGroup]
    total: TrainingFigures
