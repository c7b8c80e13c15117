"""What is told of a plan: to whoever ordered it, once, when nobody is at work on it any more."""

from datetime import date, timedelta
from typing import Any, Final

from models.account import Account, AccountStatus, Role
from models.plan import Plan, PlanStatus
from services.notifying import tell_account
from services.policies import Permission, permissions_of
from services.unit import Unit

_CUT_SHORT: Final = frozenset({"cancelled", "timed_out"})
"""Endings by which a plan is the best so far, and perhaps not the best there is."""


def tell_ended(unit: Unit, plan: Plan) -> None:
    """Tell who ordered a plan, in her language, that it is ready, the best so far, or failed; see `tell_account`.

    Who may not read plans any more is told nothing.
    """
    account = unit.session.get(Account, plan.created_by) if plan.created_by else None
    if account is None or account.status is not AccountStatus.ACTIVE:
        return
    if Permission.PLAN_READ in permissions_of(frozenset(map(Role, account.roles))):
        tell_account(unit, account, _kind(plan), plan, plan_facts(unit, plan), once=f"plan_ended:{plan.id}")


def _kind(plan: Plan) -> str:
    if plan.status is PlanStatus.FAILED:
        return "plan_failed"
    return "plan_best_so_far" if plan.ended_as in _CUT_SHORT else "plan_ready"


def plan_facts(unit: Unit, plan: Plan) -> dict[str, Any]:
    """Return what names a plan to people: its first and its last day, and how much it fills."""
    return {
        "first_on": unit.local_day(plan.starts_from),
        "last_on": _last_day(unit, plan),
        "filled": plan.filled,
        "places": plan.open_places,
    }


def _last_day(unit: Unit, plan: Plan) -> date:
    """Return the local day of the last moment: `starts_to` itself is no longer part of the plan."""
    return unit.local_day(plan.starts_to - timedelta(microseconds=1))
