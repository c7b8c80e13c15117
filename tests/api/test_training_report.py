"""Figures of trainings: what each counts, by course, month and year, as an answer and as a sheet."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pytest

from models.account import Role
from models.training import EnrollmentStatus, TrainingCourse, TrainingStatus
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults
from tests.queries import Statements

Queries = Callable[[], AbstractContextManager[Statements]]
E = EnrollmentStatus
PATH = "/v1/reports/trainings"


def held(make: Make, course: TrainingCourse, day: str, states: list[tuple[E, int]], **over: Any) -> None:
    session = make.training(
        of=course, starts_at=datetime.fromisoformat(f"{day}T10:00:00+09:00"), status=TrainingStatus.HELD, **over
    )
    for state, minutes in states:
        make.seat(session, make.volunteer(), state, minutes=minutes)


@pytest.fixture
def year(make: Make) -> None:
    basic, visit = make.course(code="basic", title="基礎"), make.course(code="visit", title="訪問")
    held(make, basic, "2025-05-10", [(E.COMPLETED, 120)] * 5 + [(E.INCOMPLETE, 0)], capacity=6)
    held(make, basic, "2025-10-04", [(E.COMPLETED, 100), (E.ATTENDING, 60), (E.WITHDRAWN, 0)], capacity=10)
    held(make, visit, "2025-10-11", [(E.WAITLISTED, 0), (E.INCOMPLETE, 30)], capacity=4)
    make.training(of=visit, status=TrainingStatus.CANCELLED)
    make.training(of=visit, status=TrainingStatus.PLANNED)
    held(make, basic, "2024-05-10", [(E.COMPLETED, 120)])


@pytest.mark.usefixtures("year")
def test_figures_by_course_and_in_total(office: Client) -> None:
    report = done(office.get(PATH))
    assert (report["from"], report["to"], report["group_by"]) == ("2025-04-01", "2026-03-31", "course")
    basic, visit = report["groups"]
    assert (basic["key"], basic["name"], basic["sessions"], basic["seats"]) == ("basic", "基礎", 2, 16)
    assert (basic["applications"], basic["took_part"], basic["completions"], basic["incompletions"]) == (9, 7, 6, 1)
    assert (basic["withdrawals"], basic["minutes_attended"], basic["completion_share"]) == (1, 760, 0.857)
    assert (visit["sessions_held"], visit["sessions_cancelled"], visit["left_waiting"], visit["took_part"]) == (
        1,
        1,
        1,
        1,
    )
    assert (report["total"]["sessions"], report["total"]["completions"], report["total"]["suppressed"]) == (4, 6, [])
    assert report["definitions"].keys() == report["total"].keys() - {"suppressed"}


@pytest.mark.usefixtures("year")
@pytest.mark.parametrize(
    ("group_by", "keys"),
    [("month", ["2024-05", "2025-05", "2025-10", "2025-11"]), ("fiscal_year", ["2024", "2025"])],
)
def test_groups_of_time(group_by: str, keys: list[str], office: Client) -> None:
    report = done(office.get(f"{PATH}?from=2024-04-01&to=2026-03-31&group_by={group_by}"))
    assert [group["key"] for group in report["groups"]] == keys
    assert sum(group["completions"] for group in report["groups"]) == report["total"]["completions"] == 7


@pytest.mark.usefixtures("year")
def test_viewers_see_no_small_numbers_of_persons(as_: As) -> None:
    viewer = as_(Role.VIEWER)
    report = done(viewer.get(PATH))
    assert {group["completions"] for group in report["groups"]} == {None}
    assert report["total"]["completions"] is None  # of the withdrawn there is one
    assert report["total"]["sessions"] == 4
    assert "completions" in report["total"]["suppressed"]
    rows = list(csv.reader(io.StringIO(viewer.get(f"{PATH}?format=csv").text.lstrip("\ufeff"))))
    assert rows[-1].count("非公表（少人数）") == 8


def test_viewers_see_what_many_did(as_: As, make: Make) -> None:
    held(make, make.course(code="basic"), "2025-05-10", [(E.COMPLETED, 120)] * 5)
    report = done(as_(Role.VIEWER).get(PATH))
    assert report["groups"][0]["completions"] == report["total"]["completions"] == 5


@pytest.mark.usefixtures("year")
def test_the_same_as_a_sheet(office: Client) -> None:
    answer = office.get(f"{PATH}?format=csv", headers={"Accept-Language": "en"})
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0][:3] == ["training", "Training sessions", "Sessions held"]
    assert [row[0] for row in rows[1:]] == ["基礎", "訪問", "Total"]
    assert rows[1][5] == "9"
    assert "trainings_course_2025-04-01_2026-03-31.csv" in answer.headers["Content-Disposition"]


def test_nothing_held_and_periods_that_cannot_be(office: Client) -> None:
    assert done(office.get(PATH))["total"]["completion_share"] is None
    assert faults(office.get(f"{PATH}?from=2025-05-01&to=2025-04-01")) == [("to", "FIELD_CONFLICT")]


@pytest.mark.usefixtures("year")
def test_any_number_of_sessions_takes_the_same_queries(office: Client, make: Make, queries: Queries) -> None:
    def cost() -> int:
        with queries() as seen:
            done(office.get(PATH))
        return len(seen)

    first = cost()
    for _ in range(5):
        make.training()
    assert cost() == first
