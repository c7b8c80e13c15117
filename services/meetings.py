"""Who was at a meeting of the liaison council: member groups on its day, one line each (domain.md §0.1, row 36)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.event import (
    Event,
    EventKind,
    MeetingAttendance,
    MeetingAttendancePut,
    MeetingAttendanceView,
    MeetingLine,
)
from models.membership import OrganizationMembership
from models.organization import Organization
from services import event_states
from services.errors import NotFound, invalid
from services.events import move
from services.policies import permissions_of
from services.states import phase_of
from services.unit import Unit


def read_attendance(unit: Unit, event_id: UUID) -> MeetingAttendanceView:
    """Return who was at a meeting. Raises `NotFound`, also for an event that is no meeting."""
    return _show(unit, _meeting(unit.get(Event, event_id)))


def write_attendance(unit: Unit, event_id: UUID, draft: MeetingAttendancePut) -> MeetingAttendanceView:
    """Write down anew who was at a meeting, from its start on.

    Raises `NotFound`, `Stale`, `WrongState`, and `InvalidFields` for a group named twice or no member on the day.
    """
    event = _meeting(unit.lock(Event, event_id))
    unit.expect(event)
    move(unit, event, "attendance")
    members = {organization_id for organization_id, _ in _members(unit, unit.local_day(event.starts_at))}
    named = [one.organization_id for one in draft.items]
    for n, organization_id in enumerate(named):
        if organization_id in named[:n]:
            raise invalid(f"/items/{n}/organization_id", "FIELD_DUPLICATE")
        if organization_id not in members:
            raise invalid(f"/items/{n}/organization_id")
    unit.session.execute(sa.delete(MeetingAttendance).where(col(MeetingAttendance.event_id) == event.id))
    unit.session.add_all(MeetingAttendance(event_id=event.id, **one.model_dump()) for one in draft.items)
    unit.audit("event.attendance", event, facts={"groups": len(draft.items)})
    return _show(unit, event)


def _meeting(event: Event) -> Event:
    if event.kind is not EventKind.LIAISON_MEETING:
        raise NotFound
    return event


def _members(unit: Unit, day: date) -> Sequence[tuple[UUID, str]]:
    """Return the groups that were members on a day, by name."""
    row = OrganizationMembership
    statement = (
        select(Organization.id, Organization.name)
        .join(row, col(row.organization_id) == Organization.id)
        .where(row.joined_on <= day, sa.or_(col(row.left_on).is_(None), col(row.left_on) > day))
    )
    return unit.session.exec(statement.order_by(Organization.name, col(Organization.id))).all()


def _show(unit: Unit, event: Event) -> MeetingAttendanceView:
    unit.session.flush()
    rows = unit.session.exec(select(MeetingAttendance).where(MeetingAttendance.event_id == event.id))
    came = {row.organization_id: row.persons for row in rows}
    members = _members(unit, unit.local_day(event.starts_at))
    phase = phase_of(event.starts_at, event.ends_at, unit.now)
    verbs = event_states.EVENT.open_to(event.status, permissions_of(unit.actor.roles), phase)
    return MeetingAttendanceView(
        id=event.id,
        version=event.version,
        actions=[verb for verb in verbs if verb == "attendance"],
        members=len(members),
        attended=len(came),
        persons=sum(came.values()),
        share=round(len(came) / len(members), 3) if members else None,
        items=[
            MeetingLine(organization_id=one, organization=name, attended=one in came, persons=came.get(one, 0))
            for one, name in members
        ],
    )
