"""Bodies of dispatch series, and what becomes of one through HTTP."""

from typing import Any

from models.organization import Facility
from tests.conftest import Client
from tests.makers.asking import FAMILY

SERIES = "/v1/dispatch-series"


def mornings(school: Facility, **over: Any) -> dict[str, Any]:
    """Tuesday and Thursday mornings of the winter term at a school, for one Vietnamese child."""
    return {
        "service_type": "school_support",
        "facility_id": str(school.id),
        "rule": "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20251219",
        "starts_on": "2025-12-02",
        "starts": "09:30",
        "ends": "11:30",
        "languages": ["vi"],
        "clients": [FAMILY | {"age_months": 90}],
        **over,
    }


def path_of(series: dict[str, Any]) -> str:
    return f"{SERIES}/{series['id']}"


def opened(by: Client, body: dict[str, Any], **query: Any) -> dict[str, Any]:
    """The series that was made of a body."""
    answer = by.post(SERIES, json=body, params=query)
    assert answer.status_code == 201, answer.text
    series: dict[str, Any] = answer.json()
    return series


def read(by: Client, series: dict[str, Any]) -> dict[str, Any]:
    answer = by.get(path_of(series))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def days(series: dict[str, Any]) -> list[str]:
    return [each["occurrence_on"] for each in series["occurrences"]]


def verb(by: Client, series: dict[str, Any], name: str, body: Any = None, **query: Any) -> list[dict[str, Any]]:
    """What each occurrence came to."""
    answer = by.post(f"{path_of(series)}/{name}", json=body or {}, params=query)
    assert answer.status_code == 207, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def changed(by: Client, series: dict[str, Any], body: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """What each occurrence came to, or would come to."""
    answer = by.patch(path_of(series), json=body, params=query, headers={"If-Match": "*"})
    assert answer.status_code == 207, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def told(items: list[dict[str, Any]]) -> list[tuple[str, int, str | None]]:
    """Day, status and code of each."""
    return [(item["occurrence_on"], item["status"], item.get("code")) for item in items]
