"""How managers reach the tutors of their own classrooms: by telephone alone (domain.md §5)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment
from models.class_session import ClassSession
from models.classroom import Classroom, ClassroomTutor, TutorContact
from models.competence import VolunteerLanguage
from models.fields import Items
from models.person import Person
from models.shift import Shift
from models.volunteer import LanguageLevelView, Volunteer
from services.queries import SESSION_SOURCE, find, visible_classrooms
from services.unit import Unit
from services.volunteering import show_level

AFTERWARDS = timedelta(days=1)
"""How long after a session whoever came to it is a tutor of the classroom still."""


def tutor_contacts(unit: Unit, classroom_id: UUID) -> Items[TutorContact]:
    """Return how those are reached who are named for a classroom or stand on its sessions. Raises `NotFound`.

    Whose number was read is written to the log.
    """
    classroom = find(unit, visible_classrooms(unit.actor), Classroom, classroom_id)
    found = _tutors(unit, classroom)
    languages = _languages(unit, [tutor.id for tutor, _, _ in found])
    for tutor, person, _ in found:
        if person.phone:
            facts = {"classroom": classroom.code}
            unit.audit("tutor_contacts.read", person, fields=["phone"], subject=tutor.id, facts=facts)
    contacts = [_show(tutor, person, named, languages[tutor.id]) for tutor, person, named in found]
    return Items(items=sorted(contacts, key=lambda one: (one.badge_name, one.volunteer_id)))


def _tutors(unit: Unit, classroom: Classroom) -> Sequence[tuple[Volunteer, Person, ClassroomTutor | None]]:
    here = sa.and_(col(ClassroomTutor.volunteer_id) == Volunteer.id, col(ClassroomTutor.classroom_id) == classroom.id)
    comes = sa.exists().where(
        col(Assignment.volunteer_id) == Volunteer.id,
        col(Assignment.status).in_(sorted(HOLDING)),
        col(Shift.id) == Assignment.shift_id,
        col(Shift.source_type) == SESSION_SOURCE,
        col(Shift.source_id) == ClassSession.id,
        col(Shift.ends_at) > unit.now - AFTERWARDS,
        col(ClassSession.classroom_id) == classroom.id,
    )
    statement = (
        select(Volunteer, Person, ClassroomTutor)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .outerjoin(ClassroomTutor, here)
        .where(sa.or_(col(ClassroomTutor.id).is_not(None), comes))
        .order_by(col(Volunteer.id))
    )
    return unit.session.exec(statement).all()


def _languages(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, list[LanguageLevelView]]:
    spoken: defaultdict[UUID, list[LanguageLevelView]] = defaultdict(list)
    rows = select(VolunteerLanguage).where(col(VolunteerLanguage.volunteer_id).in_(ids))
    for row in unit.session.exec(rows.order_by(col(VolunteerLanguage.id))):
        spoken[row.volunteer_id].append(show_level(row))
    return spoken


def _show(
    tutor: Volunteer, person: Person, named: ClassroomTutor | None, languages: list[LanguageLevelView]
) -> TutorContact:
    return TutorContact(
        volunteer_id=tutor.id,
        badge_name=person.badge_name,
        role=named.role if named else None,
        phone=person.phone,
        number_wrong=person.phone_wrong_at is not None,
        languages=languages,
    )
