"""The roll of a class: written for everybody in one call, read by first name (domain.md §4.5)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

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
from services.errors import Broken, FieldFault, InvalidFields, NotFound, Refused, WrongState, broken
from services.expecting import enrolled_by_classroom, expected_at, unnoted
from services.learners import consents_on
from services.office_days import at_local
from services.policies import Audience, audience_of
from services.queries import find, visible_class_sessions
from services.running_classes import follow_clock, move, take_session
from services.showing_classes import show_session
from services.states import CHECK_IN_OPENS
from services.unit import Unit

WRITTEN_WHILE = frozenset({ClassSessionStatus.OPEN, ClassSessionStatus.HELD, ClassSessionStatus.RECORDED})
_AWAY = frozenset({AttendanceStatus.ABSENT, AttendanceStatus.ABSENT_NOTIFIED})


def read_roll(unit: Unit, session_id: UUID) -> ClassRollView:
    """Return the roll of a session; a tutor's only near the day. Raises `NotFound`. A constant number of queries."""
    session = find(unit, visible_class_sessions(unit.actor), ClassSession, session_id)
    if audience_of(unit.actor) is Audience.VOLUNTEER and not _near(unit, session):
        raise NotFound
    return _show(unit, session)


def _near(unit: Unit, session: ClassSession) -> bool:
    """Tell whether tutors may know who comes: as with the identity of a family, from days before to a day after."""
    before, after = timedelta(days=unit.rules.identity_days_before), timedelta(days=unit.rules.identity_days_after)
    return session.starts_at - before <= unit.now <= session.ends_at + after


def write_roll(unit: Unit, session_id: UUID, draft: RollPut) -> ClassRollView:
    """Note who came, for a whole class at once; all of it or nothing.

    From an hour before the start, when children begin to come; who is excused (`absent_notified`) may be noted as soon as
    the session is planned, when the family calls. Raises `NotFound`, `Stale`, `WrongState` (`CLS_STATE`), `Refused`
    (`CLS_EARLY`), `InvalidFields` for who does not learn here and for times that do not fit, `RulesBroken`
    (`CLS_CONSENT`) for children without consent who are noted as attending.
    """
    session, _ = take_session(unit, session_id)
    follow_clock(unit, session)
    _check_time(unit, session, draft)
    learners = _enrolled(unit, session)
    _check_entries(unit, session, draft, learners)
    noted = _noted(unit, session)
    for entry in draft.items:
        _note(unit, session, entry, noted.get(entry.learner_id))
    session.touch(unit.now)
    unit.audit("class_session.roll", session, facts={"n": len(draft.items)})
    unit.session.flush()  # the roll is read back
    return _show(unit, session)


def _check_time(unit: Unit, session: ClassSession, draft: RollPut) -> None:
    excused = all(entry.status is AttendanceStatus.ABSENT_NOTIFIED for entry in draft.items)
    if session.status not in (WRITTEN_WHILE | {ClassSessionStatus.PLANNED} if excused else WRITTEN_WHILE):
        raise WrongState(
            code="CLS_STATE", state=session.status, allowed=classroom_states.CLASS_SESSION.verbs(session.status)
        )
    opens_at = session.starts_at - CHECK_IN_OPENS
    if unit.now < opens_at and not excused:
        raise Refused("CLS_EARLY", facts={"opens_at": opens_at})


def _check_entries(unit: Unit, session: ClassSession, draft: RollPut, learners: Mapping[UUID, Learner]) -> None:
    faults = []
    seen: set[UUID] = set()
    for position, entry in enumerate(draft.items):
        where = f"/items/{position}"
        if entry.learner_id not in learners:
            faults.append(FieldFault(f"{where}/learner_id", "FIELD_REFERENCE"))
        elif entry.learner_id in seen:
            faults.append(FieldFault(f"{where}/learner_id", "FIELD_DUPLICATE"))
        elif (entry.arrived or entry.left) and entry.status in _AWAY:
            faults.append(FieldFault(f"{where}/status", "FIELD_CONFLICT", {"other": "arrived, left"}))
        elif entry.arrived and entry.left and entry.left <= entry.arrived:
            faults.append(FieldFault(f"{where}/left", "FIELD_CONFLICT", {"other": "arrived"}))
        seen.add(entry.learner_id)
    if faults:
        raise InvalidFields(faults=tuple(faults))
    attending = [entry.learner_id for entry in draft.items if entry.status in ATTENDING]
    without = _without_consent(unit, session, [learners[one] for one in attending])
    if without:
        lines = [f"/items/{n}/status" for n, entry in enumerate(draft.items) if entry.learner_id in without]
        raise broken([Broken("CLS_CONSENT", "never", {"n": len(without)})], lines)


def _without_consent(unit: Unit, session: ClassSession, learners: Sequence[Learner]) -> set[UUID]:
    """Return the children among these who may not take part on the session's day."""
    children = [one.id for one in learners if one.school_stage is not SchoolStage.ADULT]
    given = consents_on(unit, children, unit.local_day(session.starts_at))
    return {one for one in children if ConsentScope.PARTICIPATION not in given[one]}


def _note(unit: Unit, session: ClassSession, entry: RollEntry, row: Attendance | None) -> None:
    if row is None:
        row = Attendance(session_id=session.id, learner_id=entry.learner_id, status=entry.status, noted_at=unit.now)
        unit.session.add(row)
    row.status = entry.status
    row.arrived_at, row.left_at = _at(unit, session, entry.arrived), _at(unit, session, entry.left)
    row.progress = list(entry.progress)
    if row.status is not AttendanceStatus.KEPT_SAFE:
        row.guardian_reached_at = None
    row.noted_at = unit.now


def _at(unit: Unit, session: ClassSession, hour: time | None) -> datetime | None:
    return None if hour is None else at_local(unit, unit.local_day(session.starts_at), hour)


def _noted(unit: Unit, session: ClassSession) -> dict[UUID, Attendance]:
    rows = unit.session.exec(select(Attendance).where(Attendance.session_id == session.id))
    return {row.learner_id: row for row in rows}


def _enrolled(unit: Unit, session: ClassSession) -> dict[UUID, Learner]:
    """Return who learns in the session's classroom now."""
    return {one.id: one for one in enrolled_by_classroom(unit, [session.classroom_id])[session.classroom_id]}


def _show(unit: Unit, session: ClassSession) -> ClassRollView:
    noted = _noted(unit, session)
    expected = expected_at(unit, [session])[session.id]
    known = {learner.id for learner, _ in expected}
    others = select(Learner).where(col(Learner.id).in_(set(noted) - known))
    came = [(learner, None) for learner in unit.session.exec(others)]
    tutor = audience_of(unit.actor) is Audience.VOLUNTEER
    lines = [_line(learner, None if tutor else may, noted.get(learner.id)) for learner, may in [*expected, *came]]
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
    waiting = [
        row
        for row in _noted(unit, session).values()
        if row.status is AttendanceStatus.KEPT_SAFE and not row.guardian_reached_at
    ]
    if waiting:
        unit.warn("CLS_KEPT_SAFE", n=len(waiting))
    return show_session(unit, session)
