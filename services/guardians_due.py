"""Whose guardians are to be telephoned about classrooms, and why: for one or many with a constant number of queries.

A reason stands from the hour it arose until the guardian was reached after it. Who is to be called back leaves the list
until that hour; nobody leaves it because nobody answered (domain.md §0.1, §4.5).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.attendance import Attendance, AttendanceStatus, CallReason
from models.class_session import ClassSession
from models.contact_attempt import ContactAttempt, ContactResult
from models.learner import ConsentScope, Learner
from services.expecting import enrolled_by_classroom, first_enrolled
from services.learners import consents_on
from services.terms import GONE
from services.unit import Unit

LOOKED_BACK = timedelta(days=190)
"""How far back absences and calls are looked at: a term."""
_Place = tuple[UUID | None, UUID | None]
"""A classroom, and who learns there."""


class _Noted(NamedTuple):
    """What a roll says of somebody: at which session, since when, and whether the guardian of who is kept safe knows."""

    starts_at: datetime
    status: AttendanceStatus
    since: datetime
    reached_at: datetime | None


class Moved(NamedTuple):
    """A session at another hour than families know, and when it was moved."""

    moved_from: datetime
    starts_at: datetime
    ends_at: datetime
    moved_at: datetime


@dataclass(frozen=True)
class GuardianDue:
    """A guardian to be telephoned about a classroom: each reason with when it arose, and what was tried in vain since.

    `called_off` are the starts of sessions of which she is to hear, if she is; `moved` those at another hour.
    """

    classroom_id: UUID
    learner: Learner
    because: Mapping[CallReason, datetime]
    vain: Sequence[ContactAttempt]
    called_off: Sequence[datetime]
    moved: Sequence[Moved]


def guardians_due(unit: Unit, classroom_ids: Collection[UUID]) -> Iterator[GuardianDue]:
    """Yield whose guardians are to be telephoned about the classrooms now, by first name.

    Who was absent without a word at the last two sessions that were noted, who was kept safe, still has no consent and
    whose guardian was not reached, and everybody of a session that was called off and would not be over yet, or is to
    come, or would have been, at another hour.
    """
    enrolled = _answered_for(unit, classroom_ids)
    latest, off, moved = _latest(unit, classroom_ids), _called_off(unit, classroom_ids), _moved(unit, classroom_ids)
    given = consents_on(unit, {one.id for learners in enrolled.values() for one in learners}, unit.today)
    tried = _tried(unit, classroom_ids)
    learns_since = first_enrolled(unit, classroom_ids)
    for classroom_id, learner in ((room, one) for room, learners in enrolled.items() for one in learners):
        noted, attempts = latest[classroom_id, learner.id], tried[classroom_id, learner.id]
        consented = ConsentScope.PARTICIPATION in given[learner.id]
        first = learns_since.get((classroom_id, learner.id))
        elsewhen = [
            one for one in moved[classroom_id] if first and first <= one.moved_at
        ]  # else she knows no other hour
        since = _reasons(noted, consented=consented)
        if first is None:  # who left is called about her child that was kept safe alone
            since.pop(CallReason.ABSENT_TWICE, None)
        else:
            since |= _changes(off[classroom_id], elsewhen)
        because = {reason: arose for reason, arose in since.items() if not _settled(attempts, arose)}
        if because and learner.guardian_name and not _put_off(unit, attempts):
            vain = [one for one in attempts if one.at >= min(because.values())]
            called_off = sorted(off[classroom_id]) if CallReason.SESSION_CALLED_OFF in because else []
            moves = elsewhen if CallReason.SESSION_MOVED in because else []
            yield GuardianDue(classroom_id, learner, because, vain, called_off, moves)


def _answered_for(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Learner]]:
    """Return who learns in classrooms, and who was kept safe there and is not settled, whatever became of her place."""
    rows = unit.session.exec(
        select(ClassSession.classroom_id, Learner)
        .join(Attendance, col(Attendance.session_id) == ClassSession.id)
        .join(Learner, col(Learner.id) == Attendance.learner_id)
        .where(col(ClassSession.classroom_id).in_(classroom_ids), *unsettled())
    )
    found = {
        room: {one.id: one for one in learners} for room, learners in enrolled_by_classroom(unit, classroom_ids).items()
    }
    for classroom_id, learner in rows:
        found.setdefault(classroom_id, {})[learner.id] = learner
    return {room: sorted(ones.values(), key=lambda one: (one.first_name, one.id)) for room, ones in found.items()}


def unsettled() -> tuple[Any, ...]:
    """Tell which marks on a roll are children kept safe whose guardian nobody has reached yet."""
    return (Attendance.status == AttendanceStatus.KEPT_SAFE, col(Attendance.guardian_reached_at).is_(None))


def _latest(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[_Place, Sequence[_Noted]]:
    """Return how each learner's sessions were noted, each with its start, the latest first.

    Not who is excused ahead, nor what is noted of a session that was called off, but for a child who was kept safe there.
    """
    rows = unit.session.execute(
        sa.select(
            col(ClassSession.classroom_id),
            col(Attendance.learner_id),
            col(ClassSession.starts_at),
            col(Attendance.status),
            col(Attendance.status_since),
            col(Attendance.guardian_reached_at),
        )
        .join(ClassSession, col(ClassSession.id) == Attendance.session_id)
        .where(
            col(ClassSession.classroom_id).in_(classroom_ids),
            col(ClassSession.starts_at) > unit.now - LOOKED_BACK,
            sa.or_(
                col(Attendance.status) == AttendanceStatus.KEPT_SAFE,
                sa.and_(col(ClassSession.starts_at) <= unit.now, col(ClassSession.status).not_in(sorted(GONE))),
            ),
        )
        .order_by(col(ClassSession.starts_at).desc())
    )
    found: dict[_Place, list[_Noted]] = defaultdict(list)
    for classroom_id, learner_id, *noted in rows:
        found[classroom_id, learner_id].append(_Noted(*noted))
    return found


def _called_off(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[UUID, dict[datetime, datetime]]:
    """Return the starts of sessions that were called off and would not be over yet, and when each was.

    Of one that had moved before, the start from which it had as well, while a family may still come then.
    """
    rows = unit.session.exec(
        select(
            ClassSession.classroom_id, ClassSession.starts_at, ClassSession.moved_from, ClassSession.updated_at
        ).where(
            col(ClassSession.classroom_id).in_(classroom_ids),
            col(ClassSession.status).in_(sorted(GONE)),
            sa.or_(col(ClassSession.ends_at) > unit.now, col(ClassSession.moved_from) > unit.now),
        )
    )
    found: dict[UUID, dict[datetime, datetime]] = defaultdict(dict)
    for classroom_id, starts_at, moved_from, called_off_at in rows:
        known = [moved_from] if moved_from and moved_from > unit.now else []
        found[classroom_id] |= dict.fromkeys([starts_at, *known], called_off_at)
    return found


def _moved(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[UUID, list[Moved]]:
    """Return the sessions that were moved and of whose hours, the old and the new, one is still to come, in their order."""
    rows = unit.session.execute(
        sa.select(
            col(ClassSession.classroom_id),
            col(ClassSession.moved_from),
            col(ClassSession.starts_at),
            col(ClassSession.ends_at),
            col(ClassSession.moved_at),
        )
        .where(
            col(ClassSession.classroom_id).in_(classroom_ids),
            col(ClassSession.status).not_in(sorted(GONE)),
            sa.or_(col(ClassSession.moved_from) > unit.now, col(ClassSession.ends_at) > unit.now),
            col(ClassSession.moved_from).is_not(None),
        )
        .order_by(col(ClassSession.starts_at))
    )
    found: dict[UUID, list[Moved]] = defaultdict(list)
    for classroom_id, *hours in rows:
        found[classroom_id].append(Moved(*hours))
    return found


def _tried(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[_Place, Sequence[ContactAttempt]]:
    """Return the calls to each learner's guardian about the classrooms, in the order they were made."""
    rows = unit.session.exec(
        select(ContactAttempt)
        .where(
            col(ContactAttempt.learner_id).is_not(None),
            col(ContactAttempt.about_id).in_(classroom_ids),
            col(ContactAttempt.at) > unit.now - LOOKED_BACK,
        )
        .order_by(col(ContactAttempt.at), col(ContactAttempt.id))
    )
    found: dict[_Place, list[ContactAttempt]] = defaultdict(list)
    for row in rows:
        found[row.about_id, row.learner_id].append(row)
    return found


def _reasons(latest: Sequence[_Noted], *, consented: bool) -> dict[CallReason, datetime]:
    """Return why the guardian of one learner is to be called, each reason with when it arose."""
    found = {}
    if [one.status for one in latest[:2]] == [AttendanceStatus.ABSENT] * 2:
        found[CallReason.ABSENT_TWICE] = max(one.since for one in latest[:2])
    waiting = [one.since for one in latest if one.status is AttendanceStatus.KEPT_SAFE and not one.reached_at]
    if waiting and not consented:
        found[CallReason.CONSENT_MISSING] = max(waiting)
    return found


def _changes(off: Mapping[datetime, datetime], moved: Sequence[Moved]) -> dict[CallReason, datetime]:
    """Return what has changed for everybody of a classroom, each reason with when it arose last."""
    found = {}
    if off:
        found[CallReason.SESSION_CALLED_OFF] = max(off.values())
    if moved:
        found[CallReason.SESSION_MOVED] = max(one.moved_at for one in moved)
    return found


def _settled(attempts: Sequence[ContactAttempt], arose: datetime) -> bool:
    """Tell whether the guardian was reached since; a call made before, whenever it was written down, told nobody of it."""
    return any(one.result is ContactResult.REACHED and one.at >= to_the_minute(arose) for one in attempts)


def to_the_minute(at: datetime) -> datetime:
    """Return the minute of an instant: the hour of a call is told to the minute."""
    return at.replace(second=0, microsecond=0)


def _put_off(unit: Unit, attempts: Sequence[ContactAttempt]) -> bool:
    again = attempts[-1].call_back_at if attempts else None
    return again is not None and again > unit.now
