"""How many tutors the sessions of a classroom ask for: as many at least as it needs to open (domain.md §0.1)."""

from models.class_session import TO_COME, ClassSession
from models.classroom import Classroom
from models.shift import Shift
from services.child_safety import sessions_to_come
from services.filling import demands_of
from services.moving_shifts import settle_places, take_shifts
from services.queries import SESSION_SOURCE
from services.unit import Unit


def ask_for_enough(unit: Unit, classroom: Classroom) -> None:
    """Let the sessions to come of a locked classroom ask for the tutors that it needs by now; more are asked for already.

    Else they could never open as they were planned, and with every place taken nobody would be looked for.
    """
    shifts = take_shifts(unit, SESSION_SOURCE, sessions_to_come(unit, classroom))
    asking = [(unit.lock(ClassSession, shift.source_id), shift) for shift in shifts]
    waiting = [pair for pair in asking if pair[0].status in TO_COME]  # one may have been called off while we waited
    for session, shift in waiting:
        _raise(unit, session, shift, classroom.min_tutors)


def _raise(unit: Unit, session: ClassSession, shift: Shift, least: int) -> None:
    (demand,) = demands_of(unit, shift)
    if demand.places < least:
        demand.places = least
        session.touch(unit.now)
        shift.touch(unit.now)
        settle_places(unit, shift)
