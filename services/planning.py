"""Plans as the office orders, reads, stops and drops them; who solves them is `services/solving.py` (contract.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.plan import (
    LONGEST,
    PinDraft,
    Plan,
    PlanChange,
    PlanCreate,
    PlanExclusionDraft,
    PlanOutcome,
    PlanProposal,
    PlanStatus,
    PlanUnfilled,
)
from models.plan_view import PlanDetail, PlanView, ProposalView
from models.shift import Demand, Shift
from models.volunteer import Volunteer
from scheduling.interval import since, until
from scheduling.problem import DEFAULT_WEIGHTS, PLAN_WEIGHTS
from services import states
from services.errors import FieldFault, InvalidFields, invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.priorities import MOST, STEPS
from services.showing_plans import (
    UnfilledView,
    show_detail,
    show_plan,
    show_plans,
    show_proposals,
    show_unfilled_places,
)
from services.unit import Unit

FINAL = frozenset({PlanStatus.READY, PlanStatus.APPLIED, PlanStatus.DISCARDED, PlanStatus.FAILED})
"""States in which nobody is at work on a plan any more."""


@dataclass(frozen=True)
class ProposalFilters:
    """What a list of proposals is narrowed to."""

    change: PlanChange | None = None
    outcome: PlanOutcome | None = None
    volunteer_id: UUID | None = None


def create(unit: Unit, draft: PlanCreate) -> PlanView:
    """Order a plan; a worker takes it up.

    Raises `InvalidFields` for a time that is past, empty or too long, an unknown criterion, or a reference that leads
    nowhere.
    """
    starts_from, starts_to = _time(unit, draft)
    _refuse_overweight(draft)
    _refuse_unknown(unit, draft)
    plan = unit.add(
        Plan(
            **unit.stamp(),
            starts_from=starts_from,
            starts_to=starts_to,
            activities=sorted(set(draft.activities)),
            time_limit_s=draft.time_limit_s,
            seed=draft.seed,
            weights=draft.weights,
            pins=[pin.model_dump(mode="json") for pin in draft.pins],
            exclusions=[one.model_dump(mode="json") for one in draft.exclusions],
            repairs=draft.repairs,
            status=PlanStatus.QUEUED,
        )
    )
    unit.audit("plan.create", plan)
    return show_plan(unit, plan)


def _time(unit: Unit, draft: PlanCreate) -> tuple[datetime, datetime]:
    starts_from = max(since(draft.starts_from, unit.zone), unit.now)
    starts_to = until(draft.starts_to, unit.zone)
    if not starts_from < starts_to <= starts_from + LONGEST:
        raise invalid("/to", "FIELD_RANGE", min=starts_from, max=starts_from + LONGEST)
    return starts_from, starts_to


def _refuse_overweight(draft: PlanCreate) -> None:
    for name in sorted(STEPS.keys() & draft.weights.keys()):
        if draft.weights[name] > MOST:
            raise invalid(f"/weights/{name}", "FIELD_RANGE", min=0, max=MOST)


def _refuse_unknown(unit: Unit, draft: PlanCreate) -> None:
    named: dict[str, Sequence[PinDraft | PlanExclusionDraft]] = {"pins": draft.pins, "exclusions": draft.exclusions}
    everyone = [one for given in named.values() for one in given]
    shifts = _known(unit, Shift, (one.shift_id for one in everyone))
    people = _known(unit, Volunteer, (one.volunteer_id for one in everyone))
    demands = _known(unit, Demand, (one.demand_id for one in draft.pins))
    strange = draft.weights.keys() - DEFAULT_WEIGHTS.keys() - PLAN_WEIGHTS.keys() - STEPS.keys()
    faults = [f"/weights/{name}" for name in sorted(strange)]
    for field, given in named.items():
        faults += [f"/{field}/{at}/shift_id" for at, one in enumerate(given) if one.shift_id not in shifts]
        faults += [f"/{field}/{at}/volunteer_id" for at, one in enumerate(given) if one.volunteer_id not in people]
    faults += [f"/pins/{at}/demand_id" for at, one in enumerate(draft.pins) if one.demand_id not in {None, *demands}]
    faults += ["/repairs"] if draft.repairs not in {None, *_known(unit, Plan, [draft.repairs])} else []
    if faults:
        raise InvalidFields(faults=[FieldFault(pointer, "FIELD_REFERENCE") for pointer in faults])


def _known(unit: Unit, table: type[Shift | Volunteer | Demand | Plan], ids: Iterable[UUID | None]) -> set[UUID]:
    return set(unit.session.exec(select(table.id).where(col(table.id).in_({one for one in ids if one}))))


def list_plans(unit: Unit, ask: Ask, status: PlanStatus | None) -> Page[PlanView]:
    """Return plans, the newest first."""
    statement = select(Plan)
    if status is not None:
        statement = statement.where(Plan.status == status)
    order = Order((Plan.created_at, Plan.id), descending=True)
    return page(unit, ask, statement, order, show_plans, scope_of("plans", status))


def read_plan(unit: Unit, plan_id: UUID) -> PlanDetail:
    """Return a plan with what is said of the whole. Raises `NotFound`."""
    return show_detail(unit, unit.get(Plan, plan_id))


def follow(unit: Unit, plan_id: UUID) -> PlanView:
    """Return a plan in short, for whoever follows how it is made. Raises `NotFound`."""
    return show_plan(unit, unit.get(Plan, plan_id))


def list_proposals(unit: Unit, ask: Ask, plan_id: UUID, filters: ProposalFilters) -> Page[ProposalView]:
    """Return who is proposed for what, the soonest first. Raises `NotFound`."""
    unit.get(Plan, plan_id)
    statement = select(PlanProposal).where(PlanProposal.plan_id == plan_id)
    for column, value in (
        (PlanProposal.change, filters.change),
        (PlanProposal.outcome, filters.outcome),
        (PlanProposal.volunteer_id, filters.volunteer_id),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    order = Order((PlanProposal.starts_at, PlanProposal.id))
    return page(unit, ask, statement, order, show_proposals, scope_of("proposals", plan_id, filters))


def list_unfilled(unit: Unit, ask: Ask, plan_id: UUID) -> Page[UnfilledView]:
    """Return what the plan leaves open, and why, the soonest first. Raises `NotFound`."""
    unit.get(Plan, plan_id)
    statement = select(PlanUnfilled).where(PlanUnfilled.plan_id == plan_id)
    order = Order((PlanUnfilled.starts_at, PlanUnfilled.id))
    return page(unit, ask, statement, order, show_unfilled_places, scope_of("unfilled", plan_id))


def cancel(unit: Unit, plan_id: UUID) -> PlanView:
    """Stop the solving; the plan becomes ready with the best so far, at once dropped where nobody has begun.

    Raises `NotFound`, `Stale`, `WrongState`.
    """
    plan = _addressed(unit, plan_id)
    plan.status = PlanStatus(states.PLAN.next(plan.status, "cancel"))
    plan.cancel_asked_at = unit.now
    return _changed(unit, plan, "cancel")


def discard(unit: Unit, plan_id: UUID) -> PlanView:
    """Drop a plan that nobody wants. Raises `NotFound`, `Stale`, `WrongState`."""
    plan = _addressed(unit, plan_id)
    plan.status = PlanStatus(states.PLAN.next(plan.status, "discard"))
    return _changed(unit, plan, "discard")


def _addressed(unit: Unit, plan_id: UUID) -> Plan:
    plan = unit.lock(Plan, plan_id)
    unit.expect(plan)
    return plan


def _changed(unit: Unit, plan: Plan, verb: str) -> PlanView:
    plan.touch(unit.now)
    unit.audit(f"plan.{verb}", plan)
    return show_plan(unit, plan)
