"""Business days of the office, public holidays and closed days."""

from datetime import date
from typing import Any

import pytest

from api.db import Wiring
from models.account import Role
from models.office import ClosedDay
from services.office_days import office_calendar
from tests.conftest import As, Client


@pytest.fixture
def reader(as_: As) -> Client:
    return as_(Role.REQUESTER)


def listed(by: Client, first: str, last: str, language: str = "ja") -> list[tuple[str, str, str]]:
    answer = by.get("/v1/holidays", params={"from": first, "to": last}, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return [(entry["day"], entry["name"], entry["kind"]) for entry in answer.json()["items"]]


def test_holidays_and_closed_days_are_listed_in_order(reader: Client) -> None:
    assert listed(reader, "2025-12-30", "2026-01-12") == [
        ("2025-12-30", "年末年始", "closed_day"),
        ("2025-12-31", "年末年始", "closed_day"),
        ("2026-01-01", "年末年始", "closed_day"),
        ("2026-01-01", "元日", "public_holiday"),
        ("2026-01-02", "年末年始", "closed_day"),
        ("2026-01-03", "年末年始", "closed_day"),
        ("2026-01-12", "成人の日", "public_holiday"),
    ]


def test_holidays_have_names_in_the_callers_language(reader: Client) -> None:
    assert [name for _, name, _ in listed(reader, "2025-11-23", "2025-11-23", "en")] == ["Labor Thanksgiving Day"]
    assert listed(reader, "2025-11-25", "2025-11-25") == []


def test_a_day_closed_once_is_closed_that_year_only(reader: Client, wiring: Wiring) -> None:
    with wiring.unit() as unit:
        unit.add(ClosedDay(name="移転作業", day=date(2025, 11, 20)))

    assert listed(reader, "2025-11-20", "2025-11-20") == [("2025-11-20", "移転作業", "closed_day")]
    assert listed(reader, "2026-11-20", "2026-11-20") == []
    with wiring.unit(write=False) as unit:
        calendar = office_calendar(unit)
        assert not calendar.is_open(date(2025, 11, 20))
        assert calendar.is_open(date(2026, 11, 20))


STEPS: list[tuple[tuple[int, int, int], int, tuple[int, int, int]]] = [
    ((2025, 11, 20), 0, (2025, 11, 20)),
    ((2025, 11, 20), 1, (2025, 11, 21)),
    ((2025, 11, 21), 1, (2025, 11, 25)),  # a weekend, and the substitute for Sunday's holiday
    ((2025, 11, 25), -1, (2025, 11, 21)),
    ((2025, 11, 22), -1, (2025, 11, 21)),
    ((2025, 12, 26), 1, (2026, 1, 5)),
    ((2026, 1, 5), -2, (2025, 12, 25)),
    ((2025, 5, 2), 1, (2025, 5, 7)),  # the golden week
]


@pytest.mark.parametrize(("day", "count", "expected"), STEPS)
def test_steps_go_by_business_days(day: Any, count: int, expected: Any, wiring: Wiring) -> None:
    with wiring.unit(write=False) as unit:
        assert office_calendar(unit).step(date(*day), count) == date(*expected)


def test_closed_days_are_read_once(wiring: Wiring, queries: Any) -> None:
    with wiring.unit(write=False) as unit, queries() as seen:
        calendar = office_calendar(unit)
        for day in range(1, 29):
            calendar.is_open(date(2025, 10, day))
            office_calendar(unit).step(date(2025, 10, day), 7)

    assert len(seen) == 1
