"""Who is called first when a tutor is missing: the reserves of the classroom (domain.md §0.1, §4.5)."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from models.class_session import ClassSession
from models.classroom import ClassroomTutor, TutorRole
from models.shift import Shift, ShiftKind
from scheduling import problem as values
from scheduling.ranking import Candidate
from services.unit import Unit


def parts_of(unit: Unit, shift: values.Shift) -> dict[UUID, TutorRole]:
    """Return who belongs to the classroom whose session the shift is for, and in what part."""
    if shift.service != ShiftKind.CLASS_SESSION:
        return {}
    tutors = (
        select(ClassroomTutor.volunteer_id, ClassroomTutor.role)
        .join(ClassSession, col(ClassSession.classroom_id) == ClassroomTutor.classroom_id)
        .join(Shift, col(Shift.source_id) == ClassSession.id)
        .where(Shift.id == UUID(shift.id))
    )
    return {volunteer_id: TutorRole(role) for volunteer_id, role in unit.session.exec(tutors)}


def reserves_of(unit: Unit, shift: values.Shift) -> set[UUID]:
    """Return the reserves of the classroom whose session the shift is for."""
    return {one for one, role in parts_of(unit, shift).items() if role is TutorRole.RESERVE}


def reserves_first(reserves: set[UUID], ranked: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return who can come in the order in which they are called; those who cannot stay behind."""
    return sorted(ranked, key=lambda one: (not one.verdict.eligible, UUID(one.volunteer_id) not in reserves))
