"""Who came to a consultation: sealed apart, read with a purpose and logged, forgotten some days after it is settled."""

from uuid import UUID

from sqlmodel import select

from models.consultation import (
    Consultation,
    ConsultationDisclosure,
    ConsultationIdentity,
    ConsultedPerson,
    ConsultedPersonDraft,
)
from services.erasing import is_kept
from services.errors import NotFound, Refused
from services.purging import date_forgetting
from services.unit import Unit


def write_person(unit: Unit, consultation_id: UUID, draft: ConsultedPersonDraft) -> None:
    """Write who came, never to be echoed; whoever was anonymous is so no more. Raises `NotFound`, `Stale`."""
    consultation = unit.lock(Consultation, consultation_id)
    unit.expect(consultation)
    seal_person(unit, consultation, draft)
    consultation.anonymous = False
    consultation.touch(unit.now)
    date_forgetting(unit, consultation)
    unit.audit("consultation_identity.write", consultation, fields=sorted(draft.model_fields_set))


def remove_person(unit: Unit, consultation_id: UUID) -> None:
    """Take out who came before the day comes: written by mistake, or asked for by whoever it is.

    The consultation stays counted as one by name, as it does once the day has come. Raises `NotFound` also where nobody
    is on file, `Stale`, `Refused` (`PRIV_RETENTION`) while a legal hold keeps it.
    """
    consultation = unit.lock(Consultation, consultation_id)
    unit.expect(consultation)
    identity = identity_of(unit, consultation)
    if identity is None:
        raise NotFound
    if is_kept(unit, consultation):
        raise Refused("PRIV_RETENTION")
    unit.session.delete(identity)
    consultation.touch(unit.now)
    unit.audit("consultation_identity.remove", consultation)


def seal_person(unit: Unit, consultation: Consultation, draft: ConsultedPersonDraft) -> None:
    """Keep who came under the client keys, in place of what was kept before."""
    sealed = unit.vault.seal(draft.model_dump())
    identity = identity_of(unit, consultation)
    if identity is None:
        unit.add(ConsultationIdentity(consultation_id=consultation.id, sealed=sealed, written_at=unit.now))
    else:
        identity.sealed, identity.written_at = sealed, unit.now


def disclose(unit: Unit, consultation_id: UUID, draft: ConsultationDisclosure) -> ConsultedPerson:
    """Answer who came, and log who read it and why.

    Raises `Refused` (`PRIV_PURPOSE`) without a purpose, `NotFound` also where nobody is on file.
    """
    consultation = unit.get(Consultation, consultation_id)
    if draft.purpose is None:
        raise Refused("PRIV_PURPOSE")
    identity = identity_of(unit, consultation)
    if identity is None:
        raise NotFound
    named = ["name", "phone", "address"]
    unit.audit("consultation_identity.read", consultation, fields=named, purpose=draft.purpose)
    return ConsultedPerson(no=consultation.no, **unit.vault.open(identity.sealed))


def identity_of(unit: Unit, consultation: Consultation) -> ConsultationIdentity | None:
    """Return the sealed identity on file, if there is one."""
    statement = select(ConsultationIdentity).where(ConsultationIdentity.consultation_id == consultation.id)
    return unit.session.exec(statement).one_or_none()
