"""The report on dispatches as it is read, and the requests that it counts."""

from datetime import datetime
from typing import Any, Final

from models.dispatch_request import RequestStatus
from services.figures import COUNTED
from tests.conftest import Client
from tests.factories import Make

R = RequestStatus
REPORT: Final = "/v1/reports/dispatches"
BEFORE: Final = datetime.fromisoformat("2025-10-06T10:00:00+09:00")
"""A Monday five weeks before the clock of the tests, in the same fiscal year."""
NOTHING: Final[dict[str, Any]] = {
    **dict.fromkeys(COUNTED, 0),
    "median_hours_to_filled": None,
    "continuity_share": None,
    "suppressed": [],
}


def report(reader: Client, **asked: str) -> dict[str, Any]:
    answer = reader.get(REPORT, params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def total(reader: Client, **asked: str) -> dict[str, Any]:
    figures: dict[str, Any] = report(reader, **asked)["total"]
    return figures


def counted(reader: Client, *names: str) -> list[Any]:
    figures = total(reader)
    return [figures[name] for name in names]


def by_key(told: dict[str, Any], figure: str = "requests") -> dict[str, Any]:
    return {group["key"]: group[figure] for group in told["groups"]}


def handed_in(make: Make, count: int = 1, *, families: int = 0, **over: Any) -> None:
    """So many requests with so many families each."""
    columns = {"status": R.MATCHING, **over}
    for _ in range(count):
        make.request(ages=[3] * families, **columns)
