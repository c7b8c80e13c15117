"""Counts of few persons, withheld from viewers so that no subtraction brings them back (domain.md §0.1, §5).

The families of a report stand in a table of groups by how they were served, with the sums of both. A group whose number
of families is small shows none of them; a group in which a small number was served in one way shows only its sum. What
is withheld in a column is known together from the total, so it has to be of at least two groups and not small itself:
the next smallest groups are withheld beside it, in the end the total too. A zero stands for nobody and is shown.

Whoever reads one grouping of a year reads the others as well, so they are judged together: a total that one of them has
to withhold is withheld by all, and the groups of a finer one (months) add up to a wider one's (halves), not to the total.
"""

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True)
class Grouping:
    """The groups of a report by one thing; of a finer one, `wider` names the one that its groups make up, and `lies_in` the
    position there of each."""

    groups: Sequence[Figures]
    wider: str | None = None
    lies_in: Sequence[int] = ()


Groupings = Mapping[str, Grouping]
_Hidden = Mapping[str, set[int]]
"""Of each grouping the positions of the groups withheld; the total's own stands behind them."""


def withhold_few(
    groupings: Groupings, total: Figures, whole: Columns = FAMILIES, parts: Sequence[Columns] = (SERVED,)
) -> None:
    """Empty every count of persons by which a small one is known, and name it in `suppressed` of its row.

    `groupings` are all that the caller may ask for, of the same period, each with its groups in an order that does not
    change: of equals the first is withheld. `whole` has the one count of everybody in a group; where it is withheld, so
    are all `parts`.
    """
    size = whole.counts[0]
    by_sum = _withheld_together(groupings, total, whole.counts, {}, size)
    by_part = [_withheld_together(groupings, total, part.counts, by_sum, size) for part in parts]
    for columns, hidden in zip((whole, *parts), (by_sum, *by_part), strict=True):
        for way, grouping in groupings.items():
            _empty([row for n, row in enumerate(grouping.groups) if n in hidden[way]], columns)
        if any(len(groupings[way].groups) in rows for way, rows in hidden.items()):
            _empty([total], columns)


def _empty(rows: Sequence[Figures], columns: Columns) -> None:
    names = (*columns.counts, *columns.beside)
    for row in rows:
        row.update(dict.fromkeys(names), suppressed=[*row["suppressed"], *names])


def _withheld_together(
    groupings: Groupings, total: Figures, columns: Sequence[str], already: _Hidden, size: str
) -> _Hidden:
    hidden = {
        way: _withheld(one.groups, total, columns, already.get(way, set()), size) for way, one in groupings.items()
    }
    for way, one in groupings.items():
        if one.wider is not None and not hidden[one.wider]:
            wider = groupings[one.wider].groups
            inside = _withheld_inside(one, wider, columns, already.get(way, set()), size)
            if inside is None:
                hidden[one.wider] = set(range(len(wider)))
            else:
                hidden[way] = inside
    if any(len(groupings[way].groups) in rows for way, rows in hidden.items()):
        return {way: set(range(len(one.groups) + 1)) for way, one in groupings.items()}
    return hidden


def _withheld_inside(
    finer: Grouping, wider: Sequence[Figures], columns: Sequence[str], already: set[int], size: str
) -> set[int] | None:
    """Return what is withheld of a finer grouping if all groups of the wider one are shown; None if these cannot be."""
    rows: set[int] = set()
    for at, outer in enumerate(wider):
        inner = [n for n, lies_in in enumerate(finer.lies_in) if lies_in == at]
        groups = [finer.groups[n] for n in inner]
        hidden = _withheld(groups, outer, columns, {k for k, n in enumerate(inner) if n in already}, size)
        if len(inner) in hidden:
            return None
        rows |= {inner[k] for k in hidden}
    return rows


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
