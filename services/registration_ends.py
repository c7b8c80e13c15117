"""What a registration that ends or is suspended leaves open: places become free and are offered anew (domain.md §4.1).

Whoever leaves leaves her classrooms and learners; while somebody is suspended, on leave or expired, what she has with
learners rests, and whoever runs the classroom lets it go on once she is back.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.assignment import Assignment, AssignmentStatus
from models.classroom import ClassroomTutor
from models.offer import Offer, OfferStatus, OfferWithdrawal
from models.pairing import Pairing, PairingEnd
from models.shift import Demand, Shift
from models.volunteer import Volunteer
from services import cascades
from services.dropouts import free_again, let_go
from services.filling import settle
from services.fiscal_years import fiscal_year, last_day
from services.host_leaving import leave_hosting
from services.notifying import tell_volunteer
from services.passing import catch_up, lose_if_deserted
from services.releasing import end, take_back_offer
from services.resting_pairings import end_pairings
from services.seats import give_up_seats
from services.unit import Unit
from services.visiting import give_up_visits

TO_COME = frozenset(
    {
        AssignmentStatus.TENTATIVE,
        AssignmentStatus.CONFIRMED,
        AssignmentStatus.STANDIN_WANTED,
        AssignmentStatus.CHECKED_IN,
    }
)
LEFT = "left"
"""The reason of whoever leaves for good."""
_ASKED = frozenset({OfferStatus.SENT, OfferStatus.ACCEPTED_LATE})


def held_by(unit: Unit, volunteer_id: UUID) -> Sequence[tuple[Assignment, Shift]]:
    """Return what a volunteer holds that has not begun, soonest first."""
    return _held(unit, volunteer_id, col(Shift.starts_at) > unit.now)


def _held(unit: Unit, volunteer_id: UUID, when: Any) -> Sequence[tuple[Assignment, Shift]]:
    statement = (
        select(Assignment, Shift)
        .join(Shift, col(Shift.id) == Assignment.shift_id)
        .where(Assignment.volunteer_id == volunteer_id, col(Assignment.status).in_(sorted(TO_COME)), when)
        .order_by(col(Shift.starts_at), col(Assignment.id))
    )
    return unit.session.exec(statement).all()


def warn_of_held(unit: Unit, volunteer: Volunteer) -> None:
    """Let it travel with the success what she holds, where somebody is needed in her place."""
    held = held_by(unit, volunteer.id)
    if held:
        unit.warn("VOL_HOLDS", n=len(held), when=[shift.starts_at for _, shift in held])


def free_all(unit: Unit, volunteer: Volunteer, verb: str, reason: str) -> None:
    """End whatever a locked volunteer holds or is asked for, in this transaction, and let others be asked.

    What is running ends for her at once as well, and whom it concerns is told: a suspension may be over somebody's safety.
    """
    held = [assignment for assignment, _ in _held(unit, volunteer.id, col(Shift.ends_at) > unit.now)]
    _free_each(unit, held, _asked(unit, volunteer), verb, reason)
    give_up_seats(unit, volunteer, reason)
    give_up_visits(unit, volunteer, reason)
    leave_hosting(unit, volunteer, gone=reason == LEFT)


def free_of_children(unit: Unit, volunteer: Volunteer, reason: str) -> None:
    """End what a locked volunteer holds or is asked for where children are, and let others be asked."""
    held, asked = [assignment for assignment, _ in held_by(unit, volunteer.id)], _asked(unit, volunteer)
    among = select(Demand.id).where(
        col(Demand.id).in_([*(one.demand_id for one in held), *(one.demand_id for one in asked)]),
        col(Demand.child_safety),
    )
    with_children = set(unit.session.exec(among))
    _free_each(
        unit,
        [one for one in held if one.demand_id in with_children],
        [one for one in asked if one.demand_id in with_children],
        "cancel",
        reason,
    )


def _free_each(unit: Unit, assignments: Sequence[Assignment], asked: Sequence[Offer], verb: str, reason: str) -> None:
    """Free places and take offers back.

    Shifts are locked in the order of their ids, so that two who leave at once do not wait for each other.
    """
    held = {assignment.shift_id: assignment.id for assignment in assignments}
    for shift_id in sorted({*held, *(offer.shift_id for offer in asked)}):
        shift = unit.lock(Shift, shift_id)
        for offer in (one for one in asked if one.shift_id == shift_id):
            take_back_offer(unit, offer, shift, OfferWithdrawal.CHANGED)
            cascades.heard(unit, shift, offer)
        if shift_id in held:
            _free(unit, held[shift_id], shift, verb, reason)


def _asked(unit: Unit, volunteer: Volunteer) -> Sequence[Offer]:
    statement = (
        select(Offer)
        .join(Shift, col(Shift.id) == Offer.shift_id)
        .where(
            Offer.volunteer_id == volunteer.id,
            col(Offer.status).in_(sorted(_ASKED)),
            col(Shift.starts_at) > unit.now,
        )
        .order_by(col(Offer.id))
    )
    return unit.session.exec(statement).all()


def _free(unit: Unit, assignment_id: UUID, shift: Shift, verb: str, reason: str) -> None:
    catch_up(unit, shift)
    assignment = unit.lock(Assignment, assignment_id)
    if assignment.status not in TO_COME:  # time has let go of whoever was not confirmed by the start
        return
    was_tentative = assignment.status is AssignmentStatus.TENTATIVE
    end(unit, assignment, verb, reason)
    unit.audit(f"assignment.{verb}", assignment, subject=assignment.volunteer_id, facts={"reason": reason})
    settle(unit, shift)
    tell_volunteer(unit, assignment.volunteer_id, "assignment_cancelled", assignment, {"starts_at": shift.starts_at})
    (let_go if was_tentative else free_again)(unit, shift, assignment.demand_id)
    lose_if_deserted(unit, shift)


def date_leaving(unit: Unit, volunteer: Volunteer, reason: str | None, purge_on: date) -> None:
    """Note when and why a registration ended, and the day from which nothing of the person is kept.

    What becomes of her classrooms and learners is another matter: see `leave_teaching`.
    """
    volunteer.left_on, volunteer.left_reason, volunteer.purge_on = unit.today, reason, purge_on
    volunteer.renewing, volunteer.leave_until = False, None


def leave_teaching(unit: Unit, volunteer: Volunteer) -> None:
    """Let a locked volunteer who does not come back teach nowhere any more, and what she had with learners end."""
    end_pairings(unit, Pairing.volunteer_id, volunteer.id, PairingEnd.TUTOR_LEFT)
    _leave_classrooms(unit, volunteer)


def _leave_classrooms(unit: Unit, volunteer: Volunteer) -> None:
    hers = unit.session.exec(select(ClassroomTutor).where(ClassroomTutor.volunteer_id == volunteer.id)).all()
    for tutor in hers:
        unit.session.delete(tutor)
    if hers:
        unit.audit("volunteer.leave_classrooms", volunteer, subject=volunteer.id, facts={"n": len(hers)})
        unit.session.flush()


def purge_day(unit: Unit) -> date:
    """Return the 1 April after the fiscal year that follows the one of leaving (domain.md §9 rule 9)."""
    end_of_year = last_day(fiscal_year(unit.today) + 1)
    return end_of_year.replace(month=4, day=1)
