"""Plans as the office sees them: for one or for many, with a constant number of queries."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import col, select

from models.dispatch_request import DispatchRequest
from models.fields import Instant, View
from models.person import Person
from models.plan import Plan, PlanChange, PlanProposal, PlanUnfilled
from models.plan_view import (
    Fairness,
    Gap,
    HoursOfPerson,
    Levels,
    PersonOfPlan,
    PlanDetail,
    PlanFairness,
    PlanFill,
    PlanPrice,
    PlanProgress,
    PlanView,
    ProposalView,
    ReasonOfProposal,
    RefusedPin,
)
from models.shift import Demand, Shift
from models.volunteer import Volunteer
from scheduling.explain import SoleBlocker, Unfilled
from services import states
from services.advising import show_advice
from services.explaining import SoleBlockerView, explained, worded
from services.notifying import unpack
from services.policies import permissions_of
from services.unit import Unit
from services.wording import say

STANDS = (PlanChange.KEEP, PlanChange.GAIN)
"""What leaves somebody on a shift once a plan is carried out."""
_OF_PLAN = ("status", "starts_from", "starts_to", "activities", "time_limit_s", "seed", "weights", "repairs")
_LATER = ("ended_as", "fingerprint", "tries", "mode", "created_at", "solved_at", "applied_at")


class UnfilledView(View):
    """Places that a plan leaves open, why, and what filling one would take from elsewhere."""

    id: UUID
    shift_id: UUID
    demand_id: UUID
    starts_at: Instant
    request_no: str | None
    language: str | None
    places: int
    priority: int | None = Described(description="What one of them weighs; null in plans made before it was kept")
    kind: str = Described(description="nobody_speaks, all_barred, all_taken or open")
    detail: str
    speakers: int
    eligible: int
    sole_blockers: list[SoleBlockerView]
    taken_by: list[dict[str, str | None]]
    relaxation: str | None
    price: PlanPrice | None = Described(description="Null where no change of the plan could fill it")


def show_plan(unit: Unit, plan: Plan) -> PlanView:
    """Return a plan in short."""
    return PlanView(**_shown(unit, plan))


def show_plans(unit: Unit, plans: Sequence[Plan]) -> list[PlanView]:
    """Return plans in short."""
    return [show_plan(unit, plan) for plan in plans]


def show_detail(unit: Unit, plan: Plan) -> PlanDetail:
    """Return a plan with what is said of the whole."""
    figures = plan.figures
    return PlanDetail(
        **_shown(unit, plan),
        pins=plan.pins,
        exclusions=plan.exclusions,
        refused_pins=[_refused(unit, one) for one in figures.get("refused", [])],
        points=figures.get("points", {}),
        advice=show_advice(unit, figures.get("advice", [])),
        hours_per_head=_hours(unit, plan),
    )


def _shown(unit: Unit, plan: Plan) -> dict[str, Any]:
    value, bound = Levels(fill=plan.fill, soft=plan.soft), Levels(fill=plan.fill_bound, soft=plan.soft_bound)
    return {
        **{name: getattr(plan, name) for name in ("id", "version", *_OF_PLAN, *_LATER)},
        "actions": states.PLAN.open_to(plan.status, permissions_of(unit.actor.roles)),
        "progress": PlanProgress(percent=plan.percent, phase=plan.phase, incumbent=value, bound=bound),
        "objective": value,
        "bound": bound,
        "gap": Gap(fill=_gap(plan.fill, plan.fill_bound), soft=_gap(plan.soft, plan.soft_bound)),
        "fill": PlanFill(open_places=plan.open_places, filled=plan.filled),
        "fairness": fairness_of(plan),
    }


def fairness_of(plan: Plan) -> PlanFairness | None:
    """Return how evenly the work lies before and after, once that is known."""
    known = plan.figures.get("fairness")
    return PlanFairness(before=Fairness(**known["before"]), after=Fairness(**known["after"])) if known else None


def _gap(value: int | None, bound: int | None) -> float | None:
    return None if value is None or bound is None else round((bound - value) / max(1, abs(value)), 6)


def _refused(unit: Unit, one: Mapping[str, Any]) -> RefusedPin:
    detail = say("problems", one["code"], unit.language, unpack(one["facts"]), unit.zone)
    return RefusedPin(volunteer_id=one["volunteer_id"], shift_id=one["shift_id"], code=one["code"], detail=detail)


def _minutes(*changes: PlanChange) -> Any:
    counted = sa.case((col(PlanProposal.change).in_(changes), PlanProposal.minutes), else_=0)
    return sa.func.coalesce(sa.func.sum(counted), 0)


_HOURS = (
    select(
        PlanProposal.volunteer_id,
        _minutes(PlanChange.KEEP, PlanChange.LOSE, PlanChange.REPLACE),
        _minutes(*STANDS),
    )
    .where(col(PlanProposal.plan_id) == sa.bindparam("plan_id"))
    .group_by(col(PlanProposal.volunteer_id))
)


def _hours(unit: Unit, plan: Plan) -> list[HoursOfPerson]:
    """Return everybody's minutes in the time of the plan, the busiest first."""
    rows = unit.rows(_HOURS, plan_id=plan.id).all()
    names = names_of(unit, [volunteer_id for volunteer_id, _, _ in rows])
    hours = [
        HoursOfPerson(
            volunteer_id=volunteer_id,
            volunteer_no=names[volunteer_id][0],
            badge_name=names[volunteer_id][1],
            minutes_before=before,
            minutes_after=after,
        )
        for volunteer_id, before, after in rows
    ]
    return sorted(hours, key=lambda one: (-one.minutes_after, one.volunteer_no))


Names = Mapping[UUID, tuple[str, str]]


def names_of(unit: Unit, volunteer_ids: Collection[UUID]) -> Names:
    """Return number and badge name of these volunteers."""
    people = select(Volunteer.id, Volunteer.volunteer_no, Person).join(Person, col(Person.id) == Volunteer.person_id)
    rows = unit.session.exec(people.where(col(Volunteer.id).in_(set(volunteer_ids))))
    return {volunteer_id: (number, person.badge_name) for volunteer_id, number, person in rows}


def show_proposals(unit: Unit, lines: Sequence[PlanProposal]) -> list[ProposalView]:
    """Return lines of a plan, each with its reasons in the caller's language."""
    counterparts = {line.counterpart_id for line in lines if line.counterpart_id}
    names = names_of(unit, {*(line.volunteer_id for line in lines), *counterparts})
    asked_for = _asked_for(unit, lines)
    return [_proposal(unit, line, names, *asked_for[line.demand_id]) for line in lines]


_ASKED_FOR = (
    select(Demand.id, DispatchRequest.request_no, Demand.language)
    .join(Shift, col(Shift.id) == Demand.shift_id)
    .join(DispatchRequest, col(DispatchRequest.id) == Shift.source_id, isouter=True)
    .where(col(Demand.id).in_(sa.bindparam("ids", expanding=True)))
)


def _asked_for(unit: Unit, lines: Sequence[PlanProposal | PlanUnfilled]) -> dict[UUID, tuple[str | None, str | None]]:
    """Return the number of the request behind each demand, if there is one, and the language it asks for."""
    rows = unit.rows(_ASKED_FOR, ids=sorted({line.demand_id for line in lines}))
    return {demand_id: (number, language) for demand_id, number, language in rows}


def _proposal(
    unit: Unit, line: PlanProposal, names: Names, request_no: str | None, language: str | None
) -> ProposalView:
    number, badge_name = names[line.volunteer_id]
    replaced = line.change is PlanChange.REPLACE
    reasons = [
        ReasonOfProposal(
            criterion=one["criterion"],
            points=one["points"],
            detail=worded(unit, one["criterion"], unpack(one["facts"])),
        )
        for one in line.reasons
    ]
    same = ("id", "shift_id", "demand_id", "starts_at", "volunteer_id", "change", "to_ask", "outcome", "code")
    return ProposalView(
        **{name: getattr(line, name) for name in (*same, "offer_id", "assignment_id")},
        request_no=request_no,
        language=language,
        volunteer_no=number,
        badge_name=badge_name,
        replaces=None if replaced else _person(line.counterpart_id, names),
        replaced_by=_person(line.counterpart_id, names) if replaced else None,
        score=sum(reason.points for reason in reasons),
        reasons=reasons,
        detail=say("problems", line.code, unit.language, unpack(line.facts), unit.zone) if line.code else None,
    )


def _person(volunteer_id: UUID | None, names: Names) -> PersonOfPlan | None:
    if volunteer_id is None:
        return None
    number, badge_name = names[volunteer_id]
    return PersonOfPlan(volunteer_id=volunteer_id, volunteer_no=number, badge_name=badge_name)


def show_unfilled_places(unit: Unit, lines: Sequence[PlanUnfilled]) -> list[UnfilledView]:
    """Return open places, each with its explanation in the caller's language."""
    asked_for = _asked_for(unit, lines)
    return [_unfilled(unit, line, asked_for[line.demand_id][0]) for line in lines]


def _unfilled(unit: Unit, line: PlanUnfilled, request_no: str | None) -> UnfilledView:
    why = line.why
    blockers = tuple(SoleBlocker(code, count, tuple(numbers)) for code, count, numbers in why["sole_blockers"])
    taken_by = tuple((number, shift_id) for number, shift_id in why["taken_by"])
    unfilled = Unfilled(why["speakers"], why["eligible"], blockers, taken_by, why["relaxation"], why["kind"])
    shown = explained(unit, why["language"] or "", unfilled)
    return UnfilledView(
        **{name: getattr(line, name) for name in ("id", "shift_id", "demand_id", "starts_at", "places")},
        **shown,
        request_no=request_no,
        language=why["language"],
        priority=why.get("priority"),
        price=PlanPrice(**line.price) if line.price else None,
    )
