"""Recognition: what somebody has done, and thanks at milestones."""

from typing import Annotated
from uuid import UUID

from pydantic import Field as Described
from sqlmodel import Field

from models.base import Aggregate, json_column
from models.document import ActivityYear
from models.fields import Draft, ObjectView, View


class Milestones(Aggregate, table=True):
    """The hours of activity at which somebody is thanked, in one row as they are set."""

    name: str = Field(max_length=40, unique=True)
    hours: list[int] = json_column()


Hours = Annotated[int, Described(ge=1, le=100_000)]


class MilestonesDraft(Draft):
    """The hours at which people are thanked, all of them."""

    hours: list[Hours] = Described(max_length=20)


class MilestonesView(ObjectView):
    """The hours at which people are thanked, in order."""

    hours: list[int]


class HoursView(View):
    """What somebody has done, newest year first, by kind."""

    volunteer_id: UUID
    items: list[ActivityYear]
    activities: int
    minutes: int
    next_milestone: int | None = Described(description="Hours at which she will be thanked next")
