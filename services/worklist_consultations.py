"""Entries of the worklist for consultation officers, who see no others: to judge, urgent, referrals without an outcome."""

from collections.abc import Iterator
from datetime import timedelta

from sqlmodel import col, select

from models.consultation import Consultation, ConsultationStatus, Urgency
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
