"""Unmet demand against who could meet it: whom to recruit or to train (domain.md §8)."""

from enum import StrEnum

from pydantic import Field as Described

from models.fields import Day, Instant, View


class GapBy(StrEnum):
    """What demand is grouped by; `need` is language, certificate, district and weekday together."""

    LANGUAGE = "language"
    CERTIFICATE = "certificate"
    DISTRICT = "district"
    WEEKDAY = "weekday"
    NEED = "need"


class GapAdvice(StrEnum):
    """What would help most: `train` who speaks the language and lacks the certificate, or `recruit`, since nobody is there."""

    TRAIN = "train"
    RECRUIT = "recruit"


class GapFigures(View):
    """Demand and who could meet it; what each figure means stands in `definitions`. Persons are null where few."""

    requests: int
    unmet: int
    places_left_open: int
    trainable: int | None
    speakers: int | None
    certified: int | None
    available: int | None
    nearby: int | None
    residents: int | None
    residents_per_interpreter: float | None
    suppressed: list[str] = Described(
        default_factory=list, description="Figures withheld from this caller, since few persons stand behind them"
    )


class GapGroup(GapFigures):
    """The figures of one group, the most urgent first; what the group does not tell apart is null."""

    key: str
    name: str
    language: str | None = Described(description="A tag; `rare_` with the year for the rare languages of one")
    certificates: list[str] | None
    district: str | None
    weekday: int | None = Described(description="0 is Monday")
    advice: GapAdvice | None


class GapReport(View):
    """Demand from `from` to `to`, both included: requests whose activity begins then, and places that plans leave open."""

    as_of: Instant
    first: Day = Described(serialization_alias="from")
    last: Day = Described(serialization_alias="to")
    group_by: GapBy
    definitions: dict[str, str] = Described(description="What each figure means, in the caller's language")
    groups: list[GapGroup]
    total: GapFigures
