"""Sheets as files: CSV (RFC 4180) in UTF-8 with a mark at its beginning, by which spreadsheets know the encoding; XLSX; SVG."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any, Final

from api.drawing import to_svg
from api.workbooks import to_xlsx
from services.sheet import Cell, Sheet, SheetForm

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SVG: Final = "image/svg+xml"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def sheet_answers(*media: str) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation that answers a sheet beside its JSON."""
    text, binary = {"type": "string"}, {"type": "string", "format": "binary"}
    return {200: {"content": {kind: {"schema": binary if kind == XLSX else text} for kind in media}}}


def to_csv(sheet: Sheet) -> bytes:
    """Return the bytes of a sheet; a text that a spreadsheet would calculate is made plain by an apostrophe."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_plain(cell) for cell in row] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


WRITERS: Final[Mapping[SheetForm, tuple[str, Callable[[Sheet], bytes]]]] = {
    SheetForm.CSV: (CSV, to_csv),
    SheetForm.XLSX: (XLSX, to_xlsx),
    SheetForm.SVG: (SVG, to_svg),
}
"""Media type and writer of each form."""
