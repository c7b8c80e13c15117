"""Training sessions and enrolments as each caller may see them, for one or for many."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.account import Role
from models.organization import Facility
from models.person import Person
from models.shift import FacilityName, Shift
from models.training import (
    BOOKED,
    EnrollmentStatus,
    EnrollmentView,
    SessionView,
    TrainingCourse,
    TrainingEnrollment,
    TrainingSession,
    TrainingStatus,
)
from models.volunteer import Volunteer
from services import training_states
from services.actor import Actor
from services.policies import permissions_of
from services.states import Phase, phase_of
from services.unit import Unit

SESSION_SOURCE = "training_session"
PUBLIC = frozenset({TrainingStatus.OPEN, TrainingStatus.FULL, TrainingStatus.HELD})


def trains(actor: Actor, session: TrainingSession) -> bool:
    """Return whether the caller is the trainer of this session."""
    return Role.TRAINER in actor.roles and session.trainer_id == actor.account_id


def visible_sessions(actor: Actor) -> Select[Any]:
    """Staff see all sessions, others those that are announced, a trainer her own, and whoever applied keeps seeing it."""
    if actor.is_staff:
        return select(TrainingSession)
    hers = sa.exists().where(
        col(TrainingEnrollment.session_id) == TrainingSession.id,
        col(TrainingEnrollment.volunteer_id) == actor.volunteer_id,
    )
    announced = col(TrainingSession.status).in_(sorted(PUBLIC))
    return select(TrainingSession).where(sa.or_(announced, hers, col(TrainingSession.trainer_id) == actor.account_id))


def visible_enrollments(actor: Actor) -> Select[Any]:
    """Staff see all enrolments, a trainer those of her own sessions, a volunteer her own."""
    if actor.is_staff:
        return select(TrainingEnrollment)
    scopes: list[Any] = [sa.false()]
    if actor.volunteer_id is not None:
        scopes.append(col(TrainingEnrollment.volunteer_id) == actor.volunteer_id)
    if Role.TRAINER in actor.roles:
        own = select(TrainingSession.id).where(TrainingSession.trainer_id == actor.account_id)
        scopes.append(col(TrainingEnrollment.session_id).in_(own))
    return select(TrainingEnrollment).where(sa.or_(*scopes))


def show_session(unit: Unit, session: TrainingSession) -> SessionView:
    """Return a session as the caller may see it."""
    return show_sessions(unit, [session])[0]


def show_sessions(unit: Unit, sessions: Sequence[TrainingSession]) -> list[SessionView]:
    """Return sessions as the caller may see them, with a constant number of queries."""
    ids = [session.id for session in sessions]
    courses = _by_id(unit, TrainingCourse, {session.course_id for session in sessions})
    facilities = _by_id(unit, Facility, {session.facility_id for session in sessions if session.facility_id})
    waiting = _waiting(unit, ids)
    told = _told_where(unit, ids)
    shifts = _shifts(unit, ids)
    return [
        SessionView.model_validate(
            session.model_dump()
            | {
                "course_code": courses[session.course_id].code,
                "title": courses[session.course_id].title,
                "facility": _facility(facilities, session.facility_id),
                "online_url": session.online_url if session.id in told or trains(unit.actor, session) else None,
                "waiting": waiting.get(session.id, 0),
                "shift_id": shifts.get(session.id),
                "actions": _actions(unit, session),
            }
        )
        for session in sessions
    ]


def _facility(facilities: Mapping[UUID, Facility], facility_id: UUID | None) -> FacilityName | None:
    return FacilityName(id=facility_id, name=facilities[facility_id].name) if facility_id else None


def _by_id(unit: Unit, table: Any, ids: set[UUID]) -> dict[UUID, Any]:
    return {row.id: row for row in unit.session.exec(select(table).where(table.id.in_(ids)))}


def _waiting(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, int]:
    counted = (
        select(TrainingEnrollment.session_id, sa.func.count())
        .where(col(TrainingEnrollment.session_id).in_(ids), TrainingEnrollment.status == EnrollmentStatus.WAITLISTED)
        .group_by(col(TrainingEnrollment.session_id))
    )
    return dict(unit.session.execute(counted).all())


def _told_where(unit: Unit, ids: Sequence[UUID]) -> set[UUID]:
    """Return the sessions whose address on the net the caller may know: all for staff, those where she has her seat."""
    if unit.actor.is_staff:
        return set(ids)
    hers = select(TrainingEnrollment.session_id).where(
        col(TrainingEnrollment.session_id).in_(ids),
        TrainingEnrollment.volunteer_id == unit.actor.volunteer_id,
        col(TrainingEnrollment.status).in_(sorted(BOOKED)),
    )
    return set(unit.session.exec(hers))


def _shifts(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    if not unit.actor.is_staff:
        return {}
    found = select(Shift.source_id, Shift.id).where(Shift.source_type == SESSION_SOURCE, col(Shift.source_id).in_(ids))
    return dict(unit.session.execute(found).all())


def _actions(unit: Unit, session: TrainingSession) -> list[str]:
    verbs = training_states.TRAINING.open_to(session.status, permissions_of(unit.actor.roles), phase_at(unit, session))
    closed = set() if unit.actor.is_staff or trains(unit.actor, session) else {"attendance"}
    return [verb for verb in verbs if verb not in closed]


def phase_at(unit: Unit, session: TrainingSession) -> Phase:
    """Return where the clock stands against a session."""
    return phase_of(session.starts_at, session.ends_at, unit.now)


def show_enrollment(unit: Unit, enrollment: TrainingEnrollment) -> EnrollmentView:
    """Return an enrolment as the caller may see it."""
    return show_enrollments(unit, [enrollment])[0]


def show_enrollments(unit: Unit, enrollments: Sequence[TrainingEnrollment]) -> list[EnrollmentView]:
    """Return enrolments as the caller may see them, with a constant number of queries."""
    sessions = _by_id(unit, TrainingSession, {one.session_id for one in enrollments})
    courses = _by_id(unit, TrainingCourse, {session.course_id for session in sessions.values()})
    badges = _badges(unit, [one.volunteer_id for one in enrollments])
    views = []
    for one in enrollments:
        session = sessions[one.session_id]
        course = courses[session.course_id]
        near = unit.actor.is_staff or unit.actor.volunteer_id == one.volunteer_id
        beside = {
            "course_code": course.code,
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "badge_name": badges[one.volunteer_id],
            "least_minutes": course.least_minutes,
            "status_reason": one.status_reason if near else None,
            "actions": _verbs(unit, session, one),
        }
        views.append(EnrollmentView.model_validate(one.model_dump() | beside))
    return views


def _badges(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, str]:
    people = (
        select(Volunteer.id, Person)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Volunteer.id).in_(ids))
    )
    return {volunteer_id: person.badge_name for volunteer_id, person in unit.session.execute(people)}


def _verbs(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment) -> list[str]:
    permissions = permissions_of(unit.actor.roles)
    return training_states.ENROLLMENT.open_to(state_of(unit, enrollment), permissions, phase_at(unit, session))


def state_of(unit: Unit, enrollment: TrainingEnrollment) -> EnrollmentStatus:
    """Return the state by the clock: an offer that nobody answered in time is over, whether a sweep came by or not."""
    over = enrollment.respond_by is not None and enrollment.respond_by <= unit.now
    return EnrollmentStatus.DECLINED if over else enrollment.status
