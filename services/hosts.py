"""Households that invite guests: who they are, when they can host, and how they come and go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.fields import OnBehalf
from models.host import (
    Host,
    HostActivation,
    HostCreate,
    HostKind,
    HostPatch,
    HostStatus,
    HostVerb,
    HostView,
    OpenDatesList,
    OpenDatesView,
)
from models.organization import District
from models.volunteer import ActivityKind, Volunteer, VolunteerActivity, VolunteerStatus
from services import host_states
from services.acting_for import arrival_of_volunteer
from services.actor import Actor
from services.errors import WrongState, invalid
from services.key_persons import names_of
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.queries import ME, find
from services.unit import Unit


@dataclass(frozen=True)
class HostFilters:
    """What the list of households is narrowed to; `available` to those whose head is active, as they are themselves."""

    status: HostStatus | None = None
    district: str | None = None
    kind: HostKind | None = None
    available: bool = False


_HOSTS: Select[Any] = select(Host)
_MY_HOSTS: Select[Any] = select(Host).where(col(Host.volunteer_id) == ME)
LISTED = frozenset({HostStatus.ACTIVE})
"""States of a household to which guests may come."""


def visible_hosts(actor: Actor) -> Select[Any]:
    """Staff see all households, a volunteer her own."""
    return _HOSTS if actor.is_staff else _MY_HOSTS


def list_hosts(unit: Unit, ask: Ask, filters: HostFilters) -> Page[HostView]:
    """Return households in the order in which they were registered."""
    statement = visible_hosts(unit.actor)
    for column, value in ((Host.status, filters.status), (Host.district_code, filters.district)):
        if value is not None:
            statement = statement.where(col(column) == value)
    if filters.available:
        active = select(Volunteer.id).where(Volunteer.status == VolunteerStatus.ACTIVE)
        statement = statement.where(col(Host.status).in_(sorted(LISTED)), col(Host.volunteer_id).in_(active))
    if filters.kind is not None:
        offering = [row.id for row in unit.session.exec(select(Host)) if filters.kind in row.kinds]
        statement = statement.where(col(Host.id).in_(offering))
    return page(unit, ask, statement, Order((Host.id,)), _show_all, scope_of("hosts", filters))


def read_host(unit: Unit, host_id: UUID) -> HostView:
    """Return a household. Raises `NotFound`."""
    return _show(unit, find(unit, visible_hosts(unit.actor), Host, host_id))


def register(unit: Unit, draft: HostCreate) -> HostView:
    """Register a household whose head offers to host; no guest comes before the office has seen the home.

    Raises `InvalidFields`, also for a head who has a household already.
    """
    offers_it = select(VolunteerActivity.id).where(
        VolunteerActivity.volunteer_id == draft.volunteer_id, VolunteerActivity.kind == ActivityKind.HOME_VISIT_HOST
    )
    if unit.session.exec(offers_it).first() is None:
        raise invalid("/volunteer_id")
    _check_district(unit, draft.district_code)
    row = unit.add(Host(**draft.model_dump(), status=HostStatus.REGISTERED, **unit.stamp()))
    unit.audit("host.register", row, subject=row.volunteer_id)
    return _show(unit, row)


def _check_district(unit: Unit, code: str | None) -> None:
    if code is not None and unit.session.get(District, code) is None:
        raise invalid("/district_code")


def change(unit: Unit, host_id: UUID, patch: HostPatch) -> HostView:
    """Correct a household; stays that were agreed keep their household. Raises `NotFound`, `Stale`, `WrongState`."""
    row = _take_live(unit, host_id)
    _check_district(unit, patch.district_code)
    changes = patch.changes()
    row.sqlmodel_update(changes)
    return said(unit, row, "host.change", list(changes))


def tell_dates(unit: Unit, host_id: UUID, draft: OpenDatesList) -> HostView:
    """Write down on which days guests may come: she herself or the office.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for days out of order.
    """
    row = _take_live(unit, host_id)
    for at, one in enumerate(draft.items):
        if one.last_on < one.first_on:
            raise invalid(f"/items/{at}/last_on", "FIELD_CONFLICT", other="first_on")
    row.dates = sorted([one.first_on.isoformat(), one.last_on.isoformat()] for one in draft.items)
    return said(unit, row, "host.dates", ["dates"])


def activate(unit: Unit, host_id: UUID, draft: HostActivation) -> HostView:
    """Let guests come, the home being seen. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`."""
    row = take(unit, host_id)
    row.status = HostStatus(host_states.HOST.next(row.status, "activate"))
    if draft.home_seen_on > unit.today:
        raise invalid("/home_seen_on", "FIELD_RANGE", max=unit.today)
    row.home_seen_on = draft.home_seen_on
    return said(unit, row, "host.activate", ["status", "home_seen_on"])


def pause(unit: Unit, host_id: UUID, draft: HostVerb) -> HostView:
    """Take no new guest for a while; those who were agreed on come. Raises `NotFound`, `Stale`, `WrongState`."""
    return _verb(unit, host_id, "pause", draft)


def resume(unit: Unit, host_id: UUID, draft: HostVerb) -> HostView:
    """Take guests again. Raises `NotFound`, `Stale`, `WrongState`."""
    return _verb(unit, host_id, "resume", draft)


def _verb(unit: Unit, host_id: UUID, verb: str, draft: HostVerb) -> HostView:
    row = take(unit, host_id)
    arrival_of_volunteer(unit, row.volunteer_id, draft.on_behalf)
    row.status = HostStatus(host_states.HOST.next(row.status, verb))
    return said(unit, row, f"host.{verb}", ["status"], draft.on_behalf)


def take(unit: Unit, host_id: UUID) -> Host:
    """Return the addressed household, its head locked before it. Raises `NotFound`, `Stale`."""
    seen = find(unit, visible_hosts(unit.actor), Host, host_id)
    unit.lock(Volunteer, seen.volunteer_id)
    row = unit.lock(Host, host_id)
    unit.expect(row)
    return row


def _take_live(unit: Unit, host_id: UUID) -> Host:
    row = take(unit, host_id)
    if row.status is HostStatus.ENDED:
        raise WrongState(code="HST_STATE", state=row.status, allowed=host_states.HOST.verbs(row.status))
    return row


def said(unit: Unit, row: Host, action: str, fields: Sequence[str], on_behalf: OnBehalf | None = None) -> HostView:
    """Return a household that was changed, with its new version and its audit row."""
    row.touch(unit.now)
    unit.audit(action, row, fields=[*fields], subject=row.volunteer_id, on_behalf=on_behalf)
    return _show(unit, row)


def _show(unit: Unit, row: Host) -> HostView:
    return _show_all(unit, [row])[0]


def _show_all(unit: Unit, rows: Sequence[Host]) -> list[HostView]:
    names, may = names_of(unit, [row.volunteer_id for row in rows]), permissions_of(unit.actor.roles)
    return [
        HostView(
            **row.model_dump(exclude={"dates"}),
            display_name=names[row.volunteer_id],
            dates=[OpenDatesView(first_on=first, last_on=last) for first, last in row.offers()],
            actions=host_states.HOST.open_to(row.status, may),
        )
        for row in rows
    ]
