"""Sheets as files: CSV (RFC 4180) in UTF-8 with a mark at its beginning, by which spreadsheets know the encoding."""

import csv
import io
from typing import Any, Final

from services.sheet import Cell, Sheet

CSV: Final = "text/csv"
CSV_ANSWER: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}
"""The `responses` of an operation that answers a sheet beside its JSON."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(sheet: Sheet) -> bytes:
    """Return the bytes of a sheet; a text that a spreadsheet would calculate is made plain by an apostrophe."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_plain(cell) for cell in row] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
