"""Figures of consultations: what each counts, by which group, and what those see who may not read any."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
import pytest

from models.account import Role
from services.clock import SetClock
from tests.conftest import As, Client
from tests.factories import Make
from tests.makers.doors import done, faults

PATH: Final = "/v1/reports/consultations"
SETTLED: Final = {"status": "resolved", "resolution": "answered"}


def brought(make: Make, clock: SetClock, number: int, language: str = "vi", **over: Any) -> Iterable[Any]:
    return [make.consultation(language=language, received_at=clock.now, **over) for _ in range(number)]


@pytest.fixture
def autumn(make: Make, clock: SetClock) -> None:
    """Ten in Vietnamese and six in Chinese in November, two in English in August."""
    now = clock.now
    clock.now = now - timedelta(days=90)
    brought(make, clock, 2, "en", topics=["tax"], heard_from=None, status="received")
    clock.now = now
    settled: dict[str, Any] = {**SETTLED, "settled_at": now + timedelta(days=3)}
    brought(make, clock, 5, topics=["childcare", "education"], anonymous=False, **settled)
    brought(make, clock, 5, channel="phone")
    for one in brought(make, clock, 6, "cmn", topics=["work"], heard_from="school", status="referred"):
        make.referral(one, outcome="helped", outcome_at=now)


def by(caller: Client, group_by: str, **asked: str) -> dict[str, Any]:
    report: dict[str, Any] = done(caller.get(PATH, params={"group_by": group_by, **asked}))
    return report


def counts(report: dict[str, Any], figure: str = "consultations") -> dict[str, Any]:
    return {group["key"]: group[figure] for group in report["groups"]}


@pytest.mark.usefixtures("autumn")
def test_figures_by_each_group(make: Make, officer: Client) -> None:
    make.consultation(urgency="urgent", urgent_codes=["self_harm"])
    report = by(officer, "language")
    assert counts(report) == {"vi": 11, "cmn": 6, "en": 2}
    total = report["total"]
    assert (total["consultations"], total["consultation_minutes"], total["urgent"]) == (19, 380, 1)
    assert (total["anonymous"], total["named"]) == (14, 5)
    assert (total["referrals"], total["consultations_referred"], total["referrals_heard"]) == (6, 6, 6)
    assert (total["settled"], total["unsettled"], total["median_days_to_settled"]) == (5, 14, 3.0)
    assert report["groups"][2]["median_days_to_settled"] is None
    assert report["definitions"].keys() == total.keys() - {"suppressed"}
    assert counts(by(officer, "topic")) == {"housing": 6, "work": 6, "childcare": 5, "tax": 2}
    assert counts(by(officer, "channel")) == {"desk": 14, "phone": 5}
    assert counts(by(officer, "heard_from")) == {"friend": 11, "school": 6, "not_asked": 2}
    assert counts(by(officer, "month")) == {"2025-08": 2, "2025-11": 17}
    halves = by(officer, "half_year")
    assert [(group["key"], group["name"]) for group in halves["groups"]] == [
        ("2025-1", "2025年度上半期"), ("2025-2", "2025年度下半期"),
    ]  # fmt: skip
    assert counts(by(officer, "fiscal_year")) == {"2025": 19}
    november = by(officer, "topic", **{"from": "2025-11-01", "to": "2025-11-30"})
    assert november["total"]["consultations"] == 17
    names = {group["key"]: group["name"] for group in by(officer, "topic")["groups"]}
    assert names["housing"] == "住まい"


@pytest.mark.usefixtures("autumn")
def test_who_may_not_read_them_sees_no_small_numbers(as_: As, officer: Client) -> None:
    for outsider in (as_(Role.VIEWER), as_(Role.COORDINATOR)):
        report = by(outsider, "language")
        assert counts(report) == {"vi": 10, "cmn": None, "en": None}
        assert counts(report, "consultation_minutes") == {"vi": 200, "cmn": None, "en": None}
        assert report["total"]["consultations"] == 18
        assert "urgent" in report["total"]["suppressed"]
        assert {group["urgent"] for group in report["groups"]} == {None}
        half = outsider.get(PATH, params={"from": "2025-10-01", "to": "2026-03-31"})
        assert faults(half) == [("from", "FIELD_RANGE")]
    assert by(officer, "language")["groups"][2]["suppressed"] == []


def test_months_and_halves_of_a_year_bring_no_small_number_back(make: Make, as_: As, officer: Client) -> None:
    """Three in April stand beside another month, or the half would tell of them."""
    for month, number in ((4, 3), (5, 9), (6, 8), (10, 7), (11, 6)):
        for _ in range(number):
            make.consultation(received_at=datetime(2025, month, 5, tzinfo=UTC))
    assert counts(by(officer, "month"))["2025-04"] == 3
    for outsider in (as_(Role.VIEWER), as_(Role.COORDINATOR)):
        months = counts(by(outsider, "month"))
        assert months == {"2025-04": None, "2025-05": 9, "2025-06": None, "2025-10": 7, "2025-11": 6}
        assert counts(by(outsider, "half_year")) == {"2025-1": 20, "2025-2": 13}


def test_a_half_of_few_is_withheld_with_the_other(make: Make, as_: As) -> None:
    for month, number in ((4, 3), (10, 7), (11, 6)):
        for _ in range(number):
            make.consultation(received_at=datetime(2025, month, 5, tzinfo=UTC))
    viewer = as_(Role.VIEWER)
    assert counts(by(viewer, "half_year")) == {"2025-1": None, "2025-2": None}
    assert counts(by(viewer, "month")) == {"2025-04": None, "2025-10": 7, "2025-11": None}
    assert counts(by(viewer, "fiscal_year")) == {"2025": 16}


def test_a_total_that_one_report_of_a_year_withholds_is_in_none(make: Make, as_: As) -> None:
    """Five languages that come to five are one each."""
    for language in ("vi", "en", "cmn", "ne", "id"):
        make.consultation(language=language)
    viewer = as_(Role.VIEWER)
    for group_by in ("language", "fiscal_year", "topic"):
        shown = by(viewer, group_by)
        assert {*counts(shown).values(), shown["total"]["consultations"]} == {None}


@pytest.mark.usefixtures("autumn")
def test_the_same_as_a_sheet(as_: As) -> None:
    answer = as_(Role.VIEWER).get(PATH, params={"group_by": "language", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    head, *rows, total = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (head[1], head[-1]) == ("相談件数", "基準日")
    assert (rows[0][1], rows[1][1], total[1], total[-1]) == ("10", rows[2][1], "18", "2025-11-10")
    assert len({*rows[1][1:-1]}) == 1
    for form, begins in (("xlsx", b"PK"), ("svg", b"<svg")):
        drawn = as_(Role.VIEWER).get(PATH, params={"group_by": "language", "format": form})
        assert done_with(drawn).startswith(begins)


def done_with(answer: httpx2.Response) -> bytes:
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.usefixtures("autumn")
def test_the_number_of_queries_is_constant(make: Make, officer: Client, queries: Any) -> None:
    by(officer, "language")
    with queries() as few:
        by(officer, "language")
    for _ in range(10):
        make.referral(make.consultation(language="en"))
    with queries() as many:
        by(officer, "language")
    assert len(few) == len(many)
