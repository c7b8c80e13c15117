"""One person before shifts, as a door judges her; at her own doors no withheld place is judged (docs/decisions/0005)."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlmodel import select

from models.assignment import Assignment, AssignmentStatus
from scheduling import problem as values
from services.rarity import is_rare
from services.roster import Roster, muster
from services.shift_values import problem_of, value_shifts
from services.unit import Unit


def question(
    unit: Unit, volunteer_id: UUID, shift_ids: Iterable[UUID], *, own_door: bool, apart_from: UUID | None = None
) -> tuple[values.Problem, dict[UUID, values.Shift]]:
    """Return what is judged of one volunteer before these shifts.

    At her own door a shift whose district is withheld stands at an unknown place, and so does what she holds
    tentatively: the radius then passes, and any change of place takes the longest way. `apart_from` is left out of her
    calendar, to judge anew who stands on it.
    """
    shifts = value_shifts(unit, shift_ids)
    roster = muster(unit, [volunteer_id], history=False)
    if own_door:
        shifts = {shift_id: unplaced(shift) if _withheld(unit, shift) else shift for shift_id, shift in shifts.items()}
        roster = _discreet(unit, volunteer_id, roster)
    if apart_from is not None:
        calendars = {one: calendar.without(str(apart_from)) for one, calendar in roster.calendars.items()}
        roster = replace(roster, calendars=calendars)
    return problem_of(unit, roster, shifts.values()), shifts


def unplaced(shift: values.Shift) -> values.Shift:
    """Return the shift at an unknown place; that it is remote is told, so it stays."""
    return replace(shift, place=_nowhere(shift.place))


def _nowhere(place: values.Place) -> values.Place:
    return values.Place(remote=place.remote)


def _withheld(unit: Unit, shift: values.Shift) -> bool:
    """Tell whether the district is kept from volunteers, as `rarity.is_withheld` tells it of the rows."""
    district = shift.place.district
    return district is not None and any(
        is_rare(unit, tag, district) for need in shift.needs for tag in need.languages[:1]
    )


def _discreet(unit: Unit, volunteer_id: UUID, roster: Roster) -> Roster:
    """Return her calendar without the places that have not been told her yet."""
    if not any(calendar.commitments for calendar in roster.calendars.values()):
        return roster
    waiting = select(Assignment.shift_id).where(
        Assignment.volunteer_id == volunteer_id, Assignment.status == AssignmentStatus.TENTATIVE
    )
    held = value_shifts(unit, unit.session.exec(waiting))
    untold = {shift.id for shift in held.values() if _withheld(unit, shift)}
    return replace(roster, calendars={one: _blurred(calendar, untold) for one, calendar in roster.calendars.items()})


def _blurred(calendar: values.Calendar, untold: set[str]) -> values.Calendar:
    return values.Calendar(
        tuple(
            replace(held, place=_nowhere(held.place)) if held.shift_id in untold else held
            for held in calendar.commitments
        )
    )
