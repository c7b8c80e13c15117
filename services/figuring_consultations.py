"""The report on consultations: figures per group and in total, as an answer or as a sheet (domain.md §8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from statistics import median
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.consultation import Consultation, Urgency
from models.consultation_report import ConsultationFigures, ConsultationGroup, ConsultationReport, ConsultationsBy
from models.referral import Referral
from models.service_type import Language
from services.fewness import Columns, Grouping, withhold_few
from services.figures import period
from services.fiscal_years import Half, fiscal_year, half_year
from services.office_days import at_local
from services.policies import Permission, may
from services.report_sheets import sheet_of
from services.sheet import Sheet
from services.unit import Unit
from services.wording import name_in, say

By = ConsultationsBy


@dataclass(frozen=True)
class Asked:
    """What a report is asked for: local days, both included, and what its groups are."""

    first: date | None
    last: date | None
    group_by: ConsultationsBy


@dataclass(frozen=True)
class Case:
    """A consultation with its local day, how often it was handed on, and of how many of these an outcome is known."""

    row: Consultation
    day: date
    referrals: int
    heard: int


Count = Callable[[Case], int]
COUNTED: Final[Mapping[str, Count]] = {
    "consultations": lambda _: 1,
    "consultation_minutes": lambda case: case.row.minutes,
    "anonymous": lambda case: case.row.anonymous,
    "named": lambda case: not case.row.anonymous,
    "urgent": lambda case: case.row.urgency is Urgency.URGENT,
    "consultations_referred": lambda case: case.referrals > 0,
    "consultations_not_referred": lambda case: case.referrals == 0,
    "referrals": lambda case: case.referrals,
    "referrals_heard": lambda case: case.heard,
    "settled": lambda case: case.row.settled_at is not None,
    "unsettled": lambda case: case.row.settled_at is None,
}
"""What each consultation adds to a figure; the figures of groups add up to the total's."""
FIGURES: Final = tuple(name for name in ConsultationFigures.model_fields if name != "suppressed")
ALL: Final = Columns(("consultations",), ("consultation_minutes",))
PARTS: Final = (
    Columns(("anonymous", "named")),
    Columns(("consultations_referred", "consultations_not_referred"), ("referrals", "referrals_heard")),
    Columns(("settled", "unsettled"), ("median_days_to_settled",)),
)
"""What is withheld where few persons stand behind it; `urgent` is told to nobody but who may read consultations."""


def report_consultations(unit: Unit, asked: Asked) -> ConsultationReport:
    """Return the figures of the consultations received in the period, by default in this fiscal year.

    Who may not read consultations sees no small numbers, and one whole fiscal year each time. Raises `InvalidFields` as
    the report on dispatches does.
    """
    trusted = may(unit.actor, Permission.CONSULTATION_READ)
    first, last = period(unit, asked.first, asked.last, trusted=trusted)
    cases = _read(unit, first, last)
    ways = {by: _grouped(cases, by) for by in ([asked.group_by] if trusted else By)}
    figures = {by: {key: _count(grouped[key]) for key in sorted(grouped)} for by, grouped in ways.items()}
    total = _count(cases)
    if not trusted:
        _withhold(figures, total)
    shown = figures[asked.group_by]
    named = _named(unit, asked.group_by, ways[asked.group_by])
    return ConsultationReport(
        as_of=unit.now,
        first=first,
        last=last,
        group_by=asked.group_by,
        definitions={name: say("definitions", name, unit.language) for name in FIGURES},
        groups=[ConsultationGroup(key=key, name=name, **shown[key]) for key, name in named],
        total=ConsultationFigures(**total),
    )


def _read(unit: Unit, first: date, last: date) -> list[Case]:
    since, until = (at_local(unit, day, time.min) for day in (first, last + timedelta(days=1)))
    within = (col(Consultation.received_at) >= since, col(Consultation.received_at) < until)
    sent = _referrals(unit, select(Consultation.id).where(*within))
    rows = unit.session.exec(select(Consultation).where(*within))
    return [Case(row, unit.local_day(row.received_at), *sent.get(row.id, (0, 0))) for row in rows]


def _referrals(unit: Unit, ids: Any) -> dict[UUID, tuple[int, int]]:
    """Return of each consultation that was handed on how often, and how many outcomes are known."""
    counted = (
        sa.select(col(Referral.consultation_id), sa.func.count(), sa.func.count(col(Referral.outcome)))
        .where(col(Referral.consultation_id).in_(ids))
        .group_by(col(Referral.consultation_id))
    )
    return {key: (sent, heard) for key, sent, heard in unit.session.execute(counted)}


def _grouped(cases: Iterable[Case], group_by: By) -> dict[str, list[Case]]:
    grouped: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        grouped[_key(case, group_by)].append(case)
    return grouped


def _key(case: Case, group_by: By) -> str:
    keys: Mapping[By, Callable[[], object]] = {
        By.FISCAL_YEAR: lambda: fiscal_year(case.day),
        By.HALF_YEAR: lambda: key_of_half(half_year(case.day)),
        By.MONTH: lambda: f"{case.day:%Y-%m}",
        By.LANGUAGE: lambda: case.row.language,
        By.TOPIC: lambda: case.row.topics[0],
        By.CHANNEL: lambda: case.row.channel,
        By.HEARD_FROM: lambda: case.row.heard_from or "not_asked",
    }
    return str(keys[group_by]())


def key_of_half(half: Half) -> str:
    """Return the key of a half-year, such as `2025-1` from April and `2025-2` from October."""
    return "{}-{}".format(*half)


_BY_TIME: Final = frozenset({By.FISCAL_YEAR, By.HALF_YEAR, By.MONTH})


def _named(unit: Unit, group_by: By, groups: Mapping[str, Sequence[Case]]) -> list[tuple[str, str]]:
    """Return keys and names of groups in their order: by time, or the largest first."""
    keys = sorted(groups, key=lambda key: (0 if group_by in _BY_TIME else -len(groups[key]), key))
    names = names_of_languages(unit) if group_by is By.LANGUAGE else {}
    return [(key, names.get(key) or _name(unit, group_by, key)) for key in keys]


def _name(unit: Unit, group_by: By, key: str) -> str:
    match group_by:
        case By.FISCAL_YEAR:
            return say("figures", "fiscal_year", unit.language, {"year": key})
        case By.HALF_YEAR:
            return name_of_half(unit, key)
        case By.TOPIC | By.CHANNEL | By.HEARD_FROM:
            return say("words", key, unit.language)
        case _:
            return key


def name_of_half(unit: Unit, key: str) -> str:
    """Return what a half-year is called."""
    year, n = key.split("-")
    return say("figures", f"half_year_{n}", unit.language, {"year": year})


def names_of_languages(unit: Unit) -> dict[str, str]:
    """Return the names of the languages that are known, by their tags."""
    return {tag: name_in(names, unit.language, tag) for tag, names in unit.rows(select(Language.tag, Language.names))}


_DAY: Final = timedelta(days=1)


def _count(cases: Iterable[Case]) -> dict[str, Any]:
    cases = list(cases)
    counts: dict[str, Any] = {name: sum(map(count, cases)) for name, count in COUNTED.items()}
    days = [(case.row.settled_at - case.row.received_at) / _DAY for case in cases if case.row.settled_at is not None]
    middle = round(median(days), 1) if days else None
    return {**counts, "median_days_to_settled": middle, "suppressed": []}


def _withhold(figures: Mapping[By, Mapping[str, dict[str, Any]]], total: dict[str, Any]) -> None:
    """Withhold small numbers in every grouping that the caller may ask for, whichever it is this time."""
    groupings: dict[str, Grouping] = {by: Grouping([*rows.values()]) for by, rows in figures.items()}
    halves = [*figures[By.HALF_YEAR]]
    lies_in = [halves.index(_half_of_month(month)) for month in figures[By.MONTH]]
    groupings[By.MONTH] = Grouping(groupings[By.MONTH].groups, By.HALF_YEAR, lies_in)
    withhold_few(groupings, total, ALL, PARTS)
    for row in (*(row for one in groupings.values() for row in one.groups), total):
        row.update(urgent=None, suppressed=[*row["suppressed"], "urgent"])


def _half_of_month(key: str) -> str:
    return key_of_half(half_year(date.fromisoformat(f"{key}-01")))


def sheet_of_consultations(unit: Unit, asked: Asked) -> Sheet:
    """Return the same figures as a sheet, a row per group and one for the total; see `report_consultations`."""
    return sheet_of(unit, report_consultations(unit, asked), "consultations", FIGURES)
