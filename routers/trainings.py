"""Courses that the foundation gives."""

from fastapi import APIRouter, Response

from api.deps import CanReadTrainings, CanWriteTrainings, GuardedWorkDep, PlainWorkDep, WorkDep
from api.paging import AskDep
from api.problems import answers
from models.fields import Id
from models.training import CourseCreate, CoursePatch, CourseView
from services import courses
from services.paging import Page

router = APIRouter(prefix="/v1/trainings", tags=["trainings"])


@router.get("", response_model=Page[CourseView], responses=answers(403))
def list_courses(caller: CanReadTrainings, work: PlainWorkDep, ask: AskDep) -> Response:
    """List the courses."""
    return work.read(caller, courses.list_courses, ask)


@router.post("", response_model=CourseView, status_code=201, responses=answers(403))
def create_course(draft: CourseCreate, caller: CanWriteTrainings, work: WorkDep) -> Response:
    """Enter a course: minutes, assessment, what it presupposes and what it grants."""
    return work.create(caller, courses.create_course, draft)


@router.get("/{course_id}", response_model=CourseView, responses=answers(403, 404))
def read_course(course_id: Id, caller: CanReadTrainings, work: PlainWorkDep) -> Response:
    """Read a course."""
    return work.read(caller, courses.read_course, course_id)


@router.patch("/{course_id}", response_model=CourseView, responses=answers(403, 404, 412, 428))
def change_course(course_id: Id, patch: CoursePatch, caller: CanWriteTrainings, work: GuardedWorkDep) -> Response:
    """Change a course; its code stays."""
    return work.write(caller, courses.change_course, course_id, patch)
