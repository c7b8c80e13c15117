"""Shifts that the office opens by itself: turns of events, and activities that nothing else stands for (contract.md)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from models.base import new_id
from models.class_session import Calloff
from models.event import Event
from models.offer import OfferWithdrawal
from models.shift import TRAINEE, Demand, DemandPlaces, Shift, ShiftCreate, ShiftKind, ShiftStatus, ShiftView
from services import states
from services.changing import lock_people
from services.errors import Refused, WrongState, invalid
from services.events import TO_COME, write_turn
from services.filling import can_be_taken, settle
from services.free_text import refuse_personal_details
from services.moving_shifts import call_off
from services.queries import EVENT_SOURCE, OFFICE_SOURCE, find, visible_shifts
from services.releasing import withdraw_offers
from services.showing_shifts import show_shift
from services.staffing import check_demands, check_time, open_places, open_shift, place_columns
from services.unit import Unit


def post(unit: Unit, draft: ShiftCreate) -> ShiftView:
    """Write a shift that no request opens.

    Raises `InvalidFields` for a time that is past, ends before it begins or lies outside the event, references that lead
    nowhere, an activity without a title, and personal details in one; `WrongState` for the turn of an event that is over.
    """
    refuse_personal_details(draft.title, "/title")
    check_demands(unit, draft.demands)
    shift = _activity(unit, draft) if draft.event_id is None else _turn(unit, draft, draft.event_id)
    return show_shift(unit, shift)


def _activity(unit: Unit, draft: ShiftCreate) -> Shift:
    for name in ("title", "starts_at", "ends_at"):
        if getattr(draft, name) is None:
            raise invalid(f"/{name}", "FIELD_MISSING")
    shift_id = new_id()
    columns = _columns(unit, draft, draft.model_dump(include=_GIVEN))
    row = Shift(
        **unit.stamp(),
        id=shift_id,
        kind=ShiftKind.ACTIVITY,
        source_type=OFFICE_SOURCE,
        source_id=shift_id,
        status=ShiftStatus.PLANNED,
        **columns,
    )
    return open_places(unit, row, draft.demands, for_children=draft.for_children)


_GIVEN = {"title", "starts_at", "ends_at", "modality", "claim_policy"}


def _columns(unit: Unit, draft: ShiftCreate, columns: Mapping[str, Any]) -> dict[str, Any]:
    check_time(unit, columns["starts_at"], columns["ends_at"])
    return {**columns, **place_columns(unit, draft.facility_id, draft.district)}


def _turn(unit: Unit, draft: ShiftCreate, event_id: UUID) -> Shift:
    if unit.session.get(Event, event_id) is None:
        raise invalid("/event_id")
    event = unit.lock(Event, event_id)
    if event.status not in TO_COME:
        raise WrongState(code="EVT_STATE", state=event.status, allowed=[])
    given = {name: value for name, value in draft.model_dump(include=_GIVEN, exclude_unset=True).items() if value}
    columns = {"starts_at": event.starts_at, "ends_at": event.ends_at, **given}
    if {"facility_id", "district"} & draft.model_fields_set:
        columns |= place_columns(unit, draft.facility_id, draft.district)
    check_time(unit, columns["starts_at"], columns["ends_at"])
    if columns["starts_at"] < event.starts_at:
        raise invalid("/starts_at", "FIELD_RANGE", min=event.starts_at, max=event.ends_at)
    if columns["ends_at"] > event.ends_at:
        raise invalid("/ends_at", "FIELD_RANGE", min=event.starts_at, max=event.ends_at)
    event.touch(unit.now)
    return write_turn(unit, event, draft.demands, for_children=draft.for_children, **columns)


def open_posted(unit: Unit, shift_id: UUID) -> ShiftView:
    """Open a planned activity to those who may come; the turns of an event open with it.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`SHF_SOURCE`).
    """
    shift = _take(unit, shift_id, OFFICE_SOURCE)
    if shift.starts_at <= unit.now:
        raise WrongState(code="SHF_STATE", state=shift.status, allowed=["cancel"])
    open_shift(unit, shift)
    return show_shift(unit, shift)


def cancel_posted(unit: Unit, shift_id: UUID, draft: Calloff) -> ShiftView:
    """Call a shift off before its start; everybody on it is free again and told.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`SHF_SOURCE`), `InvalidFields` for personal details in the reason.
    """
    refuse_personal_details(draft.reason, "/reason")
    shift = _take(unit, shift_id, OFFICE_SOURCE, EVENT_SOURCE)
    if not states.SHIFT.leads(shift.status, "cancel") or shift.starts_at <= unit.now:
        raise WrongState(code="SHF_STATE", state=shift.status, allowed=[])
    call_off(unit, shift)
    if shift.source_type == EVENT_SOURCE:
        unit.lock(Event, shift.source_id).touch(unit.now)
    return show_shift(unit, shift)


def set_places(unit: Unit, shift_id: UUID, draft: DemandPlaces) -> ShiftView:
    """Set how many places a demand of a turn or an activity has, before it begins.

    With more places it is open again; with as few as are held it is filled, and whoever was asked for them need not
    answer, whether or not places of another demand are still open.
    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`SHF_SOURCE`), `InvalidFields` for a demand of another shift or
    one of trainees, and for fewer places than are held: nobody loses hers by it.
    """
    shift = _take(unit, shift_id, OFFICE_SOURCE, EVENT_SOURCE)
    if not states.SHIFT.leads(shift.status, "cancel") or shift.starts_at <= unit.now:
        raise WrongState(code="SHF_STATE", state=shift.status, allowed=[])
    demand = unit.session.get(Demand, draft.demand_id)
    if demand is None or demand.shift_id != shift.id or demand.role == TRAINEE:
        raise invalid("/demand_id")
    if draft.places < demand.taken:
        raise invalid("/places", "FIELD_RANGE", min=demand.taken)
    demand.places = draft.places
    unit.audit("shift.places", shift, facts={"places": draft.places})
    if settle(unit, shift):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED)
    elif not can_be_taken(unit, demand):
        withdraw_offers(unit, shift, OfferWithdrawal.FILLED, of=demand.id)
    if shift.source_type == EVENT_SOURCE:
        unit.lock(Event, shift.source_id).touch(unit.now)
    return show_shift(unit, shift)


def _take(unit: Unit, shift_id: UUID, *sources: str) -> Shift:
    """Return the addressed shift, locked with its people; one that something else opened is opened and cancelled there."""
    found = find(unit, visible_shifts(unit.actor), Shift, shift_id)
    if found.source_type not in sources:
        raise Refused("SHF_SOURCE")
    lock_people(unit, [shift_id])
    shift = unit.lock(Shift, shift_id)
    unit.expect(shift)
    return shift
