"""What kinds of service pay, as the office sets it (domain.md §7)."""

from typing import Annotated

from pydantic import Field as Described

from models.expense import Yen
from models.fields import Code, Day, Draft, ObjectView, Patch

Minutes = Annotated[int, Described(ge=0, le=1440)]
Step = Annotated[int, Described(ge=1, le=1440)]


class HonorariumRateCreate(Draft):
    """A rate from a day on; the one that began last before an activity's day holds, while it is in force."""

    service_type: Code
    valid_from: Day
    valid_to: Day | None = Described(default=None, description="Last day in force; null: until another begins")
    base_jpy: Yen
    included_minutes: Minutes = Described(description="What `base_jpy` is for")
    extra_jpy: Yen = 0
    per_minutes: Step = Described(default=60, description="`extra_jpy` is for each begun so many minutes more")


class HonorariumRatePatch(Patch):
    """A correction of a rate; claims that are not approved yet follow it."""

    clearable = frozenset({"valid_to"})

    valid_to: Day | None = None
    base_jpy: Yen | None = None
    included_minutes: Minutes | None = None
    extra_jpy: Yen | None = None
    per_minutes: Step | None = None


class HonorariumRateView(ObjectView):
    """What a kind of service pays, whole yen."""

    service_type: str
    valid_from: Day
    valid_to: Day | None
    base_jpy: int
    included_minutes: int
    extra_jpy: int
    per_minutes: int
