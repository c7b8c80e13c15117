"""Events: planned, opened, changed or called off with their shifts, closed; and who was at meetings of the council."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanWriteEvents, GuardedWorkDep, PlainWorkDep, PreviewDep, WorkDep, may_be_absent
from api.paging import AskDep, FromDep, ToDep
from api.problems import answers
from models.class_session import Calloff
from models.event import (
    EventChanges,
    EventClosing,
    EventCreate,
    EventKind,
    EventPatch,
    EventStatus,
    EventView,
    MeetingAttendancePut,
    MeetingAttendanceView,
)
from models.fields import Id
from services import events, meetings, moving_events
from services.events import EventFilters
from services.paging import Page

router = APIRouter(prefix="/v1/events", tags=["events"])


@router.get("", response_model=Page[EventView], responses=answers(403))
def list_events(  # noqa: PLR0913, PLR0917 - each is a query parameter
    caller: CanWriteEvents,
    work: PlainWorkDep,
    ask: AskDep,
    starts_from: FromDep,
    starts_to: ToDep,
    kind: Annotated[EventKind | None, Query()] = None,
    status: Annotated[EventStatus | None, Query()] = None,
) -> Response:
    """List events with their shifts, soonest first."""
    return work.read(caller, events.list_events, ask, EventFilters(kind, status, starts_from, starts_to))


@router.post("", status_code=201, response_model=EventView, responses=answers(403))
def plan_event(draft: EventCreate, caller: CanWriteEvents, work: WorkDep) -> Response:
    """Plan an event with the places of those who help; nobody sees them before it is opened."""
    return work.create(caller, events.create, draft)


@router.get("/{event_id}", response_model=EventView, responses=answers(403, 404))
def read_event(event_id: Id, caller: CanWriteEvents, work: PlainWorkDep) -> Response:
    """Read an event."""
    return work.read(caller, events.read_event, event_id)


@router.patch("/{event_id}", response_model=EventChanges, responses=answers(403, 404, 409, 412, 428))
def change_event(
    event_id: Id, draft: EventPatch, caller: CanWriteEvents, work: GuardedWorkDep, *, preview: PreviewDep = False
) -> Response:
    """Change an event before it begins; its shifts follow, and whoever is coming by the rules of change."""
    return work.write(caller, moving_events.change, event_id, draft, preview=preview)


@router.post("/{event_id}/open", response_model=EventView, responses=answers(403, 404, 409, 412))
def open_event(event_id: Id, caller: CanWriteEvents, work: WorkDep) -> Response:
    """Open an event: volunteers see its shifts; of a disaster drill whoever is ready for disasters is told."""
    return work.write(caller, events.open_event, event_id)


@router.post("/{event_id}/cancel", response_model=EventChanges, responses=answers(403, 404, 409, 412))
def cancel_event(
    event_id: Id, draft: Calloff, caller: CanWriteEvents, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Call an event off; everybody on its shifts is told."""
    return work.write(caller, moving_events.cancel, event_id, draft, preview=preview)


@router.post("/{event_id}/close", response_model=EventView, responses=answers(403, 404, 409, 412))
def close_event(
    event_id: Id,
    draft: Annotated[EventClosing, may_be_absent(EventClosing)],
    caller: CanWriteEvents,
    work: WorkDep,
) -> Response:
    """Close an event that was held, with the number of those who came."""
    return work.write(caller, events.close, event_id, draft)


@router.get("/{event_id}/attendance", response_model=MeetingAttendanceView, responses=answers(403, 404))
def read_meeting_attendance(event_id: Id, caller: CanWriteEvents, work: PlainWorkDep) -> Response:
    """Read which member groups were at a meeting of the liaison council."""
    return work.read(caller, meetings.read_attendance, event_id)


@router.put("/{event_id}/attendance", response_model=MeetingAttendanceView, responses=answers(403, 404, 409, 412, 428))
def write_meeting_attendance(
    event_id: Id, draft: MeetingAttendancePut, caller: CanWriteEvents, work: GuardedWorkDep
) -> Response:
    """Write down anew which member groups were at a meeting."""
    return work.write(caller, meetings.write_attendance, event_id, draft)
