"""Rules that only a reason passes: what `accept`, or a change of what is accepted, wants an override for (domain.md §0.1)."""

from collections.abc import Sequence
from typing import Any

from models.fields import Override
from services.errors import Forbidden, broken
from services.free_text import refuse_personal_details
from services.request_rules import Case, is_below, needs_override
from services.unit import Unit


def settle_overrides(unit: Unit, case: Case, overrides: Sequence[Override]) -> None:
    """Keep the reasons for which rules were passed.

    Raises `RulesBroken` naming each rule that still wants one, `Forbidden` below one business day for anybody but an
    administrator, `InvalidFields` for personal details in a reason.
    """
    wanted = {rule.code: rule for rule in needs_override(unit, case)}
    given = {override.code: override for override in overrides}
    missing = [rule for code, rule in wanted.items() if code not in given]
    if missing:
        raise broken(missing)
    if "REQ_LEAD" in wanted and is_below(unit, case, 1) and not unit.actor.is_admin:
        raise Forbidden
    for position, override in enumerate(overrides):
        refuse_personal_details(override.reason, f"/overrides/{position}/reason")
    case.request.overrides = [*case.request.overrides, *(_recorded(unit, given[code]) for code in wanted)]


def pass_all(unit: Unit, case: Case, reason: str) -> None:
    """Keep one reason for everything that a finished dispatch would have wanted one for, its being past included."""
    codes = ["REQ_PAST", *(rule.code for rule in needs_override(unit, case))]
    case.request.overrides = [_recorded(unit, Override(code=code, reason=reason)) for code in codes]


def _recorded(unit: Unit, override: Override) -> dict[str, Any]:
    return {
        "code": override.code,
        "reason": override.reason,
        "by": str(unit.actor.account_id),
        "at": unit.now.isoformat(),
    }
