"""Who families and guests are, and who came to a consultation, is kept until 30 days after it has ended, and no longer.

domain.md §9 rule 9.
"""

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.client import ClientIdentity, RequestClient
from models.consultation import Consultation, ConsultationIdentity
from models.dispatch_request import DispatchRequest, RequestStatus
from models.host_stay import GuestIdentity, HostStay
from services.erasing import consultation_kept_by
from services.unit import Unit

ENDED = frozenset(
    {
        RequestStatus.REJECTED,
        RequestStatus.COMPLETED,
        RequestStatus.CLOSED,
        RequestStatus.UNFILLED,
        RequestStatus.CANCELLED,
        RequestStatus.CLIENT_NO_SHOW,
        RequestStatus.INTERPRETER_NO_SHOW,
    }
)
"""States of a request in which nobody needs to reach its families any more."""


def date_purge(unit: Unit, request: DispatchRequest) -> None:
    """Set the day on which the identities of a request are purged, once it has ended; one that lives again keeps them.

    A request that was given up before its time may be reopened until then: its days count from the activity's, and follow
    it when it is moved. Else what was set once is never put off.
    """
    identities = unit.session.exec(
        select(ClientIdentity)
        .join(RequestClient, col(RequestClient.id) == ClientIdentity.request_client_id)
        .where(RequestClient.request_id == request.id)
    )
    for identity in identities:
        identity.purge_on = _purge_on(unit, request, identity.purge_on) if request.status in ENDED else None


def _purge_on(unit: Unit, request: DispatchRequest, set_before: date | None) -> date:
    kept = timedelta(days=unit.rules.identity_purge_days)
    if request.status is RequestStatus.UNFILLED:
        return max(unit.today, unit.local_day(request.ends_at)) + kept
    return min(set_before or date.max, unit.today + kept)


def due_identities(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the identities whose day has come, or that nobody dated so long after the activity.

    A request waits for its reports without end; who its families are is not kept for them. When the office is told that a
    report is late, the days begin.
    """
    waited = timedelta(days=unit.rules.report_office_days + unit.rules.identity_purge_days)
    forgotten = sa.and_(col(ClientIdentity.purge_on).is_(None), col(DispatchRequest.ends_at) <= unit.now - waited)
    return (
        select(ClientIdentity.id)
        .join(RequestClient, col(RequestClient.id) == ClientIdentity.request_client_id)
        .join(DispatchRequest, col(DispatchRequest.id) == RequestClient.request_id)
        .where(sa.or_(col(ClientIdentity.purge_on) <= unit.today, forgotten))
    )


def purge(unit: Unit, identity: ClientIdentity) -> None:
    """Delete a locked identity whose day has come; the audit log keeps that it was, and of which request."""
    if unit.session.exec(due_identities(unit).where(ClientIdentity.id == identity.id)).first() is None:
        return
    link = unit.get(RequestClient, identity.request_client_id)
    unit.audit("client_identity.purge", unit.get(DispatchRequest, link.request_id), facts={"n": link.n})
    unit.session.delete(identity)


def due_guests(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the identities of guests whose day has come."""
    return select(GuestIdentity.id).where(col(GuestIdentity.purge_on) <= unit.today)


def purge_guest(unit: Unit, identity: GuestIdentity) -> None:
    """Delete a guest's locked identity whose day has come; see `purge`."""
    if identity.purge_on is None or identity.purge_on > unit.today:
        return
    unit.audit("guest_identity.purge", unit.get(HostStay, identity.stay_id))
    unit.session.delete(identity)


def date_forgetting(unit: Unit, consultation: Consultation) -> None:
    """Set the days on which who came is forgotten, and what is not counted, once it is settled; one that goes on keeps all."""
    statement = select(ConsultationIdentity).where(ConsultationIdentity.consultation_id == consultation.id)
    due = unit.today + timedelta(days=unit.rules.identity_purge_days)
    for identity in unit.session.exec(statement):
        identity.purge_on = (identity.purge_on or due) if consultation.settled_at else None
    last = unit.today + relativedelta(years=unit.rules.consultation_years)
    consultation.purge_on = (consultation.purge_on or last) if consultation.settled_at else None


def due_persons(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the identities of people who came to a consultation whose day has come and which nothing keeps."""
    return (
        select(ConsultationIdentity.id)
        .join(Consultation, col(Consultation.id) == ConsultationIdentity.consultation_id)
        .where(col(ConsultationIdentity.purge_on) <= unit.today, ~sa.or_(*consultation_kept_by().values()))
    )


def forget(unit: Unit, identity: ConsultationIdentity) -> None:
    """Delete a locked identity whose day has come; the audit log keeps that it was, and of which consultation.

    Whoever goes on with a consultation or holds it has its row; while somebody does, the identity waits for the next run.
    """
    consultation = unit.take(Consultation, identity.consultation_id)
    due = due_persons(unit).where(ConsultationIdentity.id == identity.id)
    if consultation is None or unit.session.exec(due).first() is None:
        return
    unit.audit("consultation_identity.purge", consultation)
    unit.session.delete(identity)
