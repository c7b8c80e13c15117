"""Who stands on a shift: lists, approval, and giving a place back (domain.md §0.1)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.assignment import (
    BY_THE_OFFICE,
    RECONFIRM,
    Assignment,
    AssignmentDetail,
    AssignmentStatus,
    AssignmentVerb,
    AssignmentView,
    Withdrawal,
    WithdrawReason,
)
from models.dispatch_request import Reason
from models.fields import OnBehalf
from models.shift import Shift
from models.volunteer import Volunteer
from scheduling.constraints import judge
from scheduling.problem import Door
from services import states
from services.acting_for import arrival_of_volunteer, hers_or_entered
from services.claim_rules import wants_consent
from services.dropouts import free_again
from services.errors import Broken, NotFound, broken
from services.filling import settle
from services.free_text import refuse_personal_details
from services.notifying import tell_volunteer
from services.own_doors import question
from services.paging import Ask, Order, Page, page, scope_of
from services.passing import catch_up, lose_if_deserted
from services.queries import find, visible_assignments
from services.rejudging import confirm
from services.releasing import end, remember_acquaintance
from services.showing_work import is_asked, show_assignments, show_detail
from services.states import phase_of
from services.unit import Unit


@dataclass(frozen=True)
class AssignmentFilters:
    """What a list of assignments is narrowed to; `due_before` bounds the shift's start."""

    shift_id: UUID | None = None
    volunteer_id: UUID | None = None
    status: AssignmentStatus | None = None
    due_before: datetime | None = None


def list_assignments(unit: Unit, ask: Ask, filters: AssignmentFilters) -> Page[AssignmentView]:
    """Return assignments of the caller's scope, newest first."""
    statement = visible_assignments(unit.actor)
    for column, value in (
        (Assignment.shift_id, filters.shift_id),
        (Assignment.volunteer_id, filters.volunteer_id),
        (Assignment.status, filters.status),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    if filters.due_before is not None:
        due = select(Shift.id).where(col(Shift.starts_at) < filters.due_before)
        statement = statement.where(col(Assignment.shift_id).in_(due))
    order = Order((Assignment.created_at, Assignment.id), descending=True)
    return page(unit, ask, statement, order, show_assignments, scope_of("assignments", filters))


def list_of_volunteer(unit: Unit, ask: Ask, volunteer_id: UUID) -> Page[AssignmentView]:
    """Return a volunteer's assignments, newest first. Raises `NotFound` for a volunteer outside the caller's scope."""
    if not unit.actor.is_staff and volunteer_id != unit.actor.volunteer_id:
        raise NotFound
    unit.get(Volunteer, volunteer_id)
    return list_assignments(unit, ask, AssignmentFilters(volunteer_id=volunteer_id))


def read_assignment(unit: Unit, assignment_id: UUID) -> AssignmentDetail:
    """Return an assignment with its shift. Raises `NotFound`."""
    return show_detail(unit, find(unit, visible_assignments(unit.actor), Assignment, assignment_id))


def approve(unit: Unit, assignment_id: UUID) -> AssignmentDetail:
    """Confirm a tentative assignment, judged again as things stand now.

    Raises `RulesBroken` for a rule or a condition that is still open, or a consent that she has not given,
    `WrongState`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    moved(unit, assignment, shift, "approve")
    bars = [Broken(RECONFIRM, "never")] if is_asked(assignment) else []
    if bars := [*bars, *_bars(unit, assignment)]:
        raise broken(bars)
    assignment.conditions = []
    confirm(unit, assignment, shift)
    return show_detail(unit, assignment)


def _bars(unit: Unit, assignment: Assignment) -> list[Broken]:
    """Return what forbids the confirmation, leaving aside what was consented to or given a reason for."""
    shift_id, came_herself = assignment.shift_id, assignment.via not in BY_THE_OFFICE
    problem, shifts = question(
        unit,
        assignment.volunteer_id,
        [shift_id],
        own_door=came_herself,  # what she could not be asked for then does not bar her now
        apart_from=shift_id,
    )
    value = shifts[shift_id]
    verdict = judge(
        problem,
        problem.volunteers[0],
        value,
        value.need(str(assignment.demand_id)),
        Door.hand,
        consents=_consented(assignment),
        reasons=frozenset(override["code"] for override in assignment.overrides),
    )
    wanting = [one for one in verdict.consent_needed if not came_herself or wants_consent(one)]
    return [
        Broken(violation.code, violation.rule_class, violation.facts)
        for violation in (*verdict.violations, *verdict.conditions, *wanting)
    ]


def _consented(assignment: Assignment) -> frozenset[str]:
    """Return what she consented to when she came to the place; what has come up since she did not."""
    by_word = (override["code"] for override in assignment.overrides if override.get("consent_at"))
    return frozenset({*assignment.consents, *by_word})


def withdraw(unit: Unit, assignment_id: UUID, draft: Withdrawal) -> AssignmentDetail:
    """Give a place back; it is free at once, the office and the requester are told.

    `acquaintance` keeps her from this family from now on, and no reason reaches the other side.
    Raises `WrongState` from the end on, `Forbidden` to act for others without `on_behalf`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    hers_or_entered(unit, assignment.volunteer_id, draft.on_behalf, since=assignment.created_at, by_managers=True)
    _end(unit, assignment, shift, "withdraw", draft.reason, draft.on_behalf)
    tell_volunteer(
        unit, assignment.volunteer_id, "assignment_withdrawn_thanks", assignment, {"starts_at": shift.starts_at}
    )
    view = show_detail(unit, assignment)
    if draft.reason is WithdrawReason.ACQUAINTANCE:
        remember_acquaintance(unit, shift, assignment.volunteer_id)
    return view


def cancel(unit: Unit, assignment_id: UUID, draft: Reason) -> AssignmentDetail:
    """Take somebody off a shift by hand; the place is free at once and she is told. The reason stays with the office.

    Raises `WrongState`, `InvalidFields` for personal details in the reason or an entry for somebody else.
    """
    refuse_personal_details(draft.reason, "/reason")
    assignment, shift = take_assignment(unit, assignment_id)
    arrival_of_volunteer(unit, assignment.volunteer_id, draft.on_behalf, since=assignment.created_at)
    assignment.end_note = draft.reason
    _end(unit, assignment, shift, "cancel", "office", draft.on_behalf)
    tell_volunteer(unit, assignment.volunteer_id, "assignment_cancelled", assignment, {"starts_at": shift.starts_at})
    return show_detail(unit, assignment)


def _end(unit: Unit, assignment: Assignment, shift: Shift, verb: str, reason: str, on_behalf: OnBehalf | None) -> None:
    catch_up(unit, shift)
    moved(unit, assignment, shift, verb)
    end(unit, assignment, verb, str(reason))
    settle(unit, shift)
    unit.audit(f"assignment.{verb}", assignment, subject=assignment.volunteer_id, on_behalf=on_behalf)
    free_again(unit, shift, assignment.demand_id)
    lose_if_deserted(unit, shift)


def answer(
    unit: Unit, assignment_id: UUID, verb: str, draft: AssignmentVerb, *, by_managers: bool = False
) -> tuple[Assignment, Shift, datetime]:
    """Move an assignment by a verb that is the volunteer's own, or entered by staff for her; return also when that arrived.

    What `by_managers` means is told by `hers_or_entered`.

    Raises `WrongState` in another state or at another time, `Forbidden` to act for others without `on_behalf`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    since = assignment.created_at
    at = hers_or_entered(unit, assignment.volunteer_id, draft.on_behalf, since, by_managers=by_managers)
    catch_up(unit, shift)
    assignment.status = moved(unit, assignment, shift, verb)
    assignment.touch(unit.now)
    unit.audit(f"assignment.{verb}", assignment, subject=assignment.volunteer_id, on_behalf=draft.on_behalf)
    return assignment, shift, at


def take_assignment(unit: Unit, assignment_id: UUID) -> tuple[Assignment, Shift]:
    """Return the addressed assignment and its shift, locked in the order volunteer, shift, assignment.

    Raises `NotFound` outside the caller's scope, `Stale`.
    """
    assignment = find(unit, visible_assignments(unit.actor), Assignment, assignment_id)
    unit.lock(Volunteer, assignment.volunteer_id)
    shift = unit.lock(Shift, assignment.shift_id)
    assignment = unit.lock(Assignment, assignment_id)
    unit.expect(assignment)
    return assignment, shift


def moved(unit: Unit, assignment: Assignment, shift: Shift, verb: str) -> AssignmentStatus:
    """Return the state the verb leads to now. Raises `WrongState` in another state, and at another time."""
    phase = phase_of(shift.starts_at, shift.ends_at, unit.now)
    return AssignmentStatus(states.ASSIGNMENT.timely(assignment.status, verb, phase))
