"""Referrals of learners from and to public schools."""

from fastapi import APIRouter, Response

from api.deps import CanWriteLearners, PlainWorkDep, WorkDep
from api.problems import answers
from models.fields import Id, Items
from models.school_referral import SchoolReferralAnswer, SchoolReferralCreate, SchoolReferralView
from services import school_referrals

router = APIRouter(prefix="/v1/learners/{learner_id}/school-referrals", tags=["learners"])


@router.get("", response_model=Items[SchoolReferralView], responses=answers(403, 404))
def list_school_referrals(learner_id: Id, caller: CanWriteLearners, work: PlainWorkDep) -> Response:
    """List a learner's referrals, latest first; that they were read is logged."""
    return work.write(caller, school_referrals.list_referrals, learner_id)


@router.post("", status_code=201, response_model=SchoolReferralView, responses=answers(403, 404, 412))
def refer_learner(learner_id: Id, draft: SchoolReferralCreate, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Send a learner from a school to a classroom or the other way; the guardian's consent must be in force."""
    return work.create(caller, school_referrals.refer, learner_id, draft)


@router.post("/{referral_id}/answer", response_model=SchoolReferralView, responses=answers(403, 404, 409, 412))
def answer_school_referral(
    learner_id: Id, referral_id: Id, draft: SchoolReferralAnswer, caller: CanWriteLearners, work: WorkDep
) -> Response:
    """Write down what came of a referral."""
    return work.write(caller, school_referrals.answer, learner_id, referral_id, draft)
