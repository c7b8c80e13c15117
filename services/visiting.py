"""Visits of outside experts to classrooms: planned, held, closed once everything found is seen to (domain.md §1 row 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.advisory_visit import (
    AdvisoryFinding,
    AdvisoryVisit,
    AdvisoryVisitCreate,
    AdvisoryVisitPatch,
    AdvisoryVisitView,
    FindingStatus,
    VisitCalloff,
    VisitStatus,
)
from models.assignment import Booking, BookingSource
from models.classroom import Classroom
from models.person import Person
from models.volunteer import Volunteer
from services import advice_states
from services.errors import Refused, invalid
from services.experts import refuse_barred
from services.free_text import refuse_personal_details
from services.notifying import tell_managers, tell_office, tell_volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.queries import find, visible_advisory_visits
from services.states import phase_of
from services.unit import Unit


@dataclass(frozen=True)
class VisitFilters:
    """What a list of visits is narrowed to."""

    classroom_id: UUID | None = None
    status: VisitStatus | None = None


def list_visits(unit: Unit, ask: Ask, filters: VisitFilters) -> Page[AdvisoryVisitView]:
    """Return visits to the classrooms of the caller's scope, latest first."""
    statement = visible_advisory_visits(unit.actor)
    if filters.classroom_id:
        statement = statement.where(col(AdvisoryVisit.classroom_id) == filters.classroom_id)
    if filters.status:
        statement = statement.where(col(AdvisoryVisit.status) == filters.status)
    order = Order((AdvisoryVisit.starts_at, AdvisoryVisit.id), descending=True)
    return page(unit, ask, statement, order, _show_all, scope_of("advisory_visits", filters))


def read_visit(unit: Unit, visit_id: UUID) -> AdvisoryVisitView:
    """Return a visit to a classroom of the caller's scope. Raises `NotFound`."""
    return _show(unit, find(unit, visible_advisory_visits(unit.actor), AdvisoryVisit, visit_id))


def plan(unit: Unit, draft: AdvisoryVisitCreate) -> AdvisoryVisitView:
    """Plan a visit; those who run the classroom are told, and an expert of the register whose time it takes.

    Of a visit that is over nobody is told. Raises `InvalidFields` for a classroom or volunteer that does not exist, no
    expert or two, and impossible times; `RulesBroken` for what bars the expert (see `refuse_barred`).
    """
    if unit.session.get(Classroom, draft.classroom_id) is None:
        raise invalid("/classroom_id")
    _check_expert(unit, draft)
    refuse_personal_details(draft.expert_organization, "/expert_organization")
    if draft.ends_at <= draft.starts_at:
        raise invalid("/ends_at", "FIELD_CONFLICT", other="starts_at")
    visit = unit.add(AdvisoryVisit(**draft.model_dump(), status=VisitStatus.PLANNED, **unit.stamp()))
    if visit.volunteer_id is not None:
        refuse_barred(unit, visit, visit.volunteer_id)
        unit.add(_booking(visit, visit.volunteer_id))
    unit.audit("advisory_visit.plan", visit, subject=visit.volunteer_id)
    _tell(unit, visit, "advisory_visit_planned")
    return _show(unit, visit)


def _check_expert(unit: Unit, draft: AdvisoryVisitCreate) -> None:
    if (draft.volunteer_id is None) is (draft.expert_name is None):
        raise invalid("/expert_name", "FIELD_CONFLICT", other="volunteer_id")
    if draft.volunteer_id is None:
        return
    if unit.session.get(Volunteer, draft.volunteer_id) is None:
        raise invalid("/volunteer_id")
    unit.lock(Volunteer, draft.volunteer_id)


def _booking(visit: AdvisoryVisit, volunteer_id: UUID) -> Booking:
    return Booking(
        volunteer_id=volunteer_id,
        source_type=BookingSource.ADVISORY_VISIT,
        source_id=visit.id,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
    )


def change(unit: Unit, visit_id: UUID, patch: AdvisoryVisitPatch) -> AdvisoryVisitView:
    """Set another time or other topics of a planned visit; the expert's calendar follows, and of another time all are told.

    Raises `NotFound`, `Stale`, `WrongState` (`ADV_STATE`), `InvalidFields`, `RulesBroken` for what bars the expert at
    another time (see `refuse_barred`).
    """
    visit = _moved(unit, visit_id, "move")
    changes, before = patch.changes(), (visit.starts_at, visit.ends_at)
    if changes.get("ends_at", visit.ends_at) <= changes.get("starts_at", visit.starts_at):
        raise invalid("/ends_at", "FIELD_CONFLICT", other="starts_at")
    visit.sqlmodel_update(changes)
    unit.audit("advisory_visit.change", visit, fields=sorted(changes), subject=visit.volunteer_id)
    if (visit.starts_at, visit.ends_at) != before:
        _move_expert(unit, visit, unit.local_day(before[0]))
        _tell(unit, visit, "advisory_visit_planned")
    return _show(unit, visit)


def _move_expert(unit: Unit, visit: AdvisoryVisit, day: date) -> None:
    """Let the calendar of an expert of the register follow her visit, where nothing bars her at its time.

    Papers are of a day: where an hour is mended of a visit that is over, nobody asks for them again.
    """
    if visit.volunteer_id is None:
        return
    is_over = visit.ends_at <= unit.now
    if not (is_over and unit.local_day(visit.starts_at) == day):
        refuse_barred(unit, visit, visit.volunteer_id, mended=is_over)
    for booking in _bookings(unit, visit):
        booking.starts_at, booking.ends_at = visit.starts_at, visit.ends_at
    unit.session.flush()


def hold(unit: Unit, visit_id: UUID) -> AdvisoryVisitView:
    """Note that a visit took place, from its start on; the office writes down what was found, and hears of it.

    Raises `NotFound`, `Stale`, `WrongState` (`ADV_STATE`).
    """
    visit = _moved(unit, visit_id, "hold")
    unit.audit("advisory_visit.hold", visit, subject=visit.volunteer_id)
    if not unit.actor.is_staff:
        link = f"{unit.rules.public_url}/v1/advisory-visits/{visit.id}/findings"
        tell_office(unit, "advisory_visit_held", visit, {**_facts(unit, visit), "link": link})
    return _show(unit, visit)


def cancel(unit: Unit, visit_id: UUID, draft: VisitCalloff) -> AdvisoryVisitView:
    """Call a planned visit off; the expert's time is free again, and all are told. Raises as `hold`."""
    refuse_personal_details(draft.reason, "/reason")
    visit = take_visit(unit, visit_id)
    _call_off(unit, visit, draft.reason)
    return _show(unit, visit)


def give_up_visits(unit: Unit, volunteer: Volunteer, reason: str) -> None:
    """Call off the planned visits of a locked volunteer who leaves; the office is told as well, to find another expert."""
    for seen in unit.session.exec(_to_come(unit, volunteer)).all():
        visit = unit.lock(AdvisoryVisit, seen.id)
        _call_off(unit, visit, reason)
        tell_office(unit, "advisory_visit_cancelled", visit, _facts(unit, visit))


def doubt_visits(unit: Unit, volunteer: Volunteer) -> None:
    """Tell office and classrooms which visits fall into the pause of a locked volunteer; nothing more happens by itself."""
    for visit in unit.session.exec(_to_come(unit, volunteer)).all():
        if volunteer.leave_until is None or unit.local_day(visit.starts_at) <= volunteer.leave_until:
            room = unit.get(Classroom, visit.classroom_id)
            facts = _facts(unit, visit)
            tell_office(unit, "advisory_visit_unsure", visit, facts, and_managers_of=room.organization_id)


def _to_come(unit: Unit, volunteer: Volunteer) -> SelectOfScalar[AdvisoryVisit]:
    planned = select(AdvisoryVisit).where(
        AdvisoryVisit.volunteer_id == volunteer.id,
        AdvisoryVisit.status == VisitStatus.PLANNED,
        col(AdvisoryVisit.starts_at) > unit.now,
    )
    return planned.order_by(col(AdvisoryVisit.id))


def _call_off(unit: Unit, visit: AdvisoryVisit, reason: str) -> None:
    _move(unit, visit, "cancel", reason=reason)
    for booking in _bookings(unit, visit):
        booking.active = False
    unit.audit("advisory_visit.cancel", visit, subject=visit.volunteer_id)
    _tell(unit, visit, "advisory_visit_cancelled")


def close(unit: Unit, visit_id: UUID) -> AdvisoryVisitView:
    """Close a visit of which everything found is seen to. Raises as `hold`, and `Refused` (`ADV_OPEN`) before."""
    visit = _moved(unit, visit_id, "close")
    if left := _show(unit, visit).open_findings:
        raise Refused("ADV_OPEN", {"n": left})
    unit.audit("advisory_visit.close", visit, subject=visit.volunteer_id)
    return _show(unit, visit)


def _moved(unit: Unit, visit_id: UUID, verb: str) -> AdvisoryVisit:
    visit = take_visit(unit, visit_id)
    _move(unit, visit, verb)
    return visit


def _move(unit: Unit, visit: AdvisoryVisit, verb: str, *, reason: str | None = None) -> None:
    phase = phase_of(visit.starts_at, visit.ends_at, unit.now)
    visit.status = VisitStatus(advice_states.VISIT.timely(visit.status, verb, phase))
    visit.cancel_reason = reason
    visit.touch(unit.now)


def take_visit(unit: Unit, visit_id: UUID) -> AdvisoryVisit:
    """Return the addressed visit, locked, and before it the expert whose calendar may follow. Raises `NotFound`, `Stale`."""
    seen = find(unit, visible_advisory_visits(unit.actor), AdvisoryVisit, visit_id)
    if seen.volunteer_id is not None:
        unit.lock(Volunteer, seen.volunteer_id)
    visit = unit.lock(AdvisoryVisit, visit_id)
    unit.expect(visit)
    return visit


def _bookings(unit: Unit, visit: AdvisoryVisit) -> Sequence[Booking]:
    return unit.session.exec(
        select(Booking).where(Booking.source_type == BookingSource.ADVISORY_VISIT, Booking.source_id == visit.id)
    ).all()


def _tell(unit: Unit, visit: AdvisoryVisit, kind: str) -> None:
    """Tell whom a visit concerns, unless it is over: what is written down late is news to nobody."""
    if visit.ends_at <= unit.now:
        return
    facts = _facts(unit, visit)
    tell_managers(unit, unit.get(Classroom, visit.classroom_id).organization_id, kind, visit, facts)
    if visit.volunteer_id is not None:
        tell_volunteer(unit, visit.volunteer_id, kind, visit, facts)


def _facts(unit: Unit, visit: AdvisoryVisit) -> dict[str, object]:
    room = unit.get(Classroom, visit.classroom_id)
    return {"classroom": room.name, "starts_at": visit.starts_at, "ends_at": visit.ends_at}


def _show(unit: Unit, visit: AdvisoryVisit) -> AdvisoryVisitView:
    return _show_all(unit, [visit])[0]


def _show_all(unit: Unit, visits: Sequence[AdvisoryVisit]) -> list[AdvisoryVisitView]:
    rooms = select(Classroom.id, Classroom.name).where(col(Classroom.id).in_({one.classroom_id for one in visits}))
    names = dict(unit.session.exec(rooms).all())
    experts = _experts(unit, visits)
    found = _counted(unit, [one.id for one in visits])
    permissions = permissions_of(unit.actor.roles)
    return [
        AdvisoryVisitView(
            **one.model_dump(exclude={"expert_name"}),
            classroom_name=names[one.classroom_id],
            expert_name=one.expert_name or experts[one.volunteer_id],
            findings=sum(found.get((one.id, status), 0) for status in FindingStatus),
            open_findings=found.get((one.id, FindingStatus.OPEN), 0),
            actions=advice_states.VISIT.open_to(
                one.status, permissions, phase_of(one.starts_at, one.ends_at, unit.now)
            ),
        )
        for one in visits
    ]


def _experts(unit: Unit, visits: Sequence[AdvisoryVisit]) -> dict[UUID | None, str]:
    rows = unit.session.exec(
        select(Volunteer.id, Person)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Volunteer.id).in_({one.volunteer_id for one in visits}))
    )
    return {volunteer_id: person.badge_name for volunteer_id, person in rows}


def _counted(unit: Unit, visit_ids: Sequence[UUID]) -> dict[tuple[UUID, FindingStatus], int]:
    rows = unit.session.execute(
        select(AdvisoryFinding.visit_id, AdvisoryFinding.status, sa.func.count())
        .where(col(AdvisoryFinding.visit_id).in_(visit_ids))
        .group_by(col(AdvisoryFinding.visit_id), col(AdvisoryFinding.status))
    )
    return {(visit_id, FindingStatus(status)): count for visit_id, status, count in rows}
