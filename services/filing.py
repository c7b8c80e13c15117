"""File many requests at once: a month of check-ups in one call, safe to repeat (domain.md §0.1)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.dispatch_request import DispatchRequest, DispatchRequestCreate
from models.fields import OnBehalf
from models.office import CheckupSession
from models.organization import Facility
from models.request_batch import BatchCreate
from models.service_type import ServiceType
from services import states
from services.errors import Refused, invalid
from services.outcome import Outcome, Outcomes, attempt
from services.request_rules import LIVE
from services.requesting import hand_in, write
from services.unit import Unit

MOST = 100


def file_batch(unit: Unit, draft: BatchCreate) -> Outcomes:
    """File each item by itself: a failing one undoes nothing else, one filed before is answered as it is.

    Raises `InvalidFields` when nothing is asked for, or more than 100 requests would follow.
    """
    drafts = [*_of_sessions(unit, draft), *(_for_whom(item, draft.on_behalf) for item in draft.items)]
    if not drafts:
        raise invalid("/items", "FIELD_MISSING")
    if len(drafts) > MOST:
        raise invalid("/items", "FIELD_RANGE", max=MOST)
    return Outcomes([_file(unit, index, item, submit=draft.submit) for index, item in enumerate(drafts)])


def _for_whom(item: DispatchRequestCreate, on_behalf: OnBehalf | None) -> DispatchRequestCreate:
    """Let what is said once for the whole batch hold for the items that do not say it themselves."""
    return item if item.on_behalf else item.model_copy(update={"on_behalf": on_behalf})


def _of_sessions(unit: Unit, draft: BatchCreate) -> list[DispatchRequestCreate]:
    """Return one standby request per check-up session and language."""
    if not draft.checkup_session_ids:
        return []
    if not draft.languages:
        raise invalid("/languages", "FIELD_MISSING")
    sessions = {
        session.id: session
        for session in unit.session.exec(
            select(CheckupSession).where(col(CheckupSession.id).in_(draft.checkup_session_ids))
        )
    }
    return [
        _standby(unit, _known(sessions, session_id, position), language, draft)
        for position, session_id in enumerate(draft.checkup_session_ids)
        for language in draft.languages
    ]


def _known(sessions: dict[UUID, CheckupSession], session_id: UUID, position: int) -> CheckupSession:
    if session_id not in sessions:
        raise invalid(f"/checkup_session_ids/{position}")
    return sessions[session_id]


def _standby(unit: Unit, session: CheckupSession, language: str, draft: BatchCreate) -> DispatchRequestCreate:
    service = _checkup_service(unit)
    starts_at = datetime.combine(session.held_on, session.reception_starts, tzinfo=unit.zone)
    return DispatchRequestCreate(
        service_type=service.code,
        organization_id=unit.get(Facility, session.facility_id).organization_id if unit.actor.is_staff else None,
        facility_id=session.facility_id,
        checkup_session_id=session.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=service.default_minutes),
        languages=[language],
        on_behalf=draft.on_behalf,
    )


def _checkup_service(unit: Unit) -> ServiceType:
    services = select(ServiceType).where(ServiceType.standby, ServiceType.enabled)
    found = unit.session.exec(services.order_by(col(ServiceType.valid_from).desc())).first()
    if found is None:
        raise Refused("REQ_SERVICE_OFF")
    return found


def _file(unit: Unit, index: int, draft: DispatchRequestCreate, *, submit: bool) -> Outcome:
    names: dict[str, Any] = {"index": index}
    if draft.checkup_session_id is not None:
        names |= {"checkup_session_id": draft.checkup_session_id, "language": draft.languages[0]}
    return attempt(unit, names, lambda: _file_one(unit, draft, submit=submit))


def _file_one(unit: Unit, draft: DispatchRequestCreate, *, submit: bool) -> Outcome:
    request = _filed_before(unit, draft)
    created = request is None
    if request is None:
        request = write(unit, draft)
    if submit and (request.status, "submit") in states.REQUEST.moves:
        hand_in(unit, request, draft.on_behalf)
    members = {"id": request.id, "request_no": request.request_no, "request_status": request.status}
    return Outcome(members, created=created)


def _filed_before(unit: Unit, draft: DispatchRequestCreate) -> DispatchRequest | None:
    """Return the standby request already filed for this check-up and language, so that a repeated call adds nothing."""
    if draft.checkup_session_id is None or draft.clients:
        return None
    filed = unit.session.exec(
        select(DispatchRequest)
        .where(
            DispatchRequest.checkup_session_id == draft.checkup_session_id,
            col(DispatchRequest.status).in_(sorted(LIVE)),
        )
        .order_by(DispatchRequest.id)  # type: ignore[arg-type]
    )
    own = unit.actor.organization_id
    return next(
        (
            request
            for request in filed
            if request.languages[0] == draft.languages[0] and (unit.actor.is_staff or request.organization_id == own)
        ),
        None,
    )
