"""What becomes of data whose time is over: who is due to go, and holds that keep somebody's; administrators only."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanManageRetention, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.consultation import Consultation
from models.fields import Day, Id, Items
from models.learner import Learner
from models.retention import ConsultationDueToGo, DueToGo, HoldDraft, HoldView, LearnerDueToGo
from models.volunteer import Volunteer
from services import retention
from services.paging import Page

router = APIRouter(tags=["retention"])
By = Annotated[Day | None, Query(description="Due by this day; today when absent")]


@router.get("/v1/retention/volunteers", response_model=Page[DueToGo], responses=answers(403))
def list_volunteers_due_to_go(caller: CanManageRetention, work: PlainWorkDep, ask: AskDep, on: By = None) -> Response:
    """Foresee whose data the nightly sweep erases, and what of each; nothing is changed, and the look is logged."""
    return work.write(caller, retention.list_due, ask, on)


@router.get("/v1/retention/learners", response_model=Page[LearnerDueToGo], responses=answers(403))
def list_learners_due_to_go(caller: CanManageRetention, work: PlainWorkDep, ask: AskDep, on: By = None) -> Response:
    """Foresee which learners the nightly sweep erases, with their guardians; nothing is changed, and the look is logged."""
    return work.write(caller, retention.list_learners_due, ask, on)


@router.get("/v1/retention/consultations", response_model=Page[ConsultationDueToGo], responses=answers(403))
def list_consultations_due_to_go(
    caller: CanManageRetention, work: PlainWorkDep, ask: AskDep, on: By = None
) -> Response:
    """Foresee of which consultations the nightly sweep leaves only what is counted; the look is logged."""
    return work.write(caller, retention.list_consultations_due, ask, on)


@router.get("/v1/volunteers/{volunteer_id}/legal-holds", response_model=Items[HoldView], responses=answers(403, 404))
def list_legal_holds(volunteer_id: Id, caller: CanManageRetention, work: PlainWorkDep) -> Response:
    """List the holds on somebody's data; the reading is logged."""
    return work.write(caller, retention.list_holds, Volunteer, volunteer_id)


@router.post(
    "/v1/volunteers/{volunteer_id}/legal-holds",
    response_model=HoldView,
    status_code=201,
    responses=answers(403, 404, 412),
)
def place_legal_hold(volunteer_id: Id, draft: HoldDraft, caller: CanManageRetention, work: WorkDep) -> Response:
    """Keep somebody's data beyond their day, until the hold is lifted."""
    return work.create(caller, retention.place_hold, Volunteer, volunteer_id, draft)


@router.get("/v1/learners/{learner_id}/legal-holds", response_model=Items[HoldView], responses=answers(403, 404))
def list_legal_holds_on_learner(learner_id: Id, caller: CanManageRetention, work: PlainWorkDep) -> Response:
    """List the holds on a learner's data; the reading is logged."""
    return work.write(caller, retention.list_holds, Learner, learner_id)


@router.post(
    "/v1/learners/{learner_id}/legal-holds",
    response_model=HoldView,
    status_code=201,
    responses=answers(403, 404, 412),
)
def place_legal_hold_on_learner(
    learner_id: Id, draft: HoldDraft, caller: CanManageRetention, work: WorkDep
) -> Response:
    """Keep a learner's data and her guardian's beyond their day, until the hold is lifted."""
    return work.create(caller, retention.place_hold, Learner, learner_id, draft)


@router.get(
    "/v1/consultations/{consultation_id}/legal-holds", response_model=Items[HoldView], responses=answers(403, 404)
)
def list_legal_holds_on_consultation(consultation_id: Id, caller: CanManageRetention, work: PlainWorkDep) -> Response:
    """List the holds on a consultation; the reading is logged."""
    return work.write(caller, retention.list_holds, Consultation, consultation_id)


@router.post(
    "/v1/consultations/{consultation_id}/legal-holds",
    response_model=HoldView,
    status_code=201,
    responses=answers(403, 404, 412),
)
def place_legal_hold_on_consultation(
    consultation_id: Id, draft: HoldDraft, caller: CanManageRetention, work: WorkDep
) -> Response:
    """Keep a consultation whole beyond its day, until the hold is lifted."""
    return work.create(caller, retention.place_hold, Consultation, consultation_id, draft)


@router.post("/v1/legal-holds/{hold_id}/lift", response_model=HoldView, responses=answers(403, 404, 409, 412))
def lift_legal_hold(hold_id: Id, draft: HoldDraft, caller: CanManageRetention, work: WorkDep) -> Response:
    """Lift a hold; what is overdue goes with the next sweep."""
    return work.write(caller, retention.lift_hold, hold_id, draft)
