"""Exam weeks of a university: its students are away all at once."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, reference
from models.fields import Day, Draft, Line, ObjectView


class ExamPeriod(Aggregate, table=True):
    """Days, both included, on which a university examines; each of its students has an absence that belongs to it."""

    __tablename__ = "exam_period"
    __table_args__ = (
        sa.CheckConstraint("first_on <= last_on", name="order"),
        sa.UniqueConstraint("organization_id", "first_on", "last_on"),
    )

    organization_id: UUID = reference("organization.id")
    name: str = Field(max_length=120)
    first_on: date
    last_on: date


class ExamPeriodDraft(Draft):
    """Exam weeks, at most ten of them in a row."""

    name: Line
    first_on: Day
    last_on: Day


class ExamPeriodView(ObjectView):
    """Exam weeks, and how many students are away in them."""

    organization_id: UUID
    name: str
    first_on: Day
    last_on: Day
    students: int = Described(description="Students who are away because of it")
