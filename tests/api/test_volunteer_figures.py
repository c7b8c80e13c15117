"""Figures on volunteers: who applied and what became of them, who is registered, and what viewers do not see."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.account import Role
from models.assignment import AssignmentStatus
from models.recruitment import ApplicationEnd, ApplicationSource, VolunteerApplication
from models.volunteer import Engagement, VolunteerStatus
from tests.conftest import NOW, As, Client
from tests.factories import Make
from tests.makers.doors import done, faults
from tests.queries import Statements

REPORT = "/v1/reports/volunteers"


def write(make: Make, wiring: Wiring, **over: Any) -> None:
    """One application, with the stages it reached."""
    candidate = make.candidate(intake=over.pop("intake", None))
    with wiring.unit() as unit:
        row = unit.session.exec(
            select(VolunteerApplication).where(VolunteerApplication.volunteer_id == candidate.id)
        ).one()
        row.sqlmodel_update(over)


@pytest.fixture
def pipeline(make: Make, wiring: Wiring) -> None:
    """One in each stage, and one of the last fiscal year."""
    autumn = make.recruitment_round(name="秋の募集")
    stages: dict[str, Any] = {"screened_at": NOW, "training_at": NOW, "activated_at": NOW}
    left = {"ended_at": NOW, "ended_as": ApplicationEnd.LEFT}
    write(make, wiring, intake=autumn)
    write(make, wiring, **left, intake=autumn)
    write(make, wiring, screened_at=NOW, **left, source=ApplicationSource.COLLEGE)
    write(make, wiring, screened_at=NOW, ended_at=NOW, ended_as=ApplicationEnd.TURNED_DOWN)
    write(make, wiring, screened_at=NOW, training_at=NOW, **left)
    write(make, wiring, **stages, received_at=NOW - timedelta(days=40))
    write(make, wiring, received_at=NOW - timedelta(days=400))


@pytest.mark.usefixtures("pipeline")
def test_the_pipeline_tells_where_people_drop_out(office: Client) -> None:
    report = done(office.get(REPORT))

    assert (report["from"], report["to"], report["suppressed"]) == ("2025-04-01", "2026-03-31", [])
    assert report["total"] == {
        "applicants": 6, "screened": 4, "trained": 2, "registered": 1, "left_applied": 1, "left_screening": 1,
        "left_training": 1, "turned_down": 1, "underway": 1,
    }  # fmt: skip
    assert set(report["definitions"]) == {*report["total"], *report["now"]}
    assert {group["name"]: group["applicants"] for group in report["groups"]} == {"秋の募集": 2, "募集期間外": 4}


@pytest.mark.usefixtures("pipeline")
@pytest.mark.parametrize(
    ("group_by", "expected"),
    [("month", {"2025-10": 1, "2025-11": 5}), ("source", {"ボランティア大学校": 1, "一般の応募": 5})],
)
def test_it_is_grouped_by_month_and_source(office: Client, group_by: str, expected: dict[str, int]) -> None:
    groups = done(office.get(REPORT, params={"group_by": group_by}))["groups"]
    assert {group["name"]: group["applicants"] for group in groups} == expected


@pytest.mark.usefixtures("pipeline")
def test_it_is_a_sheet_too(office: Client) -> None:
    answer = office.get(REPORT, params={"format": "csv", "group_by": "month"}, headers={"Accept-Language": "en"})
    heads, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heads[:3] == ["Month", "Applicants", "Taken up"]
    assert [row[:2] for row in rows] == [["2025-10", "1"], ["2025-11", "5"], ["Total", "6"]]


def test_who_is_registered_is_counted_as_of_now(make: Make, office: Client) -> None:
    worked = make.volunteer(renewing=True)
    make.assignment(make.shift_with_demand(starts_at=NOW - timedelta(days=300)), worked, AssignmentStatus.COMPLETED)
    idle = make.volunteer(status=VolunteerStatus.ON_LEAVE, insured=False)
    make.assignment(make.shift_with_demand(starts_at=NOW - timedelta(days=400)), idle, AssignmentStatus.COMPLETED)
    make.volunteer(status=VolunteerStatus.SUSPENDED)
    make.volunteer(engagement=Engagement.STAFF, valid_until=None)

    assert done(office.get(REPORT))["now"] == {
        "registrations": 2, "active": 1, "on_leave": 1, "suspended": 1, "assigned": 1, "staying": 1, "uninsured": 1,
    }  # fmt: skip


@pytest.mark.usefixtures("pipeline")
def test_viewers_see_no_small_numbers_and_no_groups(make: Make, as_: As) -> None:
    viewer = as_(Role.VIEWER)
    make.volunteer()
    report = done(viewer.get(REPORT))

    assert report["groups"] == []
    assert (report["total"]["applicants"], report["total"]["screened"]) == (6, None)
    assert set(report["now"].values()) == {None}
    assert {"screened", "registrations"} <= set(report["suppressed"])
    sheet = viewer.get(REPORT, params={"format": "csv"}, headers={"Accept-Language": "en"}).text
    assert "withheld" in sheet
    for _ in range(5):
        make.volunteer()
    now = done(viewer.get(REPORT))["now"]
    assert (now["registrations"], now["active"], now["on_leave"]) == (6, 6, 0)


def test_a_report_covers_days_in_order(office: Client) -> None:
    wrong = office.get(REPORT, params={"from": "2025-11-10", "to": str(date(2025, 11, 1))})
    assert faults(wrong) == [("to", "FIELD_CONFLICT")]


@pytest.mark.parametrize("rows", [1, 30])
def test_it_takes_the_same_queries_whatever_it_counts(
    office: Client, make: Make, queries: Callable[[], AbstractContextManager[Statements]], rows: int
) -> None:
    for _ in range(rows):
        make.candidate()
    with queries() as seen:
        assert done(office.get(REPORT))["total"]["applicants"] == rows
    assert len(seen) == 4
