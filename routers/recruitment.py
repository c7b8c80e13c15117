"""Recruitment: rounds of intake, the public application, candidates on their way to a registration."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import (
    CanBarVolunteers,
    CanEnrolVolunteers,
    CanReadDirectory,
    CanRecordVolunteers,
    GuardedWorkDep,
    PlainWorkDep,
    WorkDep,
    may_be_absent,
)
from api.paging import AskDep
from api.problems import answers, open_answers
from api.work import ANYONE
from models.dispatch_request import Reason
from models.fields import Id, Items
from models.recruitment import (
    ApplicationDraft,
    ApplicationView,
    CandidateBatch,
    CandidateDraft,
    CandidateResults,
    CheckDraft,
    ChecklistView,
    DuplicateView,
    RoundDraft,
    RoundPatch,
    RoundStatus,
    RoundView,
    Screening,
)
from models.volunteer import VolunteerView
from services import applications, checklists, likeness, onboarding, rounds
from services.paging import Page

router = APIRouter(prefix="/v1", tags=["recruitment"])

_VERB = answers(403, 404, 409, 412)


@router.get("/recruitment-rounds", response_model=Page[RoundView], responses=answers(403))
def list_recruitment_rounds(
    caller: CanReadDirectory,
    work: PlainWorkDep,
    ask: AskDep,
    status: Annotated[RoundStatus | None, Query()] = None,
) -> Response:
    """List rounds of intake, the latest first."""
    return work.read(caller, rounds.list_rounds, ask, status)


@router.post("/recruitment-rounds", response_model=RoundView, status_code=201, responses=answers(403))
def create_recruitment_round(draft: RoundDraft, caller: CanEnrolVolunteers, work: WorkDep) -> Response:
    """Plan a round of intake, or open rolling intake."""
    return work.create(caller, rounds.create_round, draft)


@router.get("/recruitment-rounds/{round_id}", response_model=RoundView, responses=answers(403, 404))
def read_recruitment_round(round_id: Id, caller: CanReadDirectory, work: PlainWorkDep) -> Response:
    """Read a round of intake."""
    return work.read(caller, rounds.read_round, round_id)


@router.patch("/recruitment-rounds/{round_id}", response_model=RoundView, responses=answers(403, 404, 412, 428))
def change_recruitment_round(
    round_id: Id, patch: RoundPatch, caller: CanEnrolVolunteers, work: GuardedWorkDep
) -> Response:
    """Change a round of intake; applications keep theirs."""
    return work.write(caller, rounds.change_round, round_id, patch)


@router.post("/volunteer-applications", status_code=202, response_class=Response, responses=open_answers(422, 429))
def apply_as_volunteer(draft: ApplicationDraft, work: WorkDep) -> Response:
    """Apply as a volunteer; answered alike whether the person is known or not."""
    work.write(ANYONE, applications.apply_publicly, draft, applications.Submission(work.key, work.body_digest))
    return Response(status_code=202)


@router.post("/volunteers", response_model=VolunteerView, status_code=201, responses=answers(403, 409))
def enter_candidate(
    draft: CandidateDraft,
    caller: CanEnrolVolunteers,
    work: WorkDep,
    *,
    force: Annotated[bool, Query(description="Enter her although a registration looks alike")] = False,
) -> Response:
    """Enter a candidate who applied on paper, by telephone or at the desk."""
    return work.create(caller, applications.enter_candidate, draft, force=force)


@router.post("/volunteers/batch", response_model=CandidateResults, status_code=207, responses=answers(403))
def enter_candidates(batch: CandidateBatch, caller: CanEnrolVolunteers, work: WorkDep) -> Response:
    """Enter up to 100 candidates, such as the graduates of a volunteer college; each stands or falls by itself."""
    return work.many(caller, applications.enter_candidates, batch)


@router.get("/volunteers/{volunteer_id}/application", response_model=ApplicationView, responses=answers(403, 404))
def read_application(volunteer_id: Id, caller: CanRecordVolunteers, work: PlainWorkDep) -> Response:
    """Read what a candidate told of herself, and which stages she reached when."""
    return work.read(caller, applications.read_application, volunteer_id)


@router.get("/volunteers/{volunteer_id}/duplicates", response_model=Items[DuplicateView], responses=answers(403, 404))
def list_duplicates(volunteer_id: Id, caller: CanRecordVolunteers, work: PlainWorkDep) -> Response:
    """List registrations that may be the same person's."""
    return work.read(caller, likeness.list_duplicates, volunteer_id)


@router.get("/volunteers/{volunteer_id}/checklist", response_model=ChecklistView, responses=answers(403, 404))
def read_checklist(volunteer_id: Id, caller: CanRecordVolunteers, work: PlainWorkDep) -> Response:
    """Read what is done and what is missing on the way to a registration."""
    return work.read(caller, checklists.read_checklist, volunteer_id)


@router.put("/volunteers/{volunteer_id}/checklist", response_model=ChecklistView, responses=answers(403, 404, 412, 428))
def tick_item(volunteer_id: Id, draft: CheckDraft, caller: CanRecordVolunteers, work: GuardedWorkDep) -> Response:
    """Tick one item off, or take that back; `If-Match` is about the volunteer."""
    return work.write(caller, checklists.tick, volunteer_id, draft)


@router.post("/volunteers/{volunteer_id}/screen", response_model=VolunteerView, responses=_VERB)
def screen_volunteer(
    volunteer_id: Id, draft: Annotated[Screening, may_be_absent(Screening)], caller: CanEnrolVolunteers, work: WorkDep
) -> Response:
    """Take an application up."""
    return work.write(caller, onboarding.screen, volunteer_id, draft)


@router.post("/volunteers/{volunteer_id}/start-training", response_model=VolunteerView, responses=_VERB)
def start_training(volunteer_id: Id, caller: CanEnrolVolunteers, work: WorkDep) -> Response:
    """Take a candidate on as a trainee; her invitation is mailed."""
    return work.write(caller, onboarding.start_training, volunteer_id)


@router.post("/volunteers/{volunteer_id}/activate", response_model=VolunteerView, responses=_VERB)
def activate_volunteer(volunteer_id: Id, caller: CanEnrolVolunteers, work: WorkDep) -> Response:
    """Register a trainee, once nothing of the checklist is missing."""
    return work.write(caller, onboarding.activate, volunteer_id)


@router.post("/volunteers/{volunteer_id}/reject", response_model=VolunteerView, responses=_VERB)
def reject_volunteer(volunteer_id: Id, draft: Reason, caller: CanBarVolunteers, work: WorkDep) -> Response:
    """Turn a candidate down; what she wrote is kept for some months only."""
    return work.write(caller, onboarding.reject, volunteer_id, draft)
