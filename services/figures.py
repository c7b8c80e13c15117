"""The report on dispatch requests: figures per group and in total, as an answer or as a sheet (domain.md §8).

`COUNTED` is the one place that says what a figure counts; the catalogues say it in words.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, Final

from models.assignment import Party
from models.fallback import Serving
from models.report_view import DispatchFigures, DispatchReport, FigureGroup, GroupBy
from services.errors import invalid
from services.fewness import Grouping, withhold_few
from services.figuring_cases import Case, Side, read_cases
from services.figuring_groups import Rare, key_of, name_groups, rare_languages, unmet_by_language
from services.fiscal_years import first_day, fiscal_year, last_day
from services.report_sheets import sheet_of
from services.sheet import Sheet
from services.unit import Unit
from services.wording import say

MOST_YEARS: Final = 5
Count = Callable[[Case], int]


def _requests(served: Serving | None) -> Count:
    return lambda case: case.served is served


def _families(served: Serving | None) -> Count:
    return lambda case: case.families if case.served is served else 0


def _cancelled(side: Side) -> Count:
    return lambda case: case.cancelled is side


def _missed(party: Party) -> Count:
    return lambda case: party in case.missed


COUNTED: Final[Mapping[str, Count]] = {
    "requests": lambda _: 1,
    "requests_on_site": _requests(Serving.ON_SITE),
    "requests_fallback": _requests(Serving.FALLBACK),
    "requests_not_at_all": _requests(Serving.NOT_AT_ALL),
    "requests_other": _requests(None),
    "families": lambda case: case.families,
    "families_on_site": _families(Serving.ON_SITE),
    "families_fallback": _families(Serving.FALLBACK),
    "families_not_at_all": _families(Serving.NOT_AT_ALL),
    "families_other": _families(None),
    "unmet": lambda case: case.unmet,
    "late_requests": lambda case: "REQ_LEAD" in case.overrides,
    "overrides": lambda case: len(case.overrides),
    "minutes": lambda case: case.minutes,
    "filled": lambda case: case.hours is not None,
    "cancelled": lambda case: case.cancelled is not None,
    "cancelled_by_requester": _cancelled(Side.REQUESTER),
    "cancelled_by_office": _cancelled(Side.OFFICE),
    "lapsed": _cancelled(Side.LAPSED),
    "cancelled_late": lambda case: case.late_cancel,
    "no_show_volunteer": _missed(Party.VOLUNTEER),
    "no_show_client": _missed(Party.CLIENT),
    "returning": lambda case: case.returning,
    "continued": lambda case: case.continued,
}
"""What each case adds to a figure; the figures of groups add up to the total's."""

FIGURES: Final = tuple(name for name in DispatchFigures.model_fields if name != "suppressed")


@dataclass(frozen=True)
class Asked:
    """What a report is asked for: local days, both included, and what its groups are."""

    first: date | None
    last: date | None
    group_by: GroupBy


def report_dispatches(unit: Unit, asked: Asked) -> DispatchReport:
    """Return the figures of the requests whose activity begins in the period, by default in this fiscal year.

    Who is not of the staff sees no small number of families, and the rare languages of a year as one. Raises
    `InvalidFields` for a period that ends before it begins or touches more than five fiscal years, and to those who are
    not of the staff for any but one whole fiscal year.
    """
    first, last = period(unit, asked.first, asked.last)
    cases = read_cases(unit, first, last)
    rare = rare_languages(unit, first, last)
    groups, total = _figures(unit, cases, asked.group_by, rare)
    return DispatchReport(
        as_of=unit.now,
        first=first,
        last=last,
        group_by=asked.group_by,
        definitions={name: say("definitions", name, unit.language) for name in FIGURES},
        groups=groups,
        total=total,
        unmet_by_language=unmet_by_language(unit, cases, rare),
    )


def period(unit: Unit, first: date | None, last: date | None, *, trusted: bool | None = None) -> tuple[date, date]:
    """Return the days of a report, by default those of the fiscal year. Raises `InvalidFields` as a report does.

    Who sees small numbers is `trusted` with any period: by default the staff.
    """
    first = first or first_day(fiscal_year(last or unit.today))
    last = last or last_day(fiscal_year(first))
    if last < first:
        raise invalid("to", "FIELD_CONFLICT", other="from")
    latest = last_day(fiscal_year(first) + MOST_YEARS - 1)
    if last > latest:
        raise invalid("to", "FIELD_RANGE", min=first, max=latest)
    if not (unit.actor.is_staff if trusted is None else trusted):
        _refuse_subtractable(first, last)
    return first, last


def _refuse_subtractable(first: date, last: date) -> None:
    """Let viewers ask for one fiscal year at a time: of two periods that overlap, one less the other is a small number."""
    year = fiscal_year(first)
    if (first, last) == (first_day(year), last_day(year)):
        return
    raise invalid("from" if first != first_day(year) else "to", "FIELD_RANGE", min=first_day(year), max=last_day(year))


def _figures(
    unit: Unit, cases: Sequence[Case], group_by: GroupBy, rare: Rare
) -> tuple[list[FigureGroup], DispatchFigures]:
    trusted = unit.actor.is_staff
    ways = {by: _grouped(cases, by, Rare() if trusted else rare) for by in ([group_by] if trusted else GroupBy)}
    figures = {by: {key: _count(grouped[key]) for key in sorted(grouped)} for by, grouped in ways.items()}
    total = _count(cases)
    if not trusted:
        withhold_few({by: Grouping([*rows.values()]) for by, rows in figures.items()}, total)
    named = name_groups(unit, group_by, ways[group_by])
    return [FigureGroup(key=key, name=name, **figures[group_by][key]) for key, name in named], DispatchFigures(**total)


def _grouped(cases: Iterable[Case], group_by: GroupBy, rare: Rare) -> dict[str, list[Case]]:
    grouped: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        grouped[key_of(case, group_by, rare)].append(case)
    return grouped


def _count(cases: Iterable[Case]) -> dict[str, Any]:
    """Return the figures of some cases; a middle or a share of nothing is null."""
    cases = list(cases)
    counts: dict[str, Any] = {name: sum(map(count, cases)) for name, count in COUNTED.items()}
    hours = [case.hours for case in cases if case.hours is not None]
    return {
        **counts,
        "median_hours_to_filled": round(median(hours), 1) if hours else None,
        "continuity_share": round(counts["continued"] / counts["returning"], 3) if counts["returning"] else None,
        "suppressed": [],
    }


def sheet_of_dispatches(unit: Unit, asked: Asked) -> Sheet:
    """Return the same figures as a sheet, a row per group and one for the total; see `report_dispatches`."""
    return sheet_of(unit, report_dispatches(unit, asked), "dispatches", FIGURES)
