"""Figures of broadcasts over a period by language, each with its definition (domain.md §5, §8)."""

from typing import Literal

from pydantic import Field as Described

from models.broadcast import BroadcastAudience
from models.fields import Day, Instant, View


class BroadcastFigures(View):
    """What is counted of broadcasts; persons are null where few of them would be known."""

    messages: int
    recipients: int | None
    acknowledged: int | None
    suppressed: list[str] = Described(
        default_factory=list, description="Figures withheld from this caller, since few persons stand behind them"
    )


class BroadcastGroup(BroadcastFigures):
    """The figures of one language; `key` is its tag, or `other` for languages in which few persons are written to."""

    key: str
    name: str


class BroadcastReport(View):
    """The broadcasts sent from `from` to `to`, both included; each person counts once, in the language of her latest."""

    as_of: Instant
    first: Day = Described(serialization_alias="from")
    last: Day = Described(serialization_alias="to")
    group_by: Literal["language"] = "language"
    audience: BroadcastAudience | None
    definitions: dict[str, str] = Described(description="What each figure means, in the caller's language")
    groups: list[BroadcastGroup]
    total: BroadcastFigures
