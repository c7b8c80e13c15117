"""A class that is put off: its tutors hear why and until when, and are asked anew in the same notice (domain.md §4.5)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from models.assignment import Assignment, AssignmentStatus
from models.class_session import ClassSession
from models.classroom import Classroom
from models.offer import Offer
from models.shift import Shift
from scheduling.ranking import rank
from services.asking import deadline, write
from services.explaining import need_of
from services.notifying import tell_volunteer
from services.roster import muster
from services.shift_values import problem_of, value_shifts
from services.unit import Unit

_STAYING = frozenset({AssignmentStatus.TENTATIVE, AssignmentStatus.CONFIRMED, AssignmentStatus.CHECKED_IN})
"""Who wanted to come: not who was looking for a stand-in."""


def staying(holders: Sequence[Assignment]) -> list[UUID]:
    """Return who of those on a shift may be asked for another day, before they are released."""
    return [one.volunteer_id for one in holders if one.status in _STAYING]


def tell_put_off(
    unit: Unit,
    held: Sequence[Assignment],
    asked: Collection[UUID],
    session: ClassSession,
    again: ClassSession,
    shift: Shift,
) -> None:
    """Tell everybody who was to come why and when the class takes place, and ask whoever can come that day."""
    offers = {offer.volunteer_id: offer for offer in _ask(unit, shift, asked)}
    facts = {
        "classroom": unit.get(Classroom, session.classroom_id).name,
        "starts_at": session.starts_at,
        "reason": session.status_reason,
        "new_starts_at": again.starts_at,
        "new_ends_at": again.ends_at,
        "link": f"{unit.rules.public_url}/v1/shifts/{shift.id}",
    }
    for assignment in held:
        _tell(unit, assignment, offers.get(assignment.volunteer_id), facts)


def _tell(unit: Unit, assignment: Assignment, offer: Offer | None, facts: Mapping[str, Any]) -> None:
    if offer is None:
        tell_volunteer(unit, assignment.volunteer_id, "class_put_off", assignment, facts)
    else:
        told = {**facts, "respond_by": offer.respond_by}
        tell_volunteer(unit, assignment.volunteer_id, "class_put_off_asked", offer, told)


def _ask(unit: Unit, shift: Shift, ids: Collection[UUID]) -> Sequence[Offer]:
    """Write offers for those whom nothing bars from the new day."""
    value = value_shifts(unit, [shift.id])[shift.id]
    need = need_of(value, None)
    chosen = rank(problem_of(unit, muster(unit, sorted(ids)), [value]), value, need)
    return write(unit, shift, need, chosen, deadline(unit, shift, None)) if chosen else []
