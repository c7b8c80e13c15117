"""Growing by steps: shadow, paired, alone, per language and kind, counted from what somebody really did (domain.md §0)."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field as Described

from models.fields import View


class GrowingStep(StrEnum):
    """What somebody may do next: watch, interpret beside somebody, or interpret alone."""

    SHADOW = "shadow"
    PAIRED = "paired"
    ALONE = "alone"


class StepsOfKind(View):
    """How often somebody watched, interpreted beside others and alone, in one language and kind."""

    language: str | None
    kind: str
    shadowed: int
    paired: int
    alone: int
    step: GrowingStep = Described(description="The next one: alone after one time paired, paired after one as a shadow")


class StepsView(View):
    """The steps of somebody, by language and kind."""

    volunteer_id: UUID
    items: list[StepsOfKind]
