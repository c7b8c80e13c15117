"""The report on gaps: demand by language, certificate, district and weekday against active volunteers (domain.md §8).

`PERSONS` and `DEMAND` say what each figure counts; the catalogues say it in words.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import select

from models.gap_report import GapAdvice, GapBy, GapFigures, GapGroup, GapReport
from models.organization import District
from models.service_type import Language
from services.errors import Forbidden
from services.fewness import FEW
from services.figures import period
from services.figuring_cases import read_cases
from services.figuring_gaps import Lack, Supply, asked_for, left_open, read_supply
from services.figuring_groups import Rare, language_key, name_of_rare, rare_languages
from services.rarity import residents
from services.report_sheets import sheet_of
from services.sheet import Sheet
from services.unit import Unit
from services.wording import name_in, say

DEMAND: Final[Mapping[str, Callable[[Lack], int]]] = {
    "requests": lambda lack: lack.requests,
    "unmet": lambda lack: lack.unmet,
    "places_left_open": lambda lack: lack.places,
}
"""What each lack adds to a figure; the figures of groups add up to the total's."""
PERSONS: Final[Mapping[str, Callable[[Lack, Supply], Iterable[Any]]]] = {
    "trainable": lambda lack, _: lack.trainable,
    "speakers": lambda lack, supply: supply.speaking(lack),
    "certified": lambda lack, supply: supply.able(lack),
    "available": lambda lack, supply: supply.able(lack) & supply.free[lack.weekday],
    "nearby": lambda lack, supply: supply.able(lack) & supply.living[lack.district],
}
"""Who could meet each lack. Somebody counts once in a group, so these do not add up; they are withheld where few."""
FIGURES: Final = tuple(name for name in GapFigures.model_fields if name != "suppressed")
_HIDDEN: Final = (*PERSONS, "residents", "residents_per_interpreter")
_EMPTY: Final = dict.fromkeys(_HIDDEN)


@dataclass(frozen=True)
class Asked:
    """What the report is asked for: local days, both included, and what its groups are."""

    first: date | None
    last: date | None
    group_by: GapBy


@dataclass(frozen=True)
class _Kind:
    """What the lacks of one group have in common; the rest is null."""

    language: str | None = None
    certificates: tuple[str, ...] | None = None
    district: str | None = None
    weekday: int | None = None

    @property
    def key(self) -> str:
        """A text that names the group for programs."""
        told = ("+".join(self.certificates) if self.certificates is not None else None, self.district, self.weekday)
        parts = (self.language, *told)
        return "/".join(str(part) for part in parts if part is not None)


def report_gaps(unit: Unit, asked: Asked) -> GapReport:
    """Return demand in the period, by default this fiscal year, against who could meet it, the most urgent group first.

    Who is not of the staff sees the rare languages of a year as one, no small number of persons, and never language and
    district together. Raises `InvalidFields` as the report on dispatches does, and `Forbidden` to those for `need`.
    """
    first, last = period(unit, asked.first, asked.last)
    if asked.group_by is GapBy.NEED and not unit.actor.is_staff:
        raise Forbidden
    lacks = [*asked_for(read_cases(unit, first, last)), *left_open(unit, first, last)]
    rare = Rare() if unit.actor.is_staff else rare_languages(unit, first, last)
    groups, total = _figures(unit, lacks, asked.group_by, rare)
    return GapReport(
        as_of=unit.now,
        first=first,
        last=last,
        group_by=asked.group_by,
        definitions={name: say("definitions", name, unit.language) for name in FIGURES},
        groups=groups,
        total=total,
    )


def _figures(unit: Unit, lacks: Sequence[Lack], group_by: GapBy, rare: Rare) -> tuple[list[GapGroup], GapFigures]:
    supply, counts = read_supply(unit), residents(unit)
    grouped: dict[_Kind, list[Lack]] = defaultdict(list)
    for lack in lacks:
        grouped[_kind(lack, group_by, rare)].append(lack)
    names = _names(unit)
    rows = [
        _row(unit, kind, names) | _count(some, supply, counts, kind) | {"advice": _advised(some, supply)}
        for kind, some in grouped.items()
    ]
    total = _count(lacks, supply, counts, _Kind())
    if not unit.actor.is_staff:
        _withhold(rows, total)
    return [GapGroup(**row) for row in sorted(rows, key=_urgent)], GapFigures(**total)


def _kind(lack: Lack, group_by: GapBy, rare: Rare) -> _Kind:
    match group_by:
        case GapBy.LANGUAGE:
            return _Kind(language=language_key(lack.day, lack.language, rare))
        case GapBy.CERTIFICATE:
            return _Kind(certificates=lack.certificates)
        case GapBy.DISTRICT:
            return _Kind(district=lack.district)
        case GapBy.WEEKDAY:
            return _Kind(weekday=lack.weekday)
        case _:
            return _Kind(lack.language, lack.certificates, lack.district, lack.weekday)


def _count(lacks: Sequence[Lack], supply: Supply, counts: Mapping[tuple[str, str], int], kind: _Kind) -> dict[str, Any]:
    """Return the figures of some lacks; residents of their languages, in the district where the group has one.

    Only where nothing but a language tells the group apart are they held against the certified, who go everywhere.
    """
    demand = {name: sum(map(count, lacks)) for name, count in DEMAND.items()}
    people = {name: len({one for lack in lacks for one in who(lack, supply)}) for name, who in PERSONS.items()}
    tags = {tag for lack in lacks for tag in lack.tags}
    living = sum(count for (tag, place), count in counts.items() if tag in tags and kind.district in {None, place})
    held = kind == _Kind(kind.language) and people["certified"]
    share = round(living / held, 1) if living and held else None
    return {**demand, **people, "residents": living or None, "residents_per_interpreter": share, "suppressed": []}


def _advised(lacks: Sequence[Lack], supply: Supply) -> GapAdvice | None:
    """Return what would help: to train where somebody speaks the language and nobody holds the certificate, else to recruit."""
    pressing = [lack for lack in lacks if lack.unmet or lack.places]
    if not pressing:
        return None
    to_train = any(lack.trainable or (supply.speaking(lack) and not supply.able(lack)) for lack in pressing)
    return GapAdvice.TRAIN if to_train else GapAdvice.RECRUIT


def _withhold(groups: Sequence[dict[str, Any]], total: dict[str, Any]) -> None:
    """Empty what is counted of persons where few would be known: of all groups, since the others would tell of the one.

    What would help tells of them too.
    """
    for rows, hidden in ((groups, {**_EMPTY, "advice": None}), ([total], _EMPTY)):
        if any(0 < (row[name] or 0) < FEW for row in rows for name in _HIDDEN[:-1]):
            for row in rows:
                row.update(hidden, suppressed=list(_HIDDEN))


def _urgent(row: Mapping[str, Any]) -> tuple[int, int, str]:
    return -(row["unmet"] + row["places_left_open"]), -row["requests"], row["key"]


@dataclass(frozen=True)
class _Names:
    """Names in the reader's language, by code."""

    languages: Mapping[str, str]
    districts: Mapping[str, str]


_LANGUAGES = select(Language.tag, Language.names)
_DISTRICTS = select(District.code, District.names)


def _names(unit: Unit) -> _Names:
    tables = (unit.rows(_LANGUAGES), unit.rows(_DISTRICTS))
    return _Names(*({code: name_in(names, unit.language, code) for code, names in table} for table in tables))


def _row(unit: Unit, kind: _Kind, names: _Names) -> dict[str, Any]:
    certificates = None if kind.certificates is None else list(kind.certificates)
    return {
        "key": kind.key or _NONE,
        "name": _name(unit, kind, names),
        "language": kind.language,
        "certificates": certificates,
        "district": kind.district,
        "weekday": kind.weekday,
    }


_NONE: Final = "none"


def _name(unit: Unit, kind: _Kind, names: _Names) -> str:
    parts: list[str] = []
    if kind.language is not None:
        parts.append(name_of_rare(unit, kind.language) or names.languages.get(kind.language, kind.language))
    if kind.certificates is not None:
        facts = {"certificates": list(kind.certificates)}
        parts.append(say("figures", "gap_certificates" if kind.certificates else "gap_without", unit.language, facts))
    if kind.district is not None:
        parts.append(names.districts.get(kind.district, kind.district))
    if kind.weekday is not None:
        parts.append(say("words", f"weekday_{kind.weekday}", unit.language))
    return " · ".join(parts) or say("figures", "gap_nowhere", unit.language)


def sheet_of_gaps(unit: Unit, asked: Asked) -> Sheet:
    """Return the same figures as a sheet, a row per group and one for the total; see `report_gaps`."""
    heading = "certificate_needed" if asked.group_by is GapBy.CERTIFICATE else None
    return sheet_of(unit, report_gaps(unit, asked), "language-gap", FIGURES, heading=heading, drawn="unmet")
