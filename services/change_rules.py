"""The rules of change as coordinators set them: field by kind of service → what happens to those who are coming."""

from collections.abc import Collection
from typing import Any

from sqlmodel import select

from models.change_rule import (
    GENTLEST_FIRST,
    ChangedField,
    ChangeRules,
    ChangeRulesDraft,
    ChangeRulesView,
    ChangeRuleView,
    Effect,
)
from models.service_type import ServiceType
from models.shift import ShiftKind
from services.errors import FieldFault, InvalidFields, NotFound
from services.policies import Permission, may
from services.unit import Unit

NAME = "accepted"
OF_NO_SERVICE = frozenset(ShiftKind) - {ShiftKind.DISPATCH}
"""Kinds of shifts that may have rules of their own beside the kinds of service."""
DEFAULTS = {
    ChangedField.DATE: Effect.RECONFIRM,
    ChangedField.TIME: Effect.RECONFIRM,
    ChangedField.LANGUAGE: Effect.RELEASE,
    ChangedField.PLACE: Effect.RECONFIRM,
    ChangedField.CANCELLED: Effect.RELEASE,
}
"""What holds until coordinators decide otherwise [I]."""


def initial() -> list[dict[str, Any]]:
    """Return the rules that every installation starts with."""
    return [{"field": field, "kind": None, "effect": effect} for field, effect in DEFAULTS.items()]


def read(unit: Unit) -> ChangeRulesView:
    """Return the rules. Raises `NotFound` before the reference data were loaded."""
    return _show(unit, _row(unit))


def replace(unit: Unit, draft: ChangeRulesDraft) -> ChangeRulesView:
    """Set all rules anew.

    Raises `InvalidFields` for a field without a rule for every kind or with two for one, for a kind that there is not
    and for what a cancellation can only do, `Stale`.
    """
    row = unit.lock(ChangeRules, _row(unit).id)
    unit.expect(row)
    _check(draft, {*unit.session.exec(select(ServiceType.code)), *OF_NO_SERVICE})
    row.rules = [rule.model_dump(mode="json") for rule in draft.items]
    row.touch(unit.now)
    unit.audit("change_rules.replace", row)
    return _show(unit, row)


def _check(draft: ChangeRulesDraft, kinds: Collection[str]) -> None:
    keys = [(rule.field, rule.kind) for rule in draft.items]
    faults = [FieldFault("/items", "FIELD_MISSING", {}) for field in ChangedField if (field, None) not in keys]
    for n, rule in enumerate(draft.items):
        if (rule.field, rule.kind) in keys[:n]:
            faults.append(FieldFault(f"/items/{n}", "FIELD_DUPLICATE"))
        if rule.kind is not None and rule.kind not in kinds:
            faults.append(FieldFault(f"/items/{n}/kind", "FIELD_REFERENCE"))
        if rule.field is ChangedField.CANCELLED and rule.effect is not Effect.RELEASE:
            faults.append(FieldFault(f"/items/{n}/effect", "FIELD_CONFLICT", {"other": "field"}))
    if faults:
        raise InvalidFields(faults=faults)


def effect_of(unit: Unit, changed: Collection[ChangedField], kind: str) -> Effect:
    """Return the strongest effect of what changed, for one kind of service; none changed is kept."""
    rules = {(rule["field"], rule["kind"]): Effect(rule["effect"]) for rule in _row(unit).rules}
    effects = [rules.get((field, kind)) or rules[field, None] for field in changed]
    return max(effects, key=GENTLEST_FIRST.index, default=Effect.KEEP)


def _row(unit: Unit) -> ChangeRules:
    found: ChangeRules | None = unit.once(
        "change_rules", lambda: unit.session.exec(select(ChangeRules).where(ChangeRules.name == NAME)).one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def _show(unit: Unit, row: ChangeRules) -> ChangeRulesView:
    return ChangeRulesView(
        id=row.id,
        version=row.version,
        items=[ChangeRuleView.model_validate(rule) for rule in row.rules],
        actions=["replace"] if may(unit.actor, Permission.RULES_WRITE) else [],
    )
