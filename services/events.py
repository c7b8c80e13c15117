"""Events: planned with what they ask of those who help, opened, held by the clock, closed with a count (domain.md §1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.event import Event, EventClosing, EventCreate, EventKind, EventStatus, EventView
from models.shift import DemandDraft, Modality, Shift, ShiftKind, ShiftStatus
from models.training import TrainingCourse
from models.volunteer import Volunteer, VolunteerStatus
from services import event_states
from services.errors import invalid
from services.free_text import refuse_personal_details
from services.moving_shifts import take_shifts
from services.notifying import tell_office, tell_volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import EVENT_SOURCE
from services.roster import READY
from services.showing_events import show_event, show_events
from services.staffing import check_demands, check_time, known_certificates, open_places, open_shift, place_columns
from services.states import phase_of
from services.unit import Unit

LAPSED = "lapsed"
TO_COME = frozenset({EventStatus.PLANNED, EventStatus.OPEN})


@dataclass(frozen=True)
class EventFilters:
    """What a list of events is narrowed to; `starts_from`, `starts_to` bound the start, half-open."""

    kind: EventKind | None = None
    status: EventStatus | None = None
    starts_from: datetime | None = None
    starts_to: datetime | None = None


def list_events(unit: Unit, ask: Ask, filters: EventFilters) -> Page[EventView]:
    """Return events, soonest first."""
    order = Order((Event.starts_at, Event.id))
    return page(unit, ask, select(Event).where(*_conditions(filters)), order, show_events, scope_of("events", filters))


def _conditions(filters: EventFilters) -> list[Any]:
    conditions: list[Any] = []
    if filters.kind is not None:
        conditions.append(Event.kind == filters.kind)
    if filters.status is not None:
        conditions.append(Event.status == filters.status)
    if filters.starts_from is not None:
        conditions.append(col(Event.starts_at) >= filters.starts_from)
    if filters.starts_to is not None:
        conditions.append(col(Event.starts_at) < filters.starts_to)
    return conditions


def read_event(unit: Unit, event_id: UUID) -> EventView:
    """Return an event. Raises `NotFound`."""
    return show_event(unit, unit.get(Event, event_id))


def create(unit: Unit, draft: EventCreate) -> EventView:
    """Plan an event; nobody sees its shift before it is opened.

    Raises `InvalidFields` for a time that is past or ends before it begins, references that lead nowhere, courses that
    give no certificate, and personal details in what is written for those who come.
    """
    check_time(unit, draft.starts_at, draft.ends_at)
    refuse_personal_details(draft.title, "/title")
    refuse_personal_details(draft.note, "/note")
    _check_conditions(unit, draft)
    check_demands(unit, draft.demands)
    columns = draft.model_dump(exclude={"facility_id", "district", "demands"})
    place = place_columns(unit, draft.facility_id, draft.district)
    event = unit.add(Event(**unit.stamp(), **columns, **place, status=EventStatus.PLANNED))
    unit.audit("event.create", event)
    if draft.demands:
        write_turn(unit, event, draft.demands)
    return show_event(unit, event)


def _check_conditions(unit: Unit, draft: EventCreate) -> None:
    if set(draft.required_certifications) - known_certificates(unit, draft.required_certifications):
        raise invalid("/required_certifications")
    if set(draft.required_courses) - _certificates_of(unit, draft.required_courses).keys():
        raise invalid("/required_courses")


def _certificates_of(unit: Unit, courses: Collection[str]) -> dict[str, str]:
    """Return the certificates that courses give, by the codes of the courses."""
    statement = select(TrainingCourse.code, TrainingCourse.grants).where(col(TrainingCourse.code).in_(courses))
    return {code: grants for code, grants in unit.session.exec(statement) if grants}


def write_turn(
    unit: Unit, event: Event, demands: list[DemandDraft], *, for_children: bool = False, **over: Any
) -> Shift:
    """Write a shift of an event, by default over the whole of it: what the event asks of everybody comes on top."""
    last = unit.session.exec(
        select(sa.func.max(Shift.turn)).where(Shift.source_type == EVENT_SOURCE, Shift.source_id == event.id)
    ).one()
    columns = {
        "title": event.title,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "facility_id": event.facility_id,
        "district_code": event.district_code,
        "modality": Modality.ON_SITE,
        "claim_policy": event.claim_policy,
        **over,
    }
    shift = Shift(
        **unit.stamp(),
        kind=ShiftKind.EVENT,
        source_type=EVENT_SOURCE,
        source_id=event.id,
        turn=(last or 0) + 1,
        status=ShiftStatus.OPEN if event.status is EventStatus.OPEN else ShiftStatus.PLANNED,
        **columns,
    )
    return open_places(
        unit,
        shift,
        demands,
        certifications={*event.required_certifications, *_certificates_of(unit, event.required_courses).values()},
        skills=[READY] if event.kind is EventKind.DISASTER_DRILL else [],
        for_children=event.for_children or for_children,
    )


def take_event(unit: Unit, event_id: UUID) -> tuple[Event, list[Shift]]:
    """Return the addressed event and its shifts, locked in the house's order. Raises `NotFound`, `Stale`."""
    unit.get(Event, event_id)
    take_shifts(unit, EVENT_SOURCE, [event_id])
    event = unit.lock(Event, event_id)
    unit.expect(event)
    return event, take_shifts(unit, EVENT_SOURCE, [event_id])  # a turn may have been added while we waited


def move(unit: Unit, event: Event, verb: str) -> None:
    """Move a locked event by a verb of the office. Raises `WrongState` in another state, and at another time."""
    phase = phase_of(event.starts_at, event.ends_at, unit.now)
    event.status = EventStatus(event_states.EVENT.timely(event.status, verb, phase))
    event.touch(unit.now)


def open_event(unit: Unit, event_id: UUID) -> EventView:
    """Open an event and its shifts; of a disaster drill everybody hears who is ready for disasters.

    Raises `NotFound`, `Stale`, `WrongState`.
    """
    event, shifts = take_event(unit, event_id)
    move(unit, event, "open")
    unit.audit("event.open", event)
    for shift in shifts:
        if shift.status is ShiftStatus.PLANNED:
            open_shift(unit, shift)
    if event.kind is EventKind.DISASTER_DRILL:
        _announce(unit, event, shifts)
    return show_event(unit, event)


def _announce(unit: Unit, event: Event, shifts: Sequence[Shift]) -> None:
    ready = select(Volunteer.id).where(Volunteer.status == VolunteerStatus.ACTIVE, col(Volunteer.disaster_ready))
    # Volunteers read no events, but the shifts on which they take a place: the one there is, or the list.
    where = f"/{shifts[0].id}" if len(shifts) == 1 else "?activity=event&open=true"
    link = f"{unit.rules.public_url}/v1/shifts{where}"
    facts = {"title": event.title, "starts_at": event.starts_at, "ends_at": event.ends_at, "link": link}
    for volunteer_id in unit.session.exec(ready.order_by(col(Volunteer.id))).all():
        tell_volunteer(unit, volunteer_id, "drill_announced", event, facts)


def close(unit: Unit, event_id: UUID, draft: EventClosing) -> EventView:
    """Close an event that was held, with the number of those who came. Raises `NotFound`, `Stale`, `WrongState`."""
    event, _ = take_event(unit, event_id)
    move(unit, event, "close")
    event.visitors = draft.visitors
    unit.audit("event.close", event, fields=["visitors"])
    return show_event(unit, event)


def follow_clock(unit: Unit, event: Event) -> None:
    """Move a locked event to where the clock says that it is: held at its end, or called off if nobody opened it."""
    if event.status is EventStatus.OPEN and event.ends_at <= unit.now:
        _move_by_time(unit, event, "hold")
    elif event.status is EventStatus.PLANNED and event.starts_at <= unit.now:
        event.status_reason = LAPSED
        _move_by_time(unit, event, "lapse")
        tell_office(unit, "office_event_lapsed", event, {"title": event.title, "starts_at": event.starts_at})


def _move_by_time(unit: Unit, event: Event, verb: str) -> None:
    event.status = EventStatus(event_states.EVENT.next(event.status, verb))
    event.touch(unit.now)
    unit.audit(f"event.{verb}", event)
