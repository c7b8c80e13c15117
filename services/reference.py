"""The data every installation starts with: districts, residents, languages, skills, closed days, services, rates, weights.

Loading is idempotent: it adds what is missing and leaves alone what coordinators have changed since.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from sqlmodel import SQLModel, select

from models.change_rule import ChangeRules
from models.course_path import CoursePaths
from models.expense import HonorariumRate
from models.indicator import Indicator, Measurement, Source
from models.office import ClosedDay
from models.organization import District, PopulationStatistic
from models.recognition import Milestones
from models.service_type import Language, ServiceType, Skill, Weight
from scheduling.problem import DEFAULT_WEIGHTS
from services import change_rules, course_paths, hours
from services.change_rules import NAME
from services.unit import Unit


def load(unit: Unit) -> None:
    """Add the reference data that is not there yet."""
    _add_missing(unit, _districts(), "code")
    _add_missing(unit, _residents(), "language", "district_code", "as_of")
    _add_missing(unit, _listed(Language, "languages"), "tag")
    _add_missing(unit, _listed(Skill, "skills"), "code")
    _add_missing(unit, _closed_days(), "month", "day_of_month")
    _add_missing(unit, (Weight(criterion=name, points=points) for name, points in DEFAULT_WEIGHTS.items()), "criterion")
    _add_missing(unit, iter([Milestones(name=hours.NAME, hours=[*hours.DEFAULTS], **unit.stamp())]), "name")
    _add_missing(unit, iter([CoursePaths(name=course_paths.NAME, paths=[], **unit.stamp())]), "name")
    _add_missing(unit, iter([ChangeRules(name=NAME, rules=change_rules.initial(), **unit.stamp())]), "name")
    for indicator in _add_missing(unit, _indicators(unit), "code"):
        unit.session.add_all(_history(unit, indicator))
    for added in _add_missing(unit, _service_types(unit), "code", "valid_from"):
        unit.audit("service_type.create", added)
    for rate in _add_missing(unit, _honorarium_rates(unit), "service_type", "valid_from"):
        unit.audit("honorarium_rate.create", rate)


def apportion(total: int, shares: Sequence[int]) -> list[int]:
    """Divide a whole number in proportion to the shares by largest remainder; the first wins among equals."""
    whole = sum(shares)
    parts = [total * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda at: (-(total * shares[at] % whole), at))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return parts


def emergency_numbers() -> Sequence[Mapping[str, Any]]:
    """Return the public services to call in an emergency, the one to call first at the head, each with its codes."""
    entries: Sequence[Mapping[str, Any]] = _source()["emergency_numbers"]
    return entries


@cache
def _source() -> Mapping[str, Any]:
    text = resources.files("services").joinpath("reference_data", "kanazawa.toml").read_text("utf-8")
    return tomllib.loads(text)


def _add_missing(unit: Unit, rows: Iterator[Any], *key: str) -> list[Any]:
    first = next(rows)
    table = type(first)
    known = {tuple(found) for found in unit.session.execute(select(*(getattr(table, name) for name in key)))}
    missing = [row for row in (first, *rows) if tuple(getattr(row, name) for name in key) not in known]
    unit.session.add_all(missing)
    unit.session.flush()  # later rows point at these
    return missing


def _districts() -> Iterator[District]:
    source = _source()
    for position, entry in enumerate(source["districts"]):
        neighbours = _neighbours(entry["code"], source["neighbours"])
        yield District(**entry, as_of=source["population"]["as_of"], neighbours=neighbours, position=position)


def _neighbours(code: str, borders: Mapping[str, Sequence[str]]) -> list[str]:
    """Return both the borders named here and those named from the other side."""
    return sorted({*borders.get(code, ()), *(one for one, others in borders.items() if code in others)})


def _residents() -> Iterator[PopulationStatistic]:
    source = _source()
    codes = [district["code"] for district in source["districts"]]
    shares = [district["foreign_population"] for district in source["districts"]]
    for language, total in source["population"]["languages"].items():
        for code, count in zip(codes, apportion(total, shares), strict=True):
            yield PopulationStatistic(
                language=language, district_code=code, as_of=source["population"]["as_of"], count=count
            )


def _listed(table: type[SQLModel], name: str) -> Iterator[SQLModel]:
    for position, entry in enumerate(_source()[name]):
        yield table(**entry, position=position)


def _closed_days() -> Iterator[ClosedDay]:
    for entry in _source()["closed_days"]:
        for day in entry["days"]:
            month, day_of_month = day.split("-")
            yield ClosedDay(name=entry["name"], month=int(month), day_of_month=int(day_of_month))


def _service_types(unit: Unit) -> Iterator[ServiceType]:
    for entry in _source()["service_types"]:
        # A table's constructor does not validate: this reads the enumerations, and a misspelt one stops the start.
        yield ServiceType.model_validate({**entry, **unit.stamp()})


def _honorarium_rates(unit: Unit) -> Iterator[HonorariumRate]:
    for entry in _source()["honorarium_rates"]:
        yield HonorariumRate(**entry, **unit.stamp())


def _indicators(unit: Unit) -> Iterator[Indicator]:
    """Return the plan's indicators; since when the records are whole is for an administrator to say."""
    for position, entry in enumerate(_source()["indicators"]):
        columns = {name: value for name, value in entry.items() if name != "history"}
        yield Indicator.model_validate({**columns, "position": position, **unit.stamp()})


def _history(unit: Unit, indicator: Indicator) -> Iterator[Measurement]:
    """Return what the plan says was measured; what is counted from records today is frozen there."""
    source = Source.FROZEN if indicator.source is Source.COMPUTED else indicator.source
    (entry,) = (entry for entry in _source()["indicators"] if entry["code"] == indicator.code)
    for point in entry["history"]:
        yield Measurement(
            **point,
            indicator_id=indicator.id,
            revision=1,
            source=source,
            definition_version=indicator.definition_version,
            measured_at=unit.now,
        )
