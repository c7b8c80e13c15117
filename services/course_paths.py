"""Ladders of courses as the foundation sets them, and how far somebody has come on them (domain.md §4.2)."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlmodel import col, select

from models.course_path import (
    CourseDone,
    CoursePath,
    CoursePaths,
    CoursePathsDraft,
    CoursePathsView,
    LaddersView,
    LadderView,
    Step,
    StepView,
)
from models.service_type import ServiceType
from models.training import TrainingCourse
from models.volunteer import VolunteerActivity
from services.courses import had
from services.errors import NotFound, invalid
from services.policies import Permission, may
from services.unit import Unit
from services.volunteering import take_near

NAME = "ladders"


def read_paths(unit: Unit) -> CoursePathsView:
    """Return the ladders. Raises `NotFound` before the reference data were loaded."""
    return _show(unit, _row(unit))


def set_paths(unit: Unit, draft: CoursePathsDraft) -> CoursePathsView:
    """Set all ladders anew.

    Raises `NotFound`, `Stale`, `InvalidFields` for two ladders of one kind, and for courses and services there are not.
    """
    row = unit.lock(CoursePaths, _row(unit).id)
    unit.expect(row)
    _check(unit, draft)
    row.paths = draft.model_dump(mode="json")["items"]
    row.touch(unit.now)
    unit.audit("course_paths.set", row)
    return _show(unit, row)


def _check(unit: Unit, draft: CoursePathsDraft) -> None:
    courses = set(unit.session.exec(select(TrainingCourse.code)))
    services = set(unit.session.exec(select(ServiceType.code)))
    kinds = [path.activity for path in draft.items]
    for position, path in enumerate(draft.items):
        if path.activity in kinds[:position]:
            raise invalid(f"/items/{position}/activity", "FIELD_DUPLICATE")
        for n, step in enumerate(path.steps):
            if set(step.courses) - courses:
                raise invalid(f"/items/{position}/steps/{n}/courses")
            if set(step.opens) - services:
                raise invalid(f"/items/{position}/steps/{n}/opens")


def _row(unit: Unit) -> CoursePaths:
    row = unit.session.exec(select(CoursePaths).where(CoursePaths.name == NAME)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _show(unit: Unit, row: CoursePaths) -> CoursePathsView:
    verbs = ["set"] if may(unit.actor, Permission.TRAINING_WRITE) else []
    items = [CoursePath.model_validate(path) for path in row.paths]
    return CoursePathsView(id=row.id, version=row.version, items=items, actions=verbs)


def read_ladders(unit: Unit, volunteer_id: UUID) -> LaddersView:
    """Return how far somebody has come today on the ladders of what she offers, to staff and herself.

    Raises `NotFound`, `Forbidden`.
    """
    volunteer = take_near(unit, volunteer_id)
    offered = select(VolunteerActivity.kind).where(VolunteerActivity.volunteer_id == volunteer.id)
    kinds = set(unit.session.exec(offered))
    paths = [path for path in read_paths(unit).items if path.activity in kinds]
    done = had(unit, volunteer.id, unit.today)
    named = [code for path in paths for step in path.steps for code in step.courses]
    rows = select(TrainingCourse.code, TrainingCourse.title).where(col(TrainingCourse.code).in_(named))
    titles = {code: title for code, title in unit.session.exec(rows)}  # noqa: C416 - rows are no pairs to `dict`
    return LaddersView(volunteer_id=volunteer.id, items=[_ladder(path, done, titles) for path in paths])


def _ladder(path: CoursePath, done: Collection[str], titles: Mapping[str, str]) -> LadderView:
    steps = [_step(step, done, titles) for step in path.steps]
    ahead = next((step for step in steps if not step.done), None)
    wanting = [course.code for course in ahead.courses if not course.done] if ahead else []
    return LadderView(activity=path.activity, steps=steps, next_courses=wanting)


def _step(step: Step, done: Collection[str], titles: Mapping[str, str]) -> StepView:
    courses = [CourseDone(code=code, title=titles[code], done=code in done) for code in step.courses]
    return StepView(courses=courses, opens=step.opens, done=all(course.done for course in courses))
