"""Texts as they stand in XML: escaped, and without the control characters that no document may hold."""

import re
from typing import Final
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def xml_text(text: str) -> str:
    """Return a text for the inside of an element."""
    return escape(_NOT_XML.sub("", text))


def columns(text: str) -> int:
    """Return how wide a text is in narrow letters: kanji, kana and wide forms take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
