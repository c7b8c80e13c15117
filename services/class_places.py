"""The places of a classroom and who waits for them: counted, given, offered to whoever is next (domain.md §0.1, §4.5).

A place that is free while somebody waits is always offered, be it freed or added; whoever calls holds the classroom's lock.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.classroom import Classroom
from models.enrollment import WITH_PLACE, ClassEnrollmentStatus, Enrollment
from services import classroom_states
from services.errors import Refused
from services.notifying import tell_whoever_runs
from services.unit import Unit

ANSWER_WITHIN: Final = timedelta(days=7)
"""How long a place that became free is kept for whoever is next."""


def count_by_status(unit: Unit, classroom_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], int]:
    """Return how many enrollments of each classroom stand in each state."""
    rows = unit.session.execute(
        select(Enrollment.classroom_id, Enrollment.status, sa.func.count())
        .where(col(Enrollment.classroom_id).in_(classroom_ids))
        .group_by(col(Enrollment.classroom_id), col(Enrollment.status))
    )
    return {(classroom_id, status): count for classroom_id, status, count in rows}


def refuse_smaller(unit: Unit, classroom: Classroom) -> None:
    """Refuse fewer places than are held or offered. Raises `Refused` (`CLS_FULL`)."""
    if _free(count_by_status(unit, [classroom.id]), classroom) < 0:
        raise Refused("CLS_FULL")


def refuse_place(unit: Unit, classroom: Classroom, enrollment: Enrollment) -> None:
    """Refuse a place beyond the capacity or before those who wait, and one that was offered until now to one who waits longer.

    A late yes counts while nobody else waits for the place. Raises `Refused` (`CLS_FULL`, `OFF_EXPIRED`).
    """
    counted = count_by_status(unit, [classroom.id])
    waiting = counted.get((classroom.id, ClassEnrollmentStatus.WAITLISTED), 0)
    if enrollment.offer_until is not None:
        if enrollment.offer_until <= unit.now and waiting:
            raise Refused("OFF_EXPIRED")
    elif _free(counted, classroom) <= 0 or waiting:
        raise Refused("CLS_FULL")


def _free(counted: Mapping[tuple[UUID, str], int], classroom: Classroom) -> int:
    return classroom.capacity - sum(counted.get((classroom.id, status), 0) for status in WITH_PLACE)


def follow(unit: Unit, enrollment: Enrollment, verb: str) -> None:
    """Move a locked enrollment by a verb; who waits gets the last number, who is offered a place a deadline."""
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
    free = _free(count_by_status(unit, [classroom.id]), classroom)
    waiting = (
        select(Enrollment)
        .where(Enrollment.classroom_id == classroom.id, Enrollment.status == ClassEnrollmentStatus.WAITLISTED)
        .order_by(col(Enrollment.waitlist_no))
        .limit(max(free, 0))
    )
    for enrollment in unit.session.exec(waiting).all():
        follow(unit, enrollment, "offer")
        facts = {"classroom": classroom.name, "until": enrollment.offer_until}
        tell_whoever_runs(unit, classroom.organization_id, "class_place_offered", enrollment, facts)


def due_places(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the classrooms where somebody waits while a place is free, or was offered to another and not taken in time.

    Where nobody waits, a place that was not taken stays offered: to offer it anew would be to write every week.
    """
    here = select(Enrollment.id).where(Enrollment.classroom_id == Classroom.id)
    overdue = here.where(Enrollment.status == ClassEnrollmentStatus.OFFERED, col(Enrollment.offer_until) <= unit.now)
    waiting = here.where(Enrollment.status == ClassEnrollmentStatus.WAITLISTED)
    held = select(sa.func.count()).where(
        Enrollment.classroom_id == Classroom.id, col(Enrollment.status).in_(sorted(WITH_PLACE))
    )
    has_free = col(Classroom.capacity) > held.scalar_subquery()
    return select(Classroom.id).where(waiting.exists(), sa.or_(overdue.exists(), has_free))


def pass_on(unit: Unit, classroom: Classroom) -> None:
    """Put those whose offered places were not taken in time at the end of the list, and offer what is free to the next."""
    overdue = select(Enrollment).where(
        Enrollment.classroom_id == classroom.id,
        Enrollment.status == ClassEnrollmentStatus.OFFERED,
        col(Enrollment.offer_until) <= unit.now,
    )
    for enrollment in unit.session.exec(overdue.order_by(col(Enrollment.offer_until), col(Enrollment.id))).all():
        follow(unit, enrollment, "waitlist")
    promote(unit, classroom)
