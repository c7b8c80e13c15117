"""Where learners and tutors meet: in a classroom where the one learns and the other teaches (domain.md §4.5).

A pairing begins and goes on only where they do. Who is on a break comes back to her place, so that what she has with its
tutors stands meanwhile, but nothing begins.
"""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.classroom import Classroom, ClassroomTutor
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import Learner
from models.pairing import Pairing, PairingEnd
from models.volunteer import Volunteer
from services.resting_pairings import end_pairings, rest_pairings
from services.unit import Unit

PLACED: Final = frozenset({ClassEnrollmentStatus.ENROLLED, ClassEnrollmentStatus.ON_BREAK})
"""States in which a learner belongs to a classroom and its tutors."""


def meet(unit: Unit, learner_id: UUID, volunteer_id: UUID) -> bool:
    """Tell whether somebody teaches where a learner learns now."""
    teaches = (
        select(ClassroomTutor.id)
        .join(Enrollment, col(Enrollment.classroom_id) == ClassroomTutor.classroom_id)
        .where(ClassroomTutor.volunteer_id == volunteer_id, *_learning(learner_id))
    )
    return unit.session.exec(teaches).first() is not None


def learns(unit: Unit, learner_id: UUID) -> bool:
    """Tell whether somebody learns in any classroom now."""
    return unit.session.exec(select(Enrollment.id).where(*_learning(learner_id))).first() is not None


def _learning(learner_id: UUID) -> tuple[Any, ...]:
    return (Enrollment.learner_id == learner_id, Enrollment.status == ClassEnrollmentStatus.ENROLLED)


def leave_tutors(unit: Unit, learner: Learner) -> None:
    """End what a locked learner, a place of whom is over, has with tutors whom she meets nowhere else."""
    unit.session.flush()
    end_pairings(unit, Pairing.learner_id, learner.id, PairingEnd.LEARNER_LEFT, _apart())


def leave_learners(unit: Unit, classroom: Classroom, volunteer_id: UUID) -> None:
    """Let rest what a tutor, who is named for a locked classroom no more, has with its learners and meets nowhere else.

    It rests and does not end: the list of tutors is said anew as a whole, and whoever was forgotten on it is soon back.
    """
    unit.lock(Volunteer, volunteer_id)  # nobody lets a pairing of hers begin meanwhile
    here = select(Enrollment.learner_id).where(
        Enrollment.classroom_id == classroom.id, col(Enrollment.status).in_(sorted(PLACED))
    )
    rest_pairings(unit, Pairing.volunteer_id, volunteer_id, col(Pairing.learner_id).in_(here), _apart())


def _apart() -> Any:
    """Tell which pairings are of two who meet in no classroom."""
    return ~sa.exists().where(
        col(Enrollment.learner_id) == Pairing.learner_id,
        col(Enrollment.status).in_(sorted(PLACED)),
        col(ClassroomTutor.classroom_id) == Enrollment.classroom_id,
        col(ClassroomTutor.volunteer_id) == Pairing.volunteer_id,
    )
