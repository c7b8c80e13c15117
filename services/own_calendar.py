"""A volunteer's own calendar: whatever takes her time, be it an assignment, a training, guests or a visit as an expert."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.advisory_visit import AdvisoryVisit, VisitTopic
from models.assignment import Assignment, Booking, BookingSource, OwnStay, OwnTraining, OwnVisit, ScheduleEntry
from models.classroom import Classroom
from models.host_stay import HostStay
from models.organization import Facility
from models.shift import FacilityName, Shift
from models.training import TrainingCourse, TrainingEnrollment, TrainingSession
from services.paging import Ask, Order, Page, page, scope_of
from services.showing_shifts import show_shifts
from services.showing_work import briefings
from services.unit import Unit


def schedule(unit: Unit, ask: Ask, starts_from: datetime | None, starts_to: datetime | None) -> Page[ScheduleEntry]:
    """Return what takes the caller's time, soonest first, from yesterday on unless told otherwise."""
    since = starts_from or unit.now - timedelta(days=1)
    statement = select(Booking).where(
        Booking.volunteer_id == unit.actor.volunteer_id, col(Booking.active), col(Booking.starts_at) >= since
    )
    if starts_to is not None:
        statement = statement.where(col(Booking.starts_at) < starts_to)
    order = Order((Booking.starts_at, Booking.id))
    return page(unit, ask, statement, order, _show, scope_of("schedule", starts_from, starts_to))


def _show(unit: Unit, bookings: Sequence[Booking]) -> list[ScheduleEntry]:
    """Return rows of the calendar with what is behind them, with a constant number of queries."""
    entries = {
        **_assignments(unit, bookings),
        **_trainings(unit, bookings),
        **_stays(unit, bookings),
        **_visits(unit, bookings),
    }
    return [
        entries[booking.source_id].model_copy(update={"starts_at": booking.starts_at, "ends_at": booking.ends_at})
        for booking in bookings
    ]


def _ids(bookings: Sequence[Booking], source: BookingSource) -> list[UUID]:
    return [booking.source_id for booking in bookings if booking.source_type is source]


def _assignments(unit: Unit, bookings: Sequence[Booking]) -> Mapping[UUID, ScheduleEntry]:
    ids = _ids(bookings, BookingSource.ASSIGNMENT)
    rows = unit.session.exec(
        select(Assignment, Shift).join(Shift, col(Shift.id) == Assignment.shift_id).where(col(Assignment.id).in_(ids))
    ).all()
    shifts = [shift for _, shift in rows]
    views = {view.id: view for view in show_shifts(unit, shifts, {})}
    notes = briefings(unit, shifts)
    return {
        assignment.id: ScheduleEntry(
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            assignment_id=assignment.id,
            status=assignment.status,
            shift=views[shift.id],
            briefing=notes.get(shift.id),
        )
        for assignment, shift in rows
    }


def _trainings(unit: Unit, bookings: Sequence[Booking]) -> Mapping[UUID, ScheduleEntry]:
    ids = _ids(bookings, BookingSource.ENROLLMENT)
    rows = unit.session.execute(
        sa.select(TrainingEnrollment, TrainingSession, TrainingCourse.title, Facility)  # type: ignore[call-overload]
        .join(TrainingSession, col(TrainingSession.id) == TrainingEnrollment.session_id)
        .join(TrainingCourse, col(TrainingCourse.id) == TrainingSession.course_id)
        .join(Facility, col(Facility.id) == TrainingSession.facility_id, isouter=True)
        .where(col(TrainingEnrollment.id).in_(ids))
    ).all()
    return {enrollment.id: _training(enrollment, *beside) for enrollment, *beside in rows}


def _training(
    enrollment: TrainingEnrollment, session: TrainingSession, title: str, facility: Facility | None
) -> ScheduleEntry:
    return ScheduleEntry(
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        training=OwnTraining(
            enrollment_id=enrollment.id,
            session_id=session.id,
            title=title,
            status=enrollment.status,
            facility=FacilityName(id=facility.id, name=facility.name) if facility else None,
            online_url=session.online_url,
        ),
    )


def _stays(unit: Unit, bookings: Sequence[Booking]) -> Mapping[UUID, ScheduleEntry]:
    ids = _ids(bookings, BookingSource.HOST_STAY)
    stays = unit.session.exec(select(HostStay).where(col(HostStay.id).in_(ids))).all() if ids else []
    return {stay.id: _stay(stay) for stay in stays}


def _stay(stay: HostStay) -> ScheduleEntry:
    return ScheduleEntry(
        starts_at=stay.starts_at,
        ends_at=stay.ends_at,
        host_stay=OwnStay(
            stay_id=stay.id,
            kind=stay.kind,
            status=stay.status,
            guests=stay.guests,
            minors=stay.minors,
            languages=stay.languages,
        ),
    )


def _visits(unit: Unit, bookings: Sequence[Booking]) -> Mapping[UUID, ScheduleEntry]:
    ids = _ids(bookings, BookingSource.ADVISORY_VISIT)
    statement = (
        select(AdvisoryVisit, Classroom.name)
        .join(Classroom, col(Classroom.id) == AdvisoryVisit.classroom_id)
        .where(col(AdvisoryVisit.id).in_(ids))
    )
    return {visit.id: _visit(visit, name) for visit, name in unit.session.exec(statement)} if ids else {}


def _visit(visit: AdvisoryVisit, classroom_name: str) -> ScheduleEntry:
    return ScheduleEntry(
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        advisory_visit=OwnVisit(
            visit_id=visit.id,
            classroom_name=classroom_name,
            topics=[VisitTopic(topic) for topic in visit.topics],
            status=visit.status,
        ),
    )
