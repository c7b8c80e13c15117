"""A class that took place and that nobody opened: written down afterwards with a reason, as a dispatch is (domain.md §0.1)."""

from uuid import UUID

from models.class_session import ClassSession, ClassSessionLateRecord, ClassSessionStatus, ClassSessionView
from services import classroom_states
from services.errors import WrongState
from services.free_text import refuse_personal_details
from services.opening_classes import RUNNING, set_up
from services.passing import catch_up
from services.running_classes import follow_clock, move, take_session
from services.showing_classes import has_lapsed, show_session
from services.unit import Unit

WAS_HELD = RUNNING | {ClassSessionStatus.HELD, ClassSessionStatus.RECORDED, ClassSessionStatus.CLOSED}
"""States of a session with which another may have been held."""


def record_late(unit: Unit, session_id: UUID, draft: ClassSessionLateRecord) -> ClassSessionView:
    """Write down that a session was held which nobody opened: by the rule of its opening, with those who came.

    Its roll can be taken then. Raises as `opening_classes.open_session`, but for `CLS_SAFETY`: who was not cleared does
    not count, and what happened is written down. `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    session, shift = take_session(unit, session_id)
    catch_up(unit, shift)
    follow_clock(unit, session)
    _refuse_called_off(session)
    move(unit, session, "record-late")
    session.status_reason = draft.reason
    set_up(unit, session, draft, WAS_HELD)
    return show_session(unit, session)


def _refuse_called_off(session: ClassSession) -> None:
    """Refuse what somebody called off: its tutors were told not to come."""
    if session.status is ClassSessionStatus.CANCELLED and not has_lapsed(session):
        allowed = [one for one in classroom_states.CLASS_SESSION.verbs(session.status) if one != "record-late"]
        raise WrongState(code="CLS_STATE", state=session.status, allowed=allowed)
