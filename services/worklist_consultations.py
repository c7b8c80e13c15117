"""Entries of the worklist for consultation officers, who see no others: to judge, urgent, left lying, referrals without an outcome."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from models.consultation import Consultation, ConsultationStatus, Urgency
from models.referral import Referral
from models.worklist import Subject, WorkCode
from services.entering import Entry, answer_due, post
from services.referring import unheard_of
from services.unit import Unit

_NEXT = {ConsultationStatus.TRIAGED: "start", ConsultationStatus.IN_PROGRESS: "resolve"}


def untriaged(unit: Unit) -> Iterator[Entry]:
    """Consultations that nobody has judged yet."""
    statement = select(Consultation).where(Consultation.status == ConsultationStatus.RECEIVED)
    for consultation in unit.session.exec(statement):
        yield _entry(unit, WorkCode.CONSULTATION_NEW, consultation, "triage")


def urgent(unit: Unit) -> Iterator[Entry]:
    """Urgent consultations that were judged and are not settled or handed on."""
    statement = select(Consultation).where(
        Consultation.urgency == Urgency.URGENT, col(Consultation.status).in_(sorted(_NEXT))
    )
    for consultation in unit.session.exec(statement):
        yield _entry(unit, WorkCode.CONSULTATION_URGENT, consultation, _NEXT[consultation.status])


def stale(unit: Unit) -> Iterator[Entry]:
    """Consultations that only an officer can bring to an end, without which they are kept for ever, who came with them.

    Judged or begun and untouched for long, or handed on with every outcome told. What is urgent stands here by itself.
    """
    patience = timedelta(days=unit.rules.consultation_stale_days)
    left_lying = sa.and_(
        col(Consultation.status).in_(sorted(_NEXT)),
        col(Consultation.urgency) != Urgency.URGENT,
        col(Consultation.updated_at) <= unit.now - patience,
    )
    awaited = sa.exists().where(col(Referral.consultation_id) == Consultation.id, col(Referral.outcome).is_(None))
    heard_of = sa.and_(col(Consultation.status) == ConsultationStatus.REFERRED, ~awaited)
    for consultation in unit.session.exec(select(Consultation).where(sa.or_(left_lying, heard_of))):
        was_left = consultation.status in _NEXT
        yield Entry(
            WorkCode.CONSULTATION_STALE,
            _subject(consultation),
            answer_due(unit, consultation.updated_at + (patience if was_left else timedelta())),
            post(f"/v1/consultations/{consultation.id}/{_NEXT[consultation.status] if was_left else 'close'}"),
            facts={"at": consultation.updated_at},
        )


def outcomes_awaited(unit: Unit) -> Iterator[Entry]:
    """Referrals of which nothing has been heard for long, also of consultations that are closed."""
    statement = unheard_of(unit).join(Consultation).add_columns(Consultation)
    patience = timedelta(days=unit.rules.referral_outcome_days)
    for referral, consultation in unit.session.execute(statement):
        yield Entry(
            WorkCode.REFERRAL_SILENT,
            _subject(consultation),
            answer_due(unit, referral.sent_at + patience),
            post(f"/v1/consultations/{consultation.id}/referrals/{referral.id}/outcome"),
            facts={"at": referral.sent_at},
        )


def _entry(unit: Unit, code: WorkCode, consultation: Consultation, verb: str) -> Entry:
    is_urgent = consultation.urgency is Urgency.URGENT
    return Entry(
        code,
        _subject(consultation),
        answer_due(unit, consultation.received_at, urgent=is_urgent),
        post(f"/v1/consultations/{consultation.id}/{verb}"),
        urgent=is_urgent,
        facts={"at": consultation.received_at},
    )


def _subject(consultation: Consultation) -> Subject:
    return Subject(type="consultation", id=consultation.id, no=consultation.no)
