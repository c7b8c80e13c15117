"""Whose guardians are to be telephoned about a classroom, in which language and why (domain.md §4.5)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.attendance import Attendance, AttendanceStatus, CallReason, GuardianCall
from models.class_session import ClassSession
from models.classroom import Classroom
from models.enrollment import Enrollment, EnrollmentStatus
from models.fields import Items
from models.learner import ConsentScope, Learner
from services.learners import consents_on
from services.queries import find, visible_classrooms
from services.terms import GONE
from services.unit import Unit

LOOKED_BACK = timedelta(days=190)
"""How far back absences are looked at: a term."""


def guardian_calls(unit: Unit, classroom_id: UUID) -> Items[GuardianCall]:
    """Return whose guardians are to be telephoned about a classroom, by first name. Raises `NotFound`.

    Who was absent without a word at the last two sessions that were noted, who was kept safe at the last one and still
    has no consent, and everybody of a session that was called off and would still be to come.
    """
    classroom = find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)
    enrolled = unit.session.exec(
        select(Learner)
        .join(Enrollment, col(Enrollment.learner_id) == Learner.id)
        .where(Enrollment.classroom_id == classroom.id, Enrollment.status == EnrollmentStatus.ENROLLED)
        .order_by(col(Learner.first_name), col(Learner.id))
    ).all()
    latest = _latest(unit, classroom)
    given = consents_on(unit, [one.id for one in enrolled], unit.today)
    off = _called_off(unit, classroom)
    calls = []
    for learner in enrolled:
        consented = ConsentScope.PARTICIPATION in given[learner.id]
        reasons = _reasons(latest.get(learner.id, []), consented=consented, called_off=off)
        if reasons and learner.guardian_name:
            calls.append(_call(learner, reasons))
    return Items(items=calls)


def _latest(unit: Unit, classroom: Classroom) -> dict[UUID, list[AttendanceStatus]]:
    """Return how each learner's sessions were noted, the latest first."""
    rows = unit.session.exec(
        select(Attendance.learner_id, Attendance.status)
        .join(ClassSession, col(ClassSession.id) == Attendance.session_id)
        .where(ClassSession.classroom_id == classroom.id, col(ClassSession.starts_at) > unit.now - LOOKED_BACK)
        .order_by(col(ClassSession.starts_at).desc())
    )
    found: dict[UUID, list[AttendanceStatus]] = {}
    for learner_id, status in rows:
        found.setdefault(learner_id, []).append(AttendanceStatus(status))
    return found


def _called_off(unit: Unit, classroom: Classroom) -> bool:
    off = select(sa.func.count(col(ClassSession.id))).where(
        ClassSession.classroom_id == classroom.id,
        col(ClassSession.status).in_(sorted(GONE)),
        col(ClassSession.starts_at) > unit.now,
    )
    return bool(unit.session.exec(off).one())


def _reasons(latest: Sequence[AttendanceStatus], *, consented: bool, called_off: bool) -> list[CallReason]:
    twice = [AttendanceStatus.ABSENT] * 2
    found = {
        CallReason.ABSENT_TWICE: list(latest[:2]) == twice,
        CallReason.CONSENT_MISSING: latest[:1] == [AttendanceStatus.KEPT_SAFE] and not consented,
        CallReason.SESSION_CALLED_OFF: called_off,
    }
    return [reason for reason, holds in found.items() if holds]


def _call(learner: Learner, because: list[CallReason]) -> GuardianCall:
    columns = {"first_name", "guardian_name", "guardian_phone", "guardian_language"}
    return GuardianCall(learner_id=learner.id, because=because, **learner.model_dump(include=columns))
