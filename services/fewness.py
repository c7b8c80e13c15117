"""Counts of few persons, withheld from viewers so that no subtraction brings them back (domain.md §0.1, §5).

The families of a report stand in a table of groups by how they were served, with the sums of both. A group whose number
of families is small shows none of them; a group in which a small number was served in one way shows only its sum. What
is withheld in a column is known together from the total, so it has to be of at least two groups and not small itself:
the next smallest groups are withheld beside it, in the end the total too. A zero stands for nobody and is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FEW = 5
"""Counts of persons under this are withheld."""
SUM = ("families",)
PARTS = ("families_on_site", "families_fallback", "families_not_at_all", "families_other")

Figures = dict[str, Any]


@dataclass(frozen=True)
class Columns:
    """Counts of persons that are judged together, and what is withheld beside them, since it tells of the same persons."""

    counts: tuple[str, ...]
    beside: tuple[str, ...] = ()


FAMILIES = Columns(SUM)
SERVED = Columns(PARTS)


def withhold_few(
    groups: Sequence[Figures], total: Figures, whole: Columns = FAMILIES, parts: Sequence[Columns] = (SERVED,)
) -> None:
    """Empty every count of persons by which a small one is known, and name it in `suppressed` of its row.

    `whole` has the one count of everybody in a group; where it is withheld, so are all `parts`.
    """
    size = whole.counts[0]
    by_sum = _withheld(groups, total, whole.counts, set(), size)
    hidden = [(whole, by_sum), *((part, _withheld(groups, total, part.counts, by_sum, size)) for part in parts)]
    everybody = [*groups, total]
    for columns, rows in hidden:
        names = (*columns.counts, *columns.beside)
        for n in rows:
            everybody[n].update(dict.fromkeys(names), suppressed=[*everybody[n]["suppressed"], *names])


def _withheld(
    groups: Sequence[Figures], total: Figures, columns: Sequence[str], already: set[int], size: str
) -> set[int]:
    """Return the positions of the groups withheld in these columns; the total's own stands behind them."""
    everything = set(range(len(groups) + 1))
    if len(groups) in already or _is_few(total, columns):
        return everything
    rows = already | {n for n, group in enumerate(groups) if _is_few(group, columns)}
    others = sorted((group[size], n) for n, group in enumerate(groups) if n not in rows and group[size])
    while rows and not _is_safe([groups[n] for n in sorted(rows)], columns):
        if not others:
            return everything
        rows.add(others.pop(0)[1])
    return rows


def _is_few(figures: Figures, columns: Sequence[str]) -> bool:
    return any(0 < figures[column] < FEW for column in columns)


def _is_safe(rows: Sequence[Figures], columns: Sequence[str]) -> bool:
    """Return whether what these rows come to together gives none of them away.

    As many as there are rows, or four times as many, would: each of them is one, each of them is four.
    """
    together = {column: [row[column] for row in rows] for column in columns}
    return len(rows) > 1 and all(
        sum(counts) == 0 or (sum(counts) >= FEW and set(counts) not in ({1}, {FEW - 1})) for counts in together.values()
    )
