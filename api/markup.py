"""Texts as they stand in XML: escaped, and without the control characters that no document may hold."""

import re
from typing import Final
from xml.sax.saxutils import escape

_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def xml_text(text: str) -> str:
    """Return a text for the inside of an element."""
    return escape(_NOT_XML.sub("", text))
