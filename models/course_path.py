"""Ladders of courses: which ones lead, step by step, to which services of a kind of activity (domain.md §4.2)."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, json_column
from models.fields import LOOSE, Code, Draft, ObjectView, View
from models.volunteer import ActivityKind


class CoursePaths(Aggregate, table=True):
    """The ladders of all kinds of activity, in one row as they are set."""

    __tablename__ = "course_paths"

    name: str = Field(max_length=40, unique=True)
    paths: list[dict[str, Any]] = json_column()


class Step(Draft):
    """A step of a ladder: the courses that it takes, and the services that it opens."""

    courses: list[Code] = Described(min_length=1, max_length=10)
    opens: list[Code] = Described(default_factory=list, max_length=20)


class CoursePath(Draft):
    """The ladder of a kind of activity, lowest step first."""

    activity: Annotated[ActivityKind, LOOSE]
    steps: list[Step] = Described(min_length=1, max_length=10)


class CoursePathsDraft(Draft):
    """The ladders of all kinds of activity."""

    items: list[CoursePath] = Described(max_length=20)


class CoursePathsView(ObjectView):
    """The ladders of all kinds of activity."""

    items: list[CoursePath]


class CourseDone(View):
    """A course of a step, and whether somebody has it today."""

    code: str
    title: str
    done: bool


class StepView(View):
    """A step as somebody stands on it."""

    courses: list[CourseDone]
    opens: list[str]
    done: bool


class LadderView(View):
    """How far somebody has come on one ladder; `next_courses` are those still to be taken for the next step."""

    activity: ActivityKind
    steps: list[StepView]
    next_courses: list[str]


class LaddersView(View):
    """How far somebody has come on the ladders of what she offers to do."""

    volunteer_id: UUID
    items: list[LadderView]
