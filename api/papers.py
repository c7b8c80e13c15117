"""Papers as PDF: where their font is found, and what an operation that answers one documents."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from services.errors import Refused

PDF: Final = "application/pdf"
PDF_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "The paper"}
}
"""The `responses` of an operation that answers a paper."""
_FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
JAPANESE: Final = ("ipaexg.ttf", "ipag.ttf", "fonts-japanese-gothic.ttf")
"""Files of fonts with Japanese letters, best first: Debian's `fonts-ipaexfont-gothic` and its kin."""
OTHER: Final = ("DejaVuSans.ttf",)
"""Files of fonts for what a Japanese one lacks, such as Vietnamese names."""


class NoFont(Refused):
    """No font with Japanese letters is installed, or the one that the settings name cannot be read."""

    def __init__(self) -> None:
        super().__init__("DOC_FONT")


def find_font(named: Path | None) -> Path:
    """Return the file of the font for papers: the one that the settings name, or the best installed. Raises `NoFont`."""
    found = named if named is not None else next(installed(JAPANESE), None)
    if found is None or not _is_font(found):
        raise NoFont
    return found


def _is_font(file: Path) -> bool:
    """Return whether a file begins as TrueType fonts do."""
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return opened.read(4) in {b"\0\1\0\0", b"true"}


def installed(names: Sequence[str]) -> Iterator[Path]:
    """Yield the files of these names among the system's fonts."""
    return chain.from_iterable(folder.rglob(name) for name in names for folder in _FOLDERS if folder.is_dir())
