"""Open classes whose opening holds no longer: they moved, or the class that they are held with did or is called off.

Two adults are looked for when a class opens, and never overridden (domain.md §0.1): where they may be others now, whoever
runs the class looks again.
"""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.class_session import ClassSession, ClassSessionStatus
from models.classroom import Classroom
from services import classroom_states
from services.notifying import tell_managers
from services.unit import Unit


def plan_again(unit: Unit, session: ClassSession) -> list[UUID]:
    """Take the opening of a locked open session back, and of those held with it; return these."""
    session.status = ClassSessionStatus(classroom_states.CLASS_SESSION.next(session.status, "plan-again"))
    session.mode, session.merged_with_id, session.venue_adults = None, None, []
    session.touch(unit.now)
    unit.audit("class_session.plan-again", session)
    return let_guests_go(unit, session)


def let_guests_go(unit: Unit, host: ClassSession) -> list[UUID]:
    """Take back the opening of sessions that count on the adults of this one, and tell their managers; return them.

    What is over by now was held with it and stays so.
    """
    locked = open_guests(unit, host).with_for_update(key_share=True).execution_options(populate_existing=True)
    gone = []
    for guest in unit.session.exec(locked).all():
        _tell(unit, guest, host)
        gone += [guest.id, *plan_again(unit, guest)]
    return gone


def open_guests(unit: Unit, host: ClassSession) -> SelectOfScalar[ClassSession]:
    """Return what finds the open sessions that are held together with this one."""
    return (
        select(ClassSession)
        .where(
            ClassSession.merged_with_id == host.id,
            ClassSession.status == ClassSessionStatus.OPEN,  # still, once the lock is had
            col(ClassSession.ends_at) > unit.now,
        )
        .order_by(col(ClassSession.id))
    )


def _tell(unit: Unit, guest: ClassSession, host: ClassSession) -> None:
    classroom = unit.get(Classroom, guest.classroom_id)
    facts = {
        "classroom": classroom.name,
        "starts_at": guest.starts_at,
        "host": unit.get(Classroom, host.classroom_id).name,
    }
    tell_managers(unit, classroom.organization_id, "class_host_gone", guest, facts)
