"""Courses, and who has what they presuppose (domain.md §4.2)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.competence import Certification
from models.training import (
    CourseCreate,
    CoursePatch,
    CourseView,
    EnrollmentStatus,
    TrainingCourse,
    TrainingEnrollment,
    TrainingSession,
)
from services.errors import Refused, invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import Permission, may
from services.unit import Unit


def list_courses(unit: Unit, ask: Ask) -> Page[CourseView]:
    """Return the courses, by code."""
    order = Order((TrainingCourse.code, TrainingCourse.id))
    return page(unit, ask, select(TrainingCourse), order, _show_all, scope_of("trainings"))


def read_course(unit: Unit, course_id: UUID) -> CourseView:
    """Return a course. Raises `NotFound`."""
    return show_course(unit, unit.get(TrainingCourse, course_id))


def create_course(unit: Unit, draft: CourseCreate) -> CourseView:
    """Enter a course. Raises `InvalidFields` for a code that is taken, and for prerequisites that are no courses."""
    _check_groups(unit, draft.prerequisites)
    course = unit.add(TrainingCourse(**draft.model_dump(), **unit.stamp()))
    unit.audit("training_course.create", course)
    return show_course(unit, course)


def change_course(unit: Unit, course_id: UUID, patch: CoursePatch) -> CourseView:
    """Change a course; who is on its way through it is judged by what it asks when it ends.

    Raises `NotFound`, `Stale`, `InvalidFields`.
    """
    course = unit.lock(TrainingCourse, course_id)
    unit.expect(course)
    changes = patch.changes()
    _check_groups(unit, changes.get("prerequisites", ()), but=course.code)
    for name, value in changes.items():
        setattr(course, name, value)
    course.touch(unit.now)
    unit.audit("training_course.change", course, fields=list(changes))
    return show_course(unit, course)


def _check_groups(unit: Unit, groups: Iterable[Sequence[str]], but: str | None = None) -> None:
    named = {code for group in groups for code in group}
    known = (
        set(unit.session.exec(select(TrainingCourse.code).where(col(TrainingCourse.code).in_(named))))
        if named
        else set()
    )
    if named - known or but in named:
        raise invalid("/prerequisites")


def refuse_unprepared(unit: Unit, course: TrainingCourse, volunteer_id: UUID, day: date) -> None:
    """Raise `Refused` (`CRS_PREREQ`) unless one group of prerequisites is met whole on the day of the session.

    A course counts by the certificate it gives, valid on that day, and one that gives none by its completion. What is
    told is the group that is nearest.
    """
    if not course.prerequisites:
        return
    hers = had(unit, volunteer_id, day)
    missing = min(([code for code in group if code not in hers] for group in course.prerequisites), key=len)
    if missing:
        titles = unit.session.exec(select(TrainingCourse.title).where(col(TrainingCourse.code).in_(missing))).all()
        raise Refused("CRS_PREREQ", {"course": sorted(titles)})


def had(unit: Unit, volunteer_id: UUID, day: date) -> set[str]:
    """Return the codes of the courses that somebody has on a day; see `refuse_unprepared`."""
    certified = (
        select(TrainingCourse.code)
        .join(Certification, col(Certification.cert_code) == TrainingCourse.grants)
        .where(Certification.volunteer_id == volunteer_id, in_force_on(day))
    )
    completed = (
        select(TrainingCourse.code)
        .join(TrainingSession, col(TrainingSession.course_id) == TrainingCourse.id)
        .join(TrainingEnrollment, col(TrainingEnrollment.session_id) == TrainingSession.id)
        .where(
            col(TrainingCourse.grants).is_(None),
            TrainingEnrollment.volunteer_id == volunteer_id,
            TrainingEnrollment.status == EnrollmentStatus.COMPLETED,
        )
    )
    return set(unit.session.exec(certified)) | set(unit.session.exec(completed))


def in_force_on(day: date) -> Any:
    """The condition that a certificate holds on a day; on the day it is revoked it does not any more."""
    return sa.and_(
        col(Certification.granted_on) <= day,
        sa.or_(col(Certification.expires_on).is_(None), col(Certification.expires_on) >= day),
        sa.or_(col(Certification.revoked_on).is_(None), col(Certification.revoked_on) > day),
    )


def show_course(unit: Unit, course: TrainingCourse) -> CourseView:
    """Return a course."""
    return _show_all(unit, [course])[0]


def _show_all(unit: Unit, courses: Sequence[TrainingCourse]) -> list[CourseView]:
    verbs = ["change"] if may(unit.actor, Permission.TRAINING_WRITE) else []
    return [CourseView.model_validate({**course.model_dump(), "actions": verbs}) for course in courses]
