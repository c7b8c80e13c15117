"""Who takes part in a training: applying, seats, the waiting list (domain.md §4.2).

An application to a full session waits; a freed seat is offered to whoever waits first, with a deadline, and only her yes
makes it hers. Everything is decided while the volunteer's row, then the session's, are locked.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from models.fields import OnBehalf
from models.training import (
    GONE,
    EnrollmentCreate,
    EnrollmentStatus,
    EnrollmentVerb,
    EnrollmentView,
    TrainingCourse,
    TrainingEnrollment,
    TrainingSession,
)
from models.volunteer import Volunteer, VolunteerStatus
from services import training_states
from services.acting_for import arrival_of_volunteer, hers_or_entered
from services.courses import refuse_unprepared
from services.errors import Broken, Forbidden, Refused, broken, invalid
from services.notifying import tell_office
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import Permission, permissions_of
from services.queries import find
from services.seat_clashes import judge_seat
from services.seats import move, take_seat, tell
from services.showing_trainings import (
    phase_at,
    show_enrollment,
    show_enrollments,
    state_of,
    visible_enrollments,
    visible_sessions,
)
from services.unit import Unit

MAY_LEARN = frozenset({VolunteerStatus.IN_TRAINING, VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE})
"""States of a registration in which somebody may take part in trainings."""


@dataclass(frozen=True)
class EnrollmentFilters:
    """What a list of enrolments is narrowed to."""

    session_id: UUID | None = None
    volunteer_id: UUID | None = None
    status: EnrollmentStatus | None = None


def list_enrollments(unit: Unit, ask: Ask, filters: EnrollmentFilters) -> Page[EnrollmentView]:
    """Return enrolments of the caller's scope, session by session in the order of applications."""
    statement = visible_enrollments(unit.actor)
    for column, value in (
        (TrainingEnrollment.session_id, filters.session_id),
        (TrainingEnrollment.volunteer_id, filters.volunteer_id),
        (TrainingEnrollment.status, filters.status),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    order = Order((TrainingEnrollment.session_id, TrainingEnrollment.number))
    return page(unit, ask, statement, order, show_enrollments, scope_of("training_enrollments", filters))


def list_of_session(unit: Unit, ask: Ask, session_id: UUID) -> Page[EnrollmentView]:
    """Return the enrolments of a session that the caller may see. Raises `NotFound`."""
    find(unit, visible_sessions(unit.actor), TrainingSession, session_id)
    return list_enrollments(unit, ask, EnrollmentFilters(session_id=session_id))


def read_enrollment(unit: Unit, enrollment_id: UUID) -> EnrollmentView:
    """Return an enrolment of the caller's scope. Raises `NotFound`."""
    return show_enrollment(unit, find(unit, visible_enrollments(unit.actor), TrainingEnrollment, enrollment_id))


def enroll(unit: Unit, session_id: UUID, draft: EnrollmentCreate) -> EnrollmentView:
    """Apply for a session: accepted at once where it says so and a seat is free, waiting where none is.

    Raises `NotFound`, `WrongState`, `Refused` (`CRS_PREREQ`), `RulesBroken` for a registration that takes part in
    nothing, `InvalidFields` for a second application, `Forbidden` to apply for others without `on_behalf`.
    """
    find(unit, visible_sessions(unit.actor), TrainingSession, session_id)
    volunteer = _applicant(unit, draft)
    hers_or_entered(unit, volunteer.id, draft.on_behalf)
    session = unit.lock(TrainingSession, session_id)
    unit.expect(session)
    training_states.TRAINING.timely(session.status, "enroll", phase_at(unit, session))
    if volunteer.status not in MAY_LEARN:
        raise broken([Broken("ASG_STATUS", "never")])
    _refuse_twice(unit, session, volunteer, "/volunteer_id" if draft.volunteer_id else "")
    course = unit.get(TrainingCourse, session.course_id)
    refuse_unprepared(unit, course, volunteer.id, unit.local_day(session.starts_at))
    return show_enrollment(unit, _write(unit, session, volunteer, draft.on_behalf))


def _applicant(unit: Unit, draft: EnrollmentCreate) -> Volunteer:
    volunteer_id = draft.volunteer_id or unit.actor.volunteer_id
    if volunteer_id is None or (draft.volunteer_id and unit.session.get(Volunteer, draft.volunteer_id) is None):
        raise invalid("/volunteer_id")
    return unit.lock(Volunteer, volunteer_id)


def _refuse_twice(unit: Unit, session: TrainingSession, volunteer: Volunteer, pointer: str) -> None:
    """Point at who was named; the whole of the body where nobody was, since it is the caller herself."""
    again = select(TrainingEnrollment.id).where(
        TrainingEnrollment.session_id == session.id,
        TrainingEnrollment.volunteer_id == volunteer.id,
        col(TrainingEnrollment.status).not_in(sorted(GONE)),
    )
    if unit.session.exec(again).first() is not None:
        raise invalid(pointer, "FIELD_DUPLICATE")


def _write(
    unit: Unit, session: TrainingSession, volunteer: Volunteer, on_behalf: OnBehalf | None
) -> TrainingEnrollment:
    full = session.taken == session.capacity
    session.last_number += 1
    session.touch(unit.now)
    enrollment = unit.add(
        TrainingEnrollment(
            **unit.stamp(),
            session_id=session.id,
            volunteer_id=volunteer.id,
            number=session.last_number,
            status=EnrollmentStatus.WAITLISTED if full else EnrollmentStatus.APPLIED,
        )
    )
    unit.audit("training_enrollment.apply", enrollment, subject=volunteer.id, on_behalf=on_behalf)
    if full:
        tell(unit, session, enrollment, "training_waitlisted")
    elif session.auto_accept:
        _seat(unit, session, enrollment)
        tell(unit, session, enrollment, "training_accepted")
    else:
        tell(unit, session, enrollment, "training_applied")
        _tell_office(unit, session, enrollment, "office_training_applied")
    return enrollment


def accept(unit: Unit, enrollment_id: UUID, draft: EnrollmentVerb) -> EnrollmentView:
    """Give an applicant a seat, or let her say yes to the seat that she was offered.

    Raises `NotFound`, `Stale`, `WrongState`, `Forbidden`, `Refused` (`CRS_CAPACITY`) when no seat is left, `RulesBroken`
    (`ASG_OVERLAP`) for a clash with something else of hers; too little time to travel warns.
    """
    session, enrollment = _take(unit, enrollment_id, "accept", draft)
    if enrollment.status is EnrollmentStatus.OFFERED:  # the seat is hers already
        judge_seat(unit, session, enrollment.volunteer_id)
        move(unit, session, enrollment, EnrollmentStatus.ACCEPTED)
    else:
        _seat(unit, session, enrollment)
    unit.audit("training_enrollment.accept", enrollment, subject=enrollment.volunteer_id, on_behalf=draft.on_behalf)
    tell(unit, session, enrollment, "training_accepted")
    return show_enrollment(unit, enrollment)


def _seat(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment) -> None:
    if not take_seat(unit, session):
        raise Refused("CRS_CAPACITY")
    judge_seat(unit, session, enrollment.volunteer_id)
    move(unit, session, enrollment, EnrollmentStatus(training_states.ENROLLMENT.next(enrollment.status, "accept")))


def decline(unit: Unit, enrollment_id: UUID, draft: EnrollmentVerb) -> EnrollmentView:
    """Turn an applicant down, or let her say no to the seat that she was offered: the next one is asked.

    Raises `NotFound`, `Stale`, `WrongState`, `Forbidden`.
    """
    session, enrollment = _take(unit, enrollment_id, "decline", draft)
    hers = enrollment.status is EnrollmentStatus.OFFERED
    enrollment.status_reason = "declined_offer" if hers else "office"
    _leave(unit, session, enrollment, "decline", draft.on_behalf)
    if not hers:
        tell(unit, session, enrollment, "training_declined")
    return show_enrollment(unit, enrollment)


def withdraw(unit: Unit, enrollment_id: UUID, draft: EnrollmentVerb) -> EnrollmentView:
    """Give one's seat or application back before the start; a freed seat is offered to who waits first.

    Raises `NotFound`, `Stale`, `WrongState`, `Forbidden` to act for others without `on_behalf`.
    """
    session, enrollment = _take(unit, enrollment_id, "withdraw", draft)
    accepted = enrollment.status is EnrollmentStatus.ACCEPTED
    _leave(unit, session, enrollment, "withdraw", draft.on_behalf)
    if accepted:
        _tell_office(unit, session, enrollment, "office_training_withdrawn")
    return show_enrollment(unit, enrollment)


def _leave(
    unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment, verb: str, on_behalf: OnBehalf | None
) -> None:
    move(unit, session, enrollment, EnrollmentStatus(training_states.ENROLLMENT.next(enrollment.status, verb)))
    unit.audit(f"training_enrollment.{verb}", enrollment, subject=enrollment.volunteer_id, on_behalf=on_behalf)


def _take(
    unit: Unit, enrollment_id: UUID, verb: str, draft: EnrollmentVerb
) -> tuple[TrainingSession, TrainingEnrollment]:
    """Return the addressed enrolment and its session, locked after the volunteer, if the verb is the caller's to use.

    What only she can say is hers, or entered by staff who say how it reached them; what the office decides is not hers.
    """
    session, enrollment = take_enrollment(unit, enrollment_id, verb)
    own_word = training_states.ENROLLMENT.permits(enrollment.status, verb, frozenset({Permission.TRAINING_ENROLL}))
    if own_word:
        hers_or_entered(unit, enrollment.volunteer_id, draft.on_behalf, since=enrollment.created_at)
    else:
        arrival_of_volunteer(unit, enrollment.volunteer_id, draft.on_behalf, since=enrollment.created_at)
    return session, enrollment


def take_enrollment(unit: Unit, enrollment_id: UUID, verb: str) -> tuple[TrainingSession, TrainingEnrollment]:
    """Return the addressed enrolment and its session, locked in the order volunteer, session, enrolment.

    Raises `NotFound` outside the caller's scope, `Stale`, `WrongState` in another state or at another time, and once the
    deadline of an offered seat is over, `Forbidden` for a verb that is not the caller's in this state.
    """
    found = find(unit, visible_enrollments(unit.actor), TrainingEnrollment, enrollment_id)
    unit.lock(Volunteer, found.volunteer_id)
    session = unit.lock(TrainingSession, found.session_id)
    enrollment = unit.lock(TrainingEnrollment, enrollment_id)
    unit.expect(enrollment)
    state = state_of(unit, enrollment)
    training_states.ENROLLMENT.timely(state, verb, phase_at(unit, session))
    if not training_states.ENROLLMENT.permits(state, verb, permissions_of(unit.actor.roles)):
        raise Forbidden
    return session, enrollment


def _tell_office(unit: Unit, session: TrainingSession, enrollment: TrainingEnrollment, kind: str) -> None:
    course = unit.get(TrainingCourse, session.course_id)
    facts = {
        "title": course.title,
        "starts_at": session.starts_at,
        "taken": session.taken,
        "capacity": session.capacity,
    }
    tell_office(unit, kind, enrollment, facts)
