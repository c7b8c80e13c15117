"""Events as the office sees them, for one or for many with a constant number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.event import Event, EventShift, EventView
from models.organization import Facility
from models.shift import TRAINEE, Demand, DemandView, FacilityName, Shift, ShiftStatus
from services import event_states
from services.policies import permissions_of
from services.queries import EVENT_SOURCE
from services.states import phase_of
from services.unit import Unit


def show_event(unit: Unit, event: Event) -> EventView:
    """Return an event."""
    return show_events(unit, [event])[0]


def show_events(unit: Unit, events: Sequence[Event]) -> list[EventView]:
    """Return events with their shifts, soonest first."""
    shifts = shifts_of(unit, [event.id for event in events])
    demands = _demands(unit, [shift.id for turns in shifts.values() for shift in turns])
    names = facility_names(unit, [event.facility_id for event in events])
    return [_show(unit, event, shifts[event.id], demands, names) for event in events]


def shifts_of(unit: Unit, event_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Shift]]:
    """Return the shifts of each event, soonest first."""
    statement = select(Shift).where(Shift.source_type == EVENT_SOURCE, col(Shift.source_id).in_(event_ids))
    found: dict[UUID, list[Shift]] = defaultdict(list)
    for shift in unit.session.exec(statement.order_by(col(Shift.starts_at), col(Shift.turn))):
        found[shift.source_id].append(shift)
    return found


def _demands(unit: Unit, shift_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Demand]]:
    statement = select(Demand).where(col(Demand.shift_id).in_(shift_ids)).order_by(col(Demand.id))
    found: dict[UUID, list[Demand]] = defaultdict(list)
    for demand in unit.session.exec(statement):
        found[demand.shift_id].append(demand)
    return found


def facility_names(unit: Unit, facility_ids: Sequence[UUID | None]) -> Mapping[UUID, str]:
    """Return the names of facilities."""
    statement = select(Facility.id, Facility.name).where(col(Facility.id).in_({one for one in facility_ids if one}))
    return {facility_id: name for facility_id, name in unit.session.exec(statement)}  # noqa: C416 - rows are no pairs


def facility_name(names: Mapping[UUID, str], facility_id: UUID | None) -> FacilityName | None:
    """Return a facility by name, where there is one."""
    return FacilityName(id=facility_id, name=names[facility_id]) if facility_id else None


def _show(
    unit: Unit,
    event: Event,
    shifts: Sequence[Shift],
    demands: Mapping[UUID, Sequence[Demand]],
    names: Mapping[UUID, str],
) -> EventView:
    counted = [demand for shift in shifts if _counts(shift) for demand in demands[shift.id] if demand.role != TRAINEE]
    phase = phase_of(event.starts_at, event.ends_at, unit.now)
    return EventView(
        **event.model_dump(include=_COLUMNS),
        facility=facility_name(names, event.facility_id),
        district=event.district_code,
        places=sum(demand.places for demand in counted),
        taken=sum(demand.taken for demand in counted),
        shifts=[_turn(shift, demands[shift.id]) for shift in shifts],
        actions=event_states.EVENT.open_to(event.status, permissions_of(unit.actor.roles), phase),
    )


def _counts(shift: Shift) -> bool:
    return shift.status is not ShiftStatus.CANCELLED


def _turn(shift: Shift, demands: Sequence[Demand]) -> EventShift:
    columns: dict[str, Any] = shift.model_dump(include={"id", "title", "starts_at", "ends_at", "status"})
    return EventShift(**columns, demands=[DemandView.model_validate(demand) for demand in demands])


_COLUMNS = EventView.model_fields.keys() & Event.model_fields.keys()
