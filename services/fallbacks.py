"""Another way when no interpreter comes: arranged by the office, told to the requester at once, with its outcome.

By phone or video the request's own shift may go out anew, without travel (domain.md §0.1, "Fallback is an act").
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from models.dispatch_request import DispatchRequest, RequestStatus
from models.fallback import (
    Fallback,
    FallbackChannel,
    FallbackCreate,
    FallbackResult,
    FallbackStatus,
    FallbackView,
)
from models.fields import Items
from models.organization import Organization
from models.shift import Modality, Shift
from services import states
from services.deciding import look_again
from services.errors import NotFound, WrongState, invalid
from services.filling import demands_of
from services.free_text import personal_details
from services.notifying import tell_requester
from services.passing import catch_up
from services.queries import find, visible_requests
from services.releasing import ask_anew
from services.request_rules import refuse_once_started
from services.showing import shift_of
from services.showing_fallbacks import fallbacks_of, show_fallback, verbs_on
from services.unit import Unit

REMOTE: Final[Mapping[FallbackChannel, Modality]] = {
    FallbackChannel.PHONE: Modality.PHONE,
    FallbackChannel.VIDEO: Modality.VIDEO,
}
"""The ways for which an interpreter can be sought."""


def list_fallbacks(unit: Unit, request_id: UUID) -> Items[FallbackView]:
    """Return the fallbacks of a request of the caller's scope. Raises `NotFound`."""
    find(unit, visible_requests(unit.actor), DispatchRequest, request_id)
    return Items(items=[show_fallback(unit, fallback) for fallback in fallbacks_of(unit, request_id)])


def read_fallback(unit: Unit, request_id: UUID, fallback_id: UUID) -> FallbackView:
    """Return a fallback of a request of the caller's scope. Raises `NotFound`."""
    find(unit, visible_requests(unit.actor), DispatchRequest, request_id)
    return show_fallback(unit, _of_request(unit.get(Fallback, fallback_id), request_id))


def arrange(unit: Unit, request_id: UUID, draft: FallbackCreate) -> FallbackView:
    """Arrange another way for a request for which nobody comes, or may not come; its requester is told at once.

    With `reopen` an interpreter by phone or video is sought: the shift goes out anew, open offers are withdrawn, and
    who said no may be asked again.

    Raises `InvalidFields`, and `WrongState` for a request that is not accepted, served or over, or to reopen one
    that has started or on which somebody holds a place.
    """
    request, shift = _take(unit, request_id)
    _check(unit, draft)
    fallback = unit.add(
        Fallback(
            **unit.stamp(),
            request_id=request.id,
            **draft.model_dump(include={"channel", "organization_id", "note"}),
            arranged_for=_time(request, draft),
            reopened=draft.reopen,
            status=FallbackStatus.ARRANGED,
        )
    )
    if draft.reopen:
        _seek_remotely(unit, request, shift, REMOTE[draft.channel])
    request.touch(unit.now)
    unit.audit("fallback.arrange", fallback, facts={"channel": draft.channel, "reopen": draft.reopen})
    _tell(unit, "fallback_sought" if draft.reopen else "fallback_arranged", request, fallback)
    return show_fallback(unit, fallback)


def _take(unit: Unit, request_id: UUID) -> tuple[DispatchRequest, Shift]:
    """Return the addressed request and its shift, locked and where the clock says that they are."""
    request = find(unit, visible_requests(unit.actor), DispatchRequest, request_id)
    shift = shift_of(unit, request)
    if shift is not None:
        shift = unit.lock(Shift, shift.id)
        request = unit.lock(DispatchRequest, request_id)
        catch_up(unit, shift)
    unit.expect(request)
    if shift is None or request.status not in states.FALLBACK_WHILE:
        raise _wrong(request)
    return request, shift


def _wrong(request: DispatchRequest) -> WrongState:
    return WrongState(code="REQ_STATE", state=request.status, allowed=states.REQUEST.verbs(request.status))


def _check(unit: Unit, draft: FallbackCreate) -> None:
    if draft.organization_id is not None and unit.session.get(Organization, draft.organization_id) is None:
        raise invalid("/organization_id")
    if draft.reopen and draft.channel not in REMOTE:
        raise invalid("/reopen", "FIELD_CONFLICT", other="channel")
    if details := personal_details(draft.note):
        raise invalid("/note", "REQ_FREE_TEXT_PII", found=details)


def _time(request: DispatchRequest, draft: FallbackCreate) -> datetime:
    """Return when it takes place; an interpreter is sought for the time of the request and no other."""
    arranged_for = draft.arranged_for or request.starts_at
    if draft.reopen and arranged_for != request.starts_at:
        raise invalid("/arranged_for", "FIELD_CONFLICT", other="reopen")
    return arranged_for


def _seek_remotely(unit: Unit, request: DispatchRequest, shift: Shift, modality: Modality) -> None:
    """Let the shift go out anew without a place; a family may be anywhere, and so may the interpreter."""
    refuse_once_started(unit, request)
    if any(demand.taken for demand in demands_of(unit, shift)):
        raise _wrong(request)
    if request.status is RequestStatus.UNFILLED:
        look_again(unit, request, shift)
    request.modality = shift.modality = modality
    shift.facility_id = None
    ask_anew(unit, shift)
    unit.audit("shift.go_remote", shift, fields=["facility_id", "modality"])


def record_outcome(unit: Unit, request_id: UUID, fallback_id: UUID, draft: FallbackResult) -> FallbackView:
    """Record what came of a fallback, once its time has come; a later outcome corrects the one before.

    Raises `NotFound`, `Stale`, `WrongState` (`FBK_STATE`).
    """
    request, fallback = _addressed(unit, request_id, fallback_id, "outcome")
    fallback.outcome, fallback.minutes, fallback.problem_code = draft.outcome, draft.minutes, draft.problem_code
    fallback.touch(unit.now)
    request.touch(unit.now)
    unit.audit("fallback.outcome", fallback, fields=["minutes", "outcome", "problem_code"])
    return show_fallback(unit, fallback)


def drop(unit: Unit, request_id: UUID, fallback_id: UUID) -> FallbackView:
    """Call a fallback off before it took place; the requester is told.

    Raises `NotFound`, `Stale`, `WrongState` (`FBK_STATE`); a search by phone or video is ended with its request.
    """
    request, fallback = _addressed(unit, request_id, fallback_id, "drop")
    fallback.touch(unit.now)
    request.touch(unit.now)
    unit.audit("fallback.drop", fallback)
    _tell(unit, "fallback_dropped", request, fallback)
    return show_fallback(unit, fallback)


def _addressed(unit: Unit, request_id: UUID, fallback_id: UUID, verb: str) -> tuple[DispatchRequest, Fallback]:
    """Return the request and the fallback, locked, the fallback moved by the verb."""
    request = find(unit, visible_requests(unit.actor), DispatchRequest, request_id, lock=True)
    fallback = _of_request(unit.lock(Fallback, fallback_id), request_id)
    unit.expect(fallback)
    following = states.FALLBACK.next(fallback.status, verb)
    verbs = verbs_on(unit, fallback)
    if verb not in verbs:
        raise WrongState(code="FBK_STATE", state=fallback.status, allowed=verbs)
    fallback.status = FallbackStatus(following)
    return request, fallback


def _of_request(fallback: Fallback, request_id: UUID) -> Fallback:
    if fallback.request_id != request_id:
        raise NotFound
    return fallback


def _tell(unit: Unit, kind: str, request: DispatchRequest, fallback: Fallback) -> None:
    facts: dict[str, Any] = {
        "no": request.request_no,
        "channel": str(fallback.channel),
        "arranged_for": fallback.arranged_for,
    }
    tell_requester(unit, request.organization_id, kind, request, facts)
