"""Exam weeks of a university."""

from fastapi import APIRouter, Response

from api.deps import CanWriteExams, PlainWorkDep, PreviewDep, WorkDep
from api.problems import answers
from models.availability import HoursPreview
from models.exam_period import ExamPeriodDraft, ExamPeriodView
from models.fields import Id, Items
from services import exam_periods, touching

router = APIRouter(prefix="/v1/organizations/{organization_id}/exam-periods", tags=["volunteers"])


@router.get("", response_model=Items[ExamPeriodView], responses=answers(403, 404))
def list_exam_periods(organization_id: Id, caller: CanWriteExams, work: PlainWorkDep) -> Response:
    """List the exam weeks of a university that are not over: staff, and its liaison."""
    return work.read(caller, exam_periods.list_periods, organization_id)


@router.post(
    "",
    response_model=ExamPeriodView,
    status_code=201,
    responses=answers(403, 404) | {200: {"model": HoursPreview, "description": "What it would touch"}},
)
def add_exam_period(
    organization_id: Id, draft: ExamPeriodDraft, caller: CanWriteExams, work: WorkDep, *, preview: PreviewDep = False
) -> Response:
    """Let every student of a university be away in its exam weeks; what they hold then travels as warnings."""
    if preview:
        return work.preview(caller, touching.preview, exam_periods.add_period, organization_id, draft)
    return work.create(caller, exam_periods.add_period, organization_id, draft)


@router.delete("/{period_id}", status_code=204, response_model=None, responses=answers(403, 404, 409, 412))
def remove_exam_period(organization_id: Id, period_id: Id, caller: CanWriteExams, work: WorkDep) -> Response:
    """Take back exam weeks that have not begun."""
    return work.write(caller, exam_periods.remove_period, organization_id, period_id)
