"""The one mapping from rows of shifts to the values that `scheduling` judges, for any number of shifts at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.assignment import HOLDING, Assignment, AssignmentStatus
from models.client import ClientExclusion, ExclusionKind, RequestClient
from models.dispatch_request import DispatchRequest
from models.organization import District, Facility
from models.service_type import ServiceType, Weight
from models.shift import TRAINEE, Demand, DemandLanguage, Shift
from scheduling import problem as values
from scheduling.interval import Interval
from scheduling.people import steps_in
from services.growing import steps_where_asked
from services.places import place_of
from services.roster import Roster
from services.unit import Unit

_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_SHIFTS = (
    select(  # type: ignore[call-overload, misc]
        Shift.id,
        Shift.kind,
        Shift.source_id,
        Shift.starts_at,
        Shift.ends_at,
        Shift.facility_id,
        Shift.district_code,
        Shift.modality,
        col(ServiceType.code).label("service"),
        DispatchRequest.request_no,
        DispatchRequest.continuity_of,
        Facility.latitude,
        Facility.longitude,
        col(District.latitude).label("district_latitude"),
        col(District.longitude).label("district_longitude"),
    )
    .join(ServiceType, col(ServiceType.id) == Shift.service_type_id, isouter=True)
    .join(DispatchRequest, col(DispatchRequest.id) == Shift.source_id, isouter=True)
    .join(Facility, col(Facility.id) == Shift.facility_id, isouter=True)
    .join(District, col(District.code) == Shift.district_code, isouter=True)
    .where(col(Shift.id).in_(_IDS))
)
# Whoever waits for a stand-in covers her place, and yet it can be taken.
_COVERED = (
    select(sa.func.count(col(Assignment.id)))
    .where(col(Assignment.demand_id) == Demand.id, col(Assignment.status) == AssignmentStatus.STANDIN_WANTED)
    .correlate(Demand)
    .scalar_subquery()
)
_DEMANDS = (
    select(  # type: ignore[call-overload]
        Demand.id,
        Demand.shift_id,
        Demand.role,
        Demand.min_level,
        Demand.certifications,
        Demand.skills,
        Demand.gender_requirement,
        Demand.min_age,
        Demand.child_safety,
        Demand.places,
        ServiceType.shadowings,
        ServiceType.pairings,
        (col(Demand.taken) - _COVERED).label("taken"),
        DemandLanguage.tag,
    )
    .join(DemandLanguage, col(DemandLanguage.demand_id) == Demand.id, isouter=True)
    .join(Shift, col(Shift.id) == Demand.shift_id)
    .join(ServiceType, col(ServiceType.id) == Shift.service_type_id, isouter=True)
    .where(col(Demand.shift_id).in_(_IDS))
    # The tag asked for comes first: among equals it is the one that is meant.
    .order_by(Demand.id, col(DemandLanguage.tag) != Demand.language, DemandLanguage.tag)
)
"""Demands, a row for each tag that meets one."""
_FAMILIES = (
    select(RequestClient.request_id, RequestClient.client_id, ClientExclusion.volunteer_id, ClientExclusion.kind)
    .join(
        ClientExclusion,
        sa.and_(col(ClientExclusion.client_id) == RequestClient.client_id, col(ClientExclusion.lifted_at).is_(None)),
        isouter=True,
    )
    .where(col(RequestClient.request_id).in_(_IDS))
)
_NEIGHBOURS = select(District.code, District.neighbours)
_HOLDERS = select(Assignment.demand_id, Assignment.volunteer_id, Assignment.overrides).where(
    col(Assignment.demand_id).in_(_IDS), col(Assignment.status).in_(sorted(HOLDING - {AssignmentStatus.STANDIN_WANTED}))
)
_WEIGHTS = select(Weight.criterion, Weight.points)
_EARLIER = aliased(DispatchRequest)
_SERVED = (
    # Who stands on the request that this one continues, or on another that continues the same one before it.
    select(DispatchRequest.id, Assignment.volunteer_id)
    .join(
        _EARLIER,
        sa.or_(
            col(_EARLIER.id) == DispatchRequest.continuity_of,
            sa.and_(
                col(_EARLIER.continuity_of) == DispatchRequest.continuity_of,
                col(_EARLIER.starts_at) < DispatchRequest.starts_at,
            ),
        ),
    )
    .join(Shift, col(Shift.source_id) == _EARLIER.id)
    .join(Assignment, col(Assignment.shift_id) == Shift.id)
    .where(col(DispatchRequest.id).in_(_IDS), col(Assignment.status).in_(sorted(HOLDING)))
)


def value_shifts(unit: Unit, shift_ids: Iterable[UUID]) -> dict[UUID, values.Shift]:
    """Return these shifts as `scheduling` sees them, with exclusions and continuity; a constant number of queries."""
    ids = sorted(set(shift_ids))
    rows = unit.rows(_SHIFTS, ids=ids).all()
    requests = [row.source_id for row in rows]
    needs = _needs(unit, ids)
    families = _grouped(unit.rows(_FAMILIES, ids=requests).all())
    later = [row.source_id for row in rows if row.continuity_of]
    served = _grouped(unit.rows(_SERVED, ids=later).all()) if later else {}
    shifts = {row.id: _shift(row, needs[row.id], families.get(row.source_id, []), served) for row in rows}
    return _with_holders(unit, shifts)


def _with_holders(unit: Unit, shifts: dict[UUID, values.Shift]) -> dict[UUID, values.Shift]:
    """Name who holds the places of those shifts whose service asks whether one has interpreted before."""
    asking = {key: shift for key, shift in shifts.items() if any(need.pairings for need in shift.needs)}
    if not asking:
        return shifts
    ids = [UUID(need.id) for shift in asking.values() for need in shift.needs]
    held = _grouped(unit.rows(_HOLDERS, ids=ids).all())
    steps = steps_where_asked(unit, [volunteer_id for rows in held.values() for volunteer_id, _ in rows])

    def holder(shift: values.Shift, need: values.Need, one: UUID, overrides: Sequence[Any]) -> values.Holder:
        served = steps_in(steps[one], shift.service, need.languages).served
        return values.Holder(str(one), grown=served >= need.pairings or _is_led(overrides))

    def named(shift: values.Shift, need: values.Need) -> values.Need:
        people = sorted(held.get(UUID(need.id), []), key=itemgetter(0))
        return replace(need, holders=tuple(holder(shift, need, *one) for one in people))

    return shifts | {
        key: replace(shift, needs=tuple(named(shift, need) for need in shift.needs)) for key, shift in asking.items()
    }


def _is_led(overrides: Sequence[Any]) -> bool:
    """Whether the office led her past the steps: its reason holds for those beside her too (docs/decisions/0024)."""
    return any(override["code"] == "ASG_STEP" for override in overrides)


def _grouped(rows: Sequence[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for key, *rest in rows:
        found[key].append(rest)
    return found


def _needs(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[values.Need]]:
    needs: dict[UUID, list[values.Need]] = defaultdict(list)
    for _, found in groupby(unit.rows(_DEMANDS, ids=ids), key=attrgetter("id")):
        demand, *more = found
        needs[demand.shift_id].append(_need(demand, [row.tag for row in (demand, *more) if row.tag]))
    return needs


def _need(demand: Any, tags: Sequence[str]) -> values.Need:
    return values.Need(
        id=str(demand.id),
        role=demand.role,
        languages=tuple(tags),
        min_level=values.Level.parse(demand.min_level) if demand.min_level else None,
        certifications=frozenset(demand.certifications),
        skills=frozenset(demand.skills),
        gender=values.Gender(demand.gender_requirement) if demand.gender_requirement else None,
        min_age=demand.min_age,
        child_safety=demand.child_safety,
        places=demand.places,
        taken=demand.taken,
        **({} if demand.role == TRAINEE else _steps_asked(demand)),
    )


def _steps_asked(demand: Any) -> dict[str, Any]:
    """Places to learn ask for no step: they are the first one."""
    return {"shadowings": demand.shadowings or 0, "pairings": demand.pairings or 0}


def _shift(
    row: Any,
    needs: Sequence[values.Need],
    families: Sequence[Any],
    served: Mapping[UUID, Sequence[Any]],
) -> values.Shift:
    known = row.latitude is not None
    point = (row.latitude, row.longitude) if known else (row.district_latitude, row.district_longitude)
    return values.Shift(
        id=str(row.id),
        label=row.request_no or str(row.id),
        interval=Interval(row.starts_at, row.ends_at),
        place=place_of(row.facility_id, row.district_code, row.modality, *point),
        service=row.service or row.kind,
        needs=tuple(need for need in needs if need.role != TRAINEE),
        trainee_needs=tuple(need for need in needs if need.role == TRAINEE),
        clients=frozenset(str(client_id) for client_id, *_ in families),
        preferred_volunteers=frozenset(str(one) for (one,) in served.get(row.source_id, [])),
        excluded=frozenset(str(one) for _, one, kind in families if kind is ExclusionKind.FAMILY_WISH),
        acquainted=frozenset(str(one) for _, one, kind in families if kind is ExclusionKind.ACQUAINTED),
    )


def problem_of(unit: Unit, roster: Roster, shifts: Iterable[values.Shift]) -> values.Problem:
    """Return the people and shifts as one problem under the house's rules, with its weights where people are ranked."""
    return values.Problem(
        shifts=tuple(shifts),
        volunteers=tuple(roster.volunteers.values()),
        calendars=roster.calendars,
        rules=rules_of(unit) if roster.ranked else _rules(unit, (), ()),
    )


def rules_of(unit: Unit) -> values.Rules:
    """Return the house's rules, with the neighbours and weights by which people are ranked."""
    read = unit.once("rules of ranking", lambda: _rules(unit, unit.rows(_NEIGHBOURS).all(), unit.rows(_WEIGHTS).all()))
    rules: values.Rules = read
    return rules


def _rules(unit: Unit, neighbours: Iterable[Any], weights: Iterable[Any]) -> values.Rules:
    house = unit.rules
    return values.Rules(
        zone=house.zone,
        today=unit.today,
        pledge_version=house.pledge_version,
        arrive_early_minutes=house.arrive_early_minutes,
        buffer_same_facility=house.buffer_same_facility,
        buffer_same_district=house.buffer_same_district,
        buffer_elsewhere=house.buffer_elsewhere,
        asks_per_week=house.asks_per_week,
        open_asks=house.open_asks,
        neighbours={code: frozenset(names) for code, names in neighbours},
        weights=dict(weights),
    )
