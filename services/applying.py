"""Carrying a plan out: shift by shift, each in a transaction of its own, through the doors that everybody uses.

What has changed since the plan was made is refused line by line, and everything else is done. A line that was done is
never done again, so an application that was interrupted goes on where it was left.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.assignment import Assignment, Via
from models.base import new_id
from models.fields import Override
from models.offer import Offer, OfferStatus, Wave
from models.plan import Plan, PlanApply, PlanChange, PlanMode, PlanOutcome, PlanProposal, PlanStatus
from models.plan_view import AppliedView
from models.shift import Shift
from models.volunteer import Volunteer
from scheduling.problem import Door
from services import asking, cascading, states
from services.claiming import Entry, place, recorded
from services.dropouts import free_again
from services.errors import DomainError, Refused, WrongState, invalid
from services.filling import settle
from services.notifying import pack, tell_volunteer
from services.policies import permissions_of
from services.releasing import end
from services.showing_plans import show_proposals
from services.unit import Unit

PATIENCE: Final = timedelta(minutes=10)
"""How long an application may rest unfinished before the worker finishes it."""

Step = Callable[[Unit], None]


def begin(unit: Unit, plan_id: UUID, draft: PlanApply) -> list[Step]:
    """Take a ready plan to be carried out, and return the steps, each for a transaction of its own.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for another mode than the one it was begun in.
    """
    plan = unit.lock(Plan, plan_id)
    unit.expect(plan)
    plan.status = PlanStatus(states.PLAN.next(plan.status, "apply"))
    if plan.mode is None:
        plan.mode, plan.waves, plan.batch_id = draft.mode, draft.waves, new_id()
        plan.touch(unit.now)
        unit.audit("plan.apply", plan, facts={"mode": draft.mode})
    if plan.mode is not draft.mode:
        raise invalid("/mode", "FIELD_CONFLICT", other=plan.mode)
    return steps(unit, plan)


def steps(unit: Unit, plan: Plan) -> list[Step]:
    """Return what is left to do of a plan: its shifts, the soonest first, then one message to each who is asked."""
    lines = unit.session.exec(_changing(plan.id).where(col(PlanProposal.outcome).is_(None))).all()
    shifts = dict.fromkeys(line.shift_id for line in lines)
    asked = [line for line in lines if _is_asked(plan, line)]
    untold = unit.session.exec(_changing(plan.id).where(col(PlanProposal.offer_id).is_not(None), _UNTOLD)).all()
    people = sorted({line.volunteer_id for line in (*asked, *untold)})
    return [
        *(partial(_carry_out, plan_id=plan.id, shift_id=one) for one in shifts),
        *(partial(_tell, plan_id=plan.id, volunteer_id=one) for one in people),
    ]


_UNTOLD: Any = col(PlanProposal.told_at).is_(None)


def _changing(plan_id: UUID) -> Any:
    """Select the lines of a plan that change anything; who loses a place comes before who gains one."""
    return (
        select(PlanProposal)
        .where(PlanProposal.plan_id == plan_id, PlanProposal.change != PlanChange.KEEP)
        .order_by(col(PlanProposal.starts_at), col(PlanProposal.change).desc(), col(PlanProposal.id))
        .execution_options(populate_existing=True)
    )


def _is_asked(plan: Plan, line: PlanProposal) -> bool:
    return line.change is PlanChange.GAIN and (plan.mode is PlanMode.OFFER or line.to_ask)


def _carry_out(unit: Unit, *, plan_id: UUID, shift_id: UUID) -> None:
    """Do all lines of one shift. Locked are the volunteers, then the shift; then the lines are read again."""
    plan = unit.get(Plan, plan_id)
    statement = _changing(plan_id).where(PlanProposal.shift_id == shift_id, col(PlanProposal.outcome).is_(None))
    ids = sorted({line.volunteer_id for line in unit.session.exec(statement)})
    people = {volunteer_id: unit.lock(Volunteer, volunteer_id) for volunteer_id in ids}
    shift = unit.lock(Shift, shift_id)
    lines: list[PlanProposal] = []
    for line in unit.session.exec(statement).all():
        stale = (shift.version, people[line.volunteer_id].version) != (line.shift_version, line.volunteer_version)
        if stale:
            _refuse(line, Refused("PLN_MOVED"))
        else:
            lines.append(line)
    followed = _release(unit, shift, lines)
    _assign(unit, [line for line in lines if line.change is PlanChange.GAIN and not _is_asked(plan, line)])
    _ask(unit, plan, shift, [line for line in lines if _is_asked(plan, line)])
    _look_for_others(unit, shift, lines, followed)
    _follow_standins(unit, unit.session.exec(_changing(plan_id).where(PlanProposal.shift_id == shift_id)).all())


def _refuse(line: PlanProposal, error: DomainError) -> None:
    facts = dict(error.facts)
    if isinstance(error, WrongState):
        facts = {"state": error.state, "allowed": list(error.allowed)}
    line.outcome, line.code, line.facts = PlanOutcome.REFUSED, error.code, pack(facts)


def _attempt(unit: Unit, lines: Sequence[PlanProposal], do: Callable[[], None]) -> bool:
    """Do something for lines in a savepoint; what refuses it is written to each of them. Return whether it was done."""
    try:
        with unit.session.begin_nested():
            do()
            unit.session.flush()
    except DomainError as error:
        for line in lines:
            _refuse(line, error)
        return False
    return True


def _release(unit: Unit, shift: Shift, lines: Sequence[PlanProposal]) -> set[UUID]:
    """Take those off the shift who may not stay; without somebody in her stead the place is open again.

    Return the demands for which somebody is to follow.
    """
    followed = {line.demand_id for line in lines if line.change is PlanChange.GAIN}
    for line in lines:
        if line.change is PlanChange.LOSE:
            do = partial(_take_off, unit, shift, line, followed=line.demand_id in followed)
            if _attempt(unit, [line], do):
                line.outcome = PlanOutcome.RELEASED
    return followed


def _look_for_others(unit: Unit, shift: Shift, lines: Sequence[PlanProposal], followed: set[UUID]) -> None:
    """Let others be asked for a place that was given up for somebody who was refused."""
    left = Counter(line.demand_id for line in lines if line.outcome is PlanOutcome.RELEASED)
    came = Counter(line.demand_id for line in lines if line.outcome in {PlanOutcome.ASSIGNED, PlanOutcome.OFFERED})
    for demand_id in sorted(followed):
        if came[demand_id] < left[demand_id]:
            free_again(unit, shift, demand_id)


def _take_off(unit: Unit, shift: Shift, line: PlanProposal, *, followed: bool) -> None:
    assignment = unit.lock(Assignment, line.assignment_id)  # type: ignore[arg-type]  # whoever loses a place stands there
    end(unit, assignment, "cancel", "plan")
    settle(unit, shift)
    unit.audit("assignment.cancel", assignment, subject=assignment.volunteer_id)
    tell_volunteer(unit, assignment.volunteer_id, "assignment_cancelled", assignment, {"starts_at": shift.starts_at})
    if not followed:
        free_again(unit, shift, line.demand_id)


def _assign(unit: Unit, lines: Sequence[PlanProposal]) -> None:
    for line in lines:
        if _attempt(unit, [line], partial(_put, unit, line)):
            line.outcome = PlanOutcome.ASSIGNED


def _put(unit: Unit, line: PlanProposal) -> None:
    overrides = [Override.model_validate(one) for one in line.overrides]
    entry = Entry(
        Door.plan,
        Via.PLAN,
        consents=frozenset(one.code for one in overrides if one.consent_at),
        overrides=tuple(recorded(unit, one) for one in overrides),
    )
    line.assignment_id = place(unit, line.volunteer_id, line.shift_id, line.demand_id, entry).id


def _follow_standins(unit: Unit, lines: Sequence[PlanProposal]) -> None:
    """Say of each who waits for a stand-in what became of that; the door replaced her when somebody took her place."""
    for line in lines:
        if line.change is not PlanChange.REPLACE or line.outcome is PlanOutcome.RELEASED:
            continue
        standin = next(
            one for one in lines if one.change is PlanChange.GAIN and one.volunteer_id == line.counterpart_id
        )
        line.outcome, line.code, line.facts = standin.outcome, standin.code, dict(standin.facts)
        if unit.get(Assignment, line.assignment_id).end_reason == "replaced":  # type: ignore[arg-type]  # she stood there
            line.outcome, line.code, line.facts = PlanOutcome.RELEASED, None, {}
        elif standin.outcome is PlanOutcome.ASSIGNED:  # in the place of another who had waited longer
            _refuse(line, Refused("PLN_MOVED"))


def _ask(unit: Unit, plan: Plan, shift: Shift, lines: Sequence[PlanProposal]) -> None:
    """Ask people in one wave for each demand; where the wave is refused, each by herself, to learn who is why."""
    waiting = [line for line in lines if not _was_asked(unit, line)]
    for demand_id in dict.fromkeys(line.demand_id for line in waiting):
        of_demand = [line for line in waiting if line.demand_id == demand_id]
        plain = [line for line in of_demand if not line.overrides]
        if len(plain) < 2 or not _attempt(unit, plain, partial(_send, unit, plan, shift, plain)):  # noqa: PLR2004
            for line in plain:
                _attempt(unit, [line], partial(_send, unit, plan, shift, [line]))
        for line in of_demand:
            if line.overrides:
                _attempt(unit, [line], partial(_send, unit, plan, shift, [line]))


def _was_asked(unit: Unit, line: PlanProposal) -> bool:
    """Tell whether an offer of this place waits for her answer already; then that is the one."""
    statement = select(Offer.id).where(
        Offer.demand_id == line.demand_id, Offer.volunteer_id == line.volunteer_id, Offer.status == OfferStatus.SENT
    )
    offer_id = unit.session.exec(statement).first()
    if offer_id is None:
        return False
    line.offer_id, line.outcome, line.told_at = offer_id, PlanOutcome.OFFERED, unit.now
    return True


def _send(unit: Unit, plan: Plan, shift: Shift, lines: Sequence[PlanProposal]) -> None:
    draft = Wave(
        volunteer_ids=[line.volunteer_id for line in lines],
        demand_id=lines[0].demand_id,
        overrides=[Override.model_validate(one) for line in lines for one in line.overrides],
    )
    offers = {offer.volunteer_id: offer for offer in asking.ask(unit, shift, draft, None, batch_id=plan.batch_id)}
    if plan.waves:
        cascading.follow(unit, shift, list(offers.values()))
    shift.touch(unit.now)
    for line in lines:
        line.offer_id, line.outcome = offers[line.volunteer_id].id, PlanOutcome.OFFERED
        line.code, line.facts = None, {}


def _tell(unit: Unit, *, plan_id: UUID, volunteer_id: UUID) -> None:
    """Tell one person all that she is asked in a plan, in one message."""
    unit.lock(Volunteer, volunteer_id)
    mine = _changing(plan_id).where(PlanProposal.volunteer_id == volunteer_id, col(PlanProposal.offer_id).is_not(None))
    lines = unit.session.exec(mine.where(_UNTOLD)).all()
    offers = [offer for line in lines if (offer := unit.get(Offer, line.offer_id)).status is OfferStatus.SENT]
    asking.tell(unit, offers)
    for line in lines:
        line.told_at = unit.now


def finish(unit: Unit, plan_id: UUID, draft: PlanApply) -> AppliedView:  # noqa: ARG001 - one signature with `begin`
    """Say what became of each line, when nothing is left to do."""
    plan = unit.lock(Plan, plan_id)
    close(unit, plan)
    lines = unit.session.exec(_changing(plan_id)).all()
    return AppliedView(
        id=plan.id,
        version=plan.version,
        actions=states.PLAN.open_to(plan.status, permissions_of(unit.actor.roles)),
        status=plan.status,
        mode=plan.mode,
        counts=dict(sorted(Counter(line.outcome for line in lines).items())),
        items=show_proposals(unit, lines),
    )


def close(unit: Unit, plan: Plan) -> None:
    """Note that a plan was carried out to the end."""
    if plan.applied_at is None:
        plan.applied_at = unit.now
        plan.touch(unit.now)


def left_lying(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the plans whose application was interrupted and not taken up again by whoever ordered it."""
    return select(Plan.id).where(
        Plan.status == PlanStatus.APPLIED,
        col(Plan.applied_at).is_(None),
        col(Plan.updated_at) <= unit.now - PATIENCE,
    )
