"""What callers see of consultations: a receipt for whoever received one, the record for those who handle them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.consultation import Consultation, ConsultationIdentity, ConsultationReceipt, ConsultationView
from models.organization import Organization
from models.referral import Referral, ReferralView
from services import consultation_states
from services.emergencies import contacts_for
from services.policies import permissions_of
from services.unit import Unit


def receipt_of(unit: Unit, consultation: Consultation) -> ConsultationReceipt:
    """Return that it was received, with whom to call at once; nothing of what it is about."""
    return ConsultationReceipt(**_told(unit, consultation))


def show_consultation(unit: Unit, consultation: Consultation) -> ConsultationView:
    """Return one consultation."""
    return show_consultations(unit, [consultation])[0]


def show_consultations(unit: Unit, consultations: Sequence[Consultation]) -> list[ConsultationView]:
    """Return consultations with their referrals; a constant number of queries."""
    ids = [one.id for one in consultations]
    known = _identified(unit, ids)
    sent = _referrals(unit, ids)
    return [
        ConsultationView(
            **{**one.model_dump(include=_COLUMNS), **_told(unit, one)},
            identity_on_file=one.id in known,
            referrals=sent[one.id],
        )
        for one in consultations
    ]


_COLUMNS = ConsultationView.model_fields.keys() & Consultation.model_fields.keys()
_RECEIVED = ConsultationReceipt.model_fields.keys() & Consultation.model_fields.keys()


def _told(unit: Unit, consultation: Consultation) -> dict[str, Any]:
    return {
        **consultation.model_dump(include=_RECEIVED),
        "emergency_contacts": contacts_for(unit, consultation.urgent_codes),
        "actions": consultation_states.CONSULTATION.open_to(consultation.status, permissions_of(unit.actor.roles)),
    }


def _identified(unit: Unit, ids: Sequence[UUID]) -> set[UUID]:
    on_file = select(ConsultationIdentity.consultation_id).where(col(ConsultationIdentity.consultation_id).in_(ids))
    return set(unit.session.exec(on_file))


def _referrals(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[ReferralView]]:
    rows = unit.session.exec(
        select(Referral, Organization.name)
        .join(Organization, col(Organization.id) == Referral.organization_id)
        .where(col(Referral.consultation_id).in_(ids))
        .order_by(col(Referral.sent_at), col(Referral.id))
    )
    found: dict[UUID, list[ReferralView]] = defaultdict(list)
    for referral, name in rows:
        found[referral.consultation_id].append(ReferralView(**referral.model_dump(), organization=name))
    return found
