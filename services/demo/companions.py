"""Tutors who stay with a learner, and guardians who were telephoned, in the demo."""

from collections.abc import Sequence
from datetime import time
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from models.attendance import GuardianCallAnswer
from models.classroom import Classroom, ClassroomTutor, TutorRole
from models.contact_attempt import ContactResult
from models.enrollment import Enrollment
from models.learner import ConsentScope, GuardianConsent
from models.pairing import PairingCreate
from services import guardian_calls, pairing
from services.demo.stage import Stage
from services.unit import Unit

PAIRS: Final = 4
"""One goes on, one pauses, two are proposed and wait for the manager's word."""
REACHED: Final = 3
"""Guardians who know already that a session was called off."""


def run(stage: Stage) -> None:
    """Play it, after the classrooms are there."""
    _pair(stage)
    _call(stage)


def _pair(stage: Stage) -> None:
    """At the support class learners who take part with consent each have a tutor of their own, or will have one."""
    support = _room(stage.unit, "support")
    met, since = (stage.manager(stage.days.at(day, time(15))) for day in (-10, -9))
    tutors = _tutors(stage.unit, support)
    proposed = [
        pairing.propose(met, PairingCreate(learner_id=learner_id, volunteer_id=tutors[n % len(tutors)]))
        for n, learner_id in enumerate(_learners(stage.unit, support)[:PAIRS])
    ]
    for one in proposed[:2]:
        pairing.activate(since, one.id)
    pairing.pause(stage.manager(stage.days.at(-2, time(15))), proposed[1].id)


def _call(stage: Stage) -> None:
    """A guardian who has not signed did not answer; some of those whose session is called off were reached."""
    manager = stage.manager(stage.unit.now)
    for code, result, number in (("west", ContactResult.NO_ANSWER, 1), ("support", ContactResult.REACHED, REACHED)):
        room = _room(stage.unit, code)
        for line in guardian_calls.guardian_calls(manager, room).items[:number]:
            guardian_calls.answer(manager, room, line.learner_id, GuardianCallAnswer(result=result))


def _room(unit: Unit, code: str) -> UUID:
    return unit.session.exec(select(Classroom.id).where(Classroom.code == code)).one()


def _tutors(unit: Unit, classroom_id: UUID) -> Sequence[UUID]:
    statement = select(ClassroomTutor.volunteer_id).where(
        ClassroomTutor.classroom_id == classroom_id, ClassroomTutor.role != TutorRole.RESERVE
    )
    return unit.session.exec(statement.order_by(col(ClassroomTutor.id))).all()


def _learners(unit: Unit, classroom_id: UUID) -> Sequence[UUID]:
    statement = (
        select(Enrollment.learner_id)
        .join(GuardianConsent, col(GuardianConsent.learner_id) == Enrollment.learner_id)
        .where(Enrollment.classroom_id == classroom_id, GuardianConsent.scope == ConsentScope.PARTICIPATION)
    )
    return unit.session.exec(statement.order_by(col(Enrollment.learner_id))).all()
