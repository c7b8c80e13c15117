"""Learners on their way to a school: stages, what they aim at, and the days not to be missed."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import CanWriteLearners, CanWriteSchoolDates, GuardedWorkDep, PlainWorkDep, WorkDep
from api.problems import answers
from models.fields import Id, Items
from models.schooling import (
    LearnerDeadlines,
    LearnerTargetCreate,
    LearnerTargetView,
    SchoolDeadlineCreate,
    SchoolDeadlineMove,
    SchoolDeadlineView,
    SchoolStageEntry,
    SchoolStageView,
)
from services import school_dates, schooling

router = APIRouter(tags=["learners"])
_LEARNER = "/v1/learners/{learner_id}"
_TARGET = f"{_LEARNER}/targets/{{target_id}}"
_DEADLINES = "/v1/school-deadlines"


@router.get(_DEADLINES, response_model=Items[SchoolDeadlineView], responses=answers(403))
def list_school_deadlines(
    caller: CanWriteLearners, work: PlainWorkDep, fiscal_year: Annotated[int, Query(ge=2000, le=2100)]
) -> Response:
    """List the days of a fiscal year that are not to be missed on the way to a school, soonest first."""
    return work.read(caller, school_dates.list_year, fiscal_year)


@router.post(_DEADLINES, status_code=201, response_model=SchoolDeadlineView, responses=answers(403))
def add_school_deadline(draft: SchoolDeadlineCreate, caller: CanWriteSchoolDates, work: WorkDep) -> Response:
    """Write a day of a year down; families of learners who aim at it are told 30 and 7 days ahead."""
    return work.create(caller, school_dates.add, draft)


@router.patch(f"{_DEADLINES}/{{deadline_id}}", response_model=SchoolDeadlineView, responses=answers(403, 404, 412, 428))
def move_school_deadline(
    deadline_id: Id, draft: SchoolDeadlineMove, caller: CanWriteSchoolDates, work: GuardedWorkDep
) -> Response:
    """Set another day; who was told of the old one is told that it moved."""
    return work.write(caller, school_dates.move, deadline_id, draft)


@router.delete(f"{_DEADLINES}/{{deadline_id}}", status_code=204, response_model=None, responses=answers(403, 404, 412))
def remove_school_deadline(deadline_id: Id, caller: CanWriteSchoolDates, work: WorkDep) -> Response:
    """Take a day away that was written down by mistake; who was told of it is told that it does not apply."""
    return work.write(caller, school_dates.remove, deadline_id)


@router.get(f"{_LEARNER}/school-stages", response_model=Items[SchoolStageView], responses=answers(403, 404))
def list_school_stages(learner_id: Id, caller: CanWriteLearners, work: PlainWorkDep) -> Response:
    """List where a learner stood in school, latest first."""
    return work.read(caller, schooling.list_stages, learner_id)


@router.post(
    f"{_LEARNER}/school-stages",
    status_code=201,
    response_model=Items[SchoolStageView],
    responses=answers(403, 404, 409, 412),
)
def move_learner_on(learner_id: Id, draft: SchoolStageEntry, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Write down that a learner stands elsewhere in school from a day on."""
    return work.create(caller, schooling.move_on, learner_id, draft)


@router.get(f"{_LEARNER}/targets", response_model=Items[LearnerTargetView], responses=answers(403, 404))
def list_learner_targets(learner_id: Id, caller: CanWriteLearners, work: PlainWorkDep) -> Response:
    """List what a learner aims and aimed at, latest first, with the days that count for her."""
    return work.read(caller, schooling.list_targets, learner_id)


@router.post(f"{_LEARNER}/targets", status_code=201, response_model=LearnerTargetView, responses=answers(403, 404, 412))
def aim_at_target(learner_id: Id, draft: LearnerTargetCreate, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Write down what a learner aims at, and in which fiscal year."""
    return work.create(caller, schooling.aim, learner_id, draft)


@router.post(f"{_TARGET}/meet", response_model=LearnerTargetView, responses=answers(403, 404, 409, 412))
def meet_target(learner_id: Id, target_id: Id, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Note that it was met."""
    return work.write(caller, schooling.end, learner_id, target_id, "meet")


@router.post(f"{_TARGET}/give-up", response_model=LearnerTargetView, responses=answers(403, 404, 409, 412))
def give_target_up(learner_id: Id, target_id: Id, caller: CanWriteLearners, work: WorkDep) -> Response:
    """Note that it is aimed at no more; nothing is told of its days any more."""
    return work.write(caller, schooling.end, learner_id, target_id, "give-up")


@router.put(f"{_TARGET}/deadlines", response_model=LearnerTargetView, responses=answers(403, 404, 409, 412, 428))
def set_learner_deadlines(
    learner_id: Id, target_id: Id, draft: LearnerDeadlines, caller: CanWriteLearners, work: GuardedWorkDep
) -> Response:
    """Say anew in which days a learner differs from the year's."""
    return work.write(caller, schooling.set_own_days, learner_id, target_id, draft)
