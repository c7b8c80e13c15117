"""Whose guardians are to be telephoned about a classroom, in which language and why, and what came of it (domain.md §0.1, §4.5).

A reason stands from the hour it arose until the guardian was reached after it. Who is to be called back leaves the list
until that hour; nobody leaves it because nobody answered.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.attendance import Attendance, AttendanceStatus, CallReason, GuardianCall, GuardianCallAnswer
from models.class_session import ClassSession
from models.classroom import Classroom
from models.contact_attempt import ContactAttempt, ContactResult
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.fields import Items
from models.learner import ConsentScope, Learner
from services.contacting import record_guardian
from services.errors import NotFound
from services.learners import consents_on
from services.queries import find, visible_classrooms
from services.terms import GONE
from services.unit import Unit

LOOKED_BACK = timedelta(days=190)
"""How far back absences and calls are looked at: a term."""
_READ = ("guardian_name", "guardian_phone")


class _Noted(NamedTuple):
    """What a roll says of somebody: at which session, since when, and whether the guardian of who is kept safe knows."""

    starts_at: datetime
    status: AttendanceStatus
    since: datetime
    reached_at: datetime | None


def guardian_calls(unit: Unit, classroom_id: UUID) -> Items[GuardianCall]:
    """Return whose guardians are to be telephoned about a classroom, by first name. Raises `NotFound`.

    Who was absent without a word at the last two sessions that were noted, who was kept safe, still has no consent and
    whose guardian was not reached, and everybody of a session that was called off and would not be over yet. Whose
    guardian was read is written to the log.
    """
    return _list(unit, find(unit, visible_classrooms(unit.actor), Classroom, classroom_id))


def answer(unit: Unit, classroom_id: UUID, learner_id: UUID, draft: GuardianCallAnswer) -> Items[GuardianCall]:
    """Note what came of a call to a guardian, and return who is still to be called.

    Who was reached leaves the list, and her child is no longer merely kept safe: its guardian knows. Raises `NotFound`
    for a learner who has no guardian or no place here, `InvalidFields` for the times of the call.
    """
    classroom = find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)
    learner = unit.session.exec(
        _answered_for(classroom).where(Learner.id == learner_id).with_for_update(of=Learner, key_share=True)
    ).first()
    if learner is None or learner.guardian_name is None:
        raise NotFound
    attempt = record_guardian(unit, classroom.id, learner.id, draft)
    if attempt.result is ContactResult.REACHED:
        _resolve(unit, classroom, learner, attempt)
    unit.session.flush()  # the list is read back
    return _list(unit, classroom)


def _resolve(unit: Unit, classroom: Classroom, learner: Learner, attempt: ContactAttempt) -> None:
    rows = unit.session.exec(
        select(Attendance)
        .join(ClassSession, col(ClassSession.id) == Attendance.session_id)
        .where(Attendance.learner_id == learner.id, *_kept_safe(classroom))
        .order_by(col(Attendance.id))
        .with_for_update(of=Attendance, key_share=True)  # the roll may say otherwise meanwhile
    )
    for row in rows:
        if attempt.at >= _minute(row.status_since):  # an older call told nobody of it
            row.guardian_reached_at = attempt.at


def _kept_safe(classroom: Classroom) -> tuple[Any, ...]:
    """Tell who is kept safe in a classroom, with a guardian whom nobody reached yet."""
    return (
        ClassSession.classroom_id == classroom.id,
        Attendance.status == AttendanceStatus.KEPT_SAFE,
        col(Attendance.guardian_reached_at).is_(None),
    )


def _answered_for(classroom: Classroom) -> SelectOfScalar[Learner]:
    """Return who learns in a classroom, and who was kept safe there and is not settled, whatever became of her place."""
    learns = sa.exists().where(
        col(Enrollment.learner_id) == Learner.id,
        col(Enrollment.classroom_id) == classroom.id,
        col(Enrollment.status) == ClassEnrollmentStatus.ENROLLED,
    )
    waits = sa.exists().where(
        col(Attendance.learner_id) == Learner.id,
        col(ClassSession.id) == Attendance.session_id,
        *_kept_safe(classroom),
    )
    return select(Learner).where(sa.or_(learns, waits)).order_by(col(Learner.first_name), col(Learner.id))


def _list(unit: Unit, classroom: Classroom) -> Items[GuardianCall]:
    calls = _due(unit, classroom)
    for learner, _ in calls:
        unit.audit("guardian_calls.read", learner, fields=_READ, facts={"classroom": classroom.code})
    return Items(items=[call for _, call in calls])


def _due(unit: Unit, classroom: Classroom) -> list[tuple[Learner, GuardianCall]]:
    enrolled = unit.session.exec(_answered_for(classroom)).all()
    latest, off = _latest(unit, classroom), _called_off(unit, classroom)
    given = consents_on(unit, [one.id for one in enrolled], unit.today)
    tried = _tried(unit, classroom)
    calls = []
    for learner in enrolled:
        consented = ConsentScope.PARTICIPATION in given[learner.id]
        since = _reasons(latest[learner.id], consented=consented, called_off=max(off.values(), default=None))
        attempts = tried[learner.id]
        because = [reason for reason, arose in since.items() if not _settled(attempts, arose)]
        if because and learner.guardian_name and not _put_off(unit, attempts):
            vain = [one for one in attempts if one.at >= min(since[reason] for reason in because)]
            calls.append((learner, _call(learner, because, vain, sorted(off))))
    return calls


def _latest(unit: Unit, classroom: Classroom) -> Mapping[UUID, Sequence[_Noted]]:
    """Return how each learner's sessions were noted, each with its start, the latest first.

    Not who is excused ahead, nor what is noted of a session that was called off, but for a child who was kept safe there.
    """
    rows = unit.session.execute(
        sa.select(
            col(Attendance.learner_id),
            col(ClassSession.starts_at),
            col(Attendance.status),
            col(Attendance.status_since),
            col(Attendance.guardian_reached_at),
        )
        .join(ClassSession, col(ClassSession.id) == Attendance.session_id)
        .where(
            col(ClassSession.classroom_id) == classroom.id,
            col(ClassSession.starts_at) > unit.now - LOOKED_BACK,
            sa.or_(
                col(Attendance.status) == AttendanceStatus.KEPT_SAFE,
                sa.and_(col(ClassSession.starts_at) <= unit.now, col(ClassSession.status).not_in(sorted(GONE))),
            ),
        )
        .order_by(col(ClassSession.starts_at).desc())
    )
    found: dict[UUID, list[_Noted]] = defaultdict(list)
    for learner_id, *noted in rows:
        found[learner_id].append(_Noted(*noted))
    return found


def _called_off(unit: Unit, classroom: Classroom) -> dict[datetime, datetime]:
    """Return the starts of sessions that were called off and would not be over yet, and when each was."""
    off = select(ClassSession.starts_at, ClassSession.updated_at).where(
        ClassSession.classroom_id == classroom.id,
        col(ClassSession.status).in_(sorted(GONE)),
        col(ClassSession.ends_at) > unit.now,
    )
    return dict(unit.session.exec(off).all())


def _tried(unit: Unit, classroom: Classroom) -> Mapping[UUID | None, Sequence[ContactAttempt]]:
    """Return the calls to each learner's guardian about the classroom, in the order they were made."""
    rows = unit.session.exec(
        select(ContactAttempt)
        .where(
            col(ContactAttempt.learner_id).is_not(None),
            ContactAttempt.about_id == classroom.id,
            col(ContactAttempt.at) > unit.now - LOOKED_BACK,
        )
        .order_by(col(ContactAttempt.at), col(ContactAttempt.id))
    )
    found: dict[UUID | None, list[ContactAttempt]] = defaultdict(list)
    for row in rows:
        found[row.learner_id].append(row)
    return found


def _reasons(latest: Sequence[_Noted], *, consented: bool, called_off: datetime | None) -> dict[CallReason, datetime]:
    """Return why a guardian is to be called, each reason with when it arose."""
    found = {}
    if [one.status for one in latest[:2]] == [AttendanceStatus.ABSENT] * 2:
        found[CallReason.ABSENT_TWICE] = latest[0].starts_at
    waiting = [one.since for one in latest if one.status is AttendanceStatus.KEPT_SAFE and not one.reached_at]
    if waiting and not consented:
        found[CallReason.CONSENT_MISSING] = max(waiting)
    if called_off is not None:
        found[CallReason.SESSION_CALLED_OFF] = called_off
    return found


def _settled(attempts: Sequence[ContactAttempt], arose: datetime) -> bool:
    """Tell whether the guardian was reached since; a call made before, whenever it was written down, told nobody of it."""
    return any(one.result is ContactResult.REACHED and one.at >= _minute(arose) for one in attempts)


def _minute(at: datetime) -> datetime:
    """Return the minute of an instant: the hour of a call is told to the minute."""
    return at.replace(second=0, microsecond=0)


def _put_off(unit: Unit, attempts: Sequence[ContactAttempt]) -> bool:
    again = attempts[-1].call_back_at if attempts else None
    return again is not None and again > unit.now


def _call(
    learner: Learner, because: list[CallReason], vain: Sequence[ContactAttempt], off: list[datetime]
) -> GuardianCall:
    columns = {"first_name", "guardian_name", "guardian_phone", "guardian_language"}
    return GuardianCall(
        learner_id=learner.id,
        because=because,
        called_off=off if CallReason.SESSION_CALLED_OFF in because else [],
        attempts=len(vain),
        last_result=vain[-1].result if vain else None,
        last_at=vain[-1].at if vain else None,
        **learner.model_dump(include=columns),
    )
