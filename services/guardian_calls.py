"""Guardians who are telephoned about a classroom: in which language and why, and what came of it (domain.md §0.1, §4.5)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.attendance import Attendance, GuardianCall, GuardianCallAnswer, MovedHour
from models.class_session import ClassSession
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.fields import Items
from models.learner import Learner, SchoolStage
from services.contacting import record_guardian
from services.errors import NotFound
from services.guardians_due import GuardianDue, guardians_due
from services.kept_safe import unsettled
from services.queries import find, visible_classrooms
from services.unit import Unit

_READ = ("guardian_name", "guardian_phone")
_ANSWERED_FOR = (ClassEnrollmentStatus.ENROLLED, ClassEnrollmentStatus.OFFERED)


def guardian_calls(unit: Unit, classroom_id: UUID) -> Items[GuardianCall]:
    """Return whose guardians are to be telephoned about a classroom, by first name. Raises `NotFound`.

    Whose guardian was read is written to the log.
    """
    return _list(unit, find(unit, visible_classrooms(unit.actor), Classroom, classroom_id))


def answer(unit: Unit, classroom_id: UUID, learner_id: UUID, draft: GuardianCallAnswer) -> Items[GuardianCall]:
    """Note what came of a call to a guardian, and return who is still to be called.

    Who was reached leaves the list, and her child is no longer merely kept safe: its guardian knows. Raises `NotFound`
    for a learner who has no place here and is offered none, `InvalidFields` for the times of the call.
    """
    classroom = find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)
    learner = _take_learner(unit, classroom, learner_id)
    if learner is None:
        raise NotFound
    record_guardian(unit, classroom.id, learner, draft)
    unit.session.flush()  # the list is read back
    return _list(unit, classroom)


def answered(unit: Unit, classroom_id: UUID, learner_id: UUID, draft: GuardianCallAnswer) -> Items[GuardianCall]:  # noqa: ARG001
    """Return who is still to be called, to whoever repeats what was noted already. Raises `NotFound`."""
    return guardian_calls(unit, classroom_id)


def _take_learner(unit: Unit, classroom: Classroom, learner_id: UUID) -> Learner | None:
    """Return a locked learner who learns in the classroom, is offered a place, or was kept safe there and is not settled."""
    learns = sa.exists().where(
        col(Enrollment.learner_id) == Learner.id,
        col(Enrollment.classroom_id) == classroom.id,
        col(Enrollment.status).in_(_ANSWERED_FOR),
    )
    waits = sa.exists().where(
        col(Attendance.learner_id) == Learner.id,
        col(ClassSession.id) == Attendance.session_id,
        col(ClassSession.classroom_id) == classroom.id,
        *unsettled(),
    )
    return unit.session.exec(
        select(Learner)
        .where(Learner.id == learner_id, col(Learner.erased_on).is_(None), sa.or_(learns, waits))
        .with_for_update(of=Learner, key_share=True)
    ).first()


def _list(unit: Unit, classroom: Classroom) -> Items[GuardianCall]:
    calls = list(guardians_due(unit, [classroom.id]))
    for call in calls:
        if call.learner.school_stage is not SchoolStage.ADULT:
            unit.audit("guardian_calls.read", call.learner, fields=_READ, facts={"classroom": classroom.code})
    return Items(items=[_show(call, _siblings(call, calls)) for call in calls])


def _siblings(call: GuardianDue, calls: Sequence[GuardianDue]) -> list[UUID]:
    """Return who else is on the list whom the same guardian answers for: one call may tell of all, and each is noted."""
    guardian = _guardian_of(call.learner)
    others = (one.learner for one in calls if one is not call)
    return [one.id for one in others if guardian["guardian_phone"] and _guardian_of(one) == guardian]


def _guardian_of(learner: Learner) -> dict[str, Any]:
    """Return whom to call and how; nobody answers for an adult any more, whoever did."""
    guardian = learner.model_dump(include={*_READ, "guardian_language"})
    return dict.fromkeys(guardian) if learner.school_stage is SchoolStage.ADULT else guardian


def _show(call: GuardianDue, siblings: Sequence[UUID]) -> GuardianCall:
    last = call.vain[-1] if call.vain else None
    return GuardianCall(
        learner_id=call.learner.id,
        first_name=call.learner.first_name,
        because=[*call.because],
        called_off=[*call.called_off],
        moved=[MovedHour(**{name: getattr(one, name) for name in MovedHour.model_fields}) for one in call.moved],
        siblings=[*siblings],
        attempts=len(call.vain),
        last_result=last.result if last else None,
        last_at=last.at if last else None,
        **_guardian_of(call.learner),
    )
