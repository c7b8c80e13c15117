"""From rows to the problem of a plan: the open places of some weeks, whoever could take one, and what bounds them.

Who is eligible is judged by the rules that judge every other door; the mapping of rows is that of every other door too.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment, AssignmentStatus
from models.dispatch_request import DispatchRequest
from models.offer import Offer, OfferStatus
from models.plan import Plan, PlanChange, PlanProposal
from models.service_type import ServiceType
from models.shift import Shift, ShiftStatus
from models.volunteer import Volunteer
from scheduling import problem as values
from scheduling.constraints import broken_rules
from scheduling.format import write_problem
from scheduling.problem import PLAN_WEIGHTS, Door, Proposal, RuledOut
from scheduling.solution import Plan as Choice
from services.explaining import people_for
from services.priorities import STEPS, Priority, scale
from services.roster import Roster, muster
from services.shift_values import problem_of, value_shifts
from services.unit import Unit

STANDING: Final = frozenset({AssignmentStatus.TENTATIVE, AssignmentStatus.CONFIRMED, AssignmentStatus.STANDIN_WANTED})
"""States in which somebody stands on a shift that is to come."""
ASSENT: Final = 200
"""The weight of how likely a yes is, unless a plan has its own (docs/performance.md: what that is worth)."""

_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_SHIFTS = (
    select(  # type: ignore[call-overload]
        Shift.id,
        Shift.version,
        Shift.starts_at,
        Shift.kind,
        DispatchRequest.series_id,
        ServiceType.standby,
        ServiceType.sensitive,
        ServiceType.at_home,
    )
    .join(DispatchRequest, col(DispatchRequest.id) == Shift.source_id, isouter=True)
    .join(ServiceType, col(ServiceType.id) == Shift.service_type_id, isouter=True)
    .where(
        col(Shift.status).in_([ShiftStatus.OPEN, ShiftStatus.FILLED]),
        col(Shift.starts_at) >= sa.bindparam("since"),
        col(Shift.starts_at) < sa.bindparam("until"),
    )
    .order_by(col(Shift.starts_at), col(Shift.id))
)
_STANDING = (
    select(  # type: ignore[call-overload]
        Assignment.id,
        Assignment.volunteer_id,
        Assignment.shift_id,
        Assignment.demand_id,
        Assignment.status,
        Assignment.updated_at,
    )
    .where(col(Assignment.shift_id).in_(_IDS), col(Assignment.status).in_(sorted(STANDING)))
    .order_by(col(Assignment.id))
)
_DECLINED = (
    select(Offer.volunteer_id, Offer.shift_id)
    .join(Shift, col(Shift.id) == Offer.shift_id)
    .where(
        col(Offer.shift_id).in_(_IDS),
        Offer.status == OfferStatus.DECLINED,
        col(Offer.wave) >= sa.func.coalesce(col(Shift.asks_from_wave), 0),
    )
)
_LEFT = select(Assignment.volunteer_id, Assignment.shift_id).where(
    col(Assignment.shift_id).in_(_IDS), col(Assignment.status).not_in(sorted(HOLDING))
)
_VERSIONS = select(Volunteer.id, Volunteer.version).where(col(Volunteer.id).in_(_IDS))


@dataclass(frozen=True)
class Standing:
    """Somebody who stands on a shift in the time of a plan, and since when as she does."""

    assignment_id: UUID
    volunteer_id: UUID
    shift_id: UUID
    demand_id: UUID
    status: AssignmentStatus
    since: datetime

    @property
    def waits(self) -> bool:
        """Tell whether she waits for a stand-in."""
        return self.status is AssignmentStatus.STANDIN_WANTED

    @property
    def proposal(self) -> Proposal:
        """Her place as a proposal."""
        return Proposal(str(self.volunteer_id), str(self.shift_id), str(self.demand_id))

    def is_meant_by(self, pin: Mapping[str, Any]) -> bool:
        """Tell whether a coordinator's pin wants what is so already."""
        volunteer_id, shift_id, demand_id = self.proposal.pair
        return (pin["volunteer_id"], pin["shift_id"]) == (volunteer_id, shift_id) and pin["demand_id"] in {
            None,
            demand_id,
        }


@dataclass(frozen=True)
class Frame:
    """A problem with what a plan must remember of the rows it was made from.

    `times` gives start and minutes of each shift, `priorities` what a place of it weighs. `mends` is the earlier plan that is to be mended, as far as it still
    holds; without one nobody who stands somewhere is part of the problem.
    """

    problem: values.Problem
    standing: tuple[Standing, ...]
    times: Mapping[str, tuple[datetime, int]]
    priorities: Mapping[str, Priority]
    shift_versions: Mapping[str, int]
    volunteer_versions: Mapping[str, int]
    mends: Choice | None
    overrides: Mapping[tuple[str, str], list[dict[str, Any]]]

    @property
    def open_places(self) -> int:
        """The places that nobody holds."""
        places = sum(need.open_places for shift in self.problem.shifts for need in shift.needs)
        return places - len(self.problem.published)

    def fingerprint(self) -> str:
        """Return what names the input: alike for the same rows and the same wishes."""
        text = json.dumps(write_problem(self.problem), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def frame(unit: Unit, plan: Plan) -> Frame:
    """Return the problem of a plan as things stand now; versions are read first, so that no change slips by unseen."""
    rows = [
        row
        for row in unit.rows(_SHIFTS, since=max(plan.starts_from, unit.now), until=plan.starts_to)
        if not plan.activities or row.kind in plan.activities
    ]
    ids = [row.id for row in rows]
    versions = {str(row.id): row.version for row in rows}
    standing = tuple(Standing(*row) for row in unit.rows(_STANDING, ids=ids))
    found = value_shifts(unit, ids)
    priorities = _priorities(unit, plan, rows, found)
    shifts = _series(found, {row.id: row.series_id for row in rows}, priorities)
    roster, people = _roster(unit, plan, shifts, standing)
    moving = [one for one in standing if plan.repairs and not one.waits]
    whole = problem_of(unit, roster, shifts)
    stays = tuple(_stays(whole, one.proposal) for one in moving)
    wished = [pin for pin in plan.pins if not any(one.is_meant_by(pin) for one in standing)]
    problem = _bounded(unit, plan, _freed(whole, moving) if moving else whole, stays, wished, ids)
    return Frame(
        problem=problem,
        standing=standing,
        times={shift.id: (shift.interval.start, round(shift.interval.minutes)) for shift in shifts},
        priorities=priorities,
        shift_versions=versions,
        volunteer_versions=people,
        mends=_earlier(unit, plan, moving) if plan.repairs else None,
        overrides={(pin["volunteer_id"], pin["shift_id"]): pin["overrides"] for pin in plan.pins},
    )


def _priorities(
    unit: Unit, plan: Plan, rows: Sequence[Any], shifts: Mapping[UUID, values.Shift]
) -> dict[str, Priority]:
    by = scale(unit, plan.weights)
    return {
        str(row.id): by.of(row, unit.local_day(row.starts_at), families=len(shifts[row.id].clients)) for row in rows
    }


def _series(
    shifts: Mapping[UUID, values.Shift], series: Mapping[UUID, UUID | None], priorities: Mapping[str, Priority]
) -> list[values.Shift]:
    return [
        replace(
            shift,
            series=str(series[shift_id]) if series[shift_id] else None,
            priority=priorities[shift.id].value,
        )
        for shift_id, shift in sorted(shifts.items(), key=lambda pair: (pair[1].interval, pair[1].id))
    ]


def _roster(
    unit: Unit, plan: Plan, shifts: Sequence[values.Shift], standing: Sequence[Standing]
) -> tuple[Roster, dict[str, int]]:
    """Return everybody who could be thought of for one of the shifts, with their versions."""
    needs = [need for shift in shifts for need in shift.needs]
    named = {*(UUID(pin["volunteer_id"]) for pin in plan.pins), *(one.volunteer_id for one in standing)}
    ids = {*people_for(unit, needs), *named}
    versions = {str(volunteer_id): version for volunteer_id, version in unit.rows(_VERSIONS, ids=sorted(ids))}
    return muster(unit, ids), versions


def _stays(problem: values.Problem, proposal: Proposal) -> Proposal:
    """Return the place of somebody who stands there, with all set aside that she or the office could set aside.

    She agreed by staying, and the office by letting her in; only what nobody may waive takes the place from her.
    """
    volunteer, shift = problem.volunteer(proposal.volunteer_id), problem.shift(proposal.shift_id)
    calendar = problem.calendar(volunteer.id).without(shift.id)
    found = broken_rules(volunteer, shift, shift.need(proposal.need_id), calendar, problem.rules, Door.plan)
    codes = frozenset(broken.code for broken in found)
    return replace(proposal, consents=codes, reasons=codes)


def _freed(problem: values.Problem, moving: Sequence[Standing]) -> values.Problem:
    """Return the problem as if these people did not stand where they stand: their places and their time are free."""
    held, hers = Counter(str(one.demand_id) for one in moving), Counter(str(one.volunteer_id) for one in moving)
    pairs = {(str(one.volunteer_id), str(one.shift_id)) for one in moving}
    shifts = tuple(
        replace(shift, needs=tuple(replace(need, taken=need.taken - held[need.id]) for need in shift.needs))
        for shift in problem.shifts
    )
    calendars = {
        one: values.Calendar(tuple(held for held in calendar.commitments if (one, held.shift_id) not in pairs))
        for one, calendar in problem.calendars.items()
    }
    people = tuple(
        replace(one, history=replace(one.history, assignments_90d=one.history.assignments_90d - hers[one.id]))
        for one in problem.volunteers
    )
    return values.Problem(shifts, people, calendars, problem.rules)


def _bounded(
    unit: Unit,
    plan: Plan,
    problem: values.Problem,
    standing: tuple[Proposal, ...],
    pins: Sequence[Mapping[str, Any]],
    ids: Collection[UUID],
) -> values.Problem:
    """Return the problem with what is pinned, ruled out, and known to people: where they stand."""
    refused = {(str(one), str(shift)) for table in (_DECLINED, _LEFT) for one, shift in unit.rows(table, ids=ids)}
    refused |= {(one["volunteer_id"], one["shift_id"]) for one in plan.exclusions}
    return replace(
        problem,
        rules=_weighed(problem.rules, plan.weights),
        pins=(*standing, *(_pin(problem, pin) for pin in pins)),
        ruled_out=tuple(RuledOut(*pair) for pair in sorted(refused - {one.pair[:2] for one in standing})),
        published=standing,
    )


def _weighed(rules: values.Rules, weights: Mapping[str, int]) -> values.Rules:
    usual = {**rules.plan_weights, "assent": ASSENT}
    whole = {name: weights.get(name, points) for name, points in usual.items()}
    of_plan = PLAN_WEIGHTS.keys() | STEPS.keys()
    pairs = {**rules.weights, **{name: points for name, points in weights.items() if name not in of_plan}}
    return replace(rules, weights=pairs, plan_weights=whole, ask_unknown=True)


def _pin(problem: values.Problem, pin: Mapping[str, Any]) -> Proposal:
    """Return a coordinator's pin; without a demand, for the first one with an open place."""
    shift = next((one for one in problem.shifts if one.id == pin["shift_id"]), None)
    needs = () if shift is None else shift.needs
    need = next((need.id for need in needs if need.open_places), needs[0].id if needs else "")
    codes = frozenset(override["code"] for override in pin["overrides"])
    consents = frozenset(override["code"] for override in pin["overrides"] if override.get("consent_at"))
    return Proposal(pin["volunteer_id"], pin["shift_id"], pin["demand_id"] or need, consents, codes)


def _earlier(unit: Unit, plan: Plan, moving: Sequence[Standing]) -> Choice:
    """Return what people know of: where they stand, and what the earlier plan proposed and nobody has refused."""
    lines = unit.session.exec(
        select(PlanProposal).where(PlanProposal.plan_id == plan.repairs, PlanProposal.change == PlanChange.GAIN)
    )
    proposed = [Proposal(str(one.volunteer_id), str(one.shift_id), str(one.demand_id)) for one in lines]
    known = {proposal.pair: proposal for proposal in (*(one.proposal for one in moving), *proposed)}
    return Choice(tuple(known[pair] for pair in sorted(known)))
