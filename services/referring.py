"""Handing a consultation on: with consent, or to protect life; and what came of it (domain.md §4.6, §9 rule 6).

A referral keeps to whom, when, what was told and on what basis: the record of a provision to others.
"""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.consultation import Consultation, ConsultationView
from models.organization import Organization
from models.referral import OF_THE_PERSON, Referral, ReferralCreate, ReferralOutcomeDraft
from services.consulted_persons import identity_of
from services.consulting import step, take
from services.errors import NotFound, Refused, invalid
from services.showing_consultations import show_consultation
from services.unit import Unit


def refer(unit: Unit, consultation_id: UUID, draft: ReferralCreate) -> ConsultationView:
    """Hand a consultation on to an institution.

    Raises `NotFound`, `Stale`, `WrongState` (`CON_STATE`), `Refused` (`PRIV_CONSENT`) without consent unless the
    consultation has an urgent code and the reason is told, `InvalidFields`.
    """
    consultation = take(unit, consultation_id, "refer")
    _check_basis(unit, consultation, draft)
    if unit.session.get(Organization, draft.organization_id) is None:
        raise invalid("/organization_id")
    if OF_THE_PERSON & {*draft.shared} and identity_of(unit, consultation) is None:
        raise invalid("/shared", "FIELD_CONFLICT", other="person")
    referral = unit.add(
        Referral(
            consultation_id=consultation.id,
            sent_at=unit.now,
            shared=sorted({*draft.shared}),
            **draft.model_dump(include={"organization_id", "consented_on", "without_consent"}),
        )
    )
    step(unit, consultation, "refer", draft.minutes)
    facts = {"without_consent": draft.without_consent} if draft.without_consent else {}
    unit.audit("referral.send", referral, fields=referral.shared, facts=facts)
    return show_consultation(unit, consultation)


def _check_basis(unit: Unit, consultation: Consultation, draft: ReferralCreate) -> None:
    if draft.consented_on is not None and draft.without_consent is not None:
        raise invalid("/without_consent", "FIELD_CONFLICT", other="consented_on")
    if draft.consented_on is not None:
        received_on = unit.local_day(consultation.received_at)  # nobody agrees to hand on what she has not told yet
        if not received_on <= draft.consented_on <= unit.today:
            raise invalid("/consented_on", "FIELD_RANGE", min=received_on, max=unit.today)
        return
    if draft.without_consent is None or not consultation.urgent_codes:
        raise Refused("PRIV_CONSENT")


def tell_outcome(unit: Unit, consultation_id: UUID, referral_id: UUID, draft: ReferralOutcomeDraft) -> ConsultationView:
    """Write down what came of a referral, whatever state the consultation is in. Raises `NotFound`, `Stale`."""
    consultation = unit.lock(Consultation, consultation_id)
    unit.expect(consultation)
    referral = unit.get(Referral, referral_id)
    if referral.consultation_id != consultation.id:
        raise NotFound
    referral.outcome, referral.outcome_at = draft.outcome, unit.now
    consultation.touch(unit.now)
    unit.audit("referral.outcome", referral, fields=["outcome"])
    return show_consultation(unit, consultation)


def unheard_of(unit: Unit) -> SelectOfScalar[Referral]:
    """Return the referrals of which nothing has been heard for so long that an officer asks."""
    patience = timedelta(days=unit.rules.referral_outcome_days)
    return select(Referral).where(col(Referral.outcome).is_(None), col(Referral.sent_at) <= unit.now - patience)
