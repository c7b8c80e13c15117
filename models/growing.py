"""Growing by steps: shadow, paired, alone, per language and kind, counted from what somebody really did (domain.md §0)."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, reference
from models.fields import Code, Draft, LanguageTag, Line, ObjectView, View


class GrowingStep(StrEnum):
    """What somebody may do next: watch, interpret beside somebody, or interpret alone."""

    SHADOW = "shadow"
    PAIRED = "paired"
    ALONE = "alone"


class EarlierSteps(Aggregate, table=True):
    """What somebody did before the records begin, in one kind and language (empty: none), as the office knows it."""

    __tablename__ = "earlier_steps"
    __table_args__ = (
        sa.UniqueConstraint("volunteer_id", "kind", "language"),
        sa.CheckConstraint("shadowed >= 0 AND paired >= 0 AND alone >= 0", name="counts"),
    )

    volunteer_id: UUID = reference("volunteer.id")
    kind: str = Field(max_length=40)
    language: str = Field(max_length=35)
    shadowed: int
    paired: int
    alone: int
    reason: str = Field(max_length=120)


Times = Annotated[int, Described(ge=0, le=999)]


class EarlierStepsDraft(Draft):
    """What somebody did before the records begin; it stands in place of what was said before of the kind and language."""

    kind: Code = Described(description="Kind of service")
    language: LanguageTag | None = None
    shadowed: Times = 0
    paired: Times = 0
    alone: Times = 0
    reason: Line = Described(description="How the office knows")


class EarlierStepsView(ObjectView):
    """What somebody did before the records begin, in one kind and language."""

    volunteer_id: UUID
    kind: str
    language: str | None
    shadowed: int
    paired: int
    alone: int
    reason: str


class StepsOfKind(View):
    """How often somebody watched, interpreted beside others and alone, in one language and kind."""

    language: str | None
    kind: str
    shadowed: int
    paired: int
    alone: int
    step: GrowingStep = Described(description="The next one: alone after one time paired, paired after one as a shadow")


class StepsView(View):
    """The steps of somebody, by language and kind; what she did before the records is counted in."""

    volunteer_id: UUID
    items: list[StepsOfKind]
