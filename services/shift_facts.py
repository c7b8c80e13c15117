"""What notices say about a shift: before confirmation hour, district, language, kind; with it place and meeting point."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import select

from models.dispatch_request import DispatchRequest
from models.event import Event
from models.lecture import LectureEngagement
from models.organization import District, Facility
from models.service_type import ServiceType
from models.shift import Demand, Shift
from services.queries import EVENT_SOURCE, LECTURE_SOURCE, REQUEST_SOURCE
from services.rarity import is_rare
from services.unit import Unit
from services.wording import Names

CONSULTATION = "consultation"


def offer_facts(unit: Unit, shift: Shift, demand: Demand) -> dict[str, Any]:
    """Return what may be told before confirmation: the kind masked where sensitive, the district where it would point."""
    service = unit.get(ServiceType, shift.service_type_id) if shift.service_type_id else None
    return {
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "language": demand.language,
        "kind": _kind(shift, service),
        "district": _district(unit, shift, demand),
        "link": f"{unit.rules.public_url}/v1/shifts/{shift.id}",
    }


def _kind(shift: Shift, service: ServiceType | None) -> str:
    if service is None:
        return shift.title or shift.kind
    return CONSULTATION if service.sensitive else service.code


def _district(unit: Unit, shift: Shift, demand: Demand) -> Names | None:
    if shift.district_code is None or is_rare(unit, demand.language, shift.district_code):
        return None
    return Names(district_names(unit, shift.district_code))


def district_names(unit: Unit, code: str) -> Mapping[str, str]:
    """Return a district's names by language; the shift's foreign key says that it exists."""
    return unit.session.exec(select(District.names).where(District.code == code)).one()


def briefing_facts(unit: Unit, shift: Shift) -> dict[str, Any]:
    """Return what comes with the confirmation. A home is named by its district only."""
    service = unit.get(ServiceType, shift.service_type_id) if shift.service_type_id else None
    request = unit.get(DispatchRequest, shift.source_id) if shift.source_type == REQUEST_SOURCE else None
    return {
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "place": _place(unit, shift),
        "meeting_point": request.meeting_point if request else _meeting_point(unit, shift),
        "language": request.languages[0] if request else None,
        "kind": service.code if service else shift.title or shift.kind,
        "link": f"{unit.rules.public_url}/v1/shifts/{shift.id}",
    }


def _meeting_point(unit: Unit, shift: Shift) -> str:
    told = told_of(unit, [shift])
    return told[shift.id].meeting_point if told else ""


def told_of(unit: Unit, shifts: Sequence[Shift]) -> dict[UUID, Event | LectureEngagement]:
    """Return the events and lectures of shifts, which hold what is told of them with the confirmation."""
    tables: Mapping[str, Any] = {EVENT_SOURCE: Event, LECTURE_SOURCE: LectureEngagement}
    found: dict[UUID, Event | LectureEngagement] = {}
    for source, table in tables.items():
        ids = {shift.source_id for shift in shifts if shift.source_type == source}
        if ids:
            found |= {row.id: row for row in unit.session.exec(select(table).where(table.id.in_(ids)))}
    return {shift.id: found[shift.source_id] for shift in shifts if shift.source_id in found}


def _place(unit: Unit, shift: Shift) -> str | Names | None:
    if shift.facility_id is not None:
        return unit.get(Facility, shift.facility_id).name
    if shift.district_code is None:
        return None
    return Names(district_names(unit, shift.district_code))
