"""A table to be read elsewhere: plain values in rows, of which somebody else makes a file."""

from collections.abc import Sequence
from dataclasses import dataclass

Cell = str | int | float | None


@dataclass(frozen=True)
class Sheet:
    """Rows of values under a first row of headings; `name` is that of the file, without its ending."""

    name: str
    rows: Sequence[Sequence[Cell]]
