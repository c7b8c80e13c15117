"""The report on trainings: figures per group and in total, as an answer or as a sheet (domain.md §8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from models.training import EnrollmentStatus, TrainingCourse, TrainingEnrollment, TrainingSession, TrainingStatus
from models.training_report import TrainingFigures, TrainingGroup, TrainingGroupBy, TrainingReport
from services.fewness import FEW
from services.figures import period
from services.fiscal_years import fiscal_year
from services.report_sheets import sheet_of
from services.sheet import Sheet
from services.unit import Unit
from services.wording import say

E = EnrollmentStatus


@dataclass(frozen=True)
class Asked:
    """What a report is asked for: local days, both included, and what its groups are."""

    first: date | None
    last: date | None
    group_by: TrainingGroupBy


@dataclass(frozen=True)
class Held:
    """A session with its course and how many of its people are in which state."""

    session: TrainingSession
    course: TrainingCourse
    people: Mapping[EnrollmentStatus, int]
    minutes: int = 0
    absent: int = 0


@dataclass
class _People:
    """What is counted of the people of one session."""

    states: dict[EnrollmentStatus, int] = field(default_factory=lambda: defaultdict(int))
    minutes: int = 0
    absent: int = 0


Count = Callable[[Held], int]


def _in(*states: EnrollmentStatus) -> Count:
    return lambda held: sum(held.people.get(state, 0) for state in states)


SESSIONS: Final[Mapping[str, Count]] = {
    "sessions": lambda _: 1,
    "sessions_held": lambda held: held.session.status is TrainingStatus.HELD,
    "sessions_cancelled": lambda held: held.session.status is TrainingStatus.CANCELLED,
    "seats": lambda held: held.session.capacity if held.session.status is not TrainingStatus.CANCELLED else 0,
}
PERSONS: Final[Mapping[str, Count]] = {
    "applications": _in(*E),
    "took_part": lambda held: _in(E.ATTENDING, E.COMPLETED, E.INCOMPLETE)(held) - held.absent,
    "completions": _in(E.COMPLETED),
    "incompletions": _in(E.INCOMPLETE),
    "withdrawals": _in(E.WITHDRAWN),
    "left_waiting": _in(E.WAITLISTED, E.OFFERED),
}
"""What each session adds to a figure; the figures of groups add up to the total's. Persons are withheld where few."""
BESIDE: Final = ("minutes_attended", "completion_share")
FIGURES: Final = tuple(name for name in TrainingFigures.model_fields if name != "suppressed")


def report_trainings(unit: Unit, asked: Asked) -> TrainingReport:
    """Return the figures of the sessions that begin in the period, by default in this fiscal year.

    Raises `InvalidFields` for a period that ends before it begins or touches more than five fiscal years.
    """
    first, last = period(unit, asked.first, asked.last)
    held = _read(unit, first, last)
    grouped: dict[tuple[str, str], list[Held]] = defaultdict(list)
    for one in held:
        grouped[_key(unit, one, asked.group_by)].append(one)
    rows = [{"key": key, "name": name, **_count(some)} for (key, name), some in sorted(grouped.items())]
    total = _count(held)
    if not unit.actor.is_staff:
        _withhold(rows, total)
    return TrainingReport(
        as_of=unit.now,
        first=first,
        last=last,
        group_by=asked.group_by,
        definitions={name: say("definitions", name, unit.language) for name in FIGURES},
        groups=[TrainingGroup(**row) for row in rows],
        total=TrainingFigures(**total),
    )


def _read(unit: Unit, first: date, last: date) -> list[Held]:
    begins = datetime.combine(first, time(0), tzinfo=unit.zone)
    ends = datetime.combine(last + timedelta(days=1), time(0), tzinfo=unit.zone)
    statement = (
        select(TrainingSession, TrainingCourse)
        .join(TrainingCourse, col(TrainingCourse.id) == TrainingSession.course_id)
        .where(
            col(TrainingSession.starts_at) >= begins,
            col(TrainingSession.starts_at) < ends,
            TrainingSession.status != TrainingStatus.PLANNED,
        )
        .order_by(col(TrainingSession.starts_at), col(TrainingSession.id))
    )
    rows = unit.session.exec(statement).all()
    people = _people(unit, [session.id for session, _ in rows])
    return [
        Held(session, course, people[session.id].states, people[session.id].minutes, people[session.id].absent)
        for session, course in rows
    ]


def _people(unit: Unit, ids: Sequence[Any]) -> dict[Any, _People]:
    absent = sa.func.sum(sa.case((sa.and_(col(TrainingEnrollment.minutes) == 0, _absent()), 1), else_=0))
    counted = (
        select(  # type: ignore[call-overload]
            TrainingEnrollment.session_id,
            TrainingEnrollment.status,
            sa.func.count(),
            sa.func.sum(TrainingEnrollment.minutes),
            absent,
        )
        .where(col(TrainingEnrollment.session_id).in_(ids))
        .group_by(col(TrainingEnrollment.session_id), col(TrainingEnrollment.status))
    )
    found: dict[Any, _People] = defaultdict(_People)
    for session_id, state, count, minutes, away in unit.session.execute(counted):
        found[session_id].states[state] = count
        found[session_id].minutes += minutes
        found[session_id].absent += away
    return found


def _absent() -> sa.ColumnElement[bool]:
    return col(TrainingEnrollment.status) == E.INCOMPLETE


def _key(unit: Unit, held: Held, group_by: TrainingGroupBy) -> tuple[str, str]:
    day = unit.local_day(held.session.starts_at)
    if group_by is TrainingGroupBy.COURSE:
        return held.course.code, held.course.title
    of = f"{day:%Y-%m}" if group_by is TrainingGroupBy.MONTH else str(fiscal_year(day))
    return of, of


def _count(held: Iterable[Held]) -> dict[str, Any]:
    held = list(held)
    counts: dict[str, Any] = {name: sum(map(count, held)) for name, count in {**SESSIONS, **PERSONS}.items()}
    ended = counts["completions"] + counts["incompletions"]
    share = round(counts["completions"] / ended, 3) if ended else None
    minutes = sum(one.minutes for one in held)
    return {**counts, "minutes_attended": minutes, "completion_share": share, "suppressed": []}


def _withhold(groups: Sequence[dict[str, Any]], total: dict[str, Any]) -> None:
    """Empty what is counted of persons where few would be known: of all groups, since the others would tell of the one."""
    hidden = [*PERSONS, *BESIDE]
    if any(map(_is_few, groups)):
        for group in groups:
            group.update(dict.fromkeys(hidden), suppressed=hidden)
    if _is_few(total):
        total.update(dict.fromkeys(hidden), suppressed=hidden)


def _is_few(figures: Mapping[str, Any]) -> bool:
    return any(0 < figures[name] < FEW for name in PERSONS)


def sheet_of_trainings(unit: Unit, asked: Asked) -> Sheet:
    """Return the same figures as a sheet, a row per group and one for the total; see `report_trainings`."""
    heading = "training" if asked.group_by is TrainingGroupBy.COURSE else None
    return sheet_of(unit, report_trainings(unit, asked), "trainings", FIGURES, heading=heading)
