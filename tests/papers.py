"""PDFs as people get them: opened, read and drawn by Poppler; program and font are found or installed.

Without them the tests fail and say so; they never skip.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests import apt

PACKAGES: Final = ("poppler-utils", "fonts-ipaexfont-gothic", "fonts-dejavu-core")
PROGRAMS: Final = ("pdftotext", "pdffonts", "pdftoppm")
FONTS: Final = (
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
)
MISSING: Final = f"Poppler and a Japanese font are needed: apt-get install {' '.join(PACKAGES)}"


def provide() -> None:
    """Find the programs and the font, or install them. Raises `RuntimeError`."""
    if _there():
        return
    if apt.can_install():
        apt.install(*PACKAGES)
    if not _there():
        raise RuntimeError(MISSING)


def _there() -> bool:
    return all(font.is_file() for font in FONTS) and all(shutil.which(program) for program in PROGRAMS)


def text_of(pdf: bytes, folder: Path) -> str:
    """What can be read, line by line as it lies on the page."""
    return _run("pdftotext", "-layout", str(_file(pdf, folder)), "-")


def fonts_of(pdf: bytes, folder: Path) -> list[tuple[str, bool]]:
    """Each font by name, and whether it is embedded."""
    lines = _run("pdffonts", str(_file(pdf, folder))).splitlines()[2:]
    return [(line.split()[0], line.split()[-5] == "yes") for line in lines]


def picture_of(pdf: bytes, folder: Path) -> bytes:
    """The first page drawn, one byte of grey for each point."""
    _run("pdftoppm", "-r", "50", "-gray", "-singlefile", str(_file(pdf, folder)), str(folder / "page"))
    drawn = (folder / "page.pgm").read_bytes()
    return drawn.split(b"\n", 3)[3]


def _file(pdf: bytes, folder: Path) -> Path:
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    return file


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
