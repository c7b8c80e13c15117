"""Two plans beside each other: how good each is, and where they differ."""

from typing import Final
from uuid import UUID

from sqlmodel import col, select

from models.plan import Plan, PlanProposal
from models.plan_view import ComparedPlan, Levels, PlanComparison, PlanDifference, PlanFill
from services.errors import invalid
from services.showing_plans import STANDS, fairness_of, names_of
from services.unit import Unit

SHOWN: Final = 200
"""Differences that are listed; beyond, two plans have little in common."""

Pairs = dict[tuple[UUID, UUID], PlanProposal]


def compare(unit: Unit, plan_id: UUID, other_id: UUID) -> PlanComparison:
    """Compare two plans by who stands where. Raises `NotFound`, `InvalidFields` where the other one does not exist."""
    plan = unit.get(Plan, plan_id)
    other = unit.session.get(Plan, other_id)
    if other is None:
        raise invalid("with")
    first, second = _standing(unit, plan), _standing(unit, other)
    only = [line for pair, line in first.items() if pair not in second]
    only_there = [line for pair, line in second.items() if pair not in first]
    return PlanComparison(
        plans=[_compared(plan), _compared(other)],
        in_both=len(first) - len(only),
        only_in_first=len(only),
        only_in_second=len(only_there),
        differences=_differences(unit, [*only, *only_there]),
    )


def _standing(unit: Unit, plan: Plan) -> Pairs:
    """Return who would stand where if the plan were carried out."""
    lines = unit.session.exec(
        select(PlanProposal)
        .where(PlanProposal.plan_id == plan.id, col(PlanProposal.change).in_(STANDS))
        .order_by(col(PlanProposal.starts_at), col(PlanProposal.id))
    )
    return {(line.volunteer_id, line.demand_id): line for line in lines}


def _compared(plan: Plan) -> ComparedPlan:
    return ComparedPlan(
        id=plan.id,
        objective=Levels(fill=plan.fill, soft=plan.soft),
        bound=Levels(fill=plan.fill_bound, soft=plan.soft_bound),
        fill=PlanFill(open_places=plan.open_places, filled=plan.filled),
        fairness=fairness_of(plan),
        points=plan.figures.get("points", {}),
    )


def _differences(unit: Unit, lines: list[PlanProposal]) -> list[PlanDifference]:
    shown = sorted(lines, key=lambda line: (line.starts_at, line.shift_id, line.plan_id, line.volunteer_id))[:SHOWN]
    names = names_of(unit, [line.volunteer_id for line in shown])
    return [
        PlanDifference(
            shift_id=line.shift_id,
            volunteer_id=line.volunteer_id,
            volunteer_no=names[line.volunteer_id][0],
            badge_name=names[line.volunteer_id][1],
            starts_at=line.starts_at,
            only_in=line.plan_id,
        )
        for line in shown
    ]
