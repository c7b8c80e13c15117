"""Key persons: whom each reaches, and what she agreed to be written to about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.broadcast import Broadcast, BroadcastDelivery
from models.key_person import (
    ConsentDraft,
    ContactPurpose,
    KeyPerson,
    KeyPersonCreate,
    KeyPersonPatch,
    KeyPersonView,
)
from models.person import Person
from models.record import Notice, NoticeStatus
from models.volunteer import GONE, UNREGISTERED, Volunteer, VolunteerStatus
from services.errors import invalid
from services.memberships import check_districts
from services.paging import Ask, Page, page_of, scope_of
from services.unit import Unit

REACHABLE = frozenset({VolunteerStatus.ACTIVE, VolunteerStatus.ON_LEAVE})
"""Whoever is not registered (any more) is not written to, whatever she agreed to once."""


@dataclass(frozen=True)
class KeyPersonFilters:
    """What the register is narrowed to; `purpose` to whoever may be written to about it."""

    language: str | None = None
    district: str | None = None
    purpose: ContactPurpose | None = None


def list_key_persons(unit: Unit, ask: Ask, filters: KeyPersonFilters) -> Page[KeyPersonView]:
    """Return key persons in the order in which they were listed."""
    found = [row for row in unit.session.exec(select(KeyPerson)) if _fits(row, filters)]
    return page_of(unit, ask, found, lambda row: (row.id,), _show_all, scope_of("key persons", filters))


def _fits(row: KeyPerson, filters: KeyPersonFilters) -> bool:
    return (
        (filters.language is None or filters.language in row.languages)
        and (filters.district is None or knows(row, [filters.district]))
        and (filters.purpose is None or filters.purpose in row.contact_scope)
    )


def knows(row: KeyPerson, districts: Sequence[str]) -> bool:
    """Return whether she knows people in any of the districts; of none, or with none of her own: everywhere."""
    return not districts or not row.districts or bool({*districts} & {*row.districts})


def reachable(unit: Unit, purpose: ContactPurpose, districts: Sequence[str]) -> list[KeyPerson]:
    """Return who may be written to about this, there: registered, and with her consent to the purpose."""
    rows = unit.session.exec(
        select(KeyPerson)
        .join(Volunteer, col(Volunteer.id) == KeyPerson.volunteer_id)
        .where(col(Volunteer.status).in_(sorted(REACHABLE)))
        .order_by(col(KeyPerson.id))
    )
    return [row for row in rows if purpose in row.contact_scope and knows(row, districts)]


def read_key_person(unit: Unit, key_person_id: UUID) -> KeyPersonView:
    """Return a key person. Raises `NotFound`."""
    return _show(unit, unit.get(KeyPerson, key_person_id))


def enlist(unit: Unit, draft: KeyPersonCreate) -> KeyPersonView:
    """List a registered person; nobody writes to her before she has agreed. Raises `InvalidFields`."""
    volunteer = unit.session.get(Volunteer, draft.volunteer_id)
    if volunteer is None or volunteer.status in UNREGISTERED | GONE:
        raise invalid("/volunteer_id")
    check_districts(unit, draft.districts)
    row = unit.add(KeyPerson(**draft.model_dump(), **unit.stamp()))
    unit.audit("key_person.create", row, subject=row.volunteer_id)
    return _show(unit, row)


def change(unit: Unit, key_person_id: UUID, patch: KeyPersonPatch) -> KeyPersonView:
    """Correct her communities. Raises `NotFound`, `Stale`, `InvalidFields`."""
    check_districts(unit, patch.districts or [])
    return _set(unit, key_person_id, patch.changes(), "key_person.change")


def consent(unit: Unit, key_person_id: UUID, draft: ConsentDraft) -> KeyPersonView:
    """Write down what she agrees to be written to about. Raises `NotFound`, `Stale`, `InvalidFields` for a day to come."""
    if draft.consented_on > unit.today:
        raise invalid("/consented_on", "FIELD_RANGE", max=unit.today)
    scope = sorted({*draft.contact_scope})
    changes = {"contact_scope": scope, "consented_on": draft.consented_on}
    shown = _set(unit, key_person_id, changes, "key_person.consent" if scope else "key_person.withdraw_consent")
    _leave_unsent(unit, shown.volunteer_id, scope)
    return shown


def _leave_unsent(unit: Unit, volunteer_id: UUID, scope: Sequence[str]) -> None:
    """What was written to her about anything else, and has not left yet, stays here: it has nowhere to go, also if tried again."""
    not_agreed = (
        select(BroadcastDelivery.id)
        .join(Broadcast, col(Broadcast.id) == BroadcastDelivery.broadcast_id)
        .where(BroadcastDelivery.volunteer_id == volunteer_id, col(Broadcast.purpose).not_in(scope))
    )
    unsent = sa.update(Notice).where(
        col(Notice.kind) == "broadcast",
        col(Notice.status) != NoticeStatus.SENT,
        col(Notice.object_id).in_(not_agreed),
    )
    unit.session.execute(unsent.values(status=NoticeStatus.FAILED, address=None))


def _set(unit: Unit, key_person_id: UUID, changes: dict[str, Any], action: str) -> KeyPersonView:
    row = unit.lock(KeyPerson, key_person_id)
    unit.expect(row)
    for name, value in changes.items():
        setattr(row, name, value)
    row.touch(unit.now)
    unit.audit(action, row, fields=list(changes), subject=row.volunteer_id)
    return _show(unit, row)


def names_of(unit: Unit, volunteer_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names that staff read, by volunteer."""
    rows = unit.session.exec(
        select(Volunteer.id, Person)
        .join(Person, col(Person.id) == Volunteer.person_id)
        .where(col(Volunteer.id).in_(volunteer_ids))
    )
    return {volunteer_id: person.display_name for volunteer_id, person in rows}


def _show(unit: Unit, row: KeyPerson) -> KeyPersonView:
    return _show_all(unit, [row])[0]


def _show_all(unit: Unit, rows: Sequence[KeyPerson]) -> list[KeyPersonView]:
    names = names_of(unit, [row.volunteer_id for row in rows])
    return [KeyPersonView(**row.model_dump(), display_name=names[row.volunteer_id]) for row in rows]
