"""What each caller may see at all: the scope of every list and single object. Outside it, an object does not exist.

Scopes are built once and name the caller by parameters, which `page` and `find` fill in by `caller_parameters`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.advisory_visit import AdvisoryVisit
from models.assignment import ANNOUNCED, BRIEFED, CALLED_OFF, HOLDING, Assignment, AssignmentStatus
from models.class_session import ClassSession
from models.classroom import Classroom
from models.client import ClientExclusion, RequestClient
from models.dispatch_request import DispatchRequest
from models.dispatch_series import DispatchSeries
from models.enrollment import Enrollment
from models.expense import ExpenseClaim
from models.learner import Learner
from models.lecture import LectureEngagement
from models.level_assessment import LevelAssessment
from models.offer import Offer
from models.pairing import Pairing
from models.person import Gender, Person
from models.shift import Demand, GenderWanted, Shift, ShiftStatus
from models.volunteer import Volunteer
from services.actor import Actor
from services.errors import NotFound
from services.policies import Audience, Permission
from services.scopes import Scope
from services.unit import Found, Unit

REQUEST_SOURCE = "dispatch_request"
SESSION_SOURCE = "class_session"
EVENT_SOURCE = "event"
LECTURE_SOURCE = "lecture_engagement"
OFFICE_SOURCE = "office"
"""Of a shift that the office opened for itself: it is its own source."""
ME: sa.BindParameter[Any] = sa.bindparam("me", type_=sa.Uuid())
OURS: sa.BindParameter[Any] = sa.bindparam("ours", type_=sa.Uuid())


def caller_parameters(actor: Actor) -> dict[str, Any]:
    """Return who asks, for the parameters `ME` and `OURS` of a scope."""
    return {"me": actor.volunteer_id, "ours": actor.organization_id}


def visible_requests(actor: Actor, needs: Permission | None = None) -> Select[Any]:
    """Staff see all requests, an institution its own, nobody else any."""
    return _REQUESTS.of(actor, needs)


def visible_series(actor: Actor) -> Select[Any]:
    """Staff see all series, an institution its own, nobody else any."""
    return _SERIES.of(actor)


def visible_shifts(actor: Actor, needs: Permission | None = None) -> Select[Any]:
    """Staff see all shifts, an institution those it asked for, a volunteer those she may take or stands on.

    A classroom manager sees those of her classrooms.
    """
    return _SHIFTS.of(actor, needs)


def fills_places(actor: Actor) -> Any:
    """Return the condition of a shift on which the caller sees who is missing: any for staff, for a manager hers to run.

    What she merely stands on herself is visible to her, and somebody else's to fill.
    """
    return sa.true() if actor.is_staff else OURS_AS[Audience.MANAGER]


def visible_assignments(actor: Actor) -> Select[Any]:
    """Staff see all assignments, a volunteer her own, an institution those on its shifts from the confirmation on.

    Who is merely tentative, or gave the place back, is nothing that an institution needs to know; a classroom manager
    sees all of her classrooms.
    """
    return _ASSIGNMENTS.of(actor)


def visible_offers(actor: Actor, needs: Permission | None = None) -> Select[Any]:
    """Staff see all offers, a classroom manager those of her sessions, a volunteer her own but for shifts hidden from her."""
    return _OFFERS.of(actor, needs)


def visible_claims(actor: Actor) -> Select[Any]:
    """Staff see all expense claims, a volunteer her own, nobody else any."""
    return _CLAIMS.of(actor)


def visible_classrooms(actor: Actor) -> Select[Any]:
    """Staff see all classrooms, a manager those of her institution."""
    return _CLASSROOMS.of(actor)


def visible_class_sessions(actor: Actor) -> Select[Any]:
    """Staff see all sessions, a manager those of her classrooms, a tutor those whose shift she stands on."""
    return _SESSIONS.of(actor)


def consulted_class_sessions(actor: Actor) -> Select[Any]:
    """Sessions at which somebody who runs or teaches classes may have been asked: also those she stood on until they were
    called off.
    """
    return _CONSULTED.of(actor, Permission.CONSULTATION_RECEIVE)


def managed_class_sessions(actor: Actor) -> Select[Any]:
    """Staff run all sessions, a manager those of her classrooms; nobody else any."""
    return _SESSIONS.of(actor, Permission.CLASSROOM_RUN)


def taught_class_sessions(actor: Actor) -> Select[Any]:
    """Sessions whose tutor the caller is, confirmed: also what is merged with hers, where the other's tutors are in charge.

    To whoever serves no more there is none.
    """
    return _IN_CHARGE.of(actor, Permission.CLASS_READ)


def visible_lectures(actor: Actor) -> Select[Any]:
    """Staff see all lecture engagements, an institution its own."""
    return _LECTURES.of(actor)


def visible_learners(actor: Actor) -> Select[Any]:
    """Staff see all learners, a manager those of her institution; of whom is erased there is nothing to see."""
    return _LEARNERS.of(actor)


def visible_enrollments(actor: Actor) -> Select[Any]:
    """Staff see all enrollments, a manager those in her classrooms."""
    return _ENROLLMENTS.of(actor)


def visible_pairings(actor: Actor) -> Select[Any]:
    """Staff see all pairings, a manager those of her institution's learners."""
    return _PAIRINGS.of(actor)


def visible_assessments(actor: Actor) -> Select[Any]:
    """Staff see all assessments of levels, a manager those of her institution's learners."""
    return _ASSESSMENTS.of(actor)


def visible_advisory_visits(actor: Actor) -> Select[Any]:
    """Staff see all visits of experts, a manager those to her classrooms."""
    return _ADVISORY_VISITS.of(actor)


def find(unit: Unit, visible: Select[Any], table: type[Found], row_id: UUID, *, lock: bool = False) -> Found:
    """Return an object of the caller's scope, locked where it is about to change. Raises `NotFound`."""
    must_see(unit, visible, table, row_id)
    return unit.lock(table, row_id) if lock else unit.get(table, row_id)


def find_learner(unit: Unit, learner_id: UUID) -> Learner:
    """Return a locked learner of the caller's scope, who was not erased while the lock was waited for. Raises `NotFound`."""
    learner = find(unit, visible_learners(unit.actor), Learner, learner_id, lock=True)
    must_see(unit, visible_learners(unit.actor), Learner, learner_id)
    return learner


def must_see(unit: Unit, visible: Select[Any], table: type[Found], row_id: UUID) -> None:
    """Raise `NotFound` unless the object is of the caller's scope."""
    statement = visible.with_only_columns(col(table.id)).where(col(table.id) == row_id)
    if unit.rows(statement, **caller_parameters(unit.actor)).first() is None:
        raise NotFound


def _hidden() -> Any:
    """A shift that must not exist for this volunteer: excluded, acquainted, or another gender asked for (§0.1)."""
    barred = sa.exists().where(
        RequestClient.request_id == Shift.source_id,  # type: ignore[arg-type]
        ClientExclusion.client_id == RequestClient.client_id,  # type: ignore[arg-type]
        col(ClientExclusion.volunteer_id) == ME,
        col(ClientExclusion.lifted_at).is_(None),
    )
    fits = sa.exists().where(
        Demand.shift_id == Shift.id,  # type: ignore[arg-type]
        sa.or_(col(Demand.gender_requirement).is_(None), Demand.gender_requirement == _my_gender()),
    )
    return sa.or_(barred, ~fits)


def _my_gender() -> Any:
    wanted = {Gender.FEMALE: GenderWanted.FEMALE.value, Gender.MALE: GenderWanted.MALE.value}
    return (
        sa.select(sa.case(wanted, value=col(Person.gender)))
        .join(Volunteer, col(Volunteer.person_id) == Person.id)
        .where(col(Volunteer.id) == ME)
        .scalar_subquery()
    )


_STANDS_ON_IT = sa.exists().where(
    Assignment.shift_id == Shift.id,  # type: ignore[arg-type]
    col(Assignment.volunteer_id) == ME,
    col(Assignment.status).in_(sorted(HOLDING)),
)
_MAY_BE_TAKEN = sa.and_(col(Shift.status).in_([ShiftStatus.OPEN, ShiftStatus.FILLED]), ~_hidden())
_ASKED_FOR_BY_US = sa.and_(
    col(Shift.source_type) == REQUEST_SOURCE,
    sa.exists().where(col(DispatchRequest.id) == Shift.source_id, col(DispatchRequest.organization_id) == OURS),
)
_OUR_CLASSROOM_IDS = select(Classroom.id).where(col(Classroom.organization_id) == OURS)
_OUR_LEARNER_IDS = select(Learner.id).where(col(Learner.organization_id) == OURS)
_OUR_SESSION = col(ClassSession.classroom_id).in_(_OUR_CLASSROOM_IDS)


def _taught(standing: frozenset[AssignmentStatus], session_id: Any = ClassSession.id) -> Any:
    return _stood(col(Assignment.status).in_(sorted(standing)), session_id)


def _stood(how: Any, session_id: Any = ClassSession.id) -> Any:
    return sa.exists().where(
        col(Shift.source_type) == SESSION_SOURCE,
        col(Shift.source_id) == session_id,
        Assignment.shift_id == Shift.id,  # type: ignore[arg-type]
        col(Assignment.volunteer_id) == ME,
        how,
    )


_TO_BE_TAUGHT = sa.or_(
    _taught(HOLDING),
    _stood(sa.and_(col(Assignment.status) == AssignmentStatus.CANCELLED, col(Assignment.end_reason) == CALLED_OFF)),
)
_IN_OUR_CLASSROOM = sa.and_(
    col(Shift.source_type) == SESSION_SOURCE,
    sa.exists().where(
        col(ClassSession.id) == Shift.source_id,
        col(Classroom.id) == ClassSession.classroom_id,
        col(Classroom.organization_id) == OURS,
    ),
)
OURS_AS: Mapping[Audience, Any] = {Audience.REQUESTER: _ASKED_FOR_BY_US, Audience.MANAGER: _IN_OUR_CLASSROOM}
"""The condition of a shift that is an institution's: as it asked for it, or as it runs the classroom."""


def _on(table: type[Assignment | Offer], shifts: Any) -> Any:
    return col(table.shift_id).in_(select(Shift.id).where(shifts))


_REQUESTS = Scope(select(DispatchRequest), {Audience.REQUESTER: col(DispatchRequest.organization_id) == OURS})
_SERIES = Scope(select(DispatchSeries), {Audience.REQUESTER: col(DispatchSeries.organization_id) == OURS})
_SHIFTS = Scope(select(Shift), {**OURS_AS, Audience.VOLUNTEER: sa.or_(_STANDS_ON_IT, _MAY_BE_TAKEN)})
_ASSIGNMENTS = Scope(
    select(Assignment),
    {
        Audience.REQUESTER: sa.and_(_on(Assignment, _ASKED_FOR_BY_US), col(Assignment.status).in_(sorted(ANNOUNCED))),
        Audience.MANAGER: _on(Assignment, _IN_OUR_CLASSROOM),
        Audience.VOLUNTEER: col(Assignment.volunteer_id) == ME,
    },
)
_OFFERS = Scope(
    select(Offer),
    {
        Audience.MANAGER: _on(Offer, _IN_OUR_CLASSROOM),
        Audience.VOLUNTEER: sa.and_(
            col(Offer.volunteer_id) == ME,
            sa.or_(
                col(Offer.assignment_id).is_not(None),
                sa.exists().where(col(Shift.id) == Offer.shift_id, ~_hidden()),
            ),
        ),
    },
)
_CLAIMS = Scope(select(ExpenseClaim), {Audience.VOLUNTEER: col(ExpenseClaim.volunteer_id) == ME})
_CLASSROOMS = Scope(select(Classroom), {Audience.MANAGER: col(Classroom.organization_id) == OURS})
_SESSIONS = Scope(select(ClassSession), {Audience.MANAGER: _OUR_SESSION, Audience.VOLUNTEER: _taught(HOLDING)})
_CONSULTED = Scope(select(ClassSession), {Audience.MANAGER: _OUR_SESSION, Audience.VOLUNTEER: _TO_BE_TAUGHT})
_IN_CHARGE = Scope(
    select(ClassSession),
    {Audience.VOLUNTEER: sa.or_(_taught(BRIEFED), _taught(BRIEFED, ClassSession.merged_with_id))},
)
_LECTURES = Scope(select(LectureEngagement), {Audience.REQUESTER: col(LectureEngagement.organization_id) == OURS})
_LEARNERS = Scope(
    select(Learner).where(col(Learner.erased_on).is_(None)), {Audience.MANAGER: col(Learner.organization_id) == OURS}
)
_ENROLLMENTS = Scope(select(Enrollment), {Audience.MANAGER: col(Enrollment.classroom_id).in_(_OUR_CLASSROOM_IDS)})
_PAIRINGS = Scope(select(Pairing), {Audience.MANAGER: col(Pairing.learner_id).in_(_OUR_LEARNER_IDS)})
_ASSESSMENTS = Scope(select(LevelAssessment), {Audience.MANAGER: col(LevelAssessment.learner_id).in_(_OUR_LEARNER_IDS)})
_ADVISORY_VISITS = Scope(
    select(AdvisoryVisit), {Audience.MANAGER: col(AdvisoryVisit.classroom_id).in_(_OUR_CLASSROOM_IDS)}
)
