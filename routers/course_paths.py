"""Ladders of courses, and how far somebody has come on them."""

from fastapi import APIRouter, Response

from api.deps import CanReadTrainings, CanReadVolunteers, CanWriteTrainings, GuardedWorkDep, PlainWorkDep
from api.problems import answers
from models.course_path import CoursePathsDraft, CoursePathsView, LaddersView
from models.fields import Id
from services import course_paths

router = APIRouter(tags=["trainings"])


@router.get("/v1/course-paths", response_model=CoursePathsView, responses=answers(403, 404))
def read_course_paths(caller: CanReadTrainings, work: PlainWorkDep) -> Response:
    """Read the ladders of all kinds of activity, as one object."""
    return work.read(caller, course_paths.read_paths)


@router.put("/v1/course-paths", response_model=CoursePathsView, responses=answers(403, 404, 412, 428))
def set_course_paths(draft: CoursePathsDraft, caller: CanWriteTrainings, work: GuardedWorkDep) -> Response:
    """Set all ladders anew."""
    return work.write(caller, course_paths.set_paths, draft)


@router.get("/v1/volunteers/{volunteer_id}/course-paths", response_model=LaddersView, responses=answers(403, 404))
def read_ladders(volunteer_id: Id, caller: CanReadVolunteers, work: PlainWorkDep) -> Response:
    """Tell how far somebody has come on the ladders of what she offers to do."""
    return work.read(caller, course_paths.read_ladders, volunteer_id)
