"""Other days for a term: sessions keep their tutors and move within their week, none is lost and none is there twice.

A day that the old and the new rule share keeps its session. Every other session to come moves to a free day of its own
week; one that finds none is cancelled, and a day that is left over gets a new session. What was called off stays so.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from models.class_session import TO_COME, ClassSession, SessionChange, SessionChanges, TermRulePut
from models.classroom import Classroom, Term
from models.shift import Shift
from services import recurrence
from services.amending_series import Aim, Scope
from services.errors import invalid
from services.free_text import refuse_personal_details
from services.moving_classes import (
    aimed_at,
    call_off_session,
    hours_of,
    lock_sessions,
    move_to,
    show_change,
)
from services.moving_shifts import rehearsed
from services.noting_ahead import leave_noted
from services.office_days import at_local
from services.telling_moves import as_they_stand, tell_moved
from services.terms import find_term, leave_out, meet, refuse_clashes, sessions_of
from services.unit import Unit


def change_rule(
    unit: Unit, classroom_id: UUID, term_id: UUID, draft: TermRulePut, aim: Aim, *, preview: bool = False
) -> SessionChanges:
    """Give the sessions to come, or those from a day on, the days of another rule; all of it or nothing.

    Where earlier sessions stay with their rule, the later part becomes a term of its own; one on whose roll somebody is noted
    already stays as if it had begun. Raises `NotFound`, `Stale`, `InvalidFields` for the rule, its days and hours, an aim at
    one session or at none, `Refused` (`CLS_CLASH`; `CLS_NOTED` where none can move).
    """
    refuse_personal_details(draft.reason, "/reason")
    if aim.scope is Scope.ONE:
        raise invalid("scope", "FIELD_CONFLICT", other="rule")
    term = find_term(unit, classroom_id, term_id, lock=True)
    unit.expect(term)
    return rehearsed(unit, lambda: _change(unit, term, draft, aim), preview=preview)


@dataclass(frozen=True)
class _Plan:
    """What becomes of each session, and the days that get a new one."""

    moves: Mapping[UUID, date]
    new: Sequence[date]


def _change(unit: Unit, term: Term, draft: TermRulePut, aim: Aim) -> SessionChanges:
    aimed = [one for one in aimed_at(unit, term, aim) if one.occurrence_on is not None]
    if not aimed:
        raise invalid("from")
    shifts = lock_sessions(unit, aimed)
    aimed = [one for one in aimed if one.status in TO_COME]  # one may have been called off while we waited
    aimed, kept = leave_noted(unit, aimed)
    before = as_they_stand(aimed)
    hours = _hours(unit, aimed[0], draft)
    if hours[1] <= hours[0]:
        raise invalid("/ends", "FIELD_CONFLICT", other="starts")
    days, left_out = _days(unit, term, draft, hours[0], aimed)
    plan = _fit(aimed, days)
    home = _home(unit, term, _day(aimed[0]), draft, left_out, hours)
    off = [
        call_off_session(unit, one, shifts[one.id], "cancel", draft.reason) for one in aimed if one.id not in plan.moves
    ]
    staying = [one for one in aimed if one.id in plan.moves]
    moved = [_move(unit, one, shifts[one.id], plan.moves[one.id], draft) for one in staying]
    desk = any(one.consult_desk for one in aimed)
    meetings = [(day, *_times(unit, day, hours)) for day in plan.new]
    added = meet(unit, unit.get(Classroom, term.classroom_id), home, meetings, consult_desk=desk)
    refuse_clashes(unit, term.classroom_id, [*staying, *added])
    tell_moved(unit, term.classroom_id, before, moved)
    home.touch(unit.now)
    unit.audit("term.change-rule", home, facts={"scope": aim.scope})
    changes = [*off, *moved, *(show_change(unit, one) for one in added)]
    changes.sort(key=lambda change: (change.starts_at, change.session_id))
    return SessionChanges(items=changes, kept=[one.id for one in kept])


def _days(
    unit: Unit, term: Term, draft: TermRulePut, starts: time, aimed: Sequence[ClassSession]
) -> tuple[list[date], list[date]]:
    """Return the days of the rule that are still to come, and those left out; what was called off stays so."""
    first = _day(aimed[0])
    days = recurrence.parse(draft.rule).days(first - timedelta(days=first.weekday()))
    ahead = [day for day in days if at_local(unit, day, starts) > unit.now]
    kept, out = leave_out(unit, ahead, draft.no_class_dates, skip_holidays=draft.skip_holidays)
    others = {one.occurrence_on for one in sessions_of(unit, term)} - {one.occurrence_on for one in aimed}
    if others.issuperset(kept):
        raise invalid("/rule", "SER_EMPTY")
    return [day for day in kept if day not in others], out


def _day(session: ClassSession) -> date:
    assert session.occurrence_on is not None  # noqa: S101 - only such are aimed at
    return session.occurrence_on


def _fit(aimed: Sequence[ClassSession], days: Sequence[date]) -> _Plan:
    moves = {one.id: _day(one) for one in aimed if _day(one) in days}
    free: dict[tuple[int, int], list[date]] = defaultdict(list)
    for day in sorted(set(days) - set(moves.values())):
        free[_week(day)].append(day)
    for one in aimed:
        if one.id not in moves and free[_week(_day(one))]:
            moves[one.id] = free[_week(_day(one))].pop(0)
    return _Plan(moves, sorted(day for left in free.values() for day in left))


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _home(
    unit: Unit, term: Term, first: date, draft: TermRulePut, left_out: Sequence[date], hours: tuple[time, time]
) -> Term:
    """Return the term of what is from a day on: the same where nothing is before it, else a new one beside it.

    What was called off from that day on goes along, or a later change would not know of it.
    """
    columns: dict[str, Any] = {
        "rule": str(recurrence.parse(draft.rule)),
        "starts_on": first - timedelta(days=first.weekday()),
        "starts": hours[0],
        "ends": hours[1],
        "left_out": [day.isoformat() for day in left_out],
    }
    sessions = sessions_of(unit, term)
    later = [one for one in sessions if (one.occurrence_on or unit.local_day(one.starts_at)) >= first]
    if len(later) < len(sessions):
        term.touch(unit.now)
        home = unit.add(Term(**unit.stamp(), classroom_id=term.classroom_id, name=term.name, **columns))
        for one in later:
            one.term_id = home.id
        return home
    for name, value in columns.items():
        setattr(term, name, value)
    return term


def _hours(unit: Unit, session: ClassSession, draft: TermRulePut) -> tuple[time, time]:
    """Return from when to when a session meets from now on: as it did, unless other hours are given."""
    starts, ends = hours_of(unit, session)
    return draft.starts or starts, draft.ends or ends


def _move(unit: Unit, session: ClassSession, shift: Shift, day: date, draft: TermRulePut) -> SessionChange:
    times = _times(unit, day, _hours(unit, session, draft))
    session.occurrence_on = day
    return move_to(unit, session, shift, times)


def _times(unit: Unit, day: date, hours: tuple[time, time]) -> tuple[datetime, datetime]:
    return at_local(unit, day, hours[0]), at_local(unit, day, hours[1])
