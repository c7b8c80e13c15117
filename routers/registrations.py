"""The life of a registration: leave, suspension, the year's renewal, leaving."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.deps import CanBarVolunteers, CanEnrolVolunteers, CanWriteProfiles, WorkDep, may_be_absent
from api.problems import answers
from models.dispatch_request import Reason
from models.fields import Id
from models.registration import Declaration, LeaveDraft, Leaving, RegistrationVerb, Renewal
from models.volunteer import VolunteerView
from services import registering

router = APIRouter(prefix="/v1/volunteers/{volunteer_id}", tags=["volunteers"])

_VERB = answers(403, 404, 409, 412)


@router.post("/take-leave", response_model=VolunteerView, responses=_VERB)
def take_leave(
    volunteer_id: Id, draft: Annotated[LeaveDraft, may_be_absent(LeaveDraft)], caller: CanWriteProfiles, work: WorkDep
) -> Response:
    """Pause; what she holds travels as a warning."""
    return work.write(caller, registering.take_leave, volunteer_id, draft)


@router.post("/return", response_model=VolunteerView, responses=_VERB)
def return_from_leave(
    volunteer_id: Id,
    draft: Annotated[RegistrationVerb, may_be_absent(RegistrationVerb)],
    caller: CanWriteProfiles,
    work: WorkDep,
) -> Response:
    """End a pause."""
    return work.write(caller, registering.come_back, volunteer_id, draft)


@router.post("/suspend", response_model=VolunteerView, responses=_VERB)
def suspend_volunteer(volunteer_id: Id, draft: Reason, caller: CanBarVolunteers, work: WorkDep) -> Response:
    """Suspend somebody; what she holds is cancelled at once and others are asked."""
    return work.write(caller, registering.suspend, volunteer_id, draft)


@router.post("/reinstate", response_model=VolunteerView, responses=_VERB)
def reinstate_volunteer(volunteer_id: Id, draft: Reason, caller: CanBarVolunteers, work: WorkDep) -> Response:
    """End a suspension."""
    return work.write(caller, registering.reinstate, volunteer_id, draft)


@router.post("/declare", response_model=VolunteerView, responses=_VERB)
def declare_renewal(volunteer_id: Id, draft: Declaration, caller: CanWriteProfiles, work: WorkDep) -> Response:
    """Say whether she stays for the year to come."""
    return work.write(caller, registering.declare, volunteer_id, draft)


@router.post("/renew", response_model=VolunteerView, responses=_VERB)
def renew_registration(
    volunteer_id: Id, draft: Annotated[Renewal, may_be_absent(Renewal)], caller: CanEnrolVolunteers, work: WorkDep
) -> Response:
    """Prolong a registration, also one that has expired, once the pledge is signed anew."""
    return work.write(caller, registering.renew, volunteer_id, draft)


@router.post("/withdraw", response_model=VolunteerView, responses=_VERB)
def withdraw_registration(
    volunteer_id: Id, draft: Annotated[Leaving, may_be_absent(Leaving)], caller: CanWriteProfiles, work: WorkDep
) -> Response:
    """Leave for good; what she holds ends at once and others are asked."""
    return work.write(caller, registering.withdraw, volunteer_id, draft)
