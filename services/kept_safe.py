"""Children without consent who came and are kept safe until somebody has spoken with their guardian (domain.md §0.1)."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.attendance import Attendance, AttendanceStatus
from models.class_session import ClassSession
from models.contact_attempt import ContactAttempt
from models.learner import ConsentScope, Learner, SchoolStage
from services.learners import consents_on
from services.unit import Unit


def unsettled() -> tuple[Any, ...]:
    """Tell which marks on a roll are children kept safe whose guardian nobody has reached yet."""
    return (Attendance.status == AttendanceStatus.KEPT_SAFE, col(Attendance.guardian_reached_at).is_(None))


def may_take_part(unit: Unit, learners: Collection[Learner]) -> set[UUID]:
    """Return who needs no call any more for having been kept safe: adults, and whose guardian has signed meanwhile."""
    given = consents_on(unit, {one.id for one in learners}, unit.today)
    return {
        one.id
        for one in learners
        if one.school_stage is SchoolStage.ADULT or ConsentScope.PARTICIPATION in given[one.id]
    }


def count_waiting(unit: Unit, roll: Iterable[Attendance]) -> int:
    """Return of how many children on a roll the guardian is still to be told that they were kept safe."""
    kept = {
        row.learner_id for row in roll if row.status is AttendanceStatus.KEPT_SAFE and row.guardian_reached_at is None
    }
    learners = unit.session.exec(select(Learner).where(col(Learner.id).in_(kept))).all()
    return len(kept - may_take_part(unit, learners))


def settle(unit: Unit, attempt: ContactAttempt) -> None:
    """Note of a child that was kept safe at a classroom that its guardian, who was reached about it, knows."""
    rows = unit.session.exec(
        select(Attendance)
        .join(ClassSession, col(ClassSession.id) == Attendance.session_id)
        .where(ClassSession.classroom_id == attempt.about_id, Attendance.learner_id == attempt.learner_id, *unsettled())
        .order_by(col(Attendance.id))
        .with_for_update(of=Attendance, key_share=True)  # the roll may say otherwise meanwhile
    )
    for row in rows:
        if attempt.heard_until >= row.status_since:  # an older call told nobody of it
            row.guardian_reached_at = attempt.at
