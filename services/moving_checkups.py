"""A check-up is moved or called off, and with it every request that hangs on it (domain.md §0.1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.client import RequestClient
from models.dispatch_request import DispatchRequest, Reason
from models.office import CheckupMove, CheckupSession, CheckupSessionView, CheckupStatus
from models.shift import Shift
from services import deciding, states
from services.acting_for import arrival
from services.amending import rewrite, take_with_people, tell_changed
from services.changing import Change
from services.checkups import FINISHED, owned_place, show_checkup, state_of, visible_checkups
from services.errors import Forbidden, invalid
from services.free_text import refuse_personal_details
from services.office_days import at_local
from services.queries import find
from services.unit import Unit


def cancel(unit: Unit, session_id: UUID, draft: Reason) -> CheckupSessionView:
    """Call a check-up off; every request that hangs on it is cancelled with it, everybody is told.

    Raises `WrongState` (`CHK_STATE` once it is over, `REQ_STATE` once a request has begun), `InvalidFields` for personal
    details.
    """
    return show_checkup(unit, call_off(unit, session_id, draft)[0])


def call_off(unit: Unit, session_id: UUID, draft: Reason) -> tuple[CheckupSession, list[Change]]:
    """Call a check-up off and return whom that touched; see `cancel`."""
    refuse_personal_details(draft.reason, "/reason")
    session, requests = _take(unit, session_id, "cancel")
    arrived = arrival(unit, draft.on_behalf, since=session.created_at)
    changes = [deciding.end_early(unit, request, draft, arrived) for request, _ in requests]
    for change in changes:
        deciding.tell_called_off(unit, change.request)
    session.status = CheckupStatus.CANCELLED
    session.touch(unit.now)
    unit.audit("checkup_session.cancel", session, facts={"reason": draft.reason}, on_behalf=draft.on_behalf)
    return session, changes


def move(unit: Unit, session_id: UUID, draft: CheckupMove) -> CheckupSessionView:
    """Move a check-up to another day, hour or place; its requests, their shifts and people follow.

    Raises `WrongState` (`CHK_STATE`, or `REQ_STATE` once a request has begun), `InvalidFields`, `RulesBroken` for rules
    that the new time breaks without an override, `Forbidden` for overrides that staff alone may give.
    """
    return show_checkup(unit, shift_session(unit, session_id, draft)[0])


def shift_session(unit: Unit, session_id: UUID, draft: CheckupMove) -> tuple[CheckupSession, list[Change]]:
    """Move a check-up and return whom that touched; see `move`."""
    if draft.overrides and not unit.actor.is_staff:
        raise Forbidden
    refuse_personal_details(draft.reason, "/reason")
    session, requests = _take(unit, session_id, "move")
    before, place = at_local(unit, session.held_on, session.reception_starts), session.facility_id
    fields = _write(unit, session, draft)
    by = at_local(unit, session.held_on, session.reception_starts) - before
    moved = requests if by or session.facility_id != place else []
    changes = [_move_request(unit, session, taken, by, draft) for taken in moved]
    for change in changes:
        tell_changed(unit, change.request)
    session.touch(unit.now)
    unit.audit("checkup_session.move", session, fields=fields, facts={"reason": draft.reason})
    return session, changes


def _take(unit: Unit, session_id: UUID, verb: str) -> tuple[CheckupSession, list[tuple[DispatchRequest, Shift | None]]]:
    """Return the addressed session and its requests, locked: requests before their check-up, as filing one does."""
    session = find(unit, visible_checkups(unit.actor), CheckupSession, session_id)
    take_with_people(unit, _live(unit, session))
    session = unit.lock(CheckupSession, session_id)
    unit.expect(session)
    states.CHECKUP.next(state_of(unit, session), verb)
    return session, take_with_people(unit, _live(unit, session))  # as they are, now that none can come or go


def _live(unit: Unit, session: CheckupSession) -> Sequence[UUID]:
    """Return the requests that still hang on a check-up."""
    return unit.session.exec(
        select(DispatchRequest.id).where(
            DispatchRequest.checkup_session_id == session.id, col(DispatchRequest.status).not_in(FINISHED)
        )
    ).all()


def _write(unit: Unit, session: CheckupSession, draft: CheckupMove) -> list[str]:
    values = {name: value for name, value in draft.changes().items() if name not in {"reason", "overrides"}}
    if "facility_id" in values:
        owned_place(unit, values["facility_id"])
    for name, value in values.items():
        setattr(session, name, value)
    if session.reception_ends <= session.reception_starts:
        raise invalid("/reception_ends", "FIELD_CONFLICT", other="reception_starts")
    if at_local(unit, session.held_on, session.reception_starts) <= unit.now:
        raise invalid("/held_on", "REQ_PAST")
    unit.session.flush()  # the requests are held against the check-up as it is now
    return sorted(values)


def _move_request(
    unit: Unit,
    session: CheckupSession,
    taken: tuple[DispatchRequest, Shift | None],
    by: timedelta,
    draft: CheckupMove,
) -> Change:
    request, shift = taken
    values: dict[str, Any] = {
        "starts_at": request.starts_at + by,
        "ends_at": request.ends_at + by,
        "facility_id": session.facility_id,
    }
    for link in unit.session.exec(select(RequestClient).where(RequestClient.request_id == request.id)):
        link.time_band = _later(link.time_band, by)
    return rewrite(
        unit, request, shift, values, draft.overrides, force=True
    )  # all move, so none becomes another's same


def _later(band: str | None, by: timedelta) -> str | None:
    """Move a local time of day; whole days leave it as it is."""
    return f"{datetime.strptime(band, '%H:%M') + by:%H:%M}" if band else None  # noqa: DTZ007 - a time of day, no instant
