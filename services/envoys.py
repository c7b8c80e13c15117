"""Exchange envoys: appointed for a term, and written to after they went home exactly as far as they agreed.

What an envoy is reached by is hers and apart from the volunteer's row: it outlives the registration as far as the consent
reaches, and is erased with the consent (docs/decisions/0023).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import Select
from sqlmodel import col, select

from models.appointment import (
    Appointment,
    AppointmentContact,
    AppointmentCreate,
    AppointmentEnd,
    AppointmentPatch,
    AppointmentStatus,
    AppointmentView,
    KeepInTouch,
)
from models.broadcast import BroadcastDelivery
from models.key_person import ContactPurpose
from models.record import Notice, NoticeStatus
from models.volunteer import Volunteer, VolunteerStatus
from services import host_states
from services.acting_for import arrival_of_volunteer
from services.actor import Actor
from services.errors import invalid
from services.key_persons import names_of
from services.notifying import tell_address
from services.paging import Ask, Page, page_of, scope_of
from services.policies import permissions_of
from services.queries import ME, caller_parameters, find
from services.unit import Unit
from services.wording import LANGUAGES

ENVOY_LETTER: Final = "envoy_broadcast"
"""The kind of notice that reaches an envoy at the address she left."""
ABROAD: Final = "en"
"""What surrounds a text is said in, where she reads none of the languages of the product."""
_APPOINTMENTS: Select[Any] = select(Appointment)
_MINE: Select[Any] = select(Appointment).where(col(Appointment.volunteer_id) == ME)


@dataclass(frozen=True)
class AppointmentFilters:
    """What the list is narrowed to; `purpose` to whoever may be written to about it."""

    country: str | None = None
    language: str | None = None
    purpose: ContactPurpose | None = None


def visible_appointments(actor: Actor) -> Select[Any]:
    """Staff see all appointments, a volunteer her own."""
    return _APPOINTMENTS if actor.is_staff else _MINE


def list_appointments(unit: Unit, ask: Ask, filters: AppointmentFilters) -> Page[AppointmentView]:
    """Return appointments in the order in which they were made."""
    rows = unit.session.execute(visible_appointments(unit.actor), caller_parameters(unit.actor)).scalars()
    found = [row for row in rows if _fits(row, filters)]
    return page_of(unit, ask, found, lambda row: (row.id,), _show_all, scope_of("appointments", filters))


def _fits(row: Appointment, filters: AppointmentFilters) -> bool:
    return (
        (filters.country is None or filters.country == row.country)
        and (filters.language is None or filters.language in row.languages)
        and (filters.purpose is None or filters.purpose in row.contact_scope)
    )


def read_appointment(unit: Unit, appointment_id: UUID) -> AppointmentView:
    """Return an appointment. Raises `NotFound`."""
    return _show(unit, find(unit, visible_appointments(unit.actor), Appointment, appointment_id))


def appoint(unit: Unit, draft: AppointmentCreate) -> AppointmentView:
    """Appoint somebody; nobody writes to her before she has agreed. Raises `InvalidFields`."""
    volunteer = unit.session.get(Volunteer, draft.volunteer_id)
    if volunteer is None or volunteer.status is VolunteerStatus.ANONYMIZED:
        raise invalid("/volunteer_id")
    row = Appointment(**draft.model_dump(), status=AppointmentStatus.APPOINTED, **unit.stamp())
    _check_term(row)
    unit.add(row)
    unit.audit("appointment.create", row, subject=row.volunteer_id)
    return _show(unit, row)


def _check_term(row: Appointment) -> None:
    if row.term_to is not None and row.term_to < row.term_from:
        raise invalid("/term_to", "FIELD_CONFLICT", other="term_from")


def change(unit: Unit, appointment_id: UUID, patch: AppointmentPatch) -> AppointmentView:
    """Correct an appointment. Raises `NotFound`, `Stale`, `InvalidFields`."""
    row = _take(unit, appointment_id)
    row.sqlmodel_update(patch.changes())
    _check_term(row)
    return _said(unit, row, "change", list(patch.changes()))


def end(unit: Unit, appointment_id: UUID, draft: AppointmentEnd) -> AppointmentView:
    """End a term; whoever agreed to it is kept in touch with. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`."""
    row = _take(unit, appointment_id)
    row.status = AppointmentStatus(host_states.APPOINTMENT.next(row.status, "end"))
    row.term_to = draft.term_to
    _check_term(row)
    return _said(unit, row, "end", ["status", "term_to"])


def consent(unit: Unit, appointment_id: UUID, draft: KeepInTouch) -> AppointmentView:
    """Write down what she agrees to be written to about, and where; taken back, it is erased in this transaction.

    Raises `NotFound`, `Stale`, `Forbidden`, `InvalidFields` for a day to come, and without a name and an address where
    none is on file.
    """
    row = _take(unit, appointment_id)
    arrival_of_volunteer(unit, row.volunteer_id, draft.on_behalf)
    if draft.signed_on > unit.today:
        raise invalid("/signed_on", "FIELD_RANGE", max=unit.today)
    if not draft.contact_scope:
        row.consent_revoked_on = draft.signed_on
        _erase(unit, row)
        return _said(unit, row, "withdraw_consent", ["contact_scope"], draft)
    _write_contact(unit, row, draft)
    row.contact_scope = sorted({*draft.contact_scope})
    row.consented_on, row.consent_revoked_on = draft.signed_on, None
    return _said(unit, row, "consent", ["contact_scope"], draft)


def _write_contact(unit: Unit, row: Appointment, draft: KeepInTouch) -> None:
    contact = _contacts(unit, [row.id]).get(row.id)
    known = unit.vault.open(contact.sealed) if contact is not None else {}
    told = {**known, **{name: said for name in ("name", "email") if (said := getattr(draft, name)) is not None}}
    for name in ("name", "email"):
        if name not in told:
            raise invalid(f"/{name}", "FIELD_MISSING")
    sealed = unit.vault.seal(told)
    if contact is None:
        unit.add(AppointmentContact(appointment_id=row.id, sealed=sealed, written_at=unit.now))
    else:
        contact.sealed, contact.written_at = sealed, unit.now


def _erase(unit: Unit, row: Appointment) -> None:
    """Erase what she is reached by; what was to be sent to her stays unsent, and no letter keeps her address."""
    row.contact_scope = []
    contact = _contacts(unit, [row.id]).get(row.id)
    if contact is not None:
        unit.session.delete(contact)
    letters = sa.update(Notice).where(col(Notice.volunteer_id) == row.volunteer_id, col(Notice.kind) == ENVOY_LETTER)
    unsent = letters.where(col(Notice.status) == NoticeStatus.PENDING)
    unit.session.execute(unsent.values(status=NoticeStatus.FAILED))
    unit.session.execute(letters.values(address=None, facts={}))
    if unit.get(Volunteer, row.volunteer_id).status is VolunteerStatus.ANONYMIZED:
        row.country, row.languages = None, []


def outlive(unit: Unit, volunteer: Volunteer) -> None:
    """Keep of the appointments of somebody who is being anonymised what she agreed to, and nothing else."""
    for row in unit.session.exec(select(Appointment).where(Appointment.volunteer_id == volunteer.id)).all():
        if not row.contact_scope:
            _erase(unit, row)
            row.touch(unit.now)


def reachable(unit: Unit, purpose: ContactPurpose) -> list[Appointment]:
    """Return who may be written to about this: everybody once, with her consent to the purpose in force."""
    rows = unit.session.exec(select(Appointment).order_by(col(Appointment.id)))
    found = {row.volunteer_id: row for row in rows if purpose in row.contact_scope}
    return list(found.values())


def write_to(unit: Unit, row: Appointment, delivery: BroadcastDelivery, facts: Mapping[str, Any]) -> None:
    """Write a letter to an envoy, to the address that she left."""
    contact = _contacts(unit, [row.id])[row.id]
    address = unit.vault.open(contact.sealed)["email"]
    language = next((tag for tag in row.languages if tag in LANGUAGES), ABROAD)
    tell_address(unit, row.volunteer_id, ENVOY_LETTER, delivery, facts, language=language, address=address)


def envoy_names(unit: Unit, volunteer_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the names that envoys left, by volunteer; empty for whom nothing is kept any more."""
    rows = unit.session.exec(
        select(Appointment.volunteer_id, AppointmentContact.sealed)
        .join(AppointmentContact, col(AppointmentContact.appointment_id) == Appointment.id)
        .where(col(Appointment.volunteer_id).in_(volunteer_ids))
    )
    return {**names_of(unit, volunteer_ids), **{one: unit.vault.open(sealed)["name"] for one, sealed in rows}}


def _contacts(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, AppointmentContact]:
    rows = unit.session.exec(select(AppointmentContact).where(col(AppointmentContact.appointment_id).in_(ids)))
    return {row.appointment_id: row for row in rows}


def _take(unit: Unit, appointment_id: UUID) -> Appointment:
    row = find(unit, visible_appointments(unit.actor), Appointment, appointment_id, lock=True)
    unit.expect(row)
    return row


def _said(
    unit: Unit, row: Appointment, verb: str, fields: list[str], draft: KeepInTouch | None = None
) -> AppointmentView:
    row.touch(unit.now)
    entered = draft.on_behalf if draft is not None else None
    unit.audit(f"appointment.{verb}", row, fields=fields, subject=row.volunteer_id, on_behalf=entered)
    return _show(unit, row)


def _show(unit: Unit, row: Appointment) -> AppointmentView:
    return _show_all(unit, [row])[0]


def _show_all(unit: Unit, rows: Sequence[Appointment]) -> list[AppointmentView]:
    names, may = envoy_names(unit, [row.volunteer_id for row in rows]), permissions_of(unit.actor.roles)
    return [
        AppointmentView(
            **row.model_dump(),
            display_name=names[row.volunteer_id],
            actions=host_states.APPOINTMENT.open_to(row.status, may),
        )
        for row in rows
    ]
