"""The centres' calendar of infant check-ups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.dispatch_request import RequestStatus
from models.office import CheckupKind, CheckupSession, CheckupSessionCreate, CheckupSessionView, CheckupStatus
from models.organization import Facility
from services import states
from services.actor import Actor
from services.errors import invalid
from services.office_days import at_local
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.queries import find
from services.unit import Unit

FINISHED = frozenset(
    {
        RequestStatus.REJECTED,
        RequestStatus.COMPLETED,
        RequestStatus.CLOSED,
        RequestStatus.CANCELLED,
        RequestStatus.CLIENT_NO_SHOW,
        RequestStatus.INTERPRETER_NO_SHOW,
    }
)
"""States in which a request asks nothing more of its check-up; an unfilled one may still be reopened."""


@dataclass(frozen=True)
class CheckupFilters:
    """What the calendar is narrowed to; days are both included."""

    first: date | None = None
    last: date | None = None
    facility_id: UUID | None = None
    kind: CheckupKind | None = None
    status: CheckupStatus | None = None


def visible_checkups(actor: Actor) -> Select[Any]:
    """Staff see every centre's calendar, an institution that of its own places."""
    if actor.is_staff:
        return select(CheckupSession)
    return (
        select(CheckupSession)
        .join(Facility, col(Facility.id) == CheckupSession.facility_id)
        .where(Facility.organization_id == actor.organization_id)
    )


def list_checkups(unit: Unit, ask: Ask, filters: CheckupFilters) -> Page[CheckupSessionView]:
    """Return check-ups of the caller's scope, soonest first."""
    statement = visible_checkups(unit.actor).where(*_conditions(filters))
    order = Order((CheckupSession.held_on, CheckupSession.id))
    return page(unit, ask, statement, order, show_checkups, scope_of("checkup_sessions", filters))


def _conditions(filters: CheckupFilters) -> list[Any]:
    conditions: list[Any] = []
    if filters.first:
        conditions.append(col(CheckupSession.held_on) >= filters.first)
    if filters.last:
        conditions.append(col(CheckupSession.held_on) <= filters.last)
    for column, value in (
        (CheckupSession.facility_id, filters.facility_id),
        (CheckupSession.kind, filters.kind),
        (CheckupSession.status, filters.status),
    ):
        if value is not None:
            conditions.append(column == value)
    return conditions


def read_checkup(unit: Unit, session_id: UUID) -> CheckupSessionView:
    """Return a check-up of the caller's scope. Raises `NotFound`."""
    return show_checkup(unit, find(unit, visible_checkups(unit.actor), CheckupSession, session_id))


def plan_checkup(unit: Unit, draft: CheckupSessionCreate) -> CheckupSessionView:
    """Enter a check-up into the calendar. Raises `InvalidFields` for a place that is not the caller's."""
    owned_place(unit, draft.facility_id)
    if draft.reception_ends <= draft.reception_starts:
        raise invalid("/reception_ends", "FIELD_CONFLICT", other="reception_starts")
    session = unit.add(CheckupSession(status=CheckupStatus.PLANNED, **draft.model_dump(), **unit.stamp()))
    unit.audit("checkup_session.create", session)
    return show_checkup(unit, session)


def owned_place(unit: Unit, facility_id: UUID) -> Facility:
    """Return a place that the caller's check-ups may be held at. Raises `InvalidFields`."""
    place = unit.session.get(Facility, facility_id)
    if place is None or not (unit.actor.is_staff or place.organization_id == unit.actor.organization_id):
        raise invalid("/facility_id")
    return place


def state_of(unit: Unit, session: CheckupSession) -> CheckupStatus:
    """What is over counts as held, whether a sweep has already come by or not."""
    over = at_local(unit, session.held_on, session.reception_ends) <= unit.now
    return CheckupStatus.HELD if session.status is CheckupStatus.PLANNED and over else session.status


def show_checkup(unit: Unit, session: CheckupSession) -> CheckupSessionView:
    """Return a check-up with the verbs open to the caller."""
    return show_checkups(unit, [session])[0]


def show_checkups(unit: Unit, sessions: Sequence[CheckupSession]) -> list[CheckupSessionView]:
    """Return check-ups with the names of their places, read at once."""
    wanted = {session.facility_id for session in sessions}
    names = dict(unit.session.execute(select(Facility.id, Facility.name).where(col(Facility.id).in_(wanted))).all())
    permissions = permissions_of(unit.actor.roles)
    return [
        CheckupSessionView(
            **session.model_dump(include=_COLUMNS),
            facility_name=names[session.facility_id],
            actions=states.CHECKUP.open_to(state_of(unit, session), permissions),
        )
        for session in sessions
    ]


_COLUMNS = CheckupSessionView.model_fields.keys() & CheckupSession.model_fields.keys()
