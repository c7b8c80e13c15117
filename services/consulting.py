"""Consultations: received by whoever is asked, seen and handled by consultation officers alone (domain.md §4.6, §5).

Who received one is told that it was received, and reads nothing of it afterwards. What cannot wait shows whom to call
and alarms those in charge at once; nothing is handed on by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.account import Account, AccountStatus, Role
from models.class_session import ClassSession, ClassSessionStatus
from models.consultation import (
    Consultation,
    ConsultationChannel,
    ConsultationCreate,
    ConsultationReceipt,
    ConsultationResolving,
    ConsultationStatus,
    ConsultationTopic,
    ConsultationTriage,
    ConsultationView,
    Urgency,
    UrgentCode,
)
from models.referral import Referral
from services import consultation_states, numbering
from services.acting_for import arrival, told_at
from services.consulted_persons import seal_person
from services.errors import WrongState, invalid
from services.notifying import alarm
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import Permission, may
from services.purging import date_forgetting
from services.queries import consulted_class_sessions, must_see
from services.showing_consultations import receipt_of, show_consultation, show_consultations
from services.states import CHECK_IN_OPENS
from services.unit import Unit

OFFICERS = frozenset({Role.CONSULTATION_OFFICER})


@dataclass(frozen=True)
class ConsultationFilters:
    """What a list is narrowed to; `mine`: those the caller handles; `awaiting_outcome`: handed on, and not heard of."""

    status: ConsultationStatus | None = None
    urgency: Urgency | None = None
    language: str | None = None
    mine: bool = False
    awaiting_outcome: bool = False


def receive(unit: Unit, draft: ConsultationCreate) -> ConsultationReceipt:
    """Take a consultation down; an urgent code alarms administrators, coordinators and officers at once.

    Volunteers and classroom managers name a class session of their own. Raises `NotFound` for one outside their scope,
    `InvalidFields` for a time to come or long past, a place that does not fit, an anonymous person who is named, and, unless it
    cannot wait, a session that has not begun by then or was called off before its start (`CON_NOT_HELD`).
    """
    session = _place(unit, draft)
    at = _received_at(unit, draft)
    codes = _urgent_codes(draft.topics, draft.urgent_codes)
    if session is not None and not codes:  # what cannot wait is told whatever became of the class
        _check_session(session, at)
    if draft.anonymous and draft.person is not None:
        raise invalid("/person", "FIELD_CONFLICT", other="anonymous")
    consultation = unit.add(
        Consultation(
            no=numbering.consultation_no(unit),
            received_at=at,
            urgent_codes=codes,
            urgency=Urgency.URGENT if codes else draft.urgency,
            topics=_once_each(draft.topics),
            anonymous=draft.person is None,
            **draft.model_dump(include=_TAKEN_DOWN),
            status=ConsultationStatus.RECEIVED,
            **unit.stamp(),
        )
    )
    if draft.person is not None:
        seal_person(unit, consultation, draft.person)
    unit.audit("consultation.receive", consultation, on_behalf=draft.on_behalf)
    _alarm(unit, consultation, codes)
    return receipt_of(unit, consultation)


_TAKEN_DOWN = {"channel", "class_session_id", "language", "heard_from", "minutes"}


def _place(unit: Unit, draft: ConsultationCreate) -> ClassSession | None:
    """Return the class session it was at, if it was at one."""
    at_class = draft.channel is ConsultationChannel.CLASS_SESSION
    anywhere = unit.actor.is_staff or may(unit.actor, Permission.CONSULTATION_HANDLE)
    if not anywhere and not at_class:
        raise invalid("/channel", "FIELD_CONFLICT", other="class_session_id")
    if at_class is (draft.class_session_id is None):
        raise invalid("/class_session_id", "FIELD_MISSING" if at_class else "FIELD_CONFLICT", other="channel")
    if draft.class_session_id is None:
        return None
    if not anywhere:
        must_see(unit, consulted_class_sessions(unit.actor), ClassSession, draft.class_session_id)
    session = unit.session.get(ClassSession, draft.class_session_id)
    if session is None:
        raise invalid("/class_session_id")
    return session


def _check_session(session: ClassSession, at: datetime) -> None:
    """Refuse a session at which nobody can have asked: no report on its period would count it rightly."""
    if _was_off(session):
        raise invalid("/class_session_id", "CON_NOT_HELD", starts_at=session.starts_at)
    if at < session.starts_at - CHECK_IN_OPENS:
        raise invalid("/class_session_id", "FIELD_CONFLICT", other="received_at")


def _was_off(session: ClassSession) -> bool:
    """Tell whether a session was called off before its start. One broken off, or never opened, people had come to.

    Nothing changes a session any more once it is off, so that `updated_at` is when it was called off.
    """
    if session.status is ClassSessionStatus.CANCELLED:
        return session.updated_at < session.starts_at
    return session.status is ClassSessionStatus.POSTPONED


def _received_at(unit: Unit, draft: ConsultationCreate) -> datetime:
    entered = arrival(unit, draft.on_behalf)  # whoever may not act for others is refused, whatever time is told
    return told_at(unit, draft.received_at, "/received_at") if draft.received_at else entered


def _urgent_codes(topics: Sequence[ConsultationTopic], codes: Sequence[UrgentCode]) -> list[str]:
    """Return what cannot wait; violence as a topic is taken for the code, or nobody would be told of it."""
    implied = [UrgentCode.VIOLENCE] if ConsultationTopic.VIOLENCE in topics else []
    return sorted({*codes, *implied})


def _once_each(topics: Sequence[ConsultationTopic]) -> list[str]:
    return list(dict.fromkeys(topics))


def _alarm(unit: Unit, consultation: Consultation, new: Sequence[str]) -> None:
    """Tell those in charge at once that something cannot wait, and nothing of what it is."""
    if new:
        facts = {"no": consultation.no, "at": consultation.received_at}
        alarm(unit, "consultation_urgent", consultation, facts, also=OFFICERS)


def list_consultations(unit: Unit, ask: Ask, filters: ConsultationFilters) -> Page[ConsultationView]:
    """Return consultations, newest first, without who came."""
    statement = select(Consultation)
    for column, value in (
        (Consultation.status, filters.status),
        (Consultation.urgency, filters.urgency),
        (Consultation.language, filters.language),
        (Consultation.officer_id, unit.actor.account_id if filters.mine else None),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    if filters.awaiting_outcome:
        unheard = select(Referral.consultation_id).where(col(Referral.outcome).is_(None))
        statement = statement.where(col(Consultation.id).in_(unheard))
    order = Order((Consultation.received_at, Consultation.id), descending=True)
    return page(unit, ask, statement, order, show_consultations, scope_of("consultations", filters))


def read_consultation(unit: Unit, consultation_id: UUID) -> ConsultationView:
    """Return a consultation, without who came, and log that it was read. Raises `NotFound`."""
    consultation = unit.get(Consultation, consultation_id)
    unit.audit("consultation.read", consultation)
    return show_consultation(unit, consultation)


def triage(unit: Unit, consultation_id: UUID, draft: ConsultationTriage) -> ConsultationView:
    """Judge a consultation, or judge it anew; an urgent code that was not there alarms at once.

    Raises `NotFound`, `Stale`, `WrongState` (`CON_STATE`), `InvalidFields` while nobody has asked how the person heard
    of the foundation.
    """
    consultation = take(unit, consultation_id, "triage")
    before = set(consultation.urgent_codes)
    _judge(consultation, draft)
    if consultation.heard_from is None:
        raise invalid("/heard_from", "FIELD_MISSING")
    step(unit, consultation, "triage", draft.minutes, fields=sorted(draft.model_fields_set))
    _alarm(unit, consultation, sorted({*consultation.urgent_codes} - before))
    return show_consultation(unit, consultation)


def _judge(consultation: Consultation, draft: ConsultationTriage) -> None:
    if draft.topics is not None:
        consultation.topics = _once_each(draft.topics)
    topics = [ConsultationTopic(topic) for topic in consultation.topics]
    codes = consultation.urgent_codes if draft.urgent_codes is None else draft.urgent_codes
    consultation.urgent_codes = _urgent_codes(topics, [UrgentCode(code) for code in codes])
    consultation.urgency = Urgency.URGENT if consultation.urgent_codes else draft.urgency or consultation.urgency
    consultation.language = draft.language or consultation.language
    consultation.heard_from = draft.heard_from or consultation.heard_from


def start(unit: Unit, consultation_id: UUID) -> ConsultationView:
    """Take a consultation over: the caller handles it from now on.

    Also from an officer who is there no more, or from one who is, where `If-Match` says that the caller knows of it.
    Raises `NotFound`, `Stale`, `WrongState`.
    """
    unseen = unit.if_match is None
    consultation = take(unit, consultation_id, "start")
    if unseen:
        _refuse_another_s(unit, consultation)
    consultation.officer_id = unit.actor.account_id
    step(unit, consultation, "start", fields=["officer_id"])
    return show_consultation(unit, consultation)


def resolve(unit: Unit, consultation_id: UUID, draft: ConsultationResolving) -> ConsultationView:
    """Write down how it ended; from now on the days run after which who came is forgotten. Raises as `start`."""
    consultation = take(unit, consultation_id, "resolve")
    consultation.resolution = draft.resolution
    step(unit, consultation, "resolve", draft.minutes, fields=["resolution"])
    return show_consultation(unit, consultation)


def close(unit: Unit, consultation_id: UUID) -> ConsultationView:
    """Close a consultation: nothing is left to be done. Raises as `start`."""
    consultation = take(unit, consultation_id, "close")
    step(unit, consultation, "close")
    return show_consultation(unit, consultation)


def reopen(unit: Unit, consultation_id: UUID) -> ConsultationView:
    """Go on with a consultation; who came is kept again, as far as it is not forgotten. Raises as `start`."""
    consultation = take(unit, consultation_id, "reopen")
    consultation.resolution = None
    step(unit, consultation, "reopen")
    return show_consultation(unit, consultation)


def _refuse_another_s(unit: Unit, consultation: Consultation) -> None:
    """Refuse what another officer is at: of two who begin at one instant, each would believe that it is hers."""
    is_begun = consultation.status is ConsultationStatus.IN_PROGRESS
    others = consultation.officer_id if consultation.officer_id != unit.actor.account_id else None
    if is_begun and others and unit.get(Account, others).status is AccountStatus.ACTIVE:
        verbs = consultation_states.CONSULTATION.verbs(consultation.status)
        allowed = [verb for verb in verbs if verb != "start"]
        raise WrongState(code="CON_STATE", state=consultation.status, allowed=allowed)


def take(unit: Unit, consultation_id: UUID, verb: str) -> Consultation:
    """Return the addressed consultation, locked, where the verb fits its state. Raises `NotFound`, `Stale`, `WrongState`."""
    consultation = unit.lock(Consultation, consultation_id)
    unit.expect(consultation)
    consultation_states.CONSULTATION.next(consultation.status, verb)
    return consultation


_SETTLED = frozenset({ConsultationStatus.RESOLVED, ConsultationStatus.CLOSED})


def step(unit: Unit, consultation: Consultation, verb: str, minutes: int = 0, fields: Sequence[str] = ()) -> None:
    """Move a locked consultation on by a verb that fits, and write what goes with it."""
    consultation.status = ConsultationStatus(consultation_states.CONSULTATION.next(consultation.status, verb))
    consultation.minutes += minutes
    settled = consultation.status in _SETTLED
    consultation.settled_at = (consultation.settled_at or unit.now) if settled else None
    consultation.touch(unit.now)
    date_forgetting(unit, consultation)
    unit.audit(f"consultation.{verb}", consultation, fields=list(fields))
