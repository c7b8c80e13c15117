"""Each invariant of `check-data`, broken by rows that no service would write: its one line, and no other."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from api.db import Wiring
from models.assignment import Assignment, AssignmentStatus, Booking, BookingSource, Via
from models.base import new_id
from models.cascade import CascadeStatus
from models.client import ClientIdentity
from models.consultation import ConsultationStatus
from models.dispatch_request import DispatchRequest, RequestStatus
from models.event import EventStatus
from models.host_stay import StayStatus
from models.lecture import LectureStatus
from models.offer import OfferStatus
from models.plan import PlanChange, PlanOutcome, PlanProposal, PlanStatus
from models.shift import Demand, Shift, ShiftStatus
from models.training import EnrollmentStatus, TrainingEnrollment, TrainingSession, TrainingStatus
from models.volunteer import Volunteer
from services.checking import INVARIANTS, faults
from services.unit import Unit
from tests.db.test_checking_classes import BREAKS as BREAKS_OF_CLASSES
from tests.factories import Make
from tests.makers import consulting, gatherings, hosting, people, training, work
from tests.makers.work import Opened

pytestmark = pytest.mark.fresh_database  # guards are taken away, and a shared database would miss them


class Scene(NamedTuple):
    """A filled shift with who stands on it, and an open one at the same time."""

    filled: Opened
    open: Opened
    held: Assignment
    volunteer: Volunteer


@pytest.fixture
def scene(make: Make) -> Scene:
    filled, opened, volunteer = make.shift_with_demand(), make.shift_with_demand(places=3), make.volunteer()
    held = make.assignment(filled, volunteer)
    make.offer(filled, volunteer, OfferStatus.ACCEPTED, assignment_id=held.id)
    make.offer(opened, make.volunteer())
    make.assignment(opened, make.volunteer(), AssignmentStatus.TENTATIVE)
    make.assignment(opened, volunteer, AssignmentStatus.WITHDRAWN)
    return Scene(filled, opened, held, volunteer)


def unguard(session: Session) -> None:
    """Take away what the database itself would refuse."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("ALTER TABLE booking DROP CONSTRAINT no_overlap_booking"))
        session.execute(sa.text("ALTER TABLE demand DROP CONSTRAINT ck_demand_taken"))
    else:
        session.execute(sa.text("DROP TRIGGER no_overlap_booking_insert"))
        session.execute(sa.text("PRAGMA ignore_check_constraints = ON"))
    session.execute(sa.text("DROP INDEX uq_offer_open"))
    session.execute(sa.text("DROP INDEX uq_training_enrollment_live"))


def _counted_wrong(unit: Unit, scene: Scene) -> None:
    unit.get(Demand, scene.open.demand.id).taken = 2


def _too_few_places(unit: Unit, scene: Scene) -> None:
    work.assignment(unit, scene.open, people.volunteer(unit))
    unit.get(Demand, scene.open.demand.id).places = 1


def _twice_at_once(unit: Unit, scene: Scene) -> None:
    work.assignment(unit, scene.open, scene.volunteer)


def _booking(unit: Unit, scene: Scene) -> Booking:
    return unit.session.exec(select(Booking).where(Booking.source_id == scene.held.id)).one()


def _time_given_up(unit: Unit, scene: Scene) -> None:
    _booking(unit, scene).active = False


def _time_never_taken(unit: Unit, scene: Scene) -> None:
    unit.session.delete(_booking(unit, scene))


def _time_still_taken(unit: Unit, scene: Scene) -> None:
    gone = work.assignment(unit, scene.open, people.volunteer(unit), AssignmentStatus.NO_SHOW)
    unit.session.exec(select(Booking).where(Booking.source_id == gone.id)).one().active = True


def _an_hour_late(unit: Unit, scene: Scene) -> None:
    _booking(unit, scene).starts_at += timedelta(hours=1)


def _time_of_another(unit: Unit, scene: Scene) -> None:
    _booking(unit, scene).volunteer_id = people.volunteer(unit).id


def _elsewhere(unit: Unit, scene: Scene) -> None:
    unit.get(Assignment, scene.held.id).shift_id = scene.open.shift.id


def _filled_too_soon(unit: Unit, scene: Scene) -> None:
    unit.get(Shift, scene.open.shift.id).status = ShiftStatus.FILLED
    unit.get(DispatchRequest, scene.open.request.id).status = RequestStatus.FILLED


def _filled_by_somebody_tentative(unit: Unit, scene: Scene) -> None:
    unit.get(Assignment, scene.held.id).status = AssignmentStatus.TENTATIVE


def _filled_by_somebody_who_waits(unit: Unit, scene: Scene) -> None:
    unit.get(Assignment, scene.held.id).status = AssignmentStatus.STANDIN_WANTED


def _still_open(unit: Unit, scene: Scene) -> None:
    unit.get(Shift, scene.filled.shift.id).status = ShiftStatus.OPEN
    unit.get(DispatchRequest, scene.filled.request.id).status = RequestStatus.MATCHING


def _request_left_behind(unit: Unit, scene: Scene) -> None:
    unit.get(DispatchRequest, scene.open.request.id).status = RequestStatus.UNFILLED


def _request_filled_early(unit: Unit, scene: Scene) -> None:
    unit.get(Shift, scene.open.shift.id).status = ShiftStatus.PLANNED
    unit.get(DispatchRequest, scene.open.request.id).status = RequestStatus.FILLED


def _request_begun_alone(unit: Unit, scene: Scene) -> None:
    unit.get(Shift, scene.open.shift.id).status = ShiftStatus.ENDED
    unit.get(DispatchRequest, scene.open.request.id).status = RequestStatus.IN_PROGRESS


def _cancelled_alone(unit: Unit, scene: Scene) -> None:
    unit.get(Shift, scene.open.shift.id).status = ShiftStatus.PLANNED
    unit.get(DispatchRequest, scene.open.request.id).status = RequestStatus.CANCELLED


def _without_a_shift(unit: Unit, scene: Scene) -> None:
    work.request(unit, status=RequestStatus.MATCHING, owner=None, starts_at=scene.open.shift.starts_at)


def _a_day_without_a_series(unit: Unit, scene: Scene) -> None:
    unit.get(DispatchRequest, scene.open.request.id).occurrence_on = scene.open.shift.starts_at.date()


def _in_the_series_of_another(unit: Unit, scene: Scene) -> None:
    row, _ = work.series(unit)
    request = unit.get(DispatchRequest, scene.open.request.id)
    request.series_id, request.occurrence_on = row.id, date(2026, 1, 8)


def _a_rule_alone(unit: Unit, scene: Scene) -> None:
    work.series(unit, count=0, starts_on=scene.open.shift.starts_at.date())


def _yes_without_a_place(unit: Unit, scene: Scene) -> None:
    work.offer(unit, scene.open, people.volunteer(unit), OfferStatus.ACCEPTED)


def _asked_twice(unit: Unit, scene: Scene) -> None:
    for _ in range(2):
        work.offer(unit, scene.open, scene.volunteer)


def _waves_without_a_time(unit: Unit, scene: Scene) -> None:
    work.cascade(unit, scene.open, next_at=None)


def _waves_that_are_over_and_due(unit: Unit, scene: Scene) -> None:
    work.cascade(unit, scene.open, CascadeStatus.OVER, next_at=unit.now)


def _waves_of_what_is_planned(unit: Unit, _: Scene) -> None:
    given_up = work.request(unit, status=RequestStatus.UNFILLED)
    work.cascade(unit, work.shift_with_demand(unit, request=given_up, status=ShiftStatus.PLANNED))


def _waves_for_no_place(unit: Unit, _: Scene) -> None:
    waiting = work.shift_with_demand(unit)
    work.assignment(unit, waiting, people.volunteer(unit), AssignmentStatus.TENTATIVE)
    work.cascade(unit, waiting)


def _waves_of_another_shift(unit: Unit, scene: Scene) -> None:
    work.cascade(unit, scene.open, CascadeStatus.STOPPED).demand_id = scene.filled.demand.id


def _solved_by_nobody(unit: Unit, _: Scene) -> None:
    work.plan(unit, PlanStatus.SOLVING)


def _held_for_no_time(unit: Unit, _: Scene) -> None:
    work.plan(unit, PlanStatus.SOLVING, lease=new_id())


def _held_and_done(unit: Unit, _: Scene) -> None:
    work.plan(unit, PlanStatus.READY, lease=new_id(), leased_until=unit.now)


def _carried_out_without_a_trace(unit: Unit, scene: Scene) -> None:
    plan = work.plan(unit, PlanStatus.APPLIED)
    for outcome in (PlanOutcome.ASSIGNED, PlanOutcome.OFFERED, PlanOutcome.REFUSED):
        unit.add(
            PlanProposal(
                plan_id=plan.id,
                shift_id=scene.open.shift.id,
                demand_id=scene.open.demand.id,
                volunteer_id=people.volunteer(unit).id,
                starts_at=unit.now,
                minutes=60,
                change=PlanChange.GAIN,
                shift_version=1,
                volunteer_version=1,
                outcome=outcome,
            )
        )


def _nobody_knows_who_did_it(unit: Unit, scene: Scene) -> None:
    shift, volunteer = scene.open.shift, people.volunteer(unit)
    row = unit.add(
        Assignment(
            shift_id=shift.id,
            demand_id=scene.open.demand.id,
            volunteer_id=volunteer.id,
            via=Via.HAND,
            status=AssignmentStatus.CONFIRMED,
            **unit.stamp(),
        )
    )
    unit.add(
        Booking(
            volunteer_id=volunteer.id,
            source_type=BookingSource.ASSIGNMENT,
            source_id=row.id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )
    )
    unit.get(Demand, scene.open.demand.id).taken += 1


def _a_seat_counted_twice(unit: Unit, _: Scene) -> None:
    unit.get(TrainingSession, _lesson(unit).session_id).taken = 2


def _full_too_soon(unit: Unit, _: Scene) -> None:
    unit.get(TrainingSession, _lesson(unit).session_id).status = TrainingStatus.FULL


def _applied_twice(unit: Unit, _: Scene) -> None:
    one = _lesson(unit, EnrollmentStatus.WAITLISTED)
    session, volunteer = unit.get(TrainingSession, one.session_id), unit.get(Volunteer, one.volunteer_id)
    training.enrollment(unit, session, volunteer, EnrollmentStatus.WAITLISTED)


def _seated_without_time(unit: Unit, _: Scene) -> None:
    _calendar_row(unit, _lesson(unit)).active = False


def _lesson_an_hour_late(unit: Unit, _: Scene) -> None:
    _calendar_row(unit, _lesson(unit)).ends_at += timedelta(hours=1)


def _host_without_time(unit: Unit, _: Scene) -> None:
    _guest_row(unit).active = False


def _guest_an_hour_late(unit: Unit, _: Scene) -> None:
    _guest_row(unit).ends_at += timedelta(hours=1)


def _guest_row(unit: Unit) -> Booking:
    stay = hosting.stay(unit, status=StayStatus.CONFIRMED)
    return unit.session.exec(select(Booking).where(Booking.source_id == stay.id)).one()


def _certified_too_soon(unit: Unit, _: Scene) -> None:
    row = _lesson(unit, EnrollmentStatus.ATTENDING)
    people.certification(unit, unit.get(Volunteer, row.volunteer_id), "home_visit", enrollment_id=row.id)


def _lesson(unit: Unit, status: EnrollmentStatus = EnrollmentStatus.ACCEPTED) -> TrainingEnrollment:
    return training.enrollment(unit, training.training(unit), people.volunteer(unit), status)


def _calendar_row(unit: Unit, row: TrainingEnrollment) -> Booking:
    return unit.session.exec(select(Booking).where(Booking.source_id == row.id)).one()


def _a_family_forgotten_before_its_visit(unit: Unit, scene: Scene) -> None:
    family = work.family(unit, scene.filled.request)
    unit.add(ClientIdentity(request_client_id=family.id, sealed="", written_at=unit.now, purge_on=unit.today))


def _kept_too_long(unit: Unit, _: Scene) -> None:
    consulting.consulted_person(unit, consulting.consultation(unit, ConsultationStatus.RESOLVED))


def _forgotten_too_soon(unit: Unit, _: Scene) -> None:
    consulting.consulted_person(unit, consulting.consultation(unit)).purge_on = unit.today


def _going_on_and_dated(unit: Unit, _: Scene) -> None:
    consulting.consultation(unit).purge_on = unit.today


def _handed_on_to_nobody(unit: Unit, _: Scene) -> None:
    consulting.consultation(unit, ConsultationStatus.REFERRED)


def _opened_too_soon(unit: Unit, _: Scene) -> None:
    gatherings.event(unit, EventStatus.OPEN).status = EventStatus.PLANNED


def _opened_without_its_turn(unit: Unit, _: Scene) -> None:
    gatherings.event(unit).status = EventStatus.OPEN


def _taken_on_without_a_shift(unit: Unit, _: Scene) -> None:
    gatherings.lecture(unit, LectureStatus.OPEN)


def _looked_for_in_vain(unit: Unit, _: Scene) -> None:
    gatherings.taken_on(unit).status = LectureStatus.CANCELLED


def _confirmed_too_soon(unit: Unit, _: Scene) -> None:
    gatherings.taken_on(unit).status = LectureStatus.CONFIRMED


BREAKS: Mapping[str, list[Callable[[Unit, Scene], None]]] = {
    "taken equals the assignments that hold a place": [_counted_wrong],
    "no place is taken beyond the places": [_too_few_places],
    "no two active bookings of a person overlap": [_twice_at_once],
    "an assignment holds time exactly while it holds a place": [_time_given_up, _time_never_taken, _time_still_taken],
    "a booking lies where its shift lies": [_an_hour_late, _time_of_another],
    "an assignment serves a demand of its own shift": [_elsewhere],
    "a filled shift has no open place, nobody tentative and nobody who waits for a stand-in": [
        _filled_too_soon,
        _filled_by_somebody_tentative,
        _filled_by_somebody_who_waits,
    ],
    "an open shift has an open place, somebody tentative or somebody who waits for a stand-in": [_still_open],
    "a request stands as its shift stands": [
        _request_left_behind,
        _request_filled_early,
        _request_begun_alone,
        _cancelled_alone,
    ],
    "a request in matching or filled has its shift": [_without_a_shift],
    "an occurrence of a series has its day, and nothing else has one": [_a_day_without_a_series],
    "an occurrence belongs to the institution of its series": [_in_the_series_of_another],
    "no series is without occurrences": [_a_rule_alone],
    "an accepted offer has its assignment": [_yes_without_a_place],
    "nobody is asked twice for one place at one time": [_asked_twice],
    "waves go on for open shifts alone, and know when": [
        _waves_without_a_time,
        _waves_that_are_over_and_due,
        _waves_of_what_is_planned,
    ],
    "waves go on only while a place can be taken": [_waves_for_no_place],
    "waves belong to a demand of their own shift": [_waves_of_another_shift],
    "a seat is held by whoever has one, and counted once": [_a_seat_counted_twice],
    "a session is full exactly while no seat is left": [_full_too_soon],
    "nobody has two parts in one session": [_applied_twice],
    "a training takes time exactly of those who take part": [_seated_without_time],
    "a calendar row of a training lies where the session lies": [_lesson_an_hour_late],
    "a household's head is taken from the yes of the household on": [_host_without_time],
    "a calendar row of a stay lies where the stay lies": [_guest_an_hour_late],
    "a certificate of a training that is not complete is revoked": [_certified_too_soon],
    "a plan is held exactly while it is solved": [_solved_by_nobody, _held_for_no_time, _held_and_done],
    "a line of a plan that was carried out names what came of it": [_carried_out_without_a_trace],
    "who a family is has its day to be purged exactly once its request has ended": [
        _a_family_forgotten_before_its_visit
    ],
    "who came to a consultation is to be forgotten exactly once it is settled": [_kept_too_long, _forgotten_too_soon],
    "a consultation that goes on is not dated to be erased": [_going_on_and_dated],
    "a consultation that was handed on has its referral": [_handed_on_to_nobody],
    "the shifts of an event stand as it stands": [_opened_too_soon, _opened_without_its_turn],
    "a lecture that is taken on has its shift": [_taken_on_without_a_shift],
    "no shift looks for lecturers who are not wanted, or not certain": [_looked_for_in_vain, _confirmed_too_soon],
    "every assignment has its audit row": [_nobody_knows_who_did_it],
}


def test_every_invariant_is_broken_here() -> None:
    assert BREAKS.keys() | BREAKS_OF_CLASSES.keys() == INVARIANTS.keys()


@pytest.mark.usefixtures("scene")
def test_a_clean_database_has_no_faults(wiring: Wiring) -> None:
    with wiring.unit(write=False) as unit:
        assert faults(unit.session) == []


@pytest.mark.parametrize(
    ("name", "spoil"), [pytest.param(name, one, id=one.__name__) for name, each in BREAKS.items() for one in each]
)
def test_a_broken_invariant_is_reported_alone(
    wiring: Wiring, scene: Scene, name: str, spoil: Callable[[Unit, Scene], None]
) -> None:
    with wiring.unit() as unit:
        unguard(unit.session)
        spoil(unit, scene)
        unit.session.flush()
        found = faults(unit.session)

    assert [line.partition(":")[0] for line in found] == [name]
    assert " rows, such as " in found[0]
