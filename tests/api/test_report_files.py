"""Reports as files: a workbook that spreadsheets read, and a picture with a bar for each group."""

import io
import zipfile
from xml.etree import ElementTree as ET

import pytest

from api.drawing import to_svg
from api.workbooks import to_xlsx
from models.account import Role
from models.dispatch_request import RequestStatus
from services.sheet import Cell, Sheet
from tests.conftest import As, Client
from tests.factories import Make

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SVG = "{http://www.w3.org/2000/svg}"
TABLE = Sheet(
    "x" * 40,
    [["名前", "数", "日"], ["<A & B>", 3, "d"], ["=1+1\x07", None, "d"], ["少", "非公表", "d"], ["計", 2.5, "d"]],
)
REPORTS = ("dispatches", "events", "language-gap", "trainings", "volunteers")


def cells(content: bytes) -> list[list[str | None]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        assert {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"} < set(package.namelist())
        page = ET.fromstring(package.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    return [["".join(cell.itertext()) or None for cell in row] for row in page.iter(f"{MAIN}row")]


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers() -> None:
    content = to_xlsx(TABLE)

    assert cells(content) == [
        ["名前", "数", "日"],
        ["<A & B>", "3", "d"],
        ["=1+1", None, "d"],
        ["少", "非公表", "d"],
        ["計", "2.5", "d"],
    ]
    assert content == to_xlsx(TABLE)


def test_a_column_of_a_workbook_is_as_wide_as_its_longest_text() -> None:
    content = to_xlsx(Sheet("x", [["これからの依頼・取り下げ", "n"], ["a", 1], ["x" * 99, None]]))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        page = ET.fromstring(package.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own

    assert [column.attrib["width"] for column in page.iter(f"{MAIN}col")] == ["40", "3"]


def test_a_name_is_cut_only_where_it_would_reach_the_bars() -> None:
    names = ["FY 2026, October to March", "地域の日本語教室と学習支援の教室", "あ" * 30, "a" * 60]
    rows: list[list[Cell]] = [[name, 1] for name in names]
    drawn = ET.fromstring(to_svg(Sheet("x", [["a", "b"], *rows, ["計", 4]])))  # noqa: S314 - our own

    shown = [text[0].tail for text in drawn.iter(f"{SVG}text") if len(text)]
    assert shown == [*names[:2], f"{'あ' * 18}…", f"{'a' * 37}…"]


def test_a_picture_has_a_bar_for_each_group_and_names_the_total() -> None:
    drawn = ET.fromstring(to_svg(TABLE))  # noqa: S314 - our own

    widths = [int(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert widths[1:] == [360, 0, 0]
    assert "非公表" in "".join(drawn.itertext())
    assert "<A & B>" in "".join(drawn.itertext())
    assert "計: 2.5" in "".join(drawn.itertext())
    assert ET.fromstring(to_svg(Sheet("x", [["a", "b"], ["計", None]]))).attrib["role"] == "img"  # noqa: S314 - our own


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    ("form", "media"),
    [("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), ("svg", "image/svg+xml")],
)
def test_every_report_is_a_file_as_well(make: Make, office: Client, name: str, form: str, media: str) -> None:
    make.request(languages=["vi"], status=RequestStatus.UNFILLED)

    answer = office.get(f"/v1/reports/{name}", params={"format": form})

    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith(media)
    assert f'.{form}"' in answer.headers["Content-Disposition"]
    if form == "xlsx":
        assert len(cells(answer.content)) >= 2
    else:
        assert ET.fromstring(answer.content).tag == f"{SVG}svg"  # noqa: S314 - our own


def test_the_indicators_are_a_workbook_and_no_picture(as_: As) -> None:
    viewer = as_(Role.VIEWER)

    told = {form: viewer.get("/v1/reports/indicators", params={"format": form}).status_code for form in ("xlsx", "svg")}

    assert told == {"xlsx": 200, "svg": 422}
