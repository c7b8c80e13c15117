"""Entries of the worklist about classes: to open, to note, to telephone, places offered, schools to ask (domain.md §4.5).

They need whoever runs the classroom, and of a classroom that nobody runs the office. Of a child they say nothing but that
there is one, and where.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from models.account import Role
from models.attendance import CallReason
from models.class_session import ClassSession, ClassSessionStatus, ClassSessionView
from models.classroom import Classroom
from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.learner import Learner, SchoolStage
from models.organization import Facility
from models.school_referral import SchoolReferral
from models.worklist import NextStep, Subject, WorkCode
from services.actor import Actor
from services.entering import Entry, answer_due, is_near, post
from services.expecting import unnoted
from services.guardians_due import GuardianDue, guardians_due
from services.notifying import INSTITUTIONS_WITH_MANAGERS
from services.queries import (
    OURS,
    caller_parameters,
    managed_class_sessions,
    visible_classrooms,
    visible_enrollments,
)
from services.showing_classes import show_sessions
from services.states import CHECK_IN_OPENS
from services.unit import Unit

_OURS = col(Classroom.organization_id) == OURS


def to_open(unit: Unit) -> Iterator[Entry]:
    """Sessions that nobody has opened yet and that begin within the hour in which people arrive, or have begun."""
    sessions = _sessions(
        unit,
        col(ClassSession.status) == ClassSessionStatus.PLANNED,
        col(ClassSession.starts_at) <= unit.now + CHECK_IN_OPENS,
        col(ClassSession.ends_at) > unit.now,
    )
    for one in show_sessions(unit, sessions):
        yield Entry(
            WorkCode.SESSION_TO_OPEN,
            _subject(one),
            one.starts_at,
            post(f"/v1/class-sessions/{one.id}/open"),
            urgent=True,
            facts={**_facts(one), "tutors": one.tutors, "min": one.min_tutors},
        )


def rolls_missing(unit: Unit) -> Iterator[Entry]:
    """Sessions that were held and whose roll nobody has said to be whole; due when a report would be asked for."""
    is_over = sa.and_(col(ClassSession.status) == ClassSessionStatus.OPEN, col(ClassSession.ends_at) <= unit.now)
    sessions = _sessions(unit, sa.or_(col(ClassSession.status) == ClassSessionStatus.HELD, is_over))
    patience = timedelta(days=min(unit.rules.report_reminder_days))
    missing = unnoted(unit, sessions)
    for one in show_sessions(unit, sessions):
        deadline = one.ends_at + patience
        yield Entry(
            WorkCode.ROLL_MISSING,
            _subject(one),
            deadline,
            _towards_a_whole_roll(one, missing[one.id]),
            urgent=deadline <= unit.now,
            facts={**_facts(one), "n": missing[one.id]},
        )


def _towards_a_whole_roll(session: ClassSessionView, missing: int) -> NextStep:
    """Lead to the roll while somebody is not noted: until then it cannot be said to be whole."""
    path = f"/v1/class-sessions/{session.id}"
    return NextStep(name="attendance", method="PUT", path=f"{path}/attendance") if missing else post(f"{path}/record")


def _sessions(unit: Unit, *where: Any) -> Sequence[ClassSession]:
    """Return sessions that the caller answers for: a manager her own, the office those of classrooms which nobody runs."""
    statement = (
        managed_class_sessions(unit.actor)
        .join(Classroom, col(Classroom.id) == ClassSession.classroom_id)
        .where(_answered_for(unit.actor), *where)
    )
    return unit.session.execute(statement, caller_parameters(unit.actor)).scalars().all()


def _answered_for(actor: Actor) -> Any:
    """Who is of the office and runs classrooms as well answers for those too: nobody else would be told of them."""
    if not actor.is_staff:
        return sa.true()
    run_by_nobody = col(Classroom.organization_id).not_in(INSTITUTIONS_WITH_MANAGERS)
    return sa.or_(run_by_nobody, _OURS) if Role.CLASSROOM_MANAGER in actor.roles else run_by_nobody


def _subject(session: ClassSessionView) -> Subject:
    return Subject(type="class_session", id=session.id, no=None)


def _facts(session: ClassSessionView) -> dict[str, Any]:
    return {"classroom": session.classroom, "starts_at": session.starts_at}


def guardians_to_reach(unit: Unit) -> Iterator[Entry]:
    """Classrooms about which guardians are to be telephoned: one entry for each, naming no child and no guardian."""
    statement = visible_classrooms(unit.actor).where(_answered_for(unit.actor))
    found = unit.session.execute(statement, caller_parameters(unit.actor)).scalars()
    classrooms: dict[UUID, Classroom] = {one.id: one for one in found}
    calls: dict[UUID, list[GuardianDue]] = defaultdict(list)
    for call in guardians_due(unit, list(classrooms)) if classrooms else ():
        calls[call.classroom_id].append(call)
    for classroom_id, of_it in calls.items():
        yield _to_reach(unit, classrooms[classroom_id], of_it)


def schools_silent(unit: Unit) -> Iterator[Entry]:
    """Referrals between schools and classrooms that nobody has answered for long; of the child they say nothing."""
    patience = timedelta(days=unit.rules.referral_outcome_days)
    statement = (
        visible_classrooms(unit.actor)
        .join(SchoolReferral, col(SchoolReferral.classroom_id) == Classroom.id)
        .join(Learner, col(Learner.id) == SchoolReferral.learner_id)
        .join(Facility, col(Facility.id) == SchoolReferral.school_id)
        .where(
            _answered_for(unit.actor),
            col(Learner.erased_on).is_(None),
            col(SchoolReferral.outcome).is_(None),
            col(SchoolReferral.sent_at) <= unit.now - patience,
        )
        .with_only_columns(SchoolReferral, col(Classroom.name), col(Facility.name))
    )
    for referral, classroom, school in unit.session.execute(statement, caller_parameters(unit.actor)):
        yield Entry(
            WorkCode.SCHOOL_REFERRAL_SILENT,
            Subject(type="school_referral", id=referral.id, no=None),
            answer_due(unit, referral.sent_at + patience),
            post(f"/v1/learners/{referral.learner_id}/school-referrals/{referral.id}/answer"),
            facts={"at": referral.sent_at, "classroom": classroom, "school": school},
        )


def places_offered(unit: Unit) -> Iterator[Entry]:
    """Places that are kept for whoever waits, of whom nobody has said yet whether she comes; due when they are kept no more.

    One that was not answered in time stays where nobody else waits for it: a late yes still counts.
    """
    statement = (
        visible_enrollments(unit.actor)
        .join(Classroom, col(Classroom.id) == Enrollment.classroom_id)
        .where(_answered_for(unit.actor), col(Enrollment.status) == ClassEnrollmentStatus.OFFERED)
        .add_columns(col(Classroom.name))
    )
    for offered, classroom in unit.session.execute(statement, caller_parameters(unit.actor)):
        yield Entry(
            WorkCode.PLACE_OFFERED,
            Subject(type="enrollment", id=offered.id, no=None),
            offered.offer_until,
            post(f"/v1/enrollments/{offered.id}/enroll"),
            facts={"classroom": classroom},
        )


def _to_reach(unit: Unit, classroom: Classroom, calls: Sequence[GuardianDue]) -> Entry:
    kept_safe = sum(CallReason.CONSENT_MISSING in call.because for call in calls)
    adults = sum(call.learner.school_stage is SchoolStage.ADULT for call in calls)
    changed = any(is_near(unit, first) for call in calls if (first := _first_changed(call)))
    return Entry(
        WorkCode.GUARDIAN_TO_REACH,
        Subject(type="classroom", id=classroom.id, no=classroom.code),
        min(_due(unit, call, reason) for call in calls for reason in call.because),
        NextStep(name="guardian-calls", method="GET", path=f"/v1/classrooms/{classroom.id}/guardian-calls"),
        urgent=kept_safe > 0 or changed,
        facts={"classroom": classroom.name, "n": len(calls), "kept_safe": kept_safe, "adults": adults},
    )


def _due(unit: Unit, call: GuardianDue, reason: CallReason) -> datetime:
    """Return until when a guardian is to know: of a child that is kept within hours, of a session before it were."""
    before = _first_changed(call) if reason in _OF_SESSIONS else None
    return answer_due(unit, call.because[reason], before, urgent=reason is CallReason.CONSENT_MISSING)


_OF_SESSIONS = frozenset({CallReason.SESSION_CALLED_OFF, CallReason.SESSION_MOVED})


def _first_changed(call: GuardianDue) -> datetime | None:
    """Return the first hour at which a family would stand before a closed door, or miss a class."""
    return min([*call.called_off, *(min(one.moved_from, one.starts_at) for one in call.moved)], default=None)
