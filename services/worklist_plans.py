"""Entries of the worklist about plans: one that is ready waits for somebody to look, one that failed for somebody to drop it."""

from collections.abc import Iterator

from sqlmodel import col, select

from models.plan import Plan, PlanStatus
from models.worklist import Subject, WorkCode
from services.entering import Entry, answer_due, post
from services.plan_telling import plan_facts
from services.unit import Unit

_WAITING = {PlanStatus.READY: (WorkCode.PLAN_READY, "apply"), PlanStatus.FAILED: (WorkCode.PLAN_FAILED, "discard")}


def waiting(unit: Unit) -> Iterator[Entry]:
    """Plans for what is still to come that nobody has carried out or dropped."""
    statement = select(Plan).where(col(Plan.status).in_(sorted(_WAITING)), col(Plan.starts_to) > unit.now)
    for plan in unit.session.exec(statement):
        code, verb = _WAITING[plan.status]
        yield Entry(
            code,
            Subject(type="plan", id=plan.id, no=None),
            answer_due(unit, plan.solved_at or plan.updated_at),
            post(f"/v1/plans/{plan.id}/{verb}"),
            facts=plan_facts(unit, plan),
        )
