"""Shifts to look at: the list for each caller, and the shifts a volunteer can claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import Assignment, AssignmentStatus, Booking
from models.competence import VolunteerLanguage
from models.shift import TRAINEE, ClaimPolicy, Demand, DemandLanguage, Shift, ShiftStatus, ShiftView
from models.volunteer import Volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import Audience, capacities_of
from services.queries import ME, find, visible_shifts
from services.rarity import is_rare
from services.showing_shifts import judge_for, show_shift, show_shifts
from services.unit import Unit


@dataclass(frozen=True)
class ShiftFilters:
    """What a list of shifts is narrowed to; `starts_from`, `starts_to` bound the start, half-open."""

    starts_from: datetime | None = None
    starts_to: datetime | None = None
    activity: str | None = None
    language: str | None = None
    district: str | None = None
    open: bool | None = None
    claimable: bool = False


def list_shifts(unit: Unit, ask: Ask, filters: ShiftFilters) -> Page[ShiftView]:
    """Return shifts of the caller's scope, soonest first.

    With `claimable` only those that the calling volunteer could claim: narrowed in SQL, then judged one by one over
    one page; the cursor is the last shift examined, so a page may be short while more follow.
    """
    statement = visible_shifts(unit.actor).where(*_conditions(unit, filters))
    order = Order((Shift.starts_at, Shift.id))
    show = _show_claimable if filters.claimable and unit.actor.volunteer_id else show_shifts
    return page(unit, ask, statement, order, show, scope_of("shifts", filters))


def _show_claimable(unit: Unit, shifts: Sequence[Shift]) -> list[ShiftView]:
    judgements = judge_for(unit, shifts)
    return show_shifts(unit, [shift for shift in shifts if not judgements[shift.id].why_not], judgements)


def _conditions(unit: Unit, filters: ShiftFilters) -> list[Any]:
    conditions: list[Any] = []
    if filters.starts_from:
        conditions.append(col(Shift.starts_at) >= filters.starts_from)
    if filters.starts_to:
        conditions.append(col(Shift.starts_at) < filters.starts_to)
    if filters.activity:
        conditions.append(Shift.kind == filters.activity)
    if filters.district:
        conditions += _in_district(unit, filters.district)
    if filters.language:
        conditions.append(_wants(select(DemandLanguage.demand_id).where(DemandLanguage.tag == filters.language)))
    if filters.open is not None:
        is_open = sa.and_(col(Shift.status) == ShiftStatus.OPEN, col(Shift.starts_at) > unit.now)
        conditions.append(is_open if filters.open else ~is_open)
    if filters.claimable:
        conditions += [col(Shift.starts_at) > unit.now, *_CLAIMABLE]
    return conditions


def _in_district(unit: Unit, district: str) -> list[Any]:
    """Narrow to a district; for volunteers without those whose district is withheld, or the filter would tell it."""
    conditions: list[Any] = [Shift.district_code == district]
    if Audience.VOLUNTEER in capacities_of(unit.actor):
        wanted = unit.session.exec(select(Demand.language).distinct())
        rare = [language for language in wanted if is_rare(unit, language, district)]
        conditions.append(~sa.exists().where(Demand.shift_id == Shift.id, col(Demand.language).in_(rare)))  # type: ignore[arg-type]
    return conditions


def _wants(demand_ids: Any) -> Any:
    return sa.exists().where(Demand.shift_id == Shift.id, col(Demand.id).in_(demand_ids))  # type: ignore[arg-type]


_HERS = select(VolunteerLanguage.tag).where(col(VolunteerLanguage.volunteer_id) == ME)
_FITTING = select(DemandLanguage.demand_id).where(col(DemandLanguage.tag).in_(_HERS))
_COVERED = sa.exists().where(
    col(Assignment.demand_id) == col(Demand.id), col(Assignment.status) == AssignmentStatus.STANDIN_WANTED
)
_WITH_CHILDREN = select(Volunteer.child_contact_ok).where(col(Volunteer.id) == ME).scalar_subquery()
_WITH_PLACE = select(Demand.id).where(
    sa.or_(col(Demand.language).is_(None), col(Demand.id).in_(_FITTING)),
    sa.or_(col(Demand.child_safety).is_(False), _WITH_CHILDREN),
    col(Demand.role) != TRAINEE,
    sa.or_(col(Demand.taken) < col(Demand.places), _COVERED),
)
_BUSY = sa.exists().where(
    col(Booking.volunteer_id) == ME,
    col(Booking.active),
    col(Booking.starts_at) < col(Shift.ends_at),
    col(Shift.starts_at) < col(Booking.ends_at),
)
_CLAIMABLE = (
    col(Shift.status) == ShiftStatus.OPEN,
    col(Shift.claim_policy) != ClaimPolicy.OFFER_ONLY,
    _wants(_WITH_PLACE),
    ~_BUSY,
)
"""What is open, in a language of hers or of nobody's, at a time she has not given away."""


def read_shift(unit: Unit, shift_id: UUID) -> ShiftView:
    """Return a shift of the caller's scope. Raises `NotFound`."""
    return show_shift(unit, find(unit, visible_shifts(unit.actor), Shift, shift_id))
