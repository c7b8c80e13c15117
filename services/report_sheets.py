"""Reports as sheets: a row per group and one for the total, with the day as of which the figures hold."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, Protocol

from services.sheet import Cell, Sheet
from services.unit import Unit
from services.wording import say


class Grouped(Protocol):
    """A report whose figures are told by group and in total."""

    first: date
    last: date
    group_by: Any
    groups: Any
    total: Any


def sheet_of(  # noqa: PLR0913 - what differs between reports
    unit: Unit,
    report: Grouped,
    name: str,
    figures: Sequence[str],
    *,
    heading: str | None = None,
    drawn: str | None = None,
    withheld: Callable[[Any], Collection[str]] = lambda row: row.suppressed,
) -> Sheet:
    """Return a report as a sheet; `heading` is the word for its groups, `withheld` names the figures a row does not show.

    A picture draws the figure `drawn`, by default the first.
    """
    heads = [say("words", heading or report.group_by, unit.language), *(_head(unit, figure) for figure in figures)]
    as_of, hidden = f"{unit.today:%Y-%m-%d}", _head(unit, "suppressed")

    def cells(row: Any) -> list[Cell]:
        few = withheld(row)
        return [hidden if figure in few else getattr(row, figure) for figure in figures]

    return Sheet(
        name=f"{name}_{report.group_by}_{report.first}_{report.last}",
        rows=[
            [*heads, _head(unit, "as_of")],
            *([group.name, *cells(group), as_of] for group in report.groups),
            [_head(unit, "total"), *cells(report.total), as_of],
        ],
        drawn=1 + (figures.index(drawn) if drawn else 0),
    )


def _head(unit: Unit, name: str) -> str:
    return say("figures", name, unit.language)
