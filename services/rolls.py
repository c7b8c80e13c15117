"""The roll of a class: written for everybody in one call, read by first name (domain.md §4.5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from models.attendance import (
    ATTENDING,
    Attendance,
    AttendanceStatus,
    ClassRollView,
    RollEntry,
    RollLine,
    RollPut,
)
from models.class_session import ClassSession, ClassSessionStatus, ClassSessionView
from models.learner import ConsentScope, Learner, SchoolStage
from services import classroom_states
from services.actor import Actor
from services.errors import Broken, FieldFault, InvalidFields, NotFound, Refused, WrongState, broken
from services.expecting import children_at_the_door, enrolled_by_classroom, expected_at, unnoted
from services.keeping_from_children import reads_roll
from services.kept_safe import count_waiting
from services.learners import consents_on
from services.office_days import at_local
from services.queries import find, managed_class_sessions, must_see, taught_class_sessions
from services.running_classes import follow_clock, move, take_session, was_met
from services.showing_classes import show_session
from services.states import CHECK_IN_OPENS
from services.unit import Unit

WRITTEN_WHILE = frozenset({ClassSessionStatus.OPEN, ClassSessionStatus.HELD, ClassSessionStatus.RECORDED})
_AWAY = frozenset({None, AttendanceStatus.ABSENT, AttendanceStatus.ABSENT_NOTIFIED})
_EXCUSED = frozenset({None, AttendanceStatus.ABSENT_NOTIFIED})
"""What can be noted as soon as a session is planned, when the family calls."""
FETCHED_WITHIN: Final = timedelta(hours=3)
"""How long after the end the last child may have left."""
_BEFORE: Mapping[AttendanceStatus | None, timedelta] = {
    AttendanceStatus.PRESENT: CHECK_IN_OPENS,
    AttendanceStatus.KEPT_SAFE: CHECK_IN_OPENS,
}
"""How long before the start somebody may be noted as here; who is missing, late or gone early from the start on."""


def read_roll(unit: Unit, session_id: UUID) -> ClassRollView:
    """Return the roll of a session; a tutor's only near the day, and while she may teach.

    Raises `NotFound`. A constant number of queries.
    """
    if _runs_classes(unit.actor) and _is_seen(unit, managed_class_sessions(unit.actor), session_id):
        return _show(unit, unit.get(ClassSession, session_id))
    session = find(unit, taught_class_sessions(unit.actor), ClassSession, session_id)
    if not _near(unit, session) or not reads_roll(unit, session):
        raise NotFound
    return _show(unit, session, to_tutor=True)


def _runs_classes(actor: Actor) -> bool:
    return actor.is_staff or actor.runs_classes


def _is_seen(unit: Unit, visible: Select[Any], session_id: UUID) -> bool:
    try:
        must_see(unit, visible, ClassSession, session_id)
    except NotFound:
        return False
    return True


def _near(unit: Unit, session: ClassSession) -> bool:
    """Tell whether tutors may know who comes: as with the identity of a family, from days before to a day after."""
    before, after = timedelta(days=unit.rules.identity_days_before), timedelta(days=unit.rules.identity_days_after)
    return session.starts_at - before <= unit.now <= session.ends_at + after


def write_roll(unit: Unit, session_id: UUID, draft: RollPut) -> ClassRollView:
    """Note who came, for a whole class at once; all of it or nothing.

    Who is here, from an hour before the start; who is missing, late or gone early, from the start; who is excused
    (`absent_notified`), as soon as the session is planned. Raises `NotFound`, `Stale`, `WrongState` (`CLS_STATE`), `Refused`
    (`CLS_EARLY`), `InvalidFields` for who does not learn here, for times that do not fit and for what is emptied,
    `RulesBroken` (`CLS_CONSENT`) for children without consent who are noted as attending. A child known here that has no
    place, or is on a break, can be kept safe and nothing else.
    """
    session, _ = take_session(unit, session_id)
    follow_clock(unit, session)
    _check_time(unit, session, draft)
    noted = _noted(unit, session, lock=True)
    _check_entries(unit, session, draft, noted)
    for entry in draft.items:
        _note(unit, session, entry, noted.get(entry.learner_id))
    session.touch(unit.now)
    unit.audit("class_session.roll", session, facts={"n": len(draft.items)})
    unit.session.flush()  # the roll is read back
    return _show(unit, session)


def _check_time(unit: Unit, session: ClassSession, draft: RollPut) -> None:
    """Refuse what cannot be known yet, and what is noted of a session that does not take place."""
    told = [entry.status for entry in draft.items if entry.status not in _EXCUSED]
    opens_at = max((session.starts_at - _BEFORE.get(status, timedelta()) for status in told), default=unit.now)
    if unit.now < opens_at:
        raise Refused("CLS_EARLY", facts={"opens_at": opens_at})
    ahead = session.status is ClassSessionStatus.PLANNED and (not told or was_met(unit, session))
    if session.status not in WRITTEN_WHILE and not ahead:
        raise WrongState(
            code="CLS_STATE", state=session.status, allowed=classroom_states.CLASS_SESSION.verbs(session.status)
        )


@dataclass(frozen=True)
class _Held:
    """What the lines of a roll are held against.

    Who is noted, who may be (nobody who is erased), who of these merely stands at the door, from when to when somebody comes and goes, and whether
    the roll was said to be whole.
    """

    noted: Mapping[UUID, Attendance]
    learners: Mapping[UUID, Learner]
    visitors: Collection[UUID]
    hours: tuple[time, time]
    whole: bool


def _check_entries(unit: Unit, session: ClassSession, draft: RollPut, noted: Mapping[UUID, Attendance]) -> None:
    held = _held(unit, session, noted)
    seen: set[UUID] = set()
    faults = []
    for position, entry in enumerate(draft.items):
        fault = _whose(entry, held, seen) or _hours(entry, held) or _emptied(entry, held)
        if fault:
            field, code, facts = fault
            faults.append(FieldFault(f"/items/{position}/{field}", code, facts))
        seen.add(entry.learner_id)
    if faults:
        raise InvalidFields(faults=tuple(faults))
    attending = [entry.learner_id for entry in draft.items if entry.status in ATTENDING]
    without = _without_consent(unit, session, [held.learners[one] for one in attending])
    if without:
        lines = [f"/items/{n}/status" for n, entry in enumerate(draft.items) if entry.learner_id in without]
        raise broken([Broken("CLS_CONSENT", "never", {"n": len(without)})], lines)


def _held(unit: Unit, session: ClassSession, noted: Mapping[UUID, Attendance]) -> _Held:
    learning = _learning(unit, session)
    settled = learning.keys() | {one for one, row in noted.items() if row.status is not AttendanceStatus.KEPT_SAFE}
    door = {one.id: one for one in children_at_the_door(unit, session.classroom_id) if one.id not in settled}
    rows = unit.session.exec(select(Learner).where(col(Learner.id).in_(noted)))
    learners = {one.id: one for one in [*rows, *learning.values(), *door.values()] if one.erased_on is None}
    whole = session.status is ClassSessionStatus.RECORDED
    return _Held(noted, learners, door.keys(), _window(unit, session), whole)


def _window(unit: Unit, session: ClassSession) -> tuple[time, time]:
    """Return from when to when somebody may have come and gone: of the session's local day, by the minute."""
    day = unit.local_day(session.starts_at)
    first, last = session.starts_at - CHECK_IN_OPENS, session.ends_at + FETCHED_WITHIN
    starts, ends = (at.astimezone(unit.zone).time() for at in (first, last))
    return (starts if unit.local_day(first) == day else time.min, ends if unit.local_day(last) == day else time(23, 59))


_Fault = tuple[str, str, dict[str, str]]
"""Where an entry cannot stand, why, and what it conflicts with."""


def _whose(entry: RollEntry, held: _Held, seen: set[UUID]) -> _Fault | None:
    if entry.learner_id not in held.learners:
        return "learner_id", "FIELD_REFERENCE", {}
    if entry.learner_id in seen:
        return "learner_id", "FIELD_DUPLICATE", {}
    if entry.learner_id in held.visitors and entry.status not in {None, AttendanceStatus.KEPT_SAFE}:
        return "status", "FIELD_CONFLICT", {"other": "learner_id"}
    return None


def _hours(entry: RollEntry, held: _Held) -> _Fault | None:
    if (entry.arrived or entry.left) and entry.status in _AWAY:
        return "status", "FIELD_CONFLICT", {"other": "arrived, left"}
    first, last = held.hours
    for name, hour in (("arrived", entry.arrived), ("left", entry.left)):
        if hour is not None and not first <= hour <= last:
            return name, "FIELD_RANGE", {"min": f"{first:%H:%M}", "max": f"{last:%H:%M}"}
    if entry.arrived and entry.left and entry.left <= entry.arrived:
        return "left", "FIELD_CONFLICT", {"other": "arrived"}
    return None


def _emptied(entry: RollEntry, held: _Held) -> _Fault | None:
    """Refuse to empty what is no excuse, and any mark of a roll that is whole: it is changed, and has no hole after that."""
    row = held.noted.get(entry.learner_id)
    if entry.status is not None or row is None:
        return None
    slip = row.status is AttendanceStatus.ABSENT_NOTIFIED or entry.learner_id in held.visitors
    return None if slip and not held.whole else ("status", "FIELD_NULL", {})


def _without_consent(unit: Unit, session: ClassSession, learners: Sequence[Learner]) -> set[UUID]:
    """Return the children among these who may not take part on the session's day."""
    children = [one.id for one in learners if one.school_stage is not SchoolStage.ADULT]
    given = consents_on(unit, children, unit.local_day(session.starts_at))
    return {one for one in children if ConsentScope.PARTICIPATION not in given[one]}


def _note(unit: Unit, session: ClassSession, entry: RollEntry, row: Attendance | None) -> None:
    if entry.status is None:
        if row:
            unit.session.delete(row)
        return
    if row is None:
        row = Attendance(session_id=session.id, learner_id=entry.learner_id, status=entry.status)
        row.status_since = unit.now
        unit.session.add(row)
    elif row.status is not entry.status:
        row.status, row.status_since = entry.status, unit.now
    row.arrived_at, row.left_at = _at(unit, session, entry.arrived), _at(unit, session, entry.left)
    row.progress = list(entry.progress)
    if row.status is not AttendanceStatus.KEPT_SAFE:
        row.guardian_reached_at = None
    row.noted_at = unit.now


def _at(unit: Unit, session: ClassSession, hour: time | None) -> datetime | None:
    return None if hour is None else at_local(unit, unit.local_day(session.starts_at), hour)


def _noted(unit: Unit, session: ClassSession, *, lock: bool = False) -> dict[UUID, Attendance]:
    """Return what is noted; locked where it is about to change, since a guardian's call settles it meanwhile."""
    statement = select(Attendance).where(Attendance.session_id == session.id).order_by(col(Attendance.id))
    rows = unit.session.exec(statement.with_for_update(key_share=True) if lock else statement)
    return {row.learner_id: row for row in rows}


def _learning(unit: Unit, session: ClassSession) -> dict[UUID, Learner]:
    """Return who is expected, and who learns here by now (and came before it was written down)."""
    now = enrolled_by_classroom(unit, [session.classroom_id])[session.classroom_id]
    expected = [one.learner for one in expected_at(unit, [session])[session.id]]
    return {one.id: one for one in [*now, *expected]}


def _show(unit: Unit, session: ClassSession, *, to_tutor: bool = False) -> ClassRollView:
    noted = _noted(unit, session)
    expected = expected_at(unit, [session])[session.id]
    known = {learner.id for learner, _ in expected}
    others = select(Learner).where(col(Learner.id).in_(set(noted) - known))
    came = [(learner, None) for learner in unit.session.exec(others)]
    lines = [_line(learner, None if to_tutor else may, noted.get(learner.id)) for learner, may in [*expected, *came]]
    lines.sort(key=lambda line: (line.first_name, line.learner_id))
    return ClassRollView(id=session.id, version=session.version, status=session.status, items=lines)


def _line(learner: Learner, consent: bool | None, row: Attendance | None) -> RollLine:  # noqa: FBT001 - a fact, no switch
    noted: dict[str, Any] = row.model_dump(include=_OF_THE_ROW) if row else dict.fromkeys(_OF_THE_ROW)
    noted["progress"] = noted["progress"] or []
    return RollLine(
        learner_id=learner.id,
        first_name=learner.first_name,
        pickup_rule=learner.pickup_rule,
        consent=consent,
        **noted,
    )


_OF_THE_ROW = {"status", "arrived_at", "left_at", "progress", "guardian_reached_at"}


def record(unit: Unit, session_id: UUID) -> ClassSessionView:
    """Say that the roll of a session is whole; who is kept safe and whose guardian nobody reached is warned of.

    Raises `NotFound`, `Stale`, `WrongState`, `Refused` (`CLS_ROLL`).
    """
    session, _ = take_session(unit, session_id)
    follow_clock(unit, session)
    move(unit, session, "record")
    if missing := unnoted(unit, [session])[session.id]:
        raise Refused("CLS_ROLL", facts={"n": missing})
    if waiting := count_waiting(unit, _noted(unit, session).values()):
        unit.warn("CLS_KEPT_SAFE", n=waiting)
    return show_session(unit, session)
