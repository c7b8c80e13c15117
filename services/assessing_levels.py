"""Levels of learners with their history: what was found is written once and stays (domain.md §4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col

from models.level_assessment import RESULTS, Instrument, LevelAssessment, LevelAssessmentCreate, LevelAssessmentView
from services.erasing import put_off_erasing
from services.errors import invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import find, find_learner, visible_assessments
from services.unit import Unit


@dataclass(frozen=True)
class AssessmentFilters:
    """What a list of assessments is narrowed to."""

    learner_id: UUID | None = None
    instrument: Instrument | None = None


def list_assessments(unit: Unit, ask: Ask, filters: AssessmentFilters) -> Page[LevelAssessmentView]:
    """Return assessments of the caller's scope, the latest day first."""
    statement = visible_assessments(unit.actor)
    if filters.learner_id:
        statement = statement.where(col(LevelAssessment.learner_id) == filters.learner_id)
    if filters.instrument:
        statement = statement.where(col(LevelAssessment.instrument) == filters.instrument)
    order = Order((LevelAssessment.assessed_on, LevelAssessment.id), descending=True)
    return page(unit, ask, statement, order, _show_all, scope_of("level_assessments", filters))


def read_assessment(unit: Unit, assessment_id: UUID) -> LevelAssessmentView:
    """Return an assessment of the caller's scope. Raises `NotFound`."""
    return _show_all(unit, [find(unit, visible_assessments(unit.actor), LevelAssessment, assessment_id)])[0]


def assess(unit: Unit, draft: LevelAssessmentCreate) -> LevelAssessmentView:
    """Write down a level. Raises `NotFound`, `InvalidFields` for a day to come and what the instrument cannot find."""
    learner = find_learner(unit, draft.learner_id)
    if draft.assessed_on > unit.today:
        raise invalid("/assessed_on", "FIELD_RANGE", max=unit.today)
    if draft.result not in RESULTS[draft.instrument]:
        raise invalid("/result", "FIELD_CONFLICT", other="instrument")
    assessment = unit.add(LevelAssessment(**draft.model_dump(), **unit.stamp()))
    put_off_erasing(unit, learner)
    unit.audit("level_assessment.create", assessment)
    return _show_all(unit, [assessment])[0]


def _show_all(_unit: Unit, assessments: Sequence[LevelAssessment]) -> list[LevelAssessmentView]:
    return [LevelAssessmentView.model_validate(assessment.model_dump()) for assessment in assessments]
