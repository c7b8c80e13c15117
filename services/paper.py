"""A paper to be printed: its words and their order, of which somebody else makes a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Named:
    """A part of a name, with its reading to stand above it."""

    text: str
    reading: str | None = None


@dataclass(frozen=True)
class Paper:
    """One page; `name` is that of the file, without its ending, `table` rows of columns."""

    name: str
    language: str
    heading: str
    holder: Sequence[Named]
    body: Sequence[str]
    table: Sequence[Sequence[str]]
    foot: Sequence[str]
    issued_at: datetime
