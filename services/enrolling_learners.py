"""A learner's way through a classroom, and the waiting list that promotes with confirmation (domain.md §0.1, §4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from models.classroom import Classroom
from models.enrollment import (
    ASKED,
    OVER,
    ClassEnrollmentCreate,
    ClassEnrollmentStatus,
    ClassEnrollmentView,
    Enrollment,
)
from models.learner import Learner
from services import classroom_states
from services.child_safety import refuse_child
from services.class_places import follow, promote, refuse_place
from services.erasing import date_erasing
from services.errors import invalid
from services.noting_ahead import forget_excuses_of
from services.paging import Ask, Order, Page, page, scope_of
from services.pair_places import leave_tutors
from services.policies import permissions_of
from services.queries import find, must_see, visible_classrooms, visible_enrollments, visible_learners
from services.unit import Unit

COMES: Final = frozenset({"enroll", "return", "waitlist"})
"""Verbs by which a learner comes to a classroom, now or as soon as a place is free."""
PROMOTES: Final = frozenset({"complete", "leave", "waitlist"})
"""Verbs after which a place may be free while somebody waits."""


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
    """Write down that somebody asks for a place.

    Raises `NotFound`, `InvalidFields`, also for twice in one classroom, `Refused` (`CLS_ADULTS`) for a child where tutors
    are not cleared for children.
    """
    classroom = _beside(unit, draft)
    refuse_child(classroom, unit.get(Learner, draft.learner_id))
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
    """Move an enrollment by a verb of the manager's; a place that is free is offered to whoever is next.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` to enroll beyond the places (`CLS_FULL`) or too late
    (`OFF_EXPIRED`), and to let a child come where tutors are not cleared for children (`CLS_ADULTS`).
    """
    seen = find(unit, visible_enrollments(unit.actor), Enrollment, enrollment_id)
    classroom = unit.lock(Classroom, seen.classroom_id)  # places are counted with nobody between
    enrollment = unit.lock(Enrollment, enrollment_id)
    unit.expect(enrollment)
    before = enrollment.status
    classroom_states.ENROLLMENT.next(before, verb)
    if verb in COMES:
        refuse_child(classroom, unit.lock(Learner, enrollment.learner_id))
    if verb == "enroll":
        refuse_place(unit, classroom, enrollment)
    follow(unit, enrollment, verb)
    _let_follow(unit, enrollment, before)
    if verb in PROMOTES:
        promote(unit, classroom)
    return _show(unit, enrollment)


def _let_follow(unit: Unit, enrollment: Enrollment, before: ClassEnrollmentStatus) -> None:
    """Let be forgotten what a learner was excused from where she learns no more, and her time to be erased begin or end.

    Whose place is over leaves the tutors of the classroom too.
    """
    if before is ClassEnrollmentStatus.ENROLLED and enrollment.status is not before:
        forget_excuses_of(unit, enrollment.learner_id, unit.now, enrollment.classroom_id)
    if before in ASKED or enrollment.status in OVER:
        date_erasing(unit, unit.lock(Learner, enrollment.learner_id))
    if enrollment.status in OVER:
        leave_tutors(unit, unit.lock(Learner, enrollment.learner_id))


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
