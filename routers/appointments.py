"""Exchange envoys and supporters: staff appoint, an envoy says herself what she is written to about."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanConsentToContact,
    CanReadAppointments,
    CanWriteAppointments,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
)
from api.paging import AskDep
from api.problems import answers
from models.appointment import AppointmentCreate, AppointmentEnd, AppointmentPatch, AppointmentView, KeepInTouch
from models.fields import Country, Id, LanguageTag
from models.key_person import ContactPurpose
from services import envoys
from services.envoys import AppointmentFilters
from services.paging import Page

router = APIRouter(prefix="/v1/appointments", tags=["broadcasts"])


@router.get("", response_model=Page[AppointmentView], responses=answers(403))
def list_appointments(
    caller: CanReadAppointments,
    work: PlainWorkDep,
    ask: AskDep,
    country: Annotated[Country | None, Query()] = None,
    language: Annotated[LanguageTag | None, Query()] = None,
    purpose: Annotated[ContactPurpose | None, Query(description="Only who agreed to be written to about it")] = None,
) -> Response:
    """List appointments with what each agreed to be written to about; no addresses."""
    return work.read(caller, envoys.list_appointments, ask, AppointmentFilters(country, language, purpose))


@router.post("", status_code=201, response_model=AppointmentView, responses=answers(403))
def appoint(draft: AppointmentCreate, caller: CanWriteAppointments, work: WorkDep) -> Response:
    """Appoint somebody who is registered, or was; nobody writes to her before she has agreed."""
    return work.create(caller, envoys.appoint, draft)


@router.get("/{appointment_id}", response_model=AppointmentView, responses=answers(403, 404))
def read_appointment(appointment_id: Id, caller: CanReadAppointments, work: PlainWorkDep) -> Response:
    """Read an appointment."""
    return work.read(caller, envoys.read_appointment, appointment_id)


@router.patch("/{appointment_id}", response_model=AppointmentView, responses=answers(403, 404, 412, 428))
def change_appointment(
    appointment_id: Id, patch: AppointmentPatch, caller: CanWriteAppointments, work: GuardedWorkDep
) -> Response:
    """Correct an appointment."""
    return work.write(caller, envoys.change, appointment_id, patch)


@router.put("/{appointment_id}/consent", response_model=AppointmentView, responses=answers(403, 404, 412, 428))
def keep_in_touch(
    appointment_id: Id, draft: KeepInTouch, caller: CanConsentToContact, work: GuardedWorkDep
) -> Response:
    """Say what one agrees to be written to about, and where; an empty scope erases it at once."""
    return work.write(caller, envoys.consent, appointment_id, draft)


@router.post("/{appointment_id}/end", response_model=AppointmentView, responses=answers(403, 404, 409, 412))
def end_appointment(appointment_id: Id, draft: AppointmentEnd, caller: CanWriteAppointments, work: WorkDep) -> Response:
    """End a term; whoever agreed to it is kept in touch with."""
    return work.write(caller, envoys.end, appointment_id, draft)
