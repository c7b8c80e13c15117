"""Papers drawn as PDF, with the font embedded and the reading of a name above it; imported only where one is printed."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import WrapMode

from api.papers import OTHER, find_font, installed
from services.errors import invalid
from services.paper import Named, Paper

MARGIN, NAME_SIZE, READING_SIZE, TEXT_SIZE = 25, 22, 9, 12
COLUMNS: Final = (28, 72, 24, 36)
"""Widths of a table's columns, in mm."""


def to_pdf(paper: Paper, font: Path | None) -> bytes:
    """Return the bytes of a paper. Raises `NoFont`, `InvalidFields` (`DOC_LETTERS`) for letters that no font has."""
    pdf = _Page(find_font(font))
    pdf.refuse_unknown(paper)
    pdf.set_title(paper.heading)
    pdf.set_lang(paper.language.partition("-")[0])
    pdf.set_creation_date(paper.issued_at)
    pdf.add_page()
    pdf.heading(paper.heading)
    pdf.name(paper.holder)
    # Japanese has no spaces to break a line at.
    wrap = WrapMode.WORD if paper.language == "en" else WrapMode.CHAR
    pdf.lines(paper.body, wrap)
    pdf.rows(paper.table)
    pdf.lines(paper.foot, wrap)
    return bytes(pdf.output())


class _Page(FPDF):
    def __init__(self, font: Path) -> None:
        super().__init__(format="A4")
        self.add_font("text", fname=font)
        others = [f"other{n}" for n, _ in enumerate(OTHER)]
        for family, file in zip(others, installed(OTHER), strict=False):
            self.add_font(family, fname=file)
        self.set_fallback_fonts([family for family in others if family in self.fonts], exact_match=False)
        self.set_margins(MARGIN, MARGIN)
        self.set_font("text", size=TEXT_SIZE)

    def refuse_unknown(self, paper: Paper) -> None:
        """Raise `InvalidFields` where a letter would be printed as an empty box."""
        known = {letter for font in self.fonts.values() for letter in getattr(font, "cmap", ())}
        names = [part for named in paper.holder for part in (named.text, named.reading or "")]
        texts = [paper.heading, *names, *paper.body, *paper.foot, *chain.from_iterable(paper.table)]
        unknown = sorted({letter for text in texts for letter in text if ord(letter) not in known} - {"\n"})
        if unknown:
            raise invalid("/holder", "DOC_LETTERS", chars="".join(unknown))

    def heading(self, text: str) -> None:
        self.ln(20)
        self.set_font_size(28)
        self.multi_cell(0, text=text, align="C", new_x="LMARGIN", new_y="NEXT")
        self.ln(20)

    def name(self, parts: Sequence[Named]) -> None:
        """Write a name in the middle of the line, the reading of each part above it."""
        widths = [max(self._width(one.text, NAME_SIZE), self._width(one.reading or "", READING_SIZE)) for one in parts]
        gap = self._width("\u3000", NAME_SIZE) / 2
        x = (self.w - sum(widths) - gap * (len(parts) - 1)) / 2
        top = self.get_y()
        for one, width in zip(parts, widths, strict=True):
            self._put(x, top, width, one.reading or "", READING_SIZE)
            self._put(x, top + 5, width, one.text, NAME_SIZE)
            x += width + gap
        self.set_xy(MARGIN, top + 30)

    def _width(self, text: str, size: int) -> float:
        self.set_font_size(size)
        return self.get_string_width(text) + 2 * self.c_margin

    def _put(self, x: float, y: float, width: float, text: str, size: int) -> None:
        self.set_font_size(size)
        self.set_xy(x, y)
        self.cell(width, size / 2, text, align="C")

    def lines(self, texts: Sequence[str], wrap: WrapMode) -> None:
        self.set_font_size(TEXT_SIZE)
        for text in texts:
            self.multi_cell(0, 8, text, align="L", wrapmode=wrap, new_x="LMARGIN", new_y="NEXT")
        self.ln(8)

    def rows(self, table: Sequence[Sequence[str]]) -> None:
        self.set_font_size(TEXT_SIZE - 2)
        for row in table:
            for width, text in zip(COLUMNS, row, strict=True):
                self.cell(width, 8, text, border="B")
            self.ln(8)
        self.ln(8)
