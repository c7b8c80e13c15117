"""Learners on their way to a school: stages with their history, what they aim at, and the days not to be missed (Ⅱ 1-2)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, Row, instant, one_of, reference
from models.fields import LOOSE, Day, Draft, Instant, ObjectView, View
from models.learner import SchoolStage


class TargetGoal(StrEnum):
    """What a learner aims at."""

    HIGH_SCHOOL_ENTRANCE = "high_school_entrance"
    EQUIVALENCY_EXAM = "equivalency_exam"
    VOCATIONAL_SCHOOL = "vocational_school"
    UNIVERSITY_ENTRANCE = "university_entrance"


class TargetStatus(StrEnum):
    """Whether it is still aimed at."""

    AIMED_AT = "aimed_at"
    MET = "met"
    GIVEN_UP = "given_up"


class DeadlineCode(StrEnum):
    """A day not to be missed; of a period the last day."""

    GUIDANCE_EVENT = "guidance_event"
    DOCUMENTS_READY = "documents_ready"
    APPLICATION_PERIOD = "application_period"
    ENTRANCE_EXAM = "entrance_exam"
    RESULTS_DAY = "results_day"
    ENROLMENT_FORMALITIES = "enrolment_formalities"


class SchoolStageChange(Row, table=True):
    """From which day on a learner stood where; the latest is where she stands."""

    __tablename__ = "school_stage_change"

    learner_id: UUID = reference("learner.id")
    stage: SchoolStage = one_of(SchoolStage)
    since: date
    made_at: datetime = instant()


class SchoolDeadline(Aggregate, table=True):
    """A day of the fiscal year in which a goal is aimed at, the same for every learner."""

    __tablename__ = "school_deadline"
    __table_args__ = (sa.UniqueConstraint("fiscal_year", "goal", "code"),)

    fiscal_year: int
    goal: TargetGoal = one_of(TargetGoal)
    code: DeadlineCode = one_of(DeadlineCode)
    due_on: date = Field(index=True)


class LearnerTarget(Aggregate, table=True):
    """What a learner aims at in a fiscal year."""

    __tablename__ = "learner_target"
    __table_args__ = (
        sa.Index(
            "uq_learner_target_learner_id_goal_fiscal_year",
            "learner_id",
            "goal",
            "fiscal_year",
            unique=True,
            sqlite_where=sa.text("status = 'aimed_at'"),
            postgresql_where=sa.text("status = 'aimed_at'"),
        ),
    )

    learner_id: UUID = reference("learner.id", index=False)
    goal: TargetGoal = one_of(TargetGoal)
    fiscal_year: int
    status: TargetStatus = one_of(TargetStatus, index=True)


class LearnerDeadline(Row, table=True):
    """A learner's own day instead of the year's; without a day, what the year asks for is nothing for her."""

    __tablename__ = "learner_deadline"
    __table_args__ = (sa.UniqueConstraint("target_id", "code"),)

    target_id: UUID = reference("learner_target.id", index=False)
    code: DeadlineCode = one_of(DeadlineCode)
    due_on: date | None = Field(default=None)


class DeadlineNotice(Row, table=True):
    """Of which day, and how many days ahead, was last told: what a family believes. There is none for a day that is gone.

    A day that moves is told anew; where it moves beyond all marks, `days_ahead` is how far off it was then.
    """

    __tablename__ = "deadline_notice"
    __table_args__ = (sa.UniqueConstraint("target_id", "code"),)

    target_id: UUID = reference("learner_target.id", index=False)
    code: DeadlineCode = one_of(DeadlineCode)
    due_on: date
    days_ahead: int
    told_on: date


Goal = Annotated[TargetGoal, LOOSE]
Kind = Annotated[DeadlineCode, LOOSE]
DueDay = Annotated[Day, Described(description="In the fiscal year, or in the April after it")]
Year = Annotated[int, Described(ge=2000, le=2100, description="Fiscal year, from 1 April, in which it is aimed at")]


class SchoolStageEntry(Draft):
    """Where a learner stands from a day on."""

    stage: Annotated[SchoolStage, LOOSE]
    since: Day


class SchoolStageView(View):
    """Where a learner stood from a day on."""

    stage: SchoolStage
    since: Day
    made_at: Instant


class SchoolDeadlineCreate(Draft):
    """A day of a year; of a period the last day."""

    fiscal_year: Year
    goal: Goal
    code: Kind
    due_on: DueDay


class SchoolDeadlineMove(Draft):
    """Another day; families who were told of the old one are told that it moved."""

    due_on: DueDay


class SchoolDeadlineView(ObjectView):
    """A day of a year not to be missed."""

    fiscal_year: int
    goal: TargetGoal
    code: DeadlineCode
    due_on: Day


class LearnerTargetCreate(Draft):
    """What a learner aims at, and in which fiscal year."""

    goal: Goal
    fiscal_year: Year


class LearnerDeadlineEntry(Draft):
    """A learner's own day; null where what the year asks for is nothing for her."""

    code: Kind
    due_on: DueDay | None


class LearnerDeadlines(Draft):
    """All days in which a learner differs from the year's."""

    items: list[LearnerDeadlineEntry] = Described(max_length=len(DeadlineCode))


class DeadlineView(View):
    """A day not to be missed; `own` where it is the learner's and not the year's."""

    code: DeadlineCode
    due_on: Day
    own: bool
    told_on: Day | None = Described(description="When the family was last told of this day")


class LearnerTargetView(ObjectView):
    """What a learner aims at, with the days that count for her, soonest first."""

    learner_id: UUID
    goal: TargetGoal
    fiscal_year: int
    status: TargetStatus
    deadlines: list[DeadlineView]
