"""A sheet as a picture: a bar for each row, with its name and its number, and the day as of which it holds."""

from collections.abc import Iterator, Sequence
from typing import Final

from api.markup import columns, xml_text
from services.sheet import Cell, Sheet

_LINE: Final = 28
_NAMES: Final = 280
_BARS: Final = 360
_WIDTH: Final = 720
_ROOM: Final = 38
"""Narrow letters before the bars; a wide one takes two."""
_LETTERS: Final = 'font-family="sans-serif" font-size="13"'


def to_svg(sheet: Sheet) -> bytes:
    """Return the picture of the column `drawn`; a number that is withheld or absent has no bar, and a name that is long is cut."""
    head, *rows = sheet.rows
    *groups, total = rows
    height = _LINE * (len(groups) + 3)
    title = f"{head[sheet.drawn]} / {head[0]}"
    foot = f"{total[0]}: {_shown(total[sheet.drawn])} / {head[-1]}: {total[-1]}"
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} {_LETTERS}>',
        f"<title>{xml_text(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="20" font-weight="bold">{xml_text(title)}</text>',
        *_bars(groups, sheet.drawn),
        f'<text x="12" y="{height - 10}">{xml_text(foot)}</text>',
        "</svg>",
    ]
    return "\n".join(lines).encode()


def _bars(groups: Sequence[Sequence[Cell]], drawn: int) -> Iterator[str]:
    most = max((value for row in groups if not isinstance(value := row[drawn], str) and value), default=1)
    for n, row in enumerate(groups, start=1):
        value, top = row[drawn], n * _LINE + 8
        long = 0 if isinstance(value, str) or not value else round(_BARS * value / most)
        name = str(row[0])
        yield f'<text x="12" y="{top + 16}"><title>{xml_text(name)}</title>{xml_text(_cut(name))}</text>'
        yield f'<rect x="{_NAMES}" y="{top + 3}" width="{long}" height="18" fill="#00509d"/>'
        yield f'<text x="{_NAMES + long + 6}" y="{top + 16}">{xml_text(_shown(value))}</text>'


def _cut(name: str) -> str:
    """Return as much of a name as there is room for before the bars."""
    if columns(name) <= _ROOM:
        return name
    fitting = next(n for n in range(len(name), 0, -1) if columns(name[:n]) < _ROOM)
    return f"{name[:fitting]}…"


def _shown(value: Cell) -> str:
    return "–" if value is None else str(value)  # noqa: RUF001 - a dash for the reader
