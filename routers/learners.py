"""Learners, and what their guardians consented to."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.deps import CanWriteLearners, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Items
from models.learner import ConsentCreate, ConsentView, LearnerCreate, LearnerPatch, LearnerView
from services import learners
from services.paging import Page

router = APIRouter(prefix="/v1/learners", tags=["learners"])


@router.get("", response_model=Page[LearnerView], responses=answers(403))
def list_learners(caller: CanWriteLearners, work: PlainWorkDep, ask: AskDep) -> Response:
    """List learners, newest first: all for staff, her institution's for a manager. Whose guardian was read is logged."""
    return work.write(caller, learners.list_learners, ask)


@router.post("", status_code=201, response_model=LearnerView, responses=answers(403))
def create_learner(draft: LearnerCreate, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Write a learner down, with the least that is needed."""
    return work.create_unkept(caller, learners.create, learners.read_learner, draft)


@router.get("/{learner_id}", response_model=LearnerView, responses=answers(403, 404))
def read_learner(learner_id: UUID, caller: CanWriteLearners, work: PlainWorkDep) -> Response:
    """Read a learner with her guardian, which is logged."""
    return work.write(caller, learners.read_learner, learner_id)


@router.patch("/{learner_id}", response_model=LearnerView, responses=answers(403, 404, 412, 428))
def change_learner(learner_id: UUID, patch: LearnerPatch, caller: CanWriteLearners, work: GuardedWorkDep) -> Response:
    """Correct what is known of a learner."""
    return work.write(caller, learners.change, learner_id, patch)


@router.get("/{learner_id}/consents", response_model=Items[ConsentView], responses=answers(403, 404))
def list_consents(learner_id: UUID, caller: CanWriteLearners, work: PlainWorkDep) -> Response:
    """List what a guardian consented to, also what was taken back."""
    return work.read(caller, learners.list_consents, learner_id)


@router.post(
    "/{learner_id}/consents", status_code=201, response_model=Items[ConsentView], responses=answers(403, 404, 409, 412)
)
def give_consent(learner_id: UUID, draft: ConsentCreate, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Write down what a guardian signed, scope by scope."""
    return work.create(caller, learners.consent, learner_id, draft)


@router.post(
    "/{learner_id}/consents/{consent_id}/revoke", response_model=ConsentView, responses=answers(403, 404, 409, 412)
)
def revoke_consent(learner_id: UUID, consent_id: UUID, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Take a consent back from today on; those who run the classrooms are told."""
    return work.write(caller, learners.revoke, learner_id, consent_id)
