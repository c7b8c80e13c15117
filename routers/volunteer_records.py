"""What a volunteer brings: languages, skills, certificates, pledges, insurance, work permission."""

from fastapi import APIRouter, Response

from api.deps import (
    CanGrantCertifications,
    CanReadVolunteers,
    CanRecordVolunteers,
    CanRevokeCertifications,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
)
from api.problems import answers
from models.competence import (
    CertificationDraft,
    CertificationView,
    ChildSafetyDraft,
    ChildSafetyView,
    InsuranceDraft,
    InsuranceView,
    LanguageDraft,
    LanguageLevels,
    LanguageView,
    PledgeDraft,
    PledgeView,
    Revocation,
    SkillDraft,
    SkillLevel,
    SkillView,
)
from models.fields import Id, Items
from models.residence_permission import PermissionCheckDraft, PermissionCheckView
from services import recording

router = APIRouter(prefix="/v1/volunteers/{volunteer_id}", tags=["volunteers"])

_READ = answers(403, 404)
_ADDED = answers(403, 404, 412)
_CORRECTED = answers(403, 404, 412, 428)


@router.get("/languages", response_model=Items[LanguageView], responses=_READ)
def list_volunteer_languages(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """List the languages of a volunteer, Japanese among them."""
    return work.read(caller, recording.list_languages, volunteer_id)


@router.post("/languages", response_model=LanguageView, status_code=201, responses=_ADDED)
def record_volunteer_language(
    volunteer_id: Id, draft: LanguageDraft, caller: CanRecordVolunteers, work: WorkDep
) -> Response:
    """Record a language with its levels."""
    return work.create(caller, recording.record_language, volunteer_id, draft)


@router.put("/languages/{language_id}", response_model=LanguageView, responses=_CORRECTED)
def correct_volunteer_language(
    volunteer_id: Id, language_id: Id, levels: LanguageLevels, caller: CanRecordVolunteers, work: GuardedWorkDep
) -> Response:
    """Correct the levels of a language."""
    return work.write(caller, recording.correct_language, volunteer_id, language_id, levels)


@router.get("/skills", response_model=Items[SkillView], responses=_READ)
def list_volunteer_skills(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """List the skills of a volunteer."""
    return work.read(caller, recording.list_skills, volunteer_id)


@router.post("/skills", response_model=SkillView, status_code=201, responses=_ADDED)
def record_volunteer_skill(volunteer_id: Id, draft: SkillDraft, caller: CanRecordVolunteers, work: WorkDep) -> Response:
    """Record a skill of the code list."""
    return work.create(caller, recording.record_skill, volunteer_id, draft)


@router.put("/skills/{skill_id}", response_model=SkillView, responses=_CORRECTED)
def correct_volunteer_skill(
    volunteer_id: Id, skill_id: Id, level: SkillLevel, caller: CanRecordVolunteers, work: GuardedWorkDep
) -> Response:
    """Correct the level of a skill."""
    return work.write(caller, recording.correct_skill, volunteer_id, skill_id, level)


@router.get("/certifications", response_model=Items[CertificationView], responses=_READ)
def list_certifications(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """List every certificate a volunteer ever had, with the status of today."""
    return work.read(caller, recording.list_certifications, volunteer_id)


@router.post("/certifications", response_model=CertificationView, status_code=201, responses=_ADDED)
def grant_certification(
    volunteer_id: Id, draft: CertificationDraft, caller: CanGrantCertifications, work: WorkDep
) -> Response:
    """Grant a certificate; a renewal is a new one."""
    return work.create(caller, recording.grant, volunteer_id, draft)


@router.post(
    "/certifications/{certification_id}/revoke", response_model=CertificationView, responses=answers(403, 404, 409, 412)
)
def revoke_certification(
    volunteer_id: Id, certification_id: Id, draft: Revocation, caller: CanRevokeCertifications, work: WorkDep
) -> Response:
    """Revoke a certificate as of today; administrators only."""
    return work.write(caller, recording.revoke, volunteer_id, certification_id, draft)


@router.get("/pledges", response_model=Items[PledgeView], responses=_READ)
def list_pledges(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """List the signed confidentiality pledges: staff and she herself."""
    return work.read(caller, recording.list_pledges, volunteer_id)


@router.post("/pledges", response_model=PledgeView, status_code=201, responses=_ADDED)
def record_pledge(volunteer_id: Id, draft: PledgeDraft, caller: CanRecordVolunteers, work: WorkDep) -> Response:
    """Record a signed pledge."""
    return work.create(caller, recording.record_pledge, volunteer_id, draft)


@router.get("/insurance", response_model=Items[InsuranceView], responses=_READ)
def list_insurance(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """List the insurance cover by fiscal year: staff and she herself."""
    return work.read(caller, recording.list_insurance, volunteer_id)


@router.post("/insurance", response_model=InsuranceView, status_code=201, responses=_ADDED)
def record_insurance(volunteer_id: Id, draft: InsuranceDraft, caller: CanRecordVolunteers, work: WorkDep) -> Response:
    """Record cover to the end of its fiscal year: from 1 April, joined mid-year from the day after the procedure."""
    return work.create(caller, recording.record_insurance, volunteer_id, draft)


@router.get("/child-safety", response_model=Items[ChildSafetyView], responses=_READ)
def list_child_safety(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """List the statuses of a volunteer's child-safety checks: staff and she herself."""
    return work.read(caller, recording.list_child_safety, volunteer_id)


@router.post("/child-safety", response_model=ChildSafetyView, status_code=201, responses=_ADDED)
def record_child_safety(
    volunteer_id: Id, draft: ChildSafetyDraft, caller: CanRecordVolunteers, work: WorkDep
) -> Response:
    """Record the status of a child-safety check and how long it holds, never its content."""
    return work.create(caller, recording.record_child_safety, volunteer_id, draft)


@router.get("/work-permission", response_model=Items[PermissionCheckView], responses=_READ)
def list_permission_checks(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """List when staff looked at the work permission and what they found: staff and she herself."""
    return work.read(caller, recording.list_permission_checks, volunteer_id)


@router.post("/work-permission", response_model=PermissionCheckView, status_code=201, responses=_ADDED)
def record_permission_check(
    volunteer_id: Id, draft: PermissionCheckDraft, caller: CanRecordVolunteers, work: WorkDep
) -> Response:
    """Record a look at the work permission, without a card's number or image."""
    return work.create(caller, recording.record_permission_check, volunteer_id, draft)
