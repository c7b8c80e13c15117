"""Accepting a request opens its shift with the places asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.dispatch_request import DispatchRequest
from models.organization import Facility
from models.service_type import ServiceType
from models.shift import Demand, DemandLanguage, Modality, Shift, ShiftKind, ShiftStatus
from services.queries import REQUEST_SOURCE
from services.unit import Unit


def open_shift(unit: Unit, request: DispatchRequest) -> Shift:
    """Write the open shift of an accepted request, with its one demand."""
    service = unit.get(ServiceType, request.service_type_id)
    shift = unit.add(
        Shift(
            **unit.stamp(),
            kind=ShiftKind.DISPATCH,
            source_type=REQUEST_SOURCE,
            source_id=request.id,
            **shift_columns(unit, request, service),
            status=ShiftStatus.OPEN,
        )
    )
    demand = unit.add(Demand(shift_id=shift.id, role="interpreter", **demand_columns(request, service)))
    write_tags(unit, demand, request, service)
    return shift


def write_tags(unit: Unit, demand: Demand, request: DispatchRequest, service: ServiceType) -> None:
    """Write the languages that meet a demand which has none yet."""
    for tag in accepted_tags(request.languages, service.equivalents):
        unit.session.add(DemandLanguage(demand_id=demand.id, tag=tag))
    unit.session.flush()


def shift_columns(unit: Unit, request: DispatchRequest, service: ServiceType) -> dict[str, Any]:
    """Return when and where the shift of a request takes place and who may claim it, as its service asks on that day."""
    return {
        "service_type_id": service.id,
        "starts_at": request.starts_at,
        "ends_at": request.ends_at,
        "claim_policy": service.claim_policy,
        **_place_columns(unit, request),
    }


def demand_columns(request: DispatchRequest, service: ServiceType) -> dict[str, Any]:
    """Return what a request and its service ask of those who come."""
    return {
        "places": request.places,
        "language": request.languages[0],
        "min_level": service.min_level,
        "certifications": service.required_certs,
        "skills": service.required_skills,
        "gender_requirement": request.gender_requirement,
        "min_age": service.min_age,
        "child_safety": service.child_safety_required,
    }


def accepted_tags(languages: Sequence[str], equivalents: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the tags that meet a request: those named, and what the service type counts as equal (`zh` → `cmn`)."""
    return sorted({tag for wanted in languages for tag in (wanted, *equivalents.get(wanted, ()))})


def _place_columns(unit: Unit, request: DispatchRequest) -> dict[str, Any]:
    """Return where the shift of a request takes place: a call takes place nowhere, whatever it is about."""
    return {
        "facility_id": request.facility_id if request.modality is Modality.ON_SITE else None,
        "district_code": _district(unit, request),
        "modality": request.modality,
    }


def _district(unit: Unit, request: DispatchRequest) -> str | None:
    if request.facility_id is None:
        return request.home_district
    return unit.get(Facility, request.facility_id).district_code
