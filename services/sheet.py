"""A table to be read elsewhere: plain values in rows, of which somebody else makes a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

Cell = str | int | float | None


class SheetForm(StrEnum):
    """As which file a table is wanted: plain, for a spreadsheet, or as a picture."""

    CSV = "csv"
    XLSX = "xlsx"
    SVG = "svg"


@dataclass(frozen=True)
class Sheet:
    """Rows of values under a first row of headings; `name` is that of the file, without its ending.

    A picture draws the column `drawn` of every row but the last, which is the total.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    form: SheetForm = SheetForm.CSV
    drawn: int = 1
