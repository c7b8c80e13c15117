"""Who families and guests are, and who came to a consultation, is kept until 30 days after it has ended, and no longer.

domain.md §9 rule 9.
"""

from datetime import timedelta
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

    A request that was given up before its time may be reopened until then: its days count from the activity's.
    """
    identities = unit.session.exec(
        select(ClientIdentity)
        .join(RequestClient, col(RequestClient.id) == ClientIdentity.request_client_id)
        .where(RequestClient.request_id == request.id)
    )
    last_used = max(unit.today, unit.local_day(request.ends_at)) if _may_reopen(request) else unit.today
    due = last_used + timedelta(days=unit.rules.identity_purge_days)
    for identity in identities:
        identity.purge_on = (identity.purge_on or due) if request.status in ENDED else None


def _may_reopen(request: DispatchRequest) -> bool:
    return request.status is RequestStatus.UNFILLED


def due_identities(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the identities whose day has come."""
    return select(ClientIdentity.id).where(col(ClientIdentity.purge_on) <= unit.today)


def purge(unit: Unit, identity: ClientIdentity) -> None:
    """Delete a locked identity whose day has come; the audit log keeps that it was, and of which request."""
    if identity.purge_on is None or identity.purge_on > unit.today:
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
