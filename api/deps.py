"""What endpoints ask for in their signatures: the unit of work, and a caller with a permission.

Nothing here opens a connection: a dependency that did would deadlock under load (docs/performance.md).
"""

from typing import Annotated, Any

from fastapi import Body, Depends, Header, Query, Request
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

from api.authn import verify
from api.db import Wiring
from api.problems import language_of
from api.work import Caller, Work, digest
from services.errors import DomainError, Unauthenticated
from services.policies import Permission

_bearer = OAuth2PasswordBearer(tokenUrl="/v1/auth/token", auto_error=False)


def may_be_absent(model: type[BaseModel]) -> Any:
    """Return the body of a verb that needs nothing said: where it is absent, it counts as an empty one."""
    return Body(default_factory=model)


def wiring_of(request: Request) -> Wiring:
    """Return what the process shares."""
    wiring: Wiring = request.app.state.wiring
    return wiring


async def _work(
    request: Request,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=200, description="Makes a POST safe to repeat for 24 hours")
    ] = None,
    if_match: Annotated[str | None, Header(max_length=400, description="The ETag last seen")] = None,
) -> Work:
    return await _work_of(request, idempotency_key, if_match)


async def _plain_work(request: Request) -> Work:
    return await _work_of(request, None, None)


async def _guarded_work(
    request: Request,
    if_match: Annotated[str | None, Header(max_length=400, description="The ETag last seen; required")] = None,
) -> Work:
    if if_match is None:
        raise PreconditionRequired
    return await _work_of(request, None, if_match)


async def _work_of(request: Request, key: str | None, if_match: str | None) -> Work:
    body = await request.body() if key else b""
    return Work(
        wiring_of(request),
        language_of(request),
        request.method,
        request.url.path,
        query=tuple((name, value) for name, value in request.query_params.multi_items() if name != "cursor"),
        if_match=if_match,
        key=key,
        body_digest=digest(body),
    )


class PreconditionRequired(DomainError):
    """A change of a whole object without saying which version it was read at."""

    def __init__(self) -> None:
        super().__init__("PRECONDITION_REQUIRED")


WorkDep = Annotated[Work, Depends(_work)]
"""For POST: honours `Idempotency-Key` and `If-Match`."""
PlainWorkDep = Annotated[Work, Depends(_plain_work)]
"""For reading, signing in and disclosures: neither applies."""
GuardedWorkDep = Annotated[Work, Depends(_guarded_work)]
"""For PATCH and PUT: `If-Match` is required."""


PreviewDep = Annotated[bool, Query(description="Answer whom this would touch, and change nothing")]


class Permit:
    """A caller with one permission. The token is checked here, everything else inside the transaction."""

    def __init__(self, permission: Permission | None) -> None:
        self.permission = permission

    async def __call__(self, request: Request, token: Annotated[str | None, Depends(_bearer)]) -> Caller:
        wiring = wiring_of(request)
        if not token:
            raise Unauthenticated
        account_id = verify(token, wiring.vault.secret_key, wiring.clock())
        return Caller(account_id, self.permission)


SignedIn = Annotated[Caller, Depends(Permit(None))]
CanManageAccounts = Annotated[Caller, Depends(Permit(Permission.ACCOUNT_MANAGE))]
CanFollowAdvice = Annotated[Caller, Depends(Permit(Permission.ADVISORY_FOLLOW))]
CanWriteAdvice = Annotated[Caller, Depends(Permit(Permission.ADVISORY_WRITE))]
CanConsentToContact = Annotated[Caller, Depends(Permit(Permission.APPOINTMENT_CONSENT))]
CanReadAppointments = Annotated[Caller, Depends(Permit(Permission.APPOINTMENT_READ))]
CanWriteAppointments = Annotated[Caller, Depends(Permit(Permission.APPOINTMENT_WRITE))]
CanAnswerAssignments = Annotated[Caller, Depends(Permit(Permission.ASSIGNMENT_ANSWER))]
CanDecideAssignments = Annotated[Caller, Depends(Permit(Permission.ASSIGNMENT_DECIDE))]
CanKeepAssignments = Annotated[Caller, Depends(Permit(Permission.ASSIGNMENT_KEEP))]
CanMessage = Annotated[Caller, Depends(Permit(Permission.ASSIGNMENT_MESSAGE))]
CanReportMissing = Annotated[Caller, Depends(Permit(Permission.ASSIGNMENT_MISS))]
CanReadAssignments = Annotated[Caller, Depends(Permit(Permission.ASSIGNMENT_READ))]
CanReadAudit = Annotated[Caller, Depends(Permit(Permission.AUDIT_READ))]
CanAnswerCalls = Annotated[Caller, Depends(Permit(Permission.AVAILABILITY_ANSWER))]
CanAskForAvailability = Annotated[Caller, Depends(Permit(Permission.AVAILABILITY_ASK))]
CanAnswerBroadcasts = Annotated[Caller, Depends(Permit(Permission.BROADCAST_ANSWER))]
CanReadBroadcasts = Annotated[Caller, Depends(Permit(Permission.BROADCAST_READ))]
CanSendBroadcasts = Annotated[Caller, Depends(Permit(Permission.BROADCAST_SEND))]
CanGrantCertifications = Annotated[Caller, Depends(Permit(Permission.CERTIFICATION_GRANT))]
CanManageRetention = Annotated[Caller, Depends(Permit(Permission.RETENTION_MANAGE))]
CanRevokeCertifications = Annotated[Caller, Depends(Permit(Permission.CERTIFICATION_REVOKE))]
CanWriteCheckups = Annotated[Caller, Depends(Permit(Permission.CHECKUP_WRITE))]
CanReadClasses = Annotated[Caller, Depends(Permit(Permission.CLASS_READ))]
CanCreateClassrooms = Annotated[Caller, Depends(Permit(Permission.CLASSROOM_CREATE))]
CanRunClassrooms = Annotated[Caller, Depends(Permit(Permission.CLASSROOM_RUN))]
CanDiscloseClients = Annotated[Caller, Depends(Permit(Permission.CLIENT_DISCLOSE))]
CanExcludeForClients = Annotated[Caller, Depends(Permit(Permission.CLIENT_EXCLUDE))]
CanCountConsultations = Annotated[Caller, Depends(Permit(Permission.CONSULTATION_COUNT))]
CanHandleConsultations = Annotated[Caller, Depends(Permit(Permission.CONSULTATION_HANDLE))]
CanReadConsultations = Annotated[Caller, Depends(Permit(Permission.CONSULTATION_READ))]
CanReceiveConsultations = Annotated[Caller, Depends(Permit(Permission.CONSULTATION_RECEIVE))]
CanWriteContacts = Annotated[Caller, Depends(Permit(Permission.CONTACT_WRITE))]
CanLendDevices = Annotated[Caller, Depends(Permit(Permission.DEVICE_LEND))]
CanReadDirectory = Annotated[Caller, Depends(Permit(Permission.DIRECTORY_READ))]
CanWriteDirectory = Annotated[Caller, Depends(Permit(Permission.DIRECTORY_WRITE))]
CanIssueDocuments = Annotated[Caller, Depends(Permit(Permission.DOCUMENT_ISSUE))]
CanWriteEvents = Annotated[Caller, Depends(Permit(Permission.EVENT_WRITE))]
CanWriteExams = Annotated[Caller, Depends(Permit(Permission.EXAM_WRITE))]
CanApproveExpenses = Annotated[Caller, Depends(Permit(Permission.EXPENSE_APPROVE))]
CanClaimExpenses = Annotated[Caller, Depends(Permit(Permission.EXPENSE_CLAIM))]
CanProposeExpenses = Annotated[Caller, Depends(Permit(Permission.EXPENSE_PROPOSE))]
CanReadExpenses = Annotated[Caller, Depends(Permit(Permission.EXPENSE_READ))]
CanAnswerAsHosts = Annotated[Caller, Depends(Permit(Permission.HOST_ANSWER))]
CanReadHosts = Annotated[Caller, Depends(Permit(Permission.HOST_READ))]
CanWriteHosts = Annotated[Caller, Depends(Permit(Permission.HOST_WRITE))]
CanHandleIncidents = Annotated[Caller, Depends(Permit(Permission.INCIDENT_HANDLE))]
CanReportIncidents = Annotated[Caller, Depends(Permit(Permission.INCIDENT_REPORT))]
CanWriteLearners = Annotated[Caller, Depends(Permit(Permission.LEARNER_WRITE))]
CanDecideLectures = Annotated[Caller, Depends(Permit(Permission.LECTURE_DECIDE))]
CanWriteLectures = Annotated[Caller, Depends(Permit(Permission.LECTURE_WRITE))]
CanReadIndicators = Annotated[Caller, Depends(Permit(Permission.INDICATOR_READ))]
CanWriteIndicators = Annotated[Caller, Depends(Permit(Permission.INDICATOR_WRITE))]
CanReadKeyPersons = Annotated[Caller, Depends(Permit(Permission.KEY_PERSON_READ))]
CanWriteKeyPersons = Annotated[Caller, Depends(Permit(Permission.KEY_PERSON_WRITE))]
CanReadMatching = Annotated[Caller, Depends(Permit(Permission.MATCHING_READ))]
CanAnswerOffers = Annotated[Caller, Depends(Permit(Permission.OFFER_ANSWER))]
CanReadOffers = Annotated[Caller, Depends(Permit(Permission.OFFER_READ))]
CanSendOffers = Annotated[Caller, Depends(Permit(Permission.OFFER_SEND))]
CanReadPlans = Annotated[Caller, Depends(Permit(Permission.PLAN_READ))]
CanWritePlans = Annotated[Caller, Depends(Permit(Permission.PLAN_WRITE))]
CanSeeSelf = Annotated[Caller, Depends(Permit(Permission.PROFILE_OWN))]
CanWriteProfiles = Annotated[Caller, Depends(Permit(Permission.PROFILE_WRITE))]
CanReadReports = Annotated[Caller, Depends(Permit(Permission.REPORT_READ))]
CanDecideRequests = Annotated[Caller, Depends(Permit(Permission.REQUEST_DECIDE))]
CanReadRequests = Annotated[Caller, Depends(Permit(Permission.REQUEST_READ))]
CanWriteRequests = Annotated[Caller, Depends(Permit(Permission.REQUEST_WRITE))]
CanReadRules = Annotated[Caller, Depends(Permit(Permission.RULES_READ))]
CanWriteRules = Annotated[Caller, Depends(Permit(Permission.RULES_WRITE))]
CanWriteSchoolDates = Annotated[Caller, Depends(Permit(Permission.SCHOOL_DATES_WRITE))]
CanClaim = Annotated[Caller, Depends(Permit(Permission.SHIFT_CLAIM))]
CanWriteShifts = Annotated[Caller, Depends(Permit(Permission.SHIFT_WRITE))]
CanReadShifts = Annotated[Caller, Depends(Permit(Permission.SHIFT_READ))]
CanEnroll = Annotated[Caller, Depends(Permit(Permission.TRAINING_ENROLL))]
CanReadTrainings = Annotated[Caller, Depends(Permit(Permission.TRAINING_READ))]
CanRecordTrainings = Annotated[Caller, Depends(Permit(Permission.TRAINING_RECORD))]
CanWriteTrainings = Annotated[Caller, Depends(Permit(Permission.TRAINING_WRITE))]
CanBarVolunteers = Annotated[Caller, Depends(Permit(Permission.VOLUNTEER_BAR))]
CanEnrolVolunteers = Annotated[Caller, Depends(Permit(Permission.VOLUNTEER_ENROL))]
CanListVolunteers = Annotated[Caller, Depends(Permit(Permission.VOLUNTEER_LIST))]
CanReadVolunteers = Annotated[Caller, Depends(Permit(Permission.VOLUNTEER_READ))]
CanRecordVolunteers = Annotated[Caller, Depends(Permit(Permission.VOLUNTEER_RECORD))]
CanReadWorklist = Annotated[Caller, Depends(Permit(Permission.WORKLIST_READ))]
