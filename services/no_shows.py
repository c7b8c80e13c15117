"""Who did not come: attributed to one side, correctable, and fading (domain.md §0, §4.3).

Illness is told by withdrawing and never counts. A no-show holds neither time nor place; when it was the last to hold
one, the request ends with it, and a correction leads it back.
"""

from datetime import timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.assignment import (
    Assignment,
    AssignmentDetail,
    AssignmentStatus,
    Booking,
    BookingSource,
    NoShow,
    NoShowCorrection,
    Party,
)
from models.class_session import ClassSession, ClassSessionStatus
from models.dispatch_request import SETTLED
from models.shift import Shift, ShiftKind, ShiftStatus
from models.volunteer import Volunteer
from services import states
from services.acting_for import arrival
from services.concerned import tell_concerned, tell_institution
from services.errors import Broken, Forbidden, Refused, WrongState, broken
from services.filling import demands_of, request_of, take_place
from services.free_text import refuse_personal_details
from services.notifying import tell_office, tell_volunteer
from services.passing import catch_up, move
from services.releasing import end
from services.reporting import settle_reports
from services.showing_work import show_detail
from services.standing import take_assignment
from services.unit import Unit

_BACK = {
    AssignmentStatus.CONFIRMED: "stand-again",
    AssignmentStatus.CHECKED_IN: "check-in-again",
    AssignmentStatus.COMPLETED: "complete-again",
}
"""How a correction leads back, by the state before; who waited for a stand-in had come to stand by herself."""
_MISSES = {Party.CLIENT: "miss-client", Party.VOLUNTEER: "miss-interpreter"}


def report(unit: Unit, assignment_id: UUID, draft: NoShow) -> AssignmentDetail:
    """Note that one side did not come, from 15 minutes after the start on.

    A volunteer may say so of the client only. Raises `Refused` (`ASG_NO_SHOW_EARLY`), `WrongState` in another state
    and once the request is settled, `Forbidden`.
    """
    assignment, shift = take_assignment(unit, assignment_id)
    if draft.party is Party.VOLUNTEER and _is_hers(unit, assignment):
        raise Forbidden
    states.ASSIGNMENT.next(assignment.status, "no-show")
    _refuse_early(unit, shift)
    arrival(unit, draft.on_behalf, since=shift.starts_at)
    catch_up(unit, shift)
    _refuse_settled(unit, shift)
    assignment.before_no_show = _state_to_return_to(assignment)
    end(unit, assignment, "no-show", draft.party)
    _audit(unit, assignment, "no-show", draft)
    _request_follows(unit, shift)
    _settle_the_others(unit, shift)
    _tell(unit, assignment, shift, draft.party)
    _review(unit, assignment)
    return show_detail(unit, assignment)


def _is_hers(unit: Unit, assignment: Assignment) -> bool:
    return not unit.actor.is_staff and assignment.volunteer_id == unit.actor.volunteer_id


def _refuse_early(unit: Unit, shift: Shift) -> None:
    waited_until = shift.starts_at + timedelta(minutes=unit.rules.no_show_wait_minutes)
    if unit.now < waited_until:
        raise Refused("ASG_NO_SHOW_EARLY", {"minutes": unit.rules.no_show_wait_minutes, "since": waited_until})


def _refuse_settled(unit: Unit, shift: Shift) -> None:
    if shift.kind is ShiftKind.CLASS_SESSION and not unit.actor.is_staff:
        _refuse_closed(unit.get(ClassSession, shift.source_id))
    request = request_of(unit, shift)
    if request is not None and request.status in SETTLED:
        raise WrongState(code="REQ_STATE", state=request.status, allowed=states.REQUEST.verbs(request.status))


def _refuse_closed(session: ClassSession) -> None:
    """What the office has closed, its manager does not rewrite."""
    if session.status is ClassSessionStatus.CLOSED:
        raise WrongState(code="CLS_STATE", state=session.status, allowed=[])


def _state_to_return_to(assignment: Assignment) -> str:
    return assignment.status if assignment.status in _BACK else AssignmentStatus.CONFIRMED


def _audit(unit: Unit, assignment: Assignment, verb: str, draft: NoShow | NoShowCorrection) -> None:
    unit.audit(
        f"assignment.{verb}",
        assignment,
        subject=assignment.volunteer_id,
        facts={"party": draft.party},
        on_behalf=draft.on_behalf if isinstance(draft, NoShow) else None,
    )


def _request_follows(unit: Unit, shift: Shift) -> None:
    """Let the request end as missed once nobody holds a place any more, by the party that was missed last."""
    request = request_of(unit, shift)
    if request is None or any(demand.taken for demand in demands_of(unit, shift)):
        return
    last = unit.session.exec(
        select(Assignment)
        .where(Assignment.shift_id == shift.id, Assignment.status == AssignmentStatus.NO_SHOW)
        .order_by(col(Assignment.ended_at).desc(), col(Assignment.id).desc())
    ).first()
    verb = _MISSES[Party(str(last.end_reason))] if last is not None else ""
    if states.REQUEST.leads(request.status, verb):
        move(unit, request, verb)


def _tell(unit: Unit, assignment: Assignment, shift: Shift, party: Party) -> None:
    """Tell the side that is said not to have come, so that it can object, and the office."""
    facts = {"starts_at": shift.starts_at, "party": party}
    if party is Party.VOLUNTEER:
        tell_volunteer(unit, assignment.volunteer_id, "no_show_volunteer", assignment, facts)
    else:
        tell_institution(unit, shift, "no_show_client", facts)
    tell_concerned(unit, shift, "office_no_show", facts)


def _review(unit: Unit, assignment: Assignment) -> None:
    """Ask the office once to talk with a volunteer who was missed three times in 12 months; nothing happens by itself."""
    counted = _counted(unit, assignment.volunteer_id)
    if len(counted) < unit.rules.no_show_review_count:
        return
    volunteer = unit.get(Volunteer, assignment.volunteer_id)
    facts = {"volunteer_no": volunteer.volunteer_no, "count": len(counted)}
    tell_office(unit, "office_no_show_review", volunteer, facts, once=f"no_show_review:{counted[0]}")


def _counted(unit: Unit, volunteer_id: UUID) -> list[UUID]:
    """Return the no-shows that count against a volunteer, oldest first: hers, as they stand now, of the last 12 months."""
    since = unit.now - relativedelta(months=unit.rules.no_show_review_months)
    statement = (
        select(Assignment.id)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .where(
            Assignment.volunteer_id == volunteer_id,
            Assignment.status == AssignmentStatus.NO_SHOW,
            Assignment.end_reason == Party.VOLUNTEER,
            col(Shift.starts_at) > since,
        )
        .order_by(col(Shift.starts_at), col(Assignment.id))
    )
    return list(unit.session.exec(statement))


def correct(unit: Unit, assignment_id: UUID, draft: NoShowCorrection) -> AssignmentDetail:
    """Take a no-show back, or lay it to the other side.

    Taken back, it stands as before and holds time and place again. Raises `WrongState`, `InvalidFields`, `RulesBroken`
    where the place is taken; time that she has given away since is refused by the database (`ASG_OVERLAP`).
    """
    refuse_personal_details(draft.reason, "/reason")
    assignment, shift = take_assignment(unit, assignment_id)
    catch_up(unit, shift)
    states.ASSIGNMENT.next(assignment.status, "correct-no-show")
    if draft.party is None:
        _take_back(unit, assignment)
        _lead_back(unit, shift)
    else:
        assignment.end_reason = draft.party
        assignment.touch(unit.now)
        unit.session.flush()
        _request_follows(unit, shift)
        _review(unit, assignment)
    _audit(unit, assignment, "correct-no-show", draft)
    _tell_corrected(unit, assignment, shift)
    return show_detail(unit, assignment)


def _take_back(unit: Unit, assignment: Assignment) -> None:
    if not take_place(unit, assignment.demand_id):
        raise broken([Broken("ASG_FULL", "never")])
    verb = _BACK[AssignmentStatus(assignment.before_no_show or AssignmentStatus.CONFIRMED)]
    assignment.status = AssignmentStatus(states.ASSIGNMENT.next(assignment.status, verb))
    assignment.ended_at = assignment.end_reason = assignment.before_no_show = None
    assignment.touch(unit.now)
    booking = unit.session.exec(
        select(Booking).where(Booking.source_type == BookingSource.ASSIGNMENT, Booking.source_id == assignment.id)
    ).one()
    booking.active = True
    unit.session.flush()  # where her time is given away, the database refuses here


def _lead_back(unit: Unit, shift: Shift) -> None:
    request = request_of(unit, shift)
    verb = "resume" if shift.status is ShiftStatus.IN_PROGRESS else "resume-ended"
    if request is not None and states.REQUEST.leads(request.status, verb):
        move(unit, request, verb)
    _settle_the_others(unit, shift)


def _settle_the_others(unit: Unit, shift: Shift) -> None:
    """Who did not come owes no report: those of the others may be all that was missing."""
    request = request_of(unit, shift)
    if request is not None:
        settle_reports(unit, shift, request)


def _tell_corrected(unit: Unit, assignment: Assignment, shift: Shift) -> None:
    facts = {"starts_at": shift.starts_at}
    tell_volunteer(unit, assignment.volunteer_id, "no_show_corrected", assignment, facts)
    tell_institution(unit, shift, "request_no_show_corrected", of_class="activity_no_show_corrected")
