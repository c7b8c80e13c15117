"""What a request points at: its place, languages, check-up and earlier request must exist and fit its service."""

from datetime import timedelta

from sqlmodel import col, select

from models.dispatch_request import DispatchRequest
from models.office import CheckupSession, CheckupStatus
from models.organization import District, Facility
from models.service_type import Language, ServiceType
from models.shift import Modality
from services.errors import FieldFault, InvalidFields
from services.unit import Unit


def check_references(unit: Unit, request: DispatchRequest) -> None:
    """Raise `InvalidFields` with one fault for each field that leads nowhere or contradicts another."""
    service = unit.get(ServiceType, request.service_type_id)
    faults = [*_time_faults(request), *_place_faults(unit, request, service), *_language_faults(unit, request)]
    faults += _checkup_faults(unit, request, service)
    if request.continuity_of is not None and not _is_of_same_organization(unit, request):
        faults.append(FieldFault("/continuity_of", "FIELD_REFERENCE"))
    if faults:
        raise InvalidFields(faults=faults)


def _time_faults(request: DispatchRequest) -> list[FieldFault]:
    if request.starts_at < request.ends_at and request.ends_at - request.starts_at <= timedelta(days=1):
        return []
    return [FieldFault("/ends_at", "REQ_DURATION", {"max": 24 * 60})]


def _place_faults(unit: Unit, request: DispatchRequest, service: ServiceType) -> list[FieldFault]:
    faults = []
    if request.facility_id is not None:
        facility = unit.session.get(Facility, request.facility_id)
        if facility is None:
            faults.append(FieldFault("/facility_id", "FIELD_REFERENCE"))
        elif service.allowed_venue_kinds and facility.kind not in service.allowed_venue_kinds:
            faults.append(FieldFault("/facility_id", "FIELD_CONFLICT", {"other": "service_type"}))
    if request.home_district is not None and unit.session.get(District, request.home_district) is None:
        faults.append(FieldFault("/home_district", "FIELD_REFERENCE"))
    return faults or _place_form_faults(request, service)


def _place_form_faults(request: DispatchRequest, service: ServiceType) -> list[FieldFault]:
    """A home visit names a district and no facility; a visit elsewhere names its facility; a call needs neither."""
    if service.at_home:
        if request.facility_id is not None:
            return [FieldFault("/facility_id", "FIELD_CONFLICT", {"other": "service_type"})]
        return [] if request.home_district else [FieldFault("/home_district", "FIELD_MISSING")]
    if request.home_district is not None:
        return [FieldFault("/home_district", "FIELD_CONFLICT", {"other": "service_type"})]
    if request.modality is Modality.ON_SITE and request.facility_id is None:
        return [FieldFault("/facility_id", "FIELD_MISSING")]
    return []


def _language_faults(unit: Unit, request: DispatchRequest) -> list[FieldFault]:
    known = set(unit.session.exec(select(Language.tag).where(col(Language.tag).in_(request.languages))))
    faults = [
        FieldFault(f"/languages/{position}", "LANG_TAG")
        for position, tag in enumerate(request.languages)
        if tag not in known or tag == "ja"
    ]
    if len(set(request.languages)) < len(request.languages):
        faults.append(FieldFault("/languages", "FIELD_DUPLICATE"))
    return faults


def _checkup_faults(unit: Unit, request: DispatchRequest, service: ServiceType) -> list[FieldFault]:
    if request.checkup_session_id is None:
        return []
    session = unit.session.get(CheckupSession, request.checkup_session_id)
    if session is not None:
        session = unit.lock(CheckupSession, session.id)  # or it could be cancelled beside us
    if session is None or session.status is not CheckupStatus.PLANNED:
        return [FieldFault("/checkup_session_id", "FIELD_REFERENCE")]
    if not service.standby:
        return [FieldFault("/checkup_session_id", "FIELD_CONFLICT", {"other": "service_type"})]
    if request.facility_id != session.facility_id:
        return [FieldFault("/facility_id", "FIELD_CONFLICT", {"other": "checkup_session_id"})]
    if unit.local_day(request.starts_at) != session.held_on:
        return [FieldFault("/starts_at", "FIELD_CONFLICT", {"other": "checkup_session_id"})]
    return []


def _is_of_same_organization(unit: Unit, request: DispatchRequest) -> bool:
    earlier = unit.session.get(DispatchRequest, request.continuity_of)
    return earlier is not None and earlier.organization_id == request.organization_id
