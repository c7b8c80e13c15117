"""A sheet as a workbook of one page (ECMA-376, SpreadsheetML): the fewest parts that spreadsheets read.

Texts are inline strings, which no spreadsheet calculates. The same sheet makes the same bytes.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final
from xml.sax.saxutils import quoteattr

from api.markup import columns, xml_text
from services.sheet import Cell, Sheet

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OOXML: Final = "http://schemas.openxmlformats.org"
_MAIN: Final = f"{_OOXML}/spreadsheetml/2006/main"
_RELS: Final = f"{_OOXML}/package/2006/relationships"
_OFFICE: Final = f"{_OOXML}/officeDocument/2006/relationships"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CONTENT_TYPES: Final = "".join(
    (
        f'<Types xmlns="{_OOXML}/package/2006/content-types">',
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>',
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    )
)
_LONGEST_NAME: Final = 31
_WIDEST: Final = 40
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)


def to_xlsx(sheet: Sheet) -> bytes:
    """Return the bytes of a workbook with this one sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in _parts(sheet):
            part = zipfile.ZipInfo(name, _BEGINNING)
            part.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(part, _HEAD + content)
    return file.getvalue()


def _parts(sheet: Sheet) -> Iterator[tuple[str, str]]:
    yield "[Content_Types].xml", _CONTENT_TYPES
    yield "_rels/.rels", _relation("officeDocument", "xl/workbook.xml")
    yield "xl/_rels/workbook.xml.rels", _relation("worksheet", "worksheets/sheet1.xml")
    page = f'<sheet name={quoteattr(sheet.name[:_LONGEST_NAME])} sheetId="1" r:id="rId1"/>'
    yield "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{page}</sheets></workbook>'
    rows = "".join(_row(row) for row in sheet.rows)
    page = f"<cols>{''.join(_widths(sheet))}</cols><sheetData>{rows}</sheetData>"
    yield "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{_MAIN}">{page}</worksheet>'


def _widths(sheet: Sheet) -> Iterator[str]:
    """Give each column room for its longest text, within reason."""
    for n, cells in enumerate(zip_longest(*sheet.rows), start=1):
        width = min(max(columns("" if cell is None else str(cell)) for cell in cells) + 2, _WIDEST)
        yield f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'


def _relation(kind: str, target: str) -> str:
    one = f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_RELS}">{one}</Relationships>'


def _row(cells: Sequence[Cell]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{xml_text(cell)}</t></is></c>'
    return f"<c><v>{cell}</v></c>"
