"""A finished dispatch that nobody wrote down in time: made whole in one call, through the same doors (domain.md §0.1)."""

from collections.abc import Iterator
from typing import Any

from models.assignment import Assignment, Via
from models.dispatch_request import DispatchRequest, DispatchRequestView
from models.late_record import DispatchRequestFiling, ServedBy
from models.shift import Shift
from models.volunteer import Volunteer
from scheduling.problem import Door
from services import requesting
from services.claim_rules import WAIVABLE
from services.claiming import Entry, place, recorded
from services.deciding import accept_past
from services.errors import FieldFault, Forbidden, InvalidFields
from services.free_text import refuse_personal_details
from services.notifying import tell_requester, tell_volunteer
from services.passing import catch_up
from services.policies import Permission, may
from services.reporting import keep_of_requester, keep_of_volunteer
from services.showing import badges_of, show_request
from services.unit import Unit

_WANTED = ("reason", "served_by", "report")


def file(
    unit: Unit, draft: DispatchRequestFiling, *, force: bool = False, recorded_late: bool = False
) -> DispatchRequestView:
    """Write a new request as a draft, or record a finished dispatch; see `requesting.create` and `record`."""
    if recorded_late:
        return record(unit, draft, force=force)
    early = [
        FieldFault(f"/{name}", "FIELD_CONFLICT", {"other": "recorded_late"}) for name in _WANTED if getattr(draft, name)
    ]
    if early:
        raise InvalidFields(faults=early)
    return requesting.create(unit, draft, force=force)


def record(unit: Unit, draft: DispatchRequestFiling, *, force: bool = False) -> DispatchRequestView:
    """Record a finished dispatch with who came, its times and both reports.

    The reason passes the past and whatever else wants one; no rule of class `never` is passed, and what a volunteer
    may waive she waived by coming. Raises `Forbidden` to anybody but the office, `InvalidFields`, `RulesBroken`,
    `Refused` (`REQ_DUPLICATE`, `REP_TIMES`).
    """
    if not may(unit.actor, Permission.REQUEST_DECIDE):
        raise Forbidden
    reason = _reason(unit, draft)
    request = requesting.write(unit, draft, force=force, past=True)
    requesting.hand_in(unit, request, draft.on_behalf, past=True)
    shift = accept_past(unit, request, reason)
    stood = [(_placed(unit, shift, one, draft), one) for one in draft.served_by]
    catch_up(unit, shift)
    _report(unit, request, shift, draft, stood)
    _tell(unit, request, shift, stood)
    return show_request(unit, request)


def _reason(unit: Unit, draft: DispatchRequestFiling) -> str:
    """Return the reason of a whole record of something that is over. Raises `InvalidFields` naming all that is wrong."""
    faults = list(_faults(unit, draft))
    if faults:
        raise InvalidFields(faults=faults)
    refuse_personal_details(draft.reason, "/reason")
    return str(draft.reason)


def _faults(unit: Unit, draft: DispatchRequestFiling) -> Iterator[FieldFault]:
    for name in _WANTED:
        if not getattr(draft, name):
            yield FieldFault(f"/{name}", "FIELD_MISSING")
    if draft.ends_at > unit.now:
        yield FieldFault("/ends_at", "FIELD_RANGE", {"max": unit.now})
    if len(draft.served_by) > draft.places:
        yield FieldFault("/served_by", "FIELD_RANGE", {"max": draft.places})
    for n, one in enumerate(draft.served_by):
        if unit.session.get(Volunteer, one.volunteer_id) is None:
            yield FieldFault(f"/served_by/{n}/volunteer_id", "FIELD_REFERENCE")


def _placed(unit: Unit, shift: Shift, one: ServedBy, draft: DispatchRequestFiling) -> Assignment:
    entry = Entry(
        Door.hand,
        Via.HAND,
        consents=WAIVABLE,
        overrides=tuple(recorded(unit, override) for override in one.overrides),
        on_behalf=draft.on_behalf,
        recorded_late=True,
    )
    return place(unit, one.volunteer_id, shift.id, None, entry)


def _report(
    unit: Unit,
    request: DispatchRequest,
    shift: Shift,
    draft: DispatchRequestFiling,
    stood: list[tuple[Assignment, ServedBy]],
) -> None:
    for assignment, one in stood:
        keep_of_volunteer(unit, assignment, shift, one.report, draft.on_behalf)
    assert draft.report is not None  # noqa: S101 - asked for above
    keep_of_requester(unit, request, shift, draft.report)


def _tell(unit: Unit, request: DispatchRequest, shift: Shift, stood: list[tuple[Assignment, ServedBy]]) -> None:
    facts: dict[str, Any] = {"starts_at": shift.starts_at}
    for assignment, _ in stood:
        tell_volunteer(unit, assignment.volunteer_id, "dispatch_recorded_volunteer", assignment, facts)
    facts |= {"no": request.request_no, "badge_names": badges_of(unit, shift)}
    tell_requester(unit, request.organization_id, "dispatch_recorded", request, facts)
