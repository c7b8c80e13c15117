"""The report on volunteers: what became of those who applied, and who is registered (domain.md §8)."""

from enum import StrEnum

from pydantic import Field as Described

from models.fields import Day, Instant, View


class IntakeBy(StrEnum):
    """What the applications of a report are grouped by."""

    ROUND = "round"
    MONTH = "month"
    SOURCE = "source"


class PipelineFigures(View):
    """Of those who applied in the period: how far they came, and at which stage they dropped out."""

    applicants: int | None
    screened: int | None
    trained: int | None
    registered: int | None
    left_applied: int | None
    left_screening: int | None
    left_training: int | None
    turned_down: int | None
    underway: int | None


class PipelineGroup(PipelineFigures):
    """The pipeline of one group; `key` is a round's id, a month or a source."""

    key: str
    name: str


class RegistrationFigures(View):
    """Who is registered now; volunteers only, staff and partners apart."""

    registrations: int | None
    active: int | None
    on_leave: int | None
    suspended: int | None
    assigned: int | None
    staying: int | None
    uninsured: int | None


class RegistrationReport(View):
    """Who applied from `from` to `to`, both included, and who is registered at `as_of`."""

    as_of: Instant
    first: Day = Described(serialization_alias="from")
    last: Day = Described(serialization_alias="to")
    group_by: IntakeBy
    definitions: dict[str, str] = Described(description="What each figure means, in the caller's language")
    groups: list[PipelineGroup] = Described(description="For staff only: few persons stand behind a group")
    total: PipelineFigures
    now: RegistrationFigures
    suppressed: list[str] = Described(
        default_factory=list, description="Figures withheld from this caller, since few persons stand behind them"
    )
