"""Lectures as each caller may see them, for one or for many with a constant number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.assignment import ANNOUNCED, HOLDING, Assignment
from models.lecture import LectureEngagement, LecturerView, LectureView
from models.organization import Organization
from models.person import Person
from models.shift import Shift
from models.volunteer import Volunteer
from services import event_states
from services.policies import permissions_of
from services.queries import LECTURE_SOURCE
from services.showing_events import facility_name, facility_names
from services.states import phase_of
from services.unit import Unit
from services.work_permission import unclear_among


def show_lecture(unit: Unit, lecture: LectureEngagement) -> LectureView:
    """Return a lecture as the caller may see it."""
    return show_lectures(unit, [lecture])[0]


def show_lectures(unit: Unit, lectures: Sequence[LectureEngagement]) -> list[LectureView]:
    """Return lectures as the caller may see them."""
    ids = [lecture.id for lecture in lectures]
    names = _names(unit, {lecture.organization_id for lecture in lectures})
    places = facility_names(unit, [lecture.facility_id for lecture in lectures])
    shifts = _shifts(unit, ids)
    lecturing = _lecturing(unit, lectures)
    return [_show(unit, lecture, names, places, shifts, lecturing[lecture.id]) for lecture in lectures]


def _names(unit: Unit, ids: set[UUID]) -> Mapping[UUID, str]:
    statement = select(Organization.id, Organization.name).where(col(Organization.id).in_(ids))
    return {organization_id: name for organization_id, name in unit.session.exec(statement)}  # noqa: C416 - rows are no pairs


def _shifts(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    statement = select(Shift.source_id, Shift.id).where(
        Shift.source_type == LECTURE_SOURCE, col(Shift.source_id).in_(ids)
    )
    return {source_id: shift_id for source_id, shift_id in unit.session.exec(statement)}  # noqa: C416 - rows are no pairs


def _lecturing(unit: Unit, lectures: Sequence[LectureEngagement]) -> Mapping[UUID, Sequence[LecturerView]]:
    """Return who stands on each lecture; an institution hears of it from the confirmation on, by the badge alone."""
    by_id = {lecture.id: lecture for lecture in lectures}
    statement = (
        select(Shift.source_id, Assignment.volunteer_id, Assignment.status, Person)
        .join(Assignment, col(Assignment.shift_id) == Shift.id)
        .join(Volunteer, col(Volunteer.id) == Assignment.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(
            Shift.source_type == LECTURE_SOURCE,
            col(Shift.source_id).in_(by_id),
            col(Assignment.status).in_(sorted(HOLDING if unit.actor.is_staff else HOLDING & ANNOUNCED)),
        )
        .order_by(col(Assignment.id))
    )
    rows: Sequence[Any] = unit.session.exec(statement).all()
    days = {
        (one, unit.local_day(by_id[lecture].starts_at)) for lecture, one, _, _ in rows if by_id[lecture].honorarium_jpy
    }
    unclear = unclear_among(unit, days) if unit.actor.is_staff else set()
    found: dict[UUID, list[LecturerView]] = defaultdict(list)
    for lecture_id, volunteer_id, status, person in rows:
        day = unit.local_day(by_id[lecture_id].starts_at)
        found[lecture_id].append(
            LecturerView(
                badge_name=person.badge_name,
                volunteer_id=volunteer_id if unit.actor.is_staff else None,
                confirmed=status in ANNOUNCED,
                permit_unclear=(volunteer_id, day) in unclear if unit.actor.is_staff else None,
            )
        )
    return found


def _show(
    unit: Unit,
    lecture: LectureEngagement,
    names: Mapping[UUID, str],
    places: Mapping[UUID, str],
    shifts: Mapping[UUID, UUID],
    lecturing: Sequence[LecturerView],
) -> LectureView:
    staff = unit.actor.is_staff
    phase = phase_of(lecture.starts_at, lecture.ends_at, unit.now)
    return LectureView(
        **lecture.model_dump(include=_COLUMNS),
        organization=names[lecture.organization_id],
        facility=facility_name(places, lecture.facility_id),
        district=lecture.district_code,
        honorarium_jpy=lecture.honorarium_jpy if staff else None,
        shift_id=shifts.get(lecture.id) if staff else None,
        lecturing=list(lecturing),
        actions=event_states.LECTURE.open_to(lecture.status, permissions_of(unit.actor.roles), phase),
    )


_COLUMNS = (LectureView.model_fields.keys() & LectureEngagement.model_fields.keys()) - {"honorarium_jpy"}
