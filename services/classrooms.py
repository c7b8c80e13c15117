"""Classrooms and who teaches there: list, read, make, correct (domain.md §3)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.classroom import (
    Classroom,
    ClassroomCreate,
    ClassroomKind,
    ClassroomPatch,
    ClassroomTutor,
    ClassroomView,
    TutorList,
    TutorRole,
    TutorView,
)
from models.enrollment import ClassEnrollmentStatus
from models.fields import Items
from models.organization import Facility, Organization
from models.person import Person
from models.volunteer import GONE, Volunteer
from services.child_safety import close_to_children, open_to_children
from services.class_places import count_by_status, promote, refuse_smaller
from services.errors import invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.pair_places import leave_learners
from services.queries import find, visible_classrooms
from services.tutors_needed import ask_for_enough
from services.unit import Unit


def list_classrooms(unit: Unit, ask: Ask) -> Page[ClassroomView]:
    """Return the classrooms of the caller's scope, by code."""
    order = Order((Classroom.code, Classroom.id))
    return page(unit, ask, visible_classrooms(unit.actor), order, show_classrooms, scope_of("classrooms"))


def read_classroom(unit: Unit, classroom_id: UUID) -> ClassroomView:
    """Return a classroom of the caller's scope. Raises `NotFound`."""
    return show_classrooms(unit, [find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)])[0]


def create(unit: Unit, draft: ClassroomCreate) -> ClassroomView:
    """Set a classroom up. Raises `InvalidFields` for an institution or place that does not exist, or no place at all."""
    if unit.session.get(Organization, draft.organization_id) is None:
        raise invalid("/organization_id")
    _check_place(unit, draft)
    _check_tutors(draft.min_tutors, draft.tutor_places)
    classroom = unit.add(Classroom(**draft.model_dump(), **unit.stamp()))
    unit.audit("classroom.create", classroom)
    return show_classrooms(unit, [classroom])[0]


def _check_place(unit: Unit, draft: ClassroomCreate) -> None:
    if draft.facility_id is None:
        if draft.kind is not ClassroomKind.ONLINE:
            raise invalid("/facility_id", "FIELD_MISSING")
    elif unit.session.get(Facility, draft.facility_id) is None:
        raise invalid("/facility_id")


def _check_tutors(least: int, places: int) -> None:
    if least > places:
        raise invalid("/min_tutors", "FIELD_CONFLICT", other="tutor_places")


def change(unit: Unit, classroom_id: UUID, patch: ClassroomPatch) -> ClassroomView:
    """Correct a classroom; places that are added are offered to those who wait, and sessions ask for the tutors it needs.

    Raises `NotFound`, `Stale`, `InvalidFields`, `Refused` for fewer places than are held or offered (`CLS_FULL`), and where
    children learn or wait in what is to be for adults alone (`CLS_ADULTS`).
    """
    classroom = take_classroom(unit, classroom_id)
    for_children, least = classroom.for_children, classroom.min_tutors
    changes = patch.changes()
    _check_tutors(changes.get("min_tutors", classroom.min_tutors), changes.get("tutor_places", classroom.tutor_places))
    smaller = changes.get("capacity", classroom.capacity) < classroom.capacity
    for name, value in changes.items():
        setattr(classroom, name, value)
    if smaller:
        refuse_smaller(unit, classroom)
    if classroom.for_children is not for_children:
        (open_to_children if classroom.for_children else close_to_children)(unit, classroom)
    if classroom.min_tutors > least:
        ask_for_enough(unit, classroom)
    classroom.touch(unit.now)
    unit.audit("classroom.change", classroom, fields=list(changes))
    promote(unit, classroom)
    return show_classrooms(unit, [classroom])[0]


def take_classroom(unit: Unit, classroom_id: UUID) -> Classroom:
    """Return the addressed classroom, locked. Raises `NotFound`, `Stale`."""
    classroom = find(unit, visible_classrooms(unit.actor), Classroom, classroom_id, lock=True)
    unit.expect(classroom)
    return classroom


def list_tutors(unit: Unit, classroom_id: UUID) -> Items[TutorView]:
    """Return who teaches in a classroom, by badge name. Raises `NotFound`."""
    find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)
    rows = unit.session.exec(
        select(ClassroomTutor, Person)
        .join(Volunteer, col(Volunteer.id) == ClassroomTutor.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(ClassroomTutor.classroom_id == classroom_id)
    ).all()
    views = [
        TutorView(volunteer_id=tutor.volunteer_id, badge_name=person.badge_name, role=tutor.role)
        for tutor, person in rows
    ]
    return Items(items=sorted(views, key=lambda view: (view.role, view.badge_name, view.volunteer_id)))


def name_tutors(unit: Unit, classroom_id: UUID, draft: TutorList) -> Items[TutorView]:
    """Say anew who teaches in a classroom, and in what part.

    What somebody who is left out had with learners here rests. Raises `NotFound`, `Stale`, `InvalidFields` for somebody
    twice, or who is not, or not any more, with the foundation.
    """
    classroom = take_classroom(unit, classroom_id)
    roles = {entry.volunteer_id: entry.role for entry in draft.items}
    if len(roles) < len(draft.items):
        raise invalid("/items", "FIELD_DUPLICATE")
    teaching = select(Volunteer.id).where(col(Volunteer.id).in_(roles), col(Volunteer.status).not_in(sorted(GONE)))
    known = set(unit.session.exec(teaching))
    for position, entry in enumerate(draft.items):
        if entry.volunteer_id not in known:
            raise invalid(f"/items/{position}/volunteer_id")
    _write_tutors(unit, classroom, roles)
    classroom.touch(unit.now)
    unit.audit("classroom.name-tutors", classroom, fields=["tutors"])
    return list_tutors(unit, classroom.id)


def _write_tutors(unit: Unit, classroom: Classroom, roles: Mapping[UUID, TutorRole]) -> None:
    named = select(ClassroomTutor.volunteer_id).where(ClassroomTutor.classroom_id == classroom.id)
    before = set(unit.session.exec(named))
    unit.session.execute(sa.delete(ClassroomTutor).where(col(ClassroomTutor.classroom_id) == classroom.id))
    for volunteer_id, role in roles.items():
        unit.session.add(ClassroomTutor(classroom_id=classroom.id, volunteer_id=volunteer_id, role=role))
    unit.session.flush()  # the list is read back
    for volunteer_id in sorted(before - roles.keys()):
        leave_learners(unit, classroom, volunteer_id)


def show_classrooms(unit: Unit, classrooms: Sequence[Classroom]) -> list[ClassroomView]:
    """Return classrooms with how many learn and wait there, with a constant number of queries."""
    counted = count_by_status(unit, [classroom.id for classroom in classrooms])
    return [
        ClassroomView(
            **classroom.model_dump(include=_COLUMNS),
            enrolled=sum(counted.get((classroom.id, status), 0) for status in _LEARNING),
            waiting=counted.get((classroom.id, ClassEnrollmentStatus.WAITLISTED), 0),
            actions=["terms"],
        )
        for classroom in classrooms
    ]


_COLUMNS = ClassroomView.model_fields.keys() & Classroom.model_fields.keys()
_LEARNING = (ClassEnrollmentStatus.ENROLLED, ClassEnrollmentStatus.ON_BREAK)
