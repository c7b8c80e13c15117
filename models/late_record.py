"""A finished dispatch that the office writes down afterwards, in one call."""

from pydantic import Field as Described

from models.activity_report import ReportDraft, RequesterReport
from models.dispatch_request import DispatchRequestCreate
from models.fields import Draft, Id, Line, Override


class ServedBy(Draft):
    """Who came, and her report; rules that want a reason want an override here too."""

    volunteer_id: Id
    overrides: list[Override] = Described(default_factory=list, max_length=10)
    report: ReportDraft


class DispatchRequestFiling(DispatchRequestCreate):
    """A request; with `recorded_late=true` a finished one, with who came, both reports and the reason for the delay."""

    reason: Line | None = Described(default=None, description="With `recorded_late` only: why it is recorded late")
    served_by: list[ServedBy] = Described(
        default_factory=list, max_length=5, description="With `recorded_late` only: who came"
    )
    report: RequesterReport | None = Described(
        default=None, description="With `recorded_late` only: the institution's report"
    )
