"""Who is expected at class sessions, and whom their rolls still lack: for one or many with a constant number of queries."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.attendance import Attendance
from models.base import UtcDateTime
from models.class_session import ClassSession
from models.enrollment import OVER, ClassEnrollmentStatus, Enrollment
from models.enrollment_history import EnrollmentChange
from models.learner import ConsentScope, GuardianConsent, Learner, SchoolStage
from services.unit import Unit


class Expected(NamedTuple):
    """A learner who is expected, and whether she may take part."""

    learner: Learner
    may_attend: bool


def expected_at(unit: Unit, sessions: Sequence[ClassSession]) -> dict[UUID, list[Expected]]:
    """Return by session who learns in its classroom at its hours; not whose consent was taken back before its day.

    Of a session to come, who learns there now.
    """
    places = _places(unit, {one.classroom_id for one in sessions})
    signed = _consents(unit, {one.learner.id for held in places.values() for one in held if _is_child(one.learner)})
    return {one.id: _expected(unit, one, places[one.classroom_id], signed) for one in sessions}


@dataclass
class _Place:
    """One enrollment of a learner: what it is now, and what it was from each instant on, in their order.

    Who came back after she had left has two; she is on the roll by whichever counts.
    """

    learner: Learner
    now: ClassEnrollmentStatus
    since: list[datetime] = field(default_factory=list)
    status: list[ClassEnrollmentStatus] = field(default_factory=list)

    def held_at(self, hour: datetime, now: datetime) -> bool:
        """Tell whether she learnt there at an hour; at one to come, whether she does now."""
        if hour > now:
            return self.now is ClassEnrollmentStatus.ENROLLED
        n = bisect_right(self.since, hour)
        return n > 0 and self.status[n - 1] is ClassEnrollmentStatus.ENROLLED


def _places(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[UUID, Sequence[_Place]]:
    rows = unit.session.exec(
        select(Enrollment, Learner, EnrollmentChange)
        .join(Enrollment, col(Enrollment.id) == EnrollmentChange.enrollment_id)
        .join(Learner, col(Learner.id) == Enrollment.learner_id)
        .where(col(Enrollment.classroom_id).in_(classroom_ids))
        .order_by(col(EnrollmentChange.at), col(EnrollmentChange.id))
    )
    found: dict[UUID, dict[UUID, _Place]] = defaultdict(dict)
    for enrollment, learner, change in rows:
        place = found[enrollment.classroom_id].setdefault(enrollment.id, _Place(learner, enrollment.status))
        place.since.append(change.at)
        place.status.append(change.status)
    return defaultdict(list, {classroom_id: list(held.values()) for classroom_id, held in found.items()})


def _expected(
    unit: Unit, session: ClassSession, places: Sequence[_Place], signed: Mapping[UUID, Sequence[GuardianConsent]]
) -> list[Expected]:
    day = unit.local_day(session.starts_at)
    hours = (session.starts_at, session.ends_at)
    found = []
    held = [place.learner for place in places if any(place.held_at(hour, unit.now) for hour in hours)]
    for learner in {one.id: one for one in held}.values():
        consents = signed[learner.id]
        may_attend = not _is_child(learner) or any(_holds(one, day) for one in consents)
        if may_attend or not any(_ended_before(one, day) for one in consents):
            found.append(Expected(learner, may_attend))
    return found


def unnoted(unit: Unit, sessions: Sequence[ClassSession]) -> Mapping[UUID, int]:
    """Return by session how many are expected of whom the roll says nothing; sessions whose roll is whole are left out."""
    ids = [one.id for one in sessions]
    rows = select(Attendance.session_id, Attendance.learner_id).where(col(Attendance.session_id).in_(ids))
    noted = set(unit.session.exec(rows))
    return Counter(
        session_id
        for session_id, expected in expected_at(unit, sessions).items()
        for one in expected
        if (session_id, one.learner.id) not in noted
    )


def enrolled_by_classroom(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Learner]]:
    """Return who learns in classrooms now, by first name."""
    rows = unit.session.exec(
        select(Enrollment.classroom_id, Learner)
        .join(Learner, col(Learner.id) == Enrollment.learner_id)
        .where(col(Enrollment.classroom_id).in_(classroom_ids), Enrollment.status == ClassEnrollmentStatus.ENROLLED)
        .order_by(col(Learner.first_name), col(Learner.id))
    )
    found: dict[UUID, list[Learner]] = defaultdict(list)
    for classroom_id, learner in rows:
        found[classroom_id].append(learner)
    return found


def children_at_the_door(unit: Unit, classroom_id: UUID) -> Sequence[Learner]:
    """Return the children whom a classroom knows and who do not learn there now: they asked, wait, or are on a break."""
    known = (
        select(Learner)
        .join(Enrollment, col(Enrollment.learner_id) == Learner.id)
        .where(
            Enrollment.classroom_id == classroom_id,
            col(Enrollment.status).not_in(sorted(OVER | {ClassEnrollmentStatus.ENROLLED})),
            Learner.school_stage != SchoolStage.ADULT,
        )
    )
    return unit.session.exec(known).all()


def first_enrolled(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[tuple[UUID, UUID], datetime]:
    """Return by classroom and learner since when those who learn there now have, breaks included."""
    rows = unit.session.exec(
        select(
            Enrollment.classroom_id, Enrollment.learner_id, sa.func.min(col(EnrollmentChange.at), type_=UtcDateTime())
        )
        .join(EnrollmentChange, col(EnrollmentChange.enrollment_id) == Enrollment.id)
        .where(
            col(Enrollment.classroom_id).in_(classroom_ids),
            Enrollment.status == ClassEnrollmentStatus.ENROLLED,
            EnrollmentChange.status == ClassEnrollmentStatus.ENROLLED,
        )
        .group_by(col(Enrollment.classroom_id), col(Enrollment.learner_id))
    )
    return {(classroom_id, learner_id): at for classroom_id, learner_id, at in rows}


def _consents(unit: Unit, learner_ids: Collection[UUID]) -> Mapping[UUID, Sequence[GuardianConsent]]:
    rows = unit.session.exec(
        select(GuardianConsent).where(
            col(GuardianConsent.learner_id).in_(learner_ids), GuardianConsent.scope == ConsentScope.PARTICIPATION
        )
    )
    found: dict[UUID, list[GuardianConsent]] = defaultdict(list)
    for row in rows:
        found[row.learner_id].append(row)
    return found


def _holds(consent: GuardianConsent, day: date) -> bool:
    """Tell whether a consent is in force: it is from the day of its signature, and not on the one it is taken back."""
    return consent.signed_on <= day and (consent.revoked_on is None or consent.revoked_on > day)


def _ended_before(consent: GuardianConsent, day: date) -> bool:
    return consent.revoked_on is not None and consent.revoked_on < day


def _is_child(learner: Learner) -> bool:
    return learner.school_stage is not SchoolStage.ADULT
