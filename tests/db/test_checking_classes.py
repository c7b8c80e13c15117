"""Each invariant of classrooms, broken by rows that no service would write: its one line, and no other."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlmodel import select

from api.db import Wiring
from models.advisory_visit import AdvisoryVisit
from models.assignment import Booking, BookingSource
from models.attendance import Attendance, AttendanceStatus
from models.base import new_id
from models.class_session import ClassSession, ClassSessionStatus, OpenMode
from models.classroom import Classroom, Term
from models.enrollment import ClassEnrollmentStatus
from models.learner import ConsentScope, Learner, SchoolStage
from models.organization import Organization
from models.pairing import Pairing, PairingEnd, PairingStatus
from models.shift import Demand, Shift, ShiftStatus
from services.checking import faults
from services.schooling import note_stage
from services.unit import Unit
from tests.makers import advice, classes, people, work
from tests.makers.classes import SATURDAY, Met


def _met(unit: Unit) -> Met:
    return classes.class_session(unit)


def _home(unit: Unit, room: Classroom) -> Organization:
    return unit.get(Organization, room.organization_id)


def _without_a_shift(unit: Unit) -> None:
    met = _met(unit)
    unit.session.delete(met.demand)
    unit.session.flush()
    unit.session.delete(met.shift)


def _for_nobody(unit: Unit) -> None:
    met = _met(unit)
    twin = Shift(**met.shift.model_dump(exclude={"id", "source_id"}), id=new_id(), source_id=new_id())
    unit.add(twin)
    unit.add(Demand(**met.demand.model_dump(exclude={"id", "shift_id"}), shift_id=twin.id))


def _moved_alone(unit: Unit) -> None:
    _met(unit).session.ends_at += timedelta(hours=1)


def _shift_called_off_alone(unit: Unit) -> None:
    _met(unit).shift.status = ShiftStatus.CANCELLED


def _called_off_alone(unit: Unit) -> None:
    _met(unit).session.status = ClassSessionStatus.CANCELLED


def _still_standing(unit: Unit) -> None:
    met = _met(unit)
    work.assignment(unit, met, classes.tutor(unit))
    met.session.status, met.shift.status = ClassSessionStatus.CANCELLED, ShiftStatus.CANCELLED


def _in_a_foreign_term(unit: Unit) -> None:
    met = _met(unit)
    other = classes.classroom(unit)
    unit.get(Term, met.session.term_id).classroom_id = other.id


def _a_rule_alone(unit: Unit) -> None:
    met = _met(unit)
    term = unit.get(Term, met.session.term_id)
    unit.add(Term(**term.model_dump(exclude={"id"}), id=new_id()))


def _learns_and_is_dated(unit: Unit) -> None:
    learner = classes.learner(unit)
    room = classes.classroom(unit, owner=unit.get(Organization, learner.organization_id))
    classes.enrollment(unit, learner, room)
    learner.purge_on = unit.today


def _waits_and_is_dated(unit: Unit) -> None:
    learner = classes.learner(unit, purge_on=unit.today)
    room = classes.classroom(unit, owner=unit.get(Organization, learner.organization_id))
    classes.enrollment(unit, learner, room, ClassEnrollmentStatus.WAITLISTED, waitlist_no=1)


def _asks_and_is_erased(unit: Unit) -> None:
    over: dict[str, Any] = {**dict.fromkeys(("guardian_name", "guardian_phone", "guardian_language")), "first_name": ""}
    learner = classes.learner(unit, erased_on=unit.today, **over)
    room = classes.classroom(unit, owner=unit.get(Organization, learner.organization_id))
    classes.enrollment(unit, learner, room, ClassEnrollmentStatus.INQUIRY)


def _erased_by_half(unit: Unit) -> None:
    classes.learner(unit).erased_on = unit.today


def _postponed_to_never(unit: Unit) -> None:
    met = _met(unit)
    met.session.status, met.shift.status = ClassSessionStatus.POSTPONED, ShiftStatus.CANCELLED


def _in_place_of_what_takes_place(unit: Unit) -> None:
    met = _met(unit)
    later = classes.class_session(unit, unit.get(Classroom, met.session.classroom_id), on=SATURDAY + timedelta(days=7))
    later.session.occurrence_on, later.session.replaces_id = None, met.session.id
    later.session.term_id = met.session.term_id
    unit.session.flush()
    unit.session.delete(unit.session.exec(select(Term).where(Term.id != met.session.term_id)).one())


def _twice_at_once(unit: Unit) -> None:
    classes.class_session(unit, unit.get(Classroom, _met(unit).session.classroom_id))


def _merged_with_strangers(unit: Unit) -> None:
    one, other = _met(unit), _met(unit)
    one.session.mode, one.session.merged_with_id = OpenMode.MERGED_WITH, other.session.id


def _merged_with_itself(unit: Unit) -> None:
    one = _met(unit)
    one.session.mode, one.session.merged_with_id = OpenMode.MERGED_WITH, one.session.id


def _merged_with_what_nobody_opened(unit: Unit) -> None:
    _merged(unit, ClassSessionStatus.PLANNED)


def _merged_with_what_ends_before(unit: Unit) -> None:
    _merged(unit, ClassSessionStatus.OPEN, ends=time(11))


def _merged_with_what_begins_later(unit: Unit) -> None:
    _merged(unit, ClassSessionStatus.HELD, starts=time(10, 30))


def _merged(unit: Unit, status: ClassSessionStatus, **hours: Any) -> None:
    guest = _met(unit).session
    home = _home(unit, unit.get(Classroom, guest.classroom_id))
    host = classes.class_session(unit, classes.classroom(unit, owner=home), status=status, **hours)
    guest.status, guest.mode, guest.merged_with_id = ClassSessionStatus.OPEN, OpenMode.MERGED_WITH, host.session.id


def _one_too_many(unit: Unit) -> None:
    room = classes.classroom(unit, capacity=1)
    for status in (ClassEnrollmentStatus.ENROLLED, ClassEnrollmentStatus.ON_BREAK):
        classes.enrollment(unit, classes.learner(unit, _home(unit, room)), room, status)


def _at_one_number(unit: Unit) -> None:
    room = classes.classroom(unit)
    for _ in range(2):
        learner = classes.learner(unit, _home(unit, room))
        classes.enrollment(unit, learner, room, ClassEnrollmentStatus.WAITLISTED, waitlist_no=1)


def _from_elsewhere(unit: Unit) -> None:
    classes.enrollment(unit, classes.learner(unit), classes.classroom(unit))


def _a_child_among_adults(unit: Unit) -> None:
    room = classes.classroom(unit, for_children=False)
    classes.enrollment(unit, classes.learner(unit, _home(unit, room)), room)


def _a_child_waits_among_adults(unit: Unit) -> None:
    room = classes.classroom(unit, for_children=False)
    learner = classes.learner(unit, _home(unit, room))
    classes.enrollment(unit, learner, room, ClassEnrollmentStatus.WAITLISTED, waitlist_no=1)


def _a_stranger_on_the_roll(unit: Unit) -> None:
    met = _met(unit)
    _note(unit, met.session, unit.get(Classroom, met.session.classroom_id), enrolled=False)


def _unsigned(unit: Unit) -> None:
    met = _met(unit)
    _note(unit, met.session, unit.get(Classroom, met.session.classroom_id), consents=())


def _taken_back_before(unit: Unit) -> None:
    met = _met(unit)
    learner = _note(unit, met.session, unit.get(Classroom, met.session.classroom_id), consents=())
    classes.consent(unit, learner, revoked_on=date(2025, 11, 14))
    classes.consent(unit, learner, ConsentScope.PHOTO)


def _unsigned_before_she_was_grown(unit: Unit) -> None:
    met = _met(unit)
    learner = _note(unit, met.session, unit.get(Classroom, met.session.classroom_id), consents=())
    note_stage(unit, learner, unit.today)
    learner.school_stage = SchoolStage.ADULT
    unit.now += timedelta(days=1)  # it is written down after the roll
    note_stage(unit, learner, unit.today)


def _note(unit: Unit, session: ClassSession, room: Classroom, *, enrolled: bool = True, **over: Any) -> Learner:
    learner = classes.learner(unit, _home(unit, room), **over)
    if enrolled:
        classes.enrollment(unit, learner, room)
    mark: dict[str, Any] = {"session_id": session.id, "learner_id": learner.id, "noted_at": unit.now}
    mark["status_since"] = unit.now
    unit.add(Attendance(**mark, status=AttendanceStatus.LATE))
    return learner


def _signed_twice(unit: Unit) -> None:
    classes.consent(unit, classes.learner(unit))


def _never_begun(unit: Unit) -> None:
    _pair(unit, PairingStatus.PAUSED).started_on = None


def _ended_on_no_day(unit: Unit) -> None:
    pairing = _pair(unit, PairingStatus.PROPOSED)
    pairing.status, pairing.end_reason = PairingStatus.ENDED, PairingEnd.OTHER


def _ended_before_it_began(unit: Unit) -> None:
    pairing = _pair(unit, PairingStatus.ACTIVE)
    pairing.status, pairing.end_reason, pairing.ended_on = PairingStatus.ENDED, PairingEnd.OTHER, date(2025, 1, 1)


def _pair(unit: Unit, status: PairingStatus) -> Pairing:
    return classes.pairing(unit, classes.learner(unit), people.volunteer(unit), status)


def _visit(unit: Unit) -> AdvisoryVisit:
    return advice.visit(unit, classes.classroom(unit), volunteer_id=people.volunteer(unit).id, expert_name=None)


def _booked(unit: Unit, visit: AdvisoryVisit, **over: Any) -> None:
    times = {"starts_at": visit.starts_at, "ends_at": visit.ends_at, "volunteer_id": visit.volunteer_id, **over}
    unit.add(Booking(source_type=BookingSource.ADVISORY_VISIT, source_id=visit.id, **times))


def _takes_no_time(unit: Unit) -> None:
    _visit(unit)


def _takes_another_time(unit: Unit) -> None:
    visit = _visit(unit)
    _booked(unit, visit, ends_at=visit.ends_at + timedelta(hours=1))


def _takes_the_time_of_another(unit: Unit) -> None:
    _booked(unit, _visit(unit), volunteer_id=people.volunteer(unit).id)


BREAKS: Mapping[str, list[Callable[[Unit], None]]] = {
    "a visit takes the time of its expert while it is not called off, and lies where it lies": [
        _takes_no_time,
        _takes_another_time,
        _takes_the_time_of_another,
    ],
    "a class session has one shift": [_without_a_shift],
    "a shift of a class has its session": [_for_nobody],
    "a class session lies where its shift lies": [_moved_alone],
    "a shift is cancelled with its class session alone": [_shift_called_off_alone, _called_off_alone],
    "nobody stands on a class that was called off": [_still_standing],
    "a class session belongs to the classroom of its term": [_in_a_foreign_term],
    "no term is without class sessions": [_a_rule_alone],
    "a class session is postponed exactly while another takes its place": [
        _postponed_to_never,
        _in_place_of_what_takes_place,
    ],
    "a classroom does not meet twice at one time": [_twice_at_once],
    "a class is merged with another one of its institution": [_merged_with_strangers, _merged_with_itself],
    "an open class is merged with one that takes place from its start to its end": [
        _merged_with_what_nobody_opened,
        _merged_with_what_ends_before,
        _merged_with_what_begins_later,
    ],
    "no classroom gives more places than it has": [_one_too_many],
    "nobody waits at the number of another": [_at_one_number],
    "a learner is enrolled at her institution": [_from_elsewhere],
    "children learn and wait only where tutors are cleared for them": [
        _a_child_among_adults,
        _a_child_waits_among_adults,
    ],
    "whoever stands on a roll was enrolled there": [_a_stranger_on_the_roll],
    "a child attends with its guardian's consent": [
        _unsigned,
        _taken_back_before,
        _unsigned_before_she_was_grown,
    ],
    "nobody who learns or waits for a place is dated to be erased": [_learns_and_is_dated, _waits_and_is_dated],
    "nothing is left of an erased learner that tells who she was": [_erased_by_half, _asks_and_is_erased],
    "nothing is consented to twice": [_signed_twice],
    "a pairing began before it ended, and only what began goes on": [
        _never_begun,
        _ended_on_no_day,
        _ended_before_it_began,
    ],
}


@pytest.mark.parametrize(
    ("name", "spoil"), [pytest.param(name, one, id=one.__name__) for name, each in BREAKS.items() for one in each]
)
def test_a_broken_invariant_of_classrooms_is_reported_alone(
    wiring: Wiring, name: str, spoil: Callable[[Unit], None]
) -> None:
    with wiring.unit() as unit:
        spoil(unit)
        unit.session.flush()
        assert [line.partition(":")[0] for line in faults(unit.session)] == [name]
        unit.session.rollback()
