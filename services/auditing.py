"""Reading the audit log: administrators all of it, a volunteer what concerns herself (domain.md §5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.account import Account
from models.record import AuditEvent, AuditEventView
from services.actor import Actor
from services.paging import Ask, Order, Page, page, scope_of
from services.unit import Unit


@dataclass(frozen=True)
class AuditFilters:
    """What the log is narrowed to; instants bound `at`, half-open."""

    object_type: str | None = None
    object_id: UUID | None = None
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def visible_events(actor: Actor) -> Select[Any]:
    """Administrators see all events, a volunteer those about herself."""
    if actor.is_admin:
        return select(AuditEvent)
    if actor.volunteer_id is None:  # an empty subject is not her: it is what concerns nobody in particular
        return select(AuditEvent).where(sa.false())
    return select(AuditEvent).where(AuditEvent.subject_volunteer_id == actor.volunteer_id)


def list_events(unit: Unit, ask: Ask, filters: AuditFilters) -> Page[AuditEventView]:
    """Return events of the caller's scope, newest first."""
    statement = (
        visible_events(unit.actor)
        .where(*_conditions(filters))
        .join(Account, col(Account.id) == AuditEvent.actor_id, isouter=True)
        .add_columns(col(Account.display_name))
    )
    order = Order((AuditEvent.at, AuditEvent.id), descending=True)
    return page(unit, ask, statement, order, _show, scope_of("audit_events", filters))


def _conditions(filters: AuditFilters) -> list[Any]:
    conditions: list[Any] = []
    for column, value in (
        (AuditEvent.object_type, filters.object_type),
        (AuditEvent.object_id, filters.object_id),
        (AuditEvent.actor_id, filters.actor_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if filters.since:
        conditions.append(col(AuditEvent.at) >= filters.since)
    if filters.until:
        conditions.append(col(AuditEvent.at) < filters.until)
    return conditions


def _show(_: Unit, found: Sequence[Any]) -> list[AuditEventView]:
    return [AuditEventView.model_validate({**event.model_dump(), "actor_name": name}) for event, name in found]
