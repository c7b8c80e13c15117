"""Classrooms, their terms and tutors: a place in the neighbourhood where Japanese is learned (domain.md §3, §4.5)."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, json_column, one_of, reference
from models.dispatch_series import Rule
from models.fields import LOOSE, Code, Day, Draft, Id, Line, LocalTime, ObjectView, Patch, View
from models.volunteer import LanguageLevelView


class ClassroomKind(StrEnum):
    """Who runs a classroom and how."""

    COMMUNITY_CLASS = "community_class"
    SUPPORT_CLASS = "support_class"
    ONLINE = "online"


class TutorRole(StrEnum):
    """In what part a tutor belongs to a classroom; reserves are called first when somebody is missing."""

    LEAD = "lead"
    REGULAR = "regular"
    RESERVE = "reserve"


class Classroom(Aggregate, table=True):
    """A classroom of an institution. `learner_ratio` is the most learners per tutor, `tutor_places` how many are asked.

    `for_children` wants every tutor's child-safety check cleared; where it is not, no child learns. Its managers are the institution's.
    """

    __table_args__ = (
        sa.CheckConstraint("capacity >= 1", name="capacity"),
        sa.CheckConstraint("min_tutors >= 1 AND tutor_places >= min_tutors", name="tutors"),
        sa.CheckConstraint("learner_ratio >= 1", name="ratio"),
        sa.CheckConstraint("facility_id IS NOT NULL OR kind = 'online'", name="place"),
    )

    code: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=120)
    kind: ClassroomKind = one_of(ClassroomKind)
    organization_id: UUID = reference("organization.id")
    facility_id: UUID | None = reference("facility.id", nullable=True)
    capacity: int
    tutor_places: int
    min_tutors: int
    learner_ratio: int
    tutor_min_age: int = Field(default=18)
    for_children: bool = Field(default=True)


class ClassroomTutor(Row, table=True):
    """A tutor of a classroom, in one part."""

    __tablename__ = "classroom_tutor"
    __table_args__ = (sa.UniqueConstraint("classroom_id", "volunteer_id"),)

    classroom_id: UUID = reference("classroom.id")
    volunteer_id: UUID = reference("volunteer.id")
    role: TutorRole = one_of(TutorRole)


class Term(Aggregate, table=True):
    """A rule by which a classroom meets; `starts`, `ends` are local, so that no change of the clocks moves the hour.

    `left_out` holds the days of the rule (ISO dates) without a class: holidays and those that were named.
    """

    __table_args__ = (sa.CheckConstraint("starts < ends", name="order"),)

    classroom_id: UUID = reference("classroom.id")
    name: str = Field(max_length=120)
    rule: str = Field(max_length=200)
    starts_on: date
    starts: time
    ends: time
    left_out: list[str] = json_column()


Capacity = Annotated[int, Described(ge=1, le=200)]
Tutors = Annotated[int, Described(ge=1, le=30)]
Ratio = Annotated[int, Described(ge=1, le=20, description="The most learners per tutor")]


class ClassroomCreate(Draft):
    """A classroom to be run. Its place is left out where it meets online."""

    code: Code
    name: Line
    kind: Annotated[ClassroomKind, LOOSE]
    organization_id: Id
    facility_id: Id | None = None
    capacity: Capacity = 12
    tutor_places: Tutors = 4
    min_tutors: Tutors = 2
    learner_ratio: Ratio = 3
    tutor_min_age: Annotated[int, Described(ge=16, le=20)] = 18
    for_children: bool = True


class ClassroomPatch(Patch):
    """A correction of a classroom; terms that were made keep what they asked for, but for whether tutors are cleared."""

    name: Line | None = None
    capacity: Capacity | None = None
    tutor_places: Tutors | None = None
    min_tutors: Tutors | None = None
    learner_ratio: Ratio | None = None
    for_children: bool | None = Described(
        default=None,
        description="Tutors of sessions to come are judged again; for adults alone only while no child learns or waits",
    )


class ClassroomView(ObjectView):
    """A classroom with how many learn there and wait."""

    code: str
    name: str
    kind: ClassroomKind
    organization_id: UUID
    facility_id: UUID | None
    capacity: int
    tutor_places: int
    min_tutors: int
    learner_ratio: int
    tutor_min_age: int
    for_children: bool
    enrolled: int = Described(description="Learners who hold a place")
    waiting: int


class TutorEntry(Draft):
    """A tutor of a classroom."""

    volunteer_id: Id
    role: Annotated[TutorRole, LOOSE] = TutorRole.REGULAR


class TutorList(Draft):
    """Everybody who teaches in a classroom."""

    items: list[TutorEntry] = Described(max_length=100)


class TutorView(View):
    """A tutor of a classroom by badge name."""

    volunteer_id: UUID
    badge_name: str
    role: TutorRole


class TutorContact(View):
    """How a tutor of a classroom is reached. `role` is null of whoever is not named there and merely comes to a session."""

    volunteer_id: UUID
    badge_name: str
    role: TutorRole | None
    phone: str | None
    number_wrong: bool = Described(description="Somebody else answered this number")
    languages: list[LanguageLevelView]


class TermCreate(Draft):
    """A class on every day of a rule, counted from `starts_on`; times are local wall-clock times."""

    name: Line
    rule: Rule
    starts_on: Day
    starts: LocalTime
    ends: LocalTime
    skip_holidays: bool = Described(default=True, description="Leave out public holidays and closed days of the office")
    no_class_dates: list[Day] = Described(default_factory=list, max_length=60, description="Days of the rule left out")
    consult_desk: bool = Described(default=False, description="Parents may bring their worries to each session")
