"""What a change of somebody's hours does to what she holds already: told with the change, before it is saved."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from sqlmodel import col, select

from models.assignment import Booking, BookingSource
from models.availability import HoursPreview
from scheduling.interval import Interval
from scheduling.people import AvailabilityState
from services.registration_ends import held_by
from services.rejudging import verdicts
from services.roster import muster
from services.unit import Unit

P = ParamSpec("P")


@contextmanager
def noticing_clashes(unit: Unit, volunteer_id: UUID) -> Iterator[None]:
    """Warn of what she holds that her hours left free before the block, and leave free no more after it."""
    before = _clashes(unit, volunteer_id)
    yield
    unit.session.flush()
    after = _clashes(unit, volunteer_id)
    new = sorted(starts_at for one, starts_at in after.items() if one not in before)
    if new:
        unit.warn("VOL_TOUCHES", n=len(new), when=new)


def _clashes(unit: Unit, volunteer_id: UUID) -> dict[UUID, datetime]:
    return {**_activities(unit, volunteer_id), **_trainings(unit, volunteer_id)}


def _trainings(unit: Unit, volunteer_id: UUID) -> dict[UUID, datetime]:
    """The seats that somebody has at a time at which she says that she is away."""
    seats = select(Booking).where(
        Booking.volunteer_id == volunteer_id,
        Booking.source_type == BookingSource.ENROLLMENT,
        col(Booking.active),
        col(Booking.starts_at) > unit.now,
    )
    booked = unit.session.exec(seats).all()
    if not booked:
        return {}
    hours = muster(unit, [volunteer_id], history=False).volunteers[volunteer_id].availability
    away = AvailabilityState.away
    return {
        seat.source_id: seat.starts_at
        for seat in booked
        if hours.state(Interval(seat.starts_at, seat.ends_at), unit.zone) is away
    }


def _activities(unit: Unit, volunteer_id: UUID) -> dict[UUID, datetime]:
    held = held_by(unit, volunteer_id)
    judged = verdicts(unit, [assignment for assignment, _ in held]) if held else {}
    return {
        assignment.id: shift.starts_at
        for assignment, shift in held
        if any(violation.code == "ASG_UNAVAILABLE" for violation in judged[assignment.id].consent_needed)
    }


def preview(unit: Unit, change: Callable[Concatenate[Unit, P], Any], *args: P.args, **kwargs: P.kwargs) -> HoursPreview:
    """Return what a change would warn of. Raises what the change itself would."""
    change(unit, *args, **kwargs)
    return HoursPreview(warnings=unit.warnings)
