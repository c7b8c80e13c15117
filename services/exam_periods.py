"""Exam weeks of a whole university at once, told by its liaison or the office (domain.md §4.5: exam weeks as exceptions)."""

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.availability import AvailabilityException, AwayReason
from models.exam_period import ExamPeriod, ExamPeriodDraft, ExamPeriodView
from models.fields import Items
from models.organization import Organization
from models.volunteer import Volunteer, VolunteerStatus
from services.errors import NotFound, WrongState, invalid
from services.notifying import tell_volunteer
from services.office_days import at_local
from services.touching import noticing_clashes
from services.unit import Unit

MOST_DAYS: Final = 70
_STUDENTS: Final = frozenset(
    {
        VolunteerStatus.IN_TRAINING,
        VolunteerStatus.ACTIVE,
        VolunteerStatus.ON_LEAVE,
        VolunteerStatus.SUSPENDED,
        VolunteerStatus.EXPIRED,
    }
)


def _university(unit: Unit, organization_id: UUID) -> Organization:
    """Return a university of the caller's: any for staff, her own for a liaison. Raises `NotFound`."""
    if not unit.actor.is_staff and organization_id != unit.actor.organization_id:
        raise NotFound
    return unit.get(Organization, organization_id)


def list_periods(unit: Unit, organization_id: UUID) -> Items[ExamPeriodView]:
    """Return the exam weeks of a university that are not over, soonest first. Raises `NotFound`."""
    university = _university(unit, organization_id)
    rows = unit.session.exec(
        select(ExamPeriod)
        .where(ExamPeriod.organization_id == university.id, col(ExamPeriod.last_on) >= unit.today)
        .order_by(col(ExamPeriod.first_on), col(ExamPeriod.id))
    ).all()
    counts = _counts(unit, [row.id for row in rows])
    return Items(items=[_show(row, counts.get(row.id, 0)) for row in rows])


def _counts(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, int]:
    statement = (
        select(AvailabilityException.exam_period_id, sa.func.count())
        .where(col(AvailabilityException.exam_period_id).in_(ids))
        .group_by(col(AvailabilityException.exam_period_id))
    )
    return {period_id: count for period_id, count in unit.session.exec(statement) if period_id}


def add_period(unit: Unit, organization_id: UUID, draft: ExamPeriodDraft) -> ExamPeriodView:
    """Let every student of a university be away in its exam weeks; what they hold then travels as a warning.

    Raises `NotFound`, `InvalidFields` for days out of order, over, too many, or told already.
    """
    university = _university(unit, organization_id)
    if draft.last_on < draft.first_on:
        raise invalid("/last_on", "FIELD_CONFLICT", other="first_on")
    latest = draft.first_on + timedelta(days=MOST_DAYS - 1)
    if not unit.today <= draft.last_on <= latest:
        raise invalid("/last_on", "FIELD_RANGE", min=unit.today, max=latest)
    period = unit.add(ExamPeriod(organization_id=university.id, **draft.model_dump(), **unit.stamp()))
    unit.audit("exam_period.create", period)
    students = _students(unit, university)
    for student_id in students:
        _send_away(unit, unit.lock(Volunteer, student_id), period)
    return _show(period, len(students))


def _students(unit: Unit, university: Organization) -> Sequence[UUID]:
    statement = select(Volunteer.id).where(
        Volunteer.affiliation_id == university.id, col(Volunteer.is_student), col(Volunteer.status).in_(_STUDENTS)
    )
    return unit.session.exec(statement.order_by(col(Volunteer.id))).all()


def _send_away(unit: Unit, student: Volunteer, period: ExamPeriod) -> None:
    with noticing_clashes(unit, student.id):
        absence = unit.add(
            AvailabilityException(
                volunteer_id=student.id,
                starts_at=at_local(unit, period.first_on, time.min),
                ends_at=at_local(unit, period.last_on + timedelta(days=1), time.min),
                reason=AwayReason.EXAM,
                exam_period_id=period.id,
                **unit.stamp(),
            )
        )
        student.touch(unit.now)
        unit.audit("availability_exception.create", absence, subject=student.id)
    facts = {"name": period.name, "first_on": period.first_on, "last_on": period.last_on}
    tell_volunteer(unit, student.id, "exam_period_noted", period, facts)


def remove_period(unit: Unit, organization_id: UUID, period_id: UUID) -> None:
    """Take back exam weeks that have not begun; nobody is away because of them any more.

    Raises `NotFound`, `Stale`, `WrongState` (`VOL_STATE`) once they have begun.
    """
    university = _university(unit, organization_id)
    period = unit.lock(ExamPeriod, period_id)
    if period.organization_id != university.id:
        raise NotFound
    unit.expect(period)
    if period.first_on <= unit.today:
        raise WrongState(code="VOL_STATE", state="begun")
    mine = select(AvailabilityException).where(AvailabilityException.exam_period_id == period.id)
    for absence in unit.session.exec(mine).all():
        unit.audit("availability_exception.remove", absence, subject=absence.volunteer_id)
        unit.session.delete(absence)
    unit.session.flush()  # absences point at their period
    unit.audit("exam_period.remove", period)
    unit.session.delete(period)


def _show(period: ExamPeriod, students: int) -> ExamPeriodView:
    return ExamPeriodView.model_validate({**period.model_dump(), "students": students})
