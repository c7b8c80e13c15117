"""Figures of events, meetings and lectures over a period, each with its definition (domain.md §8)."""

from enum import StrEnum

from pydantic import Field as Described

from models.fields import Day, Instant, View


class EventTable(StrEnum):
    """Which of its tables a file of this report holds."""

    EVENTS = "events"
    MEETINGS = "meetings"
    LECTURES = "lectures"


class EventGroup(View):
    """Events of one kind: how many, how many places they asked for and how many people helped; persons are null where few."""

    kind: str
    name: str
    events: int
    events_held: int
    events_cancelled: int
    helpers_wanted: int
    helpers: int | None
    visitors: int | None


class MeetingFigures(View):
    """A meeting of the liaison council: groups that were members on its day, and those that came."""

    held_on: Day
    title: str
    members: int
    attended: int


class LectureGroup(View):
    """Lectures of one kind; `lectures_held` includes those already reported."""

    kind: str
    name: str
    lectures: int
    lectures_held: int
    lectures_cancelled: int
    participants: int | None


class EventReport(View):
    """The events and lectures that begin from `from` to `to`, both included."""

    as_of: Instant
    first: Day = Described(serialization_alias="from")
    last: Day = Described(serialization_alias="to")
    definitions: dict[str, str] = Described(description="What each figure means, in the caller's language")
    events: list[EventGroup]
    meetings: list[MeetingFigures]
    lectures: list[LectureGroup]
