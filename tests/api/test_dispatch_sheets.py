"""The report on dispatches as a sheet."""

import csv
import io

import httpx2
import pytest

from models.organization import Organization
from services.figures import FIGURES
from services.wording import LANGUAGES, catalogue
from tests.conftest import Client
from tests.factories import Make
from tests.makers.doors import faults
from tests.makers.reporting import REPORT, handed_in


def sheet(answer: httpx2.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_has_a_row_per_group_and_the_total(
    make: Make, office: Client, centre: Organization, language: str
) -> None:
    handed_in(make, 2, owner=centre, families=1)
    handed_in(make, owner=make.organization(name="べつのセンター"))

    asked = {"format": "csv", "group_by": "centre"}
    answer = office.get(REPORT, params=asked, headers={"Accept-Language": language})

    words, labels = catalogue(language)["words"], catalogue(language)["figures"]
    head, *rows = sheet(answer)
    assert head == [words["centre"], *(labels[name] for name in FIGURES), labels["as_of"]]
    assert [row[:2] for row in rows] == [["架空福祉健康センター", "2"], ["べつのセンター", "1"], [labels["total"], "3"]]
    figures = dict(zip(FIGURES, rows[-1][1:], strict=False))
    assert (figures["families"], figures["median_hours_to_filled"]) == ("2", "")
    assert {row[-1] for row in rows} == {"2025-11-10"}
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="dispatches_centre_2025-04-01_2026-03-31.csv"'
    )
    assert answer.headers["content-language"] == language


@pytest.mark.parametrize("name", ["=1+1", "+81", "-2", "@SUM(A1)", "\tx"])
def test_no_name_is_calculated_by_a_spreadsheet(make: Make, office: Client, name: str) -> None:
    handed_in(make, owner=make.organization(name=name))

    rows = sheet(office.get(REPORT, params={"format": "csv", "group_by": "centre"}))

    assert rows[1][0] == f"'{name}"


def test_a_sheet_says_what_it_withholds(make: Make, viewer: Client) -> None:
    handed_in(make, families=1)

    rows = sheet(viewer.get(REPORT, params={"format": "csv"}))

    column = 1 + FIGURES.index("families")
    assert [row[column] for row in rows] == ["家庭数", "非公表（少人数）", "非公表（少人数）"]


def test_a_sheet_of_nothing_is_its_head_and_its_total(office: Client) -> None:
    rows = sheet(office.get(REPORT, params={"format": "csv"}))

    assert [len(row) for row in rows] == [len(FIGURES) + 2] * 2


def test_a_sheet_is_refused_like_the_report(office: Client) -> None:
    answer = office.get(REPORT, params={"format": "csv", "from": "2025-11-02", "to": "2025-11-01"})

    assert faults(answer) == [("to", "FIELD_CONFLICT")]
