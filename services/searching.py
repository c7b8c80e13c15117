"""Searching texts as people type them: every word must occur somewhere, readings match in either kana."""

from collections.abc import Sequence
from typing import Any

import jaconv
import sqlalchemy as sa


def mentions(words: str, columns: Sequence[Any], readings: Sequence[Any] = ()) -> Any:
    """Return the condition that each word occurs in one of the columns, or in one of the kana readings.

    Wildcards of LIKE stand for themselves; case does not matter, nor whether a reading is typed in hiragana,
    katakana or half-width kana.
    """
    return sa.and_(sa.true(), *(_occurs(word, columns, readings) for word in words.split()))


def _occurs(word: str, columns: Sequence[Any], readings: Sequence[Any]) -> Any:
    kana = jaconv.hira2kata(jaconv.h2z(word))
    return sa.or_(
        *(column.icontains(word, autoescape=True) for column in columns),
        *(reading.contains(kana, autoescape=True) for reading in readings),
    )
