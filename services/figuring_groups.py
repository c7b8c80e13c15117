"""How the requests of a report are grouped, what the groups are called, and which languages are rare in a year."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sized
from datetime import date
from typing import Any, Final

from sqlmodel import col, select

from models.organization import Organization
from models.report_view import GroupBy, UnmetLanguage
from models.service_type import Language, ServiceType
from services.figuring_cases import Case, read_languages
from services.fiscal_years import first_day, fiscal_year, last_day
from services.unit import Unit
from services.wording import name_in, say

RARE: Final = 5
"""A language asked for less often than this in a fiscal year is rare in it."""
_RARE_KEY: Final = "rare_"
_BY_TIME: Final = frozenset({GroupBy.FISCAL_YEAR, GroupBy.MONTH})
_LANGUAGES = select(Language.tag, Language.names)
_SERVICES = select(ServiceType.code, ServiceType.names).order_by(col(ServiceType.valid_from))
_ORGANIZATIONS = select(Organization.id, Organization.name)


Rare = frozenset[tuple[int, str]]
"""Fiscal years with the languages that are rare in them."""


def rare_languages(unit: Unit, first: date, last: date) -> Rare:
    """Return which languages are rare in the fiscal years that a period touches, judged over the whole of each."""
    years = first_day(fiscal_year(first)), last_day(fiscal_year(last))
    asked = Counter((fiscal_year(day), language) for day, language in read_languages(unit, *years))
    return Rare(pair for pair, count in asked.items() if count < RARE)


def key_of(case: Case, group_by: GroupBy, rare: Rare) -> str:
    """Return the group a case belongs to; the rare languages of a fiscal year are one."""
    match group_by:
        case GroupBy.FISCAL_YEAR:
            return str(fiscal_year(case.day))
        case GroupBy.MONTH:
            return f"{case.day:%Y-%m}"
        case GroupBy.SERVICE:
            return case.service
        case GroupBy.CENTRE:
            return str(case.organization_id)
        case _:
            return language_key(case.day, case.language, rare)


def language_key(day: date, language: str, rare: Rare) -> str:
    """Return the group that a language belongs to on a day: its own, or that of the rare ones of the fiscal year."""
    year = fiscal_year(day)
    return f"{_RARE_KEY}{year}" if (year, language) in rare else language


def name_groups(unit: Unit, group_by: GroupBy, groups: Mapping[str, Sized]) -> list[tuple[str, str]]:
    """Return keys and names of groups in their order: by time, or the largest first."""
    names = _names(unit, group_by)
    by_time = group_by in _BY_TIME
    keys = sorted(groups, key=lambda key: (0 if by_time else -len(groups[key]), key))
    return [(key, _name(unit, group_by, key, names)) for key in keys]


def _name(unit: Unit, group_by: GroupBy, key: str, names: Mapping[str, str]) -> str:
    match group_by:
        case GroupBy.FISCAL_YEAR:
            return say("figures", "fiscal_year", unit.language, {"year": key})
        case GroupBy.LANGUAGE:
            return name_of_rare(unit, key) or names.get(key, key)
        case _:
            return names.get(key, key)


def name_of_rare(unit: Unit, key: str) -> str | None:
    """Return what the rare languages of a year are called together, nothing where the key is a language of its own."""
    if not key.startswith(_RARE_KEY):
        return None
    return say("figures", "rare_languages", unit.language, {"year": key.removeprefix(_RARE_KEY), "few": RARE})


def _names(unit: Unit, group_by: GroupBy) -> Mapping[str, str]:
    match group_by:
        case GroupBy.LANGUAGE:
            return _worded(unit, unit.rows(_LANGUAGES))
        case GroupBy.SERVICE:
            return _worded(unit, unit.rows(_SERVICES))
        case GroupBy.CENTRE:
            return {str(key): name for key, name in unit.rows(_ORGANIZATIONS)}
        case _:
            return {}


def _worded(unit: Unit, rows: Iterable[tuple[str, dict[str, str]]]) -> Mapping[str, str]:
    return {key: name_in(names, unit.language, key) for key, names in rows}


def unmet_by_language(unit: Unit, cases: Iterable[Case], rare: Rare) -> list[UnmetLanguage]:
    """Return the requests that no interpreter came to by language, rare ones as one group a year, most first."""
    unmet: dict[str, list[Any]] = {}
    for case in cases:
        if case.unmet:
            unmet.setdefault(language_key(case.day, case.language, rare), []).append(case)
    named = name_groups(unit, GroupBy.LANGUAGE, unmet)
    return [UnmetLanguage(key=key, name=name, requests=len(unmet[key])) for key, name in named]
