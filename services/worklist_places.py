"""Entries of the worklist about places on shifts: who waits for a word, who may not come, and what nobody holds."""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import RECONFIRM, Assignment, AssignmentStatus
from models.cascade import Cascade, CascadeStatus
from models.class_session import ClassSession
from models.classroom import Classroom
from models.dispatch_request import DispatchRequest
from models.offer import Offer, OfferStatus
from models.person import Person
from models.shift import TRAINEE, Demand, Shift
from models.volunteer import Volunteer
from models.worklist import NextStep, Subject, WorkCode
from services.entering import Entry, answer_due, is_near, post, release_due
from services.office_days import at_local
from services.queries import REQUEST_SOURCE, SESSION_SOURCE, caller_parameters, fills_places
from services.rejudging import STANDING, codes_of, flagged_from, still_open, verdicts
from services.reminding import due_risks
from services.unit import Unit
from services.wording import Said

_MENDED_BY = {"ASG_NO_CERT": "certifications", "ASG_NO_INSURANCE": "insurance", "ASG_NO_PLEDGE": "pledges"}
"""Where the paper is entered that meets a rule again."""
_CLASSROOM = (
    select(Classroom.name)
    .join(ClassSession, col(ClassSession.classroom_id) == Classroom.id)
    .where(col(Shift.source_type) == SESSION_SOURCE, col(ClassSession.id) == col(Shift.source_id))
    .correlate(Shift)
    .scalar_subquery()
)
"""Of a class its classroom: who runs several must know which."""


class _Place(NamedTuple):
    """An offer or an assignment, with what its entry says; only the office is told more of a name than the badge."""

    in_full: bool
    row: Any
    shift: Shift
    language: str | None
    number: str | None
    classroom: str | None
    person: Person

    def subject(self) -> Subject:
        return Subject(type=str(self.row.__tablename__), id=self.row.id, no=self.number)

    def facts(self, **more: Any) -> dict[str, Any]:
        who = self.person.display_name if self.in_full else self.person.badge_name
        return {"who": who, **_what(self.shift, self.language, self.classroom), **more}


def _what(shift: Shift, language: str | None, classroom: str | None) -> dict[str, Any]:
    """Return when something is, and its language; of a class its name, and of what else asks for none, what it is."""
    called = Said("parts", "called_class", {"name": classroom}) if classroom else shift.title or str(shift.kind)
    return {"starts_at": shift.starts_at, "language": language or called}


def _of_request() -> Any:
    return sa.and_(col(Shift.source_type) == REQUEST_SOURCE, col(DispatchRequest.id) == Shift.source_id)


def _places(unit: Unit, table: Any, *where: Any) -> list[_Place]:
    """Return rows of offers or assignments before the start of their shift, on shifts whose places the caller fills."""
    statement: Any = (
        sa.select(table, Shift, col(Demand.language), col(DispatchRequest.request_no), _CLASSROOM, Person)
        .join(Shift, col(Shift.id) == table.shift_id)
        .join(Demand, col(Demand.id) == table.demand_id)
        .join(Volunteer, col(Volunteer.id) == table.volunteer_id)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .join(DispatchRequest, _of_request(), isouter=True)
        .where(col(Shift.starts_at) > unit.now, fills_places(unit.actor), *where)
    )
    return [_Place(unit.actor.is_staff, *row) for row in _read(unit, statement)]


def _read(unit: Unit, statement: Any) -> Any:
    return unit.session.execute(statement, caller_parameters(unit.actor))


def late_yeses(unit: Unit) -> Iterator[Entry]:
    """Yeses that came after their deadline, while the place is open."""
    for place in _places(unit, Offer, col(Offer.status) == OfferStatus.ACCEPTED_LATE):
        offer: Offer = place.row
        yield Entry(
            WorkCode.LATE_YES,
            place.subject(),
            answer_due(unit, offer.answered_at or offer.sent_at, place.shift.starts_at),
            post(f"/v1/offers/{offer.id}/approve"),
            is_near(unit, place.shift.starts_at),
            place.facts(),
        )


def tentative(unit: Unit) -> Iterator[Entry]:
    """People who wait for the office's word alone, or have still to settle something that is due soon."""
    places = _places(unit, Assignment, col(Assignment.status) == AssignmentStatus.TENTATIVE)
    yield from (_approval(unit, place) for place in places if not place.row.conditions)
    yield from _conditions(unit, [place for place in places if place.row.conditions])


def _approval(unit: Unit, place: _Place) -> Entry:
    return Entry(
        WorkCode.APPROVAL_WANTED,
        place.subject(),
        answer_due(unit, place.row.updated_at, place.shift.starts_at),
        post(f"/v1/assignments/{place.row.id}/approve"),
        is_near(unit, place.shift.starts_at),
        place.facts(),
    )


def _conditions(unit: Unit, places: Sequence[_Place]) -> Iterator[Entry]:
    due = [place for place in places if unit.today >= flagged_from(unit, place.shift)]
    judged = verdicts(unit, [place.row for place in due])
    for place in due:
        still = still_open(place.row, judged[place.row.id])
        if still:
            yield _condition(unit, place, still)


def _condition(unit: Unit, place: _Place, still: Sequence[dict[str, str]]) -> Entry:
    codes = [condition["code"] for condition in still]
    last = date.fromisoformat(min(condition["due_on"] for condition in still))
    return Entry(
        WorkCode.CONDITION_DUE,
        place.subject(),
        min(at_local(unit, last + timedelta(days=1), time.min), place.shift.starts_at),
        _mending(place.row, codes),
        is_near(unit, place.shift.starts_at),
        place.facts(codes=codes, due_on=last),
    )


def _mending(assignment: Assignment, codes: Sequence[str]) -> NextStep:
    """Return what meets the first rule that can be met again; where none can, the place is freed for others."""
    for code in codes:
        if code == RECONFIRM:
            return post(f"/v1/assignments/{assignment.id}/keep")
        if code in _MENDED_BY:
            return post(f"/v1/volunteers/{assignment.volunteer_id}/{_MENDED_BY[code]}")
    return post(f"/v1/assignments/{assignment.id}/cancel")


def flagged(unit: Unit) -> Iterator[Entry]:
    """People who are coming and no longer meet a rule that they met when they were confirmed."""
    is_flagged = sa.cast(col(Assignment.flags), sa.Text).like('["%')  # null and [] are not, on either database
    places = _places(unit, Assignment, col(Assignment.status).in_(sorted(STANDING)), is_flagged)
    judged = verdicts(unit, [place.row for place in places])
    for place in places:
        codes = codes_of(judged[place.row.id])
        if codes:
            yield Entry(
                WorkCode.ASSIGNMENT_FLAGGED,
                place.subject(),
                release_due(unit, place.shift.starts_at),
                _mending(place.row, codes),
                is_near(unit, place.shift.starts_at),
                place.facts(codes=codes),
            )


def standins(unit: Unit) -> Iterator[Entry]:
    """People who cover a place until somebody takes it from them."""
    for place in _places(unit, Assignment, col(Assignment.status) == AssignmentStatus.STANDIN_WANTED):
        yield Entry(
            WorkCode.STANDIN_SOUGHT,
            place.subject(),
            place.shift.starts_at,
            _candidates(place.shift),
            is_near(unit, place.shift.starts_at),
            place.facts(),
        )


def exhausted(unit: Unit) -> Iterator[Entry]:
    """Places for which everybody who could be asked was asked."""
    statement: Any = (
        sa.select(Shift, col(Demand.language), col(DispatchRequest.request_no), _CLASSROOM)
        .join(Cascade, col(Cascade.shift_id) == Shift.id)
        .join(Demand, col(Demand.id) == Cascade.demand_id)
        .join(DispatchRequest, _of_request(), isouter=True)
        .where(
            col(Cascade.status) == CascadeStatus.EXHAUSTED, col(Shift.starts_at) > unit.now, fills_places(unit.actor)
        )
    )
    for shift, language, number, classroom in _read(unit, statement):
        yield Entry(
            WorkCode.WAVES_EXHAUSTED,
            Subject(type="shift", id=shift.id, no=number),
            release_due(unit, shift.starts_at),
            NextStep(name="candidates", method="GET", path=f"{_path(shift)}/candidates?include_ineligible=true"),
            is_near(unit, shift.starts_at),
            _what(shift, language, classroom),
        )


def at_risk(unit: Unit) -> Iterator[Entry]:
    """Places near their date that nobody holds."""
    free = sa.func.sum(col(Demand.places) - col(Demand.taken))
    statement: Any = (
        sa.select(Shift, free, sa.func.min(col(Demand.language)), col(DispatchRequest.request_no), _CLASSROOM)
        .join(Demand, col(Demand.shift_id) == Shift.id)
        .join(DispatchRequest, _of_request(), isouter=True)
        .where(col(Shift.id).in_(due_risks(unit)), col(Demand.role) != TRAINEE, fills_places(unit.actor))
        .group_by(col(Shift.id), col(DispatchRequest.request_no))
    )
    for shift, places, language, number, classroom in _read(unit, statement):
        yield Entry(
            WorkCode.PLACE_AT_RISK,
            Subject(type="shift", id=shift.id, no=number),
            shift.starts_at,
            _candidates(shift),
            urgent=True,
            facts={**_what(shift, language, classroom), "free": places},
        )


def _candidates(shift: Shift) -> NextStep:
    return NextStep(name="candidates", method="GET", path=f"{_path(shift)}/candidates")


def _path(shift: Shift) -> str:
    return f"/v1/shifts/{shift.id}"
