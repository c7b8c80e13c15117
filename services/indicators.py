"""The plan's indicators: their definitions, their values on a day, measurements by hand, and the report on them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlmodel import col, func, select

from models.fields import Items
from models.indicator import (
    Indicator,
    IndicatorHistory,
    IndicatorPatch,
    IndicatorReport,
    IndicatorUnit,
    IndicatorView,
    Measurement,
    MeasurementCreate,
    MeasurementView,
    Source,
)
from services.errors import NotFound, Refused, invalid
from services.figuring_indicators import Past, all_points, current, history, read_past, target_line
from services.policies import Permission, may
from services.sheet import Cell, Sheet
from services.unit import Unit
from services.wording import name_in, say

WHOLE: Final = 100


def list_indicators(unit: Unit, on: date | None) -> Items[IndicatorView]:
    """Return the indicators as of a day, today by default. Raises `InvalidFields` for a day to come."""
    day = _day(unit, on)
    rows = in_order(unit)
    past = read_past(unit, rows, day)
    return Items(items=[IndicatorView(**_shown(unit, row, past, day)) for row in rows])


def read_indicator(unit: Unit, code: str, on: date | None) -> IndicatorView:
    """Return an indicator as of a day, today by default. Raises `NotFound`, `InvalidFields`."""
    return _show(unit, find_indicator(unit, code), _day(unit, on))


def change_indicator(unit: Unit, code: str, patch: IndicatorPatch) -> IndicatorView:
    """Set another aim, or since when the records are whole; the definition gets its next version.

    Raises `NotFound`, `Stale`, `InvalidFields` for an aim before the baseline, for records that begin in the future,
    or where the indicator is not counted from records.
    """
    indicator = unit.lock(Indicator, find_indicator(unit, code).id)
    unit.expect(indicator)
    _check_change(unit, indicator, patch)
    changes = patch.changes()
    for name, value in changes.items():
        setattr(indicator, name, value)
    indicator.definition_version += 1
    indicator.touch(unit.now)
    unit.audit("indicator.change", indicator, fields=list(changes))
    return _show(unit, indicator, unit.today)


def _check_change(unit: Unit, indicator: Indicator, patch: IndicatorPatch) -> None:
    if patch.target_on is not None and patch.target_on <= indicator.baseline_on:
        raise invalid("/target_on", "FIELD_CONFLICT", other="baseline_on")
    if patch.target is not None:
        _check_value(indicator, patch.target, "/target")
    if patch.computed_from is not None:
        if indicator.source is not Source.COMPUTED:
            raise invalid("/computed_from", "FIELD_CONFLICT", other="source")
        if patch.computed_from > unit.today:
            raise invalid("/computed_from", "FIELD_RANGE", max=unit.today)


def list_measurements(unit: Unit, code: str, *, every_revision: bool) -> Items[MeasurementView]:
    """Return an indicator's history until today, oldest first: what was measured, then what the records tell.

    With `every_revision` what was measured only, with the values that were corrected since. Raises `NotFound`.
    """
    indicator = find_indicator(unit, code)
    if every_revision:
        return Items(items=all_points(unit, indicator))
    return Items(items=history(unit, indicator, read_past(unit, [indicator], unit.today, whole=True)))


def measure(unit: Unit, code: str, draft: MeasurementCreate) -> MeasurementView:
    """Write down a value; for a day that has one already, as its correction, with the reason.

    Raises `NotFound`, `InvalidFields` for a value, day or source that does not fit, `Refused` (`IND_MEASURED`) for a
    day that has a value where no reason is given.
    """
    indicator = unit.lock(Indicator, find_indicator(unit, code).id)
    _check_measurement(unit, indicator, draft)
    last = _last_revision(unit, indicator, draft.as_of)
    if last and draft.reason is None:
        raise Refused("IND_MEASURED", {"day": draft.as_of})
    row = unit.add(
        Measurement(
            **draft.model_dump(),
            indicator_id=indicator.id,
            revision=last + 1,
            definition_version=indicator.definition_version,
            measured_at=unit.now,
            measured_by=unit.actor.account_id,
        )
    )
    unit.audit("indicator.correct" if last else "indicator.measure", indicator, fields=["value"])
    line = target_line(indicator, row.as_of)
    return MeasurementView(**row.model_dump(exclude={"indicator_id", "measured_by"}), target_line=line)


def _check_measurement(unit: Unit, indicator: Indicator, draft: MeasurementCreate) -> None:
    _check_value(indicator, draft.value, "/value")
    if draft.as_of > unit.today:
        raise invalid("/as_of", "FIELD_RANGE", max=unit.today)
    if draft.source not in {indicator.source, Source.FROZEN} or draft.source is Source.COMPUTED:
        raise invalid("/source", "FIELD_CONFLICT", other="indicator")
    if indicator.computed_from is not None and draft.as_of >= indicator.computed_from:
        raise invalid("/as_of", "FIELD_CONFLICT", other="computed_from")


def _check_value(indicator: Indicator, value: float, pointer: str) -> None:
    """Shares end at 100, and there are no halves of a group or a person."""
    if indicator.unit is IndicatorUnit.PERCENT and value > WHOLE:
        raise invalid(pointer, "FIELD_RANGE", max=WHOLE)
    if indicator.unit is IndicatorUnit.COUNT and value != int(value):
        raise invalid(pointer, "FIELD_FORMAT")


def _last_revision(unit: Unit, indicator: Indicator, day: date) -> int:
    statement = select(func.max(Measurement.revision)).where(
        Measurement.indicator_id == indicator.id, Measurement.as_of == day
    )
    return unit.session.exec(statement).one() or 0


def report_indicators(unit: Unit, on: date | None) -> IndicatorReport:
    """Return every indicator with its history until a day, today by default. Raises `InvalidFields`."""
    day = _day(unit, on, "to")
    rows = in_order(unit)
    past = read_past(unit, rows, day, whole=True)
    indicators = [IndicatorHistory(**_shown(unit, row, past, day), history=history(unit, row, past)) for row in rows]
    return IndicatorReport(as_of=unit.now, on=day, indicators=indicators)


SHEET: Final = (
    "indicator",
    "unit",
    "as_of",
    "value",
    "source",
    "target_line",
    "target",
    "definition_version",
    "revision",
)


def sheet_of_indicators(unit: Unit, on: date | None) -> Sheet:
    """Return the same as a sheet, a row for each point of each history; see `report_indicators`."""
    report = report_indicators(unit, on)
    rows: list[Sequence[Cell]] = [[say("indicators", name, unit.language) for name in SHEET]]
    for one in report.indicators:
        rows += [_row(unit, one, point) for point in one.history]
    return Sheet(name=f"indicators_{report.on}", rows=rows)


def _row(unit: Unit, one: IndicatorHistory, point: MeasurementView) -> list[Cell]:
    kind = [say("words", code, unit.language) for code in (one.unit, point.source)]
    line = [point.target_line, one.target, point.definition_version, point.revision]
    return [one.name, kind[0], f"{point.as_of:%Y-%m-%d}", point.value, kind[1], *line]


def in_order(unit: Unit) -> list[Indicator]:
    """Return all indicators in the plan's order."""
    return list(unit.session.exec(select(Indicator).order_by(col(Indicator.position))))


def find_indicator(unit: Unit, code: str) -> Indicator:
    """Return an indicator by its code. Raises `NotFound`."""
    row = unit.session.exec(select(Indicator).where(Indicator.code == code)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _day(unit: Unit, on: date | None, name: str = "on") -> date:
    if on is not None and on > unit.today:
        raise invalid(name, "FIELD_RANGE", max=unit.today)
    return on or unit.today


def _show(unit: Unit, indicator: Indicator, day: date) -> IndicatorView:
    return IndicatorView(**_shown(unit, indicator, read_past(unit, [indicator], day), day))


def _shown(unit: Unit, indicator: Indicator, past: Past, day: date) -> dict[str, Any]:
    return {
        **indicator.model_dump(),
        "name": name_in(indicator.names, unit.language, indicator.code),
        "definition": name_in(indicator.definitions, unit.language, indicator.code),
        "current": current(indicator, past, day),
        "actions": ["measure"] if may(unit.actor, Permission.INDICATOR_WRITE) else [],
    }
