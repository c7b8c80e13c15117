"""Events that are changed or called off: their shifts follow, and everybody on them by the rules of change (domain.md §0.1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from models.change_rule import ChangedField
from models.class_session import Calloff
from models.event import Event, EventChanges, EventPatch
from models.shift import Shift, ShiftKind
from services.errors import invalid
from services.events import move, take_event
from services.free_text import refuse_personal_details
from services.moving_shifts import (
    NOT_OVER,
    Moved,
    When,
    call_off,
    changed_between,
    rehearsed,
    rewrite,
    show_moved,
    when_of,
)
from services.passing import TO_COME, catch_up
from services.showing_events import show_event
from services.staffing import check_time, moved_place
from services.unit import Unit


def cancel(unit: Unit, event_id: UUID, draft: Calloff, *, preview: bool = False) -> EventChanges:
    """Call an event off; everybody on its shifts is free again and told.

    Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    event, shifts = take_event(unit, event_id)
    return rehearsed(unit, lambda: _cancel(unit, event, shifts, draft.reason), preview=preview)


def _cancel(unit: Unit, event: Event, shifts: Sequence[Shift], reason: str) -> EventChanges:
    for shift in shifts:
        catch_up(unit, shift)  # turns that are over stay what they were
    move(unit, event, "cancel")
    event.status_reason = reason
    unit.audit("event.cancel", event)
    return _shown(unit, event, [call_off(unit, shift) for shift in shifts if shift.status in NOT_OVER])


def change(unit: Unit, event_id: UUID, patch: EventPatch, *, preview: bool = False) -> EventChanges:
    """Change an event before it begins. Its shifts keep their distance to its start, those over the whole of it its length.

    Raises `NotFound`, `Stale`, `WrongState`, and `InvalidFields` as a new event does, and for a time that leaves no room
    for one of its shifts.
    """
    refuse_personal_details(patch.title, "/title")
    refuse_personal_details(patch.note, "/note")
    event, shifts = take_event(unit, event_id)
    return rehearsed(unit, lambda: _change(unit, event, shifts, patch), preview=preview)


def _change(unit: Unit, event: Event, shifts: Sequence[Shift], patch: EventPatch) -> EventChanges:
    move(unit, event, "change")
    before, title = when_of(event), event.title
    for name, value in _columns(unit, event, patch).items():
        setattr(event, name, value)
    after = when_of(event)
    if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at):
        check_time(unit, event.starts_at, event.ends_at)
    unit.audit("event.change", event, fields=sorted(patch.model_fields_set))
    # Whoever holds several turns has to be out of the way of one before the next comes to its time.
    late_first = event.starts_at > before.starts_at
    in_turn = sorted(shifts, key=lambda shift: (shift.starts_at, shift.id), reverse=late_first)
    moved = {
        shift.id: _follow(unit, event, shift, before, after, title) for shift in in_turn if shift.status in TO_COME
    }
    return _shown(unit, event, [moved[shift.id] for shift in shifts if shift.id in moved])


def _columns(unit: Unit, event: Event, patch: EventPatch) -> dict[str, Any]:
    columns = patch.changes()
    return columns | moved_place(unit, event, columns)


def _follow(unit: Unit, event: Event, shift: Shift, before: When, after: When, title: str) -> Moved:
    starts_at, ends_at = _times(shift, before, after)
    columns: Mapping[str, Any] = {
        "title": event.title if shift.title == title else shift.title,
        "starts_at": starts_at,
        "ends_at": ends_at,
        **_place(event, shift, before),
    }
    was = When(shift.starts_at, shift.ends_at, (shift.facility_id, shift.district_code), ())
    now = When(starts_at, ends_at, (columns["facility_id"], columns["district_code"]), ())
    changed: set[ChangedField] = changed_between(unit, was, now)
    told = before.briefing != after.briefing
    return rewrite(unit, shift, columns, changed, ShiftKind.EVENT, told=told)


def _times(shift: Shift, before: When, after: When) -> tuple[datetime, datetime]:
    """Return the new times of a shift: the whole event for one that was, else as long and as late after the start as it was."""
    if (shift.starts_at, shift.ends_at) == (before.starts_at, before.ends_at):
        return after.starts_at, after.ends_at
    moved = after.starts_at - before.starts_at
    starts_at, ends_at = shift.starts_at + moved, shift.ends_at + moved
    if ends_at > after.ends_at:
        raise invalid("/ends_at", "FIELD_RANGE", min=ends_at)
    return starts_at, ends_at


def _place(event: Event, shift: Shift, before: When) -> dict[str, Any]:
    """A shift that stood where the event stood goes with it; one elsewhere stays."""
    if (shift.facility_id, shift.district_code) != before.place:
        return {"facility_id": shift.facility_id, "district_code": shift.district_code}
    return {"facility_id": event.facility_id, "district_code": event.district_code}


def _shown(unit: Unit, event: Event, moved: Sequence[Moved]) -> EventChanges:
    unit.session.flush()
    return EventChanges(event=show_event(unit, event), shifts=show_moved(unit, moved))
