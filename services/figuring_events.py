"""The report on events, meetings of the liaison council, and lectures (domain.md §8); counts of events, of nobody's person."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.event import Event, EventKind, EventStatus, MeetingAttendance
from models.event_report import EventGroup, EventReport, EventTable, LectureGroup, MeetingFigures
from models.lecture import LectureEngagement, LectureStatus
from models.membership import OrganizationMembership
from models.shift import TRAINEE, Demand, Shift, ShiftStatus
from services.fewness import FEW
from services.figures import period
from services.queries import EVENT_SOURCE
from services.report_sheets import sheet_of
from services.sheet import Sheet
from services.unit import Unit
from services.wording import say

FIGURES: Final = (
    "events",
    "events_held",
    "events_cancelled",
    "helpers_wanted",
    "helpers",
    "visitors",
    "members",
    "attended",
    "lectures",
    "lectures_held",
    "lectures_cancelled",
    "participants",
)
_TABLES: Final[Mapping[EventTable, tuple[str, Sequence[str], str]]] = {
    EventTable.EVENTS: ("event_kind", FIGURES[:6], "events"),
    EventTable.MEETINGS: ("liaison_meeting", FIGURES[6:8], "attended"),
    EventTable.LECTURES: ("lecture_kind", FIGURES[8:], "lectures"),
}
"""Of each table the word for its rows, its figures, and the one that a picture draws."""
_TOOK_PLACE = frozenset({EventStatus.HELD, EventStatus.CLOSED})
_GIVEN = frozenset({LectureStatus.HELD, LectureStatus.REPORTED})
_OFF = frozenset({LectureStatus.CANCELLED, LectureStatus.DECLINED})


def report_events(unit: Unit, first: date | None, last: date | None) -> EventReport:
    """Return the figures of what begins in the period, by default in this fiscal year.

    Raises `InvalidFields` for a period that ends before it begins or touches more than five fiscal years, and to those who
    are not of the staff for any but one whole fiscal year.
    """
    first, last = period(unit, first, last)
    span = (
        datetime.combine(first, time(0), tzinfo=unit.zone),
        datetime.combine(last + timedelta(days=1), time(0), tzinfo=unit.zone),
    )
    events = _between(unit, Event, span)
    return EventReport(
        as_of=unit.now,
        first=first,
        last=last,
        definitions={name: say("definitions", name, unit.language) for name in FIGURES},
        events=_events(unit, events),
        meetings=_meetings(unit, events),
        lectures=_lectures(unit, _between(unit, LectureEngagement, span)),
    )


@dataclass
class _Tabled:
    """One table of the report, as a sheet shows it."""

    first: date
    last: date
    group_by: EventTable
    groups: Sequence[Any]
    total: Any


def sheet_of_events(unit: Unit, first: date | None, last: date | None, table: EventTable) -> Sheet:
    """Return one table of the same figures as a sheet, with a row for the total; see `report_events`.

    A total over a figure that is withheld is withheld as well, or the difference would tell it.
    """
    report = report_events(unit, first, last)
    heading, figures, drawn = _TABLES[table]
    rows = [_named(row) for row in report.meetings] if table is EventTable.MEETINGS else getattr(report, table)
    total = SimpleNamespace(**{figure: _total([getattr(row, figure) for row in rows]) for figure in figures})

    def withheld(row: Any) -> list[str]:
        return [figure for figure in figures if getattr(row, figure) is None]

    tabled = _Tabled(report.first, report.last, table, rows, total)
    return sheet_of(unit, tabled, "events", figures, heading=heading, drawn=drawn, withheld=withheld)


def _named(meeting: MeetingFigures) -> SimpleNamespace:
    return SimpleNamespace(name=f"{meeting.held_on:%Y-%m-%d} {meeting.title}", **meeting.model_dump())


def _total(figures: Sequence[int | None]) -> int | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None


def _between(unit: Unit, table: Any, span: tuple[datetime, datetime]) -> Sequence[Any]:
    statement = select(table).where(table.starts_at >= span[0], table.starts_at < span[1])
    return unit.session.exec(statement.order_by(table.starts_at, table.id)).all()


def _by_kind(rows: Iterable[Any]) -> Mapping[Any, Sequence[Any]]:
    grouped: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.kind].append(row)
    return {kind: grouped[kind] for kind in sorted(grouped)}


def _events(unit: Unit, events: Sequence[Event]) -> list[EventGroup]:
    places = _places(unit, [event.id for event in events])
    return [
        EventGroup(
            kind=kind,
            name=say("words", kind, unit.language),
            events=len(some),
            events_held=sum(event.status in _TOOK_PLACE for event in some),
            events_cancelled=sum(event.status is EventStatus.CANCELLED for event in some),
            helpers_wanted=sum(places[event.id][0] for event in some),
            helpers=_told(unit, sum(places[event.id][1] for event in some)),
            visitors=_told(unit, sum(event.visitors or 0 for event in some)),
        )
        for kind, some in _by_kind(events).items()
    ]


def _told(unit: Unit, persons: int) -> int | None:
    """Return a count of persons, as far as this caller may know small ones."""
    return None if 0 < persons < FEW and not unit.actor.is_staff else persons


def _places(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, tuple[int, int]]:
    statement = (
        select(Shift.source_id, sa.func.sum(Demand.places), sa.func.sum(Demand.taken))
        .join(Demand, col(Demand.shift_id) == Shift.id)
        .where(
            Shift.source_type == EVENT_SOURCE,
            col(Shift.source_id).in_(ids),
            Shift.status != ShiftStatus.CANCELLED,
            Demand.role != TRAINEE,
        )
        .group_by(col(Shift.source_id))
    )
    found: dict[UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found.update({event_id: (wanted, taken) for event_id, wanted, taken in unit.session.exec(statement)})
    return found


def _meetings(unit: Unit, events: Sequence[Event]) -> list[MeetingFigures]:
    meetings = [
        one for one in events if one.kind is EventKind.LIAISON_MEETING and one.status is not EventStatus.CANCELLED
    ]
    came = _came(unit, [meeting.id for meeting in meetings])
    memberships = unit.session.exec(select(OrganizationMembership)).all() if meetings else []
    days = {meeting.id: unit.local_day(meeting.starts_at) for meeting in meetings}
    return [
        MeetingFigures(
            held_on=days[one.id],
            title=one.title,
            members=sum(row.holds_on(days[one.id]) for row in memberships),
            attended=came.get(one.id, 0),
        )
        for one in meetings
    ]


def _came(unit: Unit, ids: Sequence[UUID]) -> Mapping[UUID, int]:
    counted = select(MeetingAttendance.event_id, sa.func.count()).where(col(MeetingAttendance.event_id).in_(ids))
    return dict(unit.session.execute(counted.group_by(col(MeetingAttendance.event_id))).all())


def _lectures(unit: Unit, lectures: Sequence[LectureEngagement]) -> list[LectureGroup]:
    return [
        LectureGroup(
            kind=kind,
            name=say("words", kind, unit.language),
            lectures=len(some),
            lectures_held=sum(lecture.status in _GIVEN for lecture in some),
            lectures_cancelled=sum(lecture.status in _OFF for lecture in some),
            participants=_told(unit, sum(lecture.participants or 0 for lecture in some)),
        )
        for kind, some in _by_kind(lectures).items()
    ]
