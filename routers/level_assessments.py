"""Levels of learners, with their history."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import CanWriteLearners, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.level_assessment import Instrument, LevelAssessmentCreate, LevelAssessmentView
from services import assessing_levels
from services.assessing_levels import AssessmentFilters
from services.paging import Page

router = APIRouter(prefix="/v1/level-assessments", tags=["learners"])


@router.get("", response_model=Page[LevelAssessmentView], responses=answers(403))
def list_assessments(
    caller: CanWriteLearners,
    work: PlainWorkDep,
    ask: AskDep,
    learner_id: Annotated[UUID | None, Query()] = None,
    instrument: Annotated[Instrument | None, Query()] = None,
) -> Response:
    """List what was found, the latest day first."""
    return work.read(caller, assessing_levels.list_assessments, ask, AssessmentFilters(learner_id, instrument))


@router.post("", status_code=201, response_model=LevelAssessmentView, responses=answers(403, 404))
def assess(draft: LevelAssessmentCreate, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Write down a level that was found; earlier ones stay."""
    return work.create(caller, assessing_levels.assess, draft)


@router.get("/{assessment_id}", response_model=LevelAssessmentView, responses=answers(403, 404))
def read_assessment(assessment_id: UUID, caller: CanWriteLearners, work: PlainWorkDep) -> Response:
    """Read what was found on a day."""
    return work.read(caller, assessing_levels.read_assessment, assessment_id)
