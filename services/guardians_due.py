"""Who is to be telephoned about classrooms, and why: for one or many with a constant number of queries.

A reason stands from the hour it arose until the guardian, or an adult herself, was reached after it. Who is to be called
back leaves the list until that hour, unless something arises meanwhile; nobody leaves it because nobody answered
(domain.md §0.1, §4.5).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.attendance import Attendance, AttendanceStatus, CallReason
from models.class_session import ClassSession
from models.contact_attempt import ContactAttempt, ContactResult
from models.learner import Learner, SchoolStage
from services.expecting import enrolled_by_classroom, first_enrolled
from services.kept_safe import may_take_part, unsettled
from services.known_hours import Moved, News, changed_sessions, news_for
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


@dataclass(frozen=True)
class GuardianDue:
    """Who is to be telephoned about a classroom: each reason with when it arose, and what was tried in vain since.

    Of an adult it is herself. `called_off` are the starts of sessions of which she is to hear; `moved` those at another
    hour.
    """

    classroom_id: UUID
    learner: Learner
    because: Mapping[CallReason, datetime]
    vain: Sequence[ContactAttempt]
    called_off: Sequence[datetime]
    moved: Sequence[Moved]


@dataclass(frozen=True)
class _Family:
    """A learner at a classroom: since when she learns there, what rolls say of her, and who was told of what until when."""

    learner: Learner
    since: datetime | None
    noted: Sequence[_Noted]
    attempts: Sequence[ContactAttempt]

    @property
    def heard(self) -> datetime | None:
        """Up to when she, or her guardian, was told what had happened; a call made before something told nobody of it."""
        return max((one.heard_until for one in self.attempts if one.result is ContactResult.REACHED), default=None)

    def knows(self, arose: datetime) -> bool:
        return self.heard is not None and self.heard >= arose


def guardians_due(unit: Unit, classroom_ids: Collection[UUID]) -> Iterator[GuardianDue]:
    """Yield whose guardians are to be telephoned about the classrooms now, by first name; adults are told themselves.

    The child that was absent without a word at the last two sessions that were noted, that was kept safe, still has no
    consent and whose guardian was not reached, and everybody of a session that was called off and would not be over yet,
    or is to come, or would have been, at another hour than she knows.
    """
    enrolled, latest = _answered_for(unit, classroom_ids), _latest(unit, classroom_ids)
    changed, tried = changed_sessions(unit, classroom_ids), _tried(unit, classroom_ids)
    settled = may_take_part(unit, {one.id: one for learners in enrolled.values() for one in learners}.values())
    learns_since = first_enrolled(unit, classroom_ids)
    for classroom_id, learner in ((room, one) for room, learners in enrolled.items() for one in learners):
        place = classroom_id, learner.id
        family = _Family(learner, learns_since.get(place), latest[place], tried[place])
        news = news_for(unit, changed[classroom_id], family.since, family.heard)
        because = {**_absences(family), **_keeping(family, settled), **_changes(news)}
        if because and learner.erased_on is None and not _put_off(unit, family.attempts, max(because.values())):
            vain = [one for one in family.attempts if one.heard_until >= min(because.values())]
            yield GuardianDue(classroom_id, learner, because, vain, sorted(news.called_off), news.moved)


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


def _absences(family: _Family) -> dict[CallReason, datetime]:
    """Return that a child was absent twice since it learns here, unless its guardian knows; an adult answers for herself."""
    if family.since is None or family.learner.school_stage is SchoolStage.ADULT:
        return {}
    last = [one for one in family.noted if one.starts_at >= family.since][:2]
    if [one.status for one in last] != [AttendanceStatus.ABSENT] * 2:
        return {}
    arose = max(one.since for one in last)
    return {} if family.knows(arose) else {CallReason.ABSENT_TWICE: arose}


def _keeping(family: _Family, settled: Collection[UUID]) -> dict[CallReason, datetime]:
    """Return that a child is kept safe whose guardian does not know."""
    waiting = [one.since for one in family.noted if one.status is AttendanceStatus.KEPT_SAFE and not one.reached_at]
    return {CallReason.CONSENT_MISSING: max(waiting)} if waiting and family.learner.id not in settled else {}


def _changes(news: News) -> dict[CallReason, datetime]:
    """Return what has changed for everybody of a classroom, each reason with when it arose last."""
    found = {}
    if news.called_off:
        found[CallReason.SESSION_CALLED_OFF] = max(news.called_off.values())
    if news.moved:
        found[CallReason.SESSION_MOVED] = max(one.moved_at for one in news.moved)
    return found


def _put_off(unit: Unit, attempts: Sequence[ContactAttempt], arose: datetime) -> bool:
    """Tell whether it was promised to call later; of what arose after the promise nobody has spoken."""
    last = attempts[-1] if attempts else None
    again = last.call_back_at if last else None
    return last is not None and again is not None and again > unit.now and last.heard_until >= arose
