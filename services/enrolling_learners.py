"""A learner's way through a classroom, and the waiting list that promotes with confirmation (domain.md §0.1, §4.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.classroom import Classroom
from models.enrollment import (
    ASKED,
    OVER,
    WITH_PLACE,
    ClassEnrollmentCreate,
    ClassEnrollmentStatus,
    ClassEnrollmentView,
    Enrollment,
)
from models.learner import Learner
from services import classroom_states
from services.classrooms import count_by_status
from services.erasing import date_erasing, end_pairings
from services.errors import Refused, invalid
from services.notifying import tell_managers
from services.noting_ahead import forget_excuses_of
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.queries import find, must_see, visible_classrooms, visible_enrollments, visible_learners
from services.unit import Unit

ANSWER_WITHIN: Final = timedelta(days=7)
"""How long a place that became free is kept for whoever is next."""
FREES: Final = frozenset({"complete", "leave", "waitlist"})


@dataclass(frozen=True)
class EnrollmentFilters:
    """What a list of enrollments is narrowed to."""

    classroom_id: UUID | None = None
    learner_id: UUID | None = None
    status: ClassEnrollmentStatus | None = None


def list_enrollments(unit: Unit, ask: Ask, filters: EnrollmentFilters) -> Page[ClassEnrollmentView]:
    """Return enrollments of the caller's scope, oldest first."""
    statement = visible_enrollments(unit.actor)
    for column, value in (
        (Enrollment.classroom_id, filters.classroom_id),
        (Enrollment.learner_id, filters.learner_id),
        (Enrollment.status, filters.status),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    order = Order((Enrollment.created_at, Enrollment.id))
    return page(unit, ask, statement, order, _show_all, scope_of("enrollments", filters))


def read_enrollment(unit: Unit, enrollment_id: UUID) -> ClassEnrollmentView:
    """Return an enrollment of the caller's scope. Raises `NotFound`."""
    return _show(unit, find(unit, visible_enrollments(unit.actor), Enrollment, enrollment_id))


def inquire(unit: Unit, draft: ClassEnrollmentCreate) -> ClassEnrollmentView:
    """Write down that somebody asks for a place. Raises `InvalidFields`; twice in one classroom is refused."""
    classroom = _beside(unit, draft)
    enrollment = unit.add(Enrollment(**draft.model_dump(), status=ClassEnrollmentStatus.INQUIRY, **unit.stamp()))
    date_erasing(unit, unit.lock(Learner, draft.learner_id))
    unit.audit("enrollment.create", enrollment, facts={"classroom": classroom.code})
    return _show(unit, enrollment)


def _beside(unit: Unit, draft: ClassEnrollmentCreate) -> Classroom:
    """Return the classroom, of one institution with the learner; both of the caller's scope. Raises `NotFound`."""
    must_see(unit, visible_classrooms(unit.actor), Classroom, draft.classroom_id)
    learner = unit.lock(Learner, draft.learner_id)  # before the look, or she could be erased between the two
    must_see(unit, visible_learners(unit.actor), Learner, draft.learner_id)
    classroom = unit.get(Classroom, draft.classroom_id)
    if learner.organization_id != classroom.organization_id:
        raise invalid("/learner_id", "FIELD_CONFLICT", other="classroom_id")
    return classroom


def move(unit: Unit, enrollment_id: UUID, verb: str) -> ClassEnrollmentView:
    """Move an enrollment by a verb of the manager's; a place that becomes free is offered to whoever is next.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`CLS_FULL`) to enroll beyond the places.
    """
    seen = find(unit, visible_enrollments(unit.actor), Enrollment, enrollment_id)
    classroom = unit.lock(Classroom, seen.classroom_id)  # places are counted with nobody between
    enrollment = unit.lock(Enrollment, enrollment_id)
    unit.expect(enrollment)
    before = enrollment.status
    held = before in WITH_PLACE
    if verb == "enroll" and not held:
        classroom_states.ENROLLMENT.next(enrollment.status, verb)
        _refuse_full(unit, classroom)
    _follow(unit, enrollment, verb)
    _let_follow(unit, enrollment, before)
    if held and verb in FREES:
        promote(unit, classroom)
    return _show(unit, enrollment)


def _let_follow(unit: Unit, enrollment: Enrollment, before: ClassEnrollmentStatus) -> None:
    """Let what a learner was excused from be forgotten where she learns no more, and her time to be erased begin or end."""
    if before is ClassEnrollmentStatus.ENROLLED and enrollment.status is not before:
        forget_excuses_of(unit, enrollment.learner_id, unit.now, enrollment.classroom_id)
    if before in ASKED or enrollment.status in OVER:
        _redate(unit, unit.lock(Learner, enrollment.learner_id), gone=enrollment.status in OVER)


def _redate(unit: Unit, learner: Learner, *, gone: bool) -> None:
    """Let a learner's time to be erased begin or end; what one who leaves her last class has with tutors ends."""
    date_erasing(unit, learner)
    if gone and learner.purge_on is not None:
        end_pairings(unit, learner)


def _refuse_full(unit: Unit, classroom: Classroom) -> None:
    """Refuse a place beyond the capacity, and before those who wait. Raises `Refused` (`CLS_FULL`)."""
    counted = count_by_status(unit, [classroom.id])
    if _held(counted, classroom) >= classroom.capacity or counted.get((classroom.id, ClassEnrollmentStatus.WAITLISTED)):
        raise Refused("CLS_FULL")


def _held(counted: Mapping[tuple[UUID, str], int], classroom: Classroom) -> int:
    return sum(counted.get((classroom.id, status), 0) for status in WITH_PLACE)


def _follow(unit: Unit, enrollment: Enrollment, verb: str) -> None:
    enrollment.status = ClassEnrollmentStatus(classroom_states.ENROLLMENT.next(enrollment.status, verb))
    waits, offered = (
        enrollment.status is ClassEnrollmentStatus.WAITLISTED,
        enrollment.status is ClassEnrollmentStatus.OFFERED,
    )
    enrollment.waitlist_no = _last_number(unit, enrollment.classroom_id) + 1 if waits else None
    enrollment.offer_until = unit.now + ANSWER_WITHIN if offered else None
    enrollment.touch(unit.now)
    unit.audit(f"enrollment.{verb}", enrollment)
    unit.session.flush()  # places and the waiting list are counted next


def _last_number(unit: Unit, classroom_id: UUID) -> int:
    last = select(sa.func.max(col(Enrollment.waitlist_no))).where(Enrollment.classroom_id == classroom_id)
    with unit.session.no_autoflush:
        return unit.session.exec(last).one() or 0


def promote(unit: Unit, classroom: Classroom) -> None:
    """Offer the free places of a locked classroom to those who wait, in their order; the managers ask the guardians."""
    free = classroom.capacity - _held(count_by_status(unit, [classroom.id]), classroom)
    waiting = (
        select(Enrollment)
        .where(Enrollment.classroom_id == classroom.id, Enrollment.status == ClassEnrollmentStatus.WAITLISTED)
        .order_by(col(Enrollment.waitlist_no))
        .limit(max(free, 0))
    )
    for enrollment in unit.session.exec(waiting).all():
        _follow(unit, enrollment, "offer")
        facts = {"classroom": classroom.name, "until": enrollment.offer_until}
        tell_managers(unit, classroom.organization_id, "class_place_offered", enrollment, facts)


def pass_on(unit: Unit, classroom: Classroom) -> None:
    """Put those whose offered places were not taken in time at the end of the list, and offer the places to the next."""
    overdue = select(Enrollment).where(
        Enrollment.classroom_id == classroom.id,
        Enrollment.status == ClassEnrollmentStatus.OFFERED,
        col(Enrollment.offer_until) <= unit.now,
    )
    for enrollment in unit.session.exec(overdue.order_by(col(Enrollment.offer_until), col(Enrollment.id))).all():
        _follow(unit, enrollment, "waitlist")
    promote(unit, classroom)


def _show(unit: Unit, enrollment: Enrollment) -> ClassEnrollmentView:
    return _show_all(unit, [enrollment])[0]


def _show_all(unit: Unit, enrollments: Sequence[Enrollment]) -> list[ClassEnrollmentView]:
    ids = [enrollment.learner_id for enrollment in enrollments]
    names = dict(unit.session.exec(select(Learner.id, Learner.first_name).where(col(Learner.id).in_(ids))).all())
    permissions = permissions_of(unit.actor.roles)
    return [
        ClassEnrollmentView(
            **enrollment.model_dump(include=_COLUMNS),
            first_name=names[enrollment.learner_id],
            actions=classroom_states.ENROLLMENT.open_to(enrollment.status, permissions),
        )
        for enrollment in enrollments
    ]


_COLUMNS = ClassEnrollmentView.model_fields.keys() & Enrollment.model_fields.keys()
