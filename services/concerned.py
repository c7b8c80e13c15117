"""Whose a shift is: what it is called, and who is told at once of what happens on it (domain.md §0, §4.4).

A dispatch is its institution's, a class session theirs who run the classroom; events, lectures, trainings and what the
office opens itself are the office's alone. The office is told of all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.base import Row
from models.class_session import ClassSession
from models.classroom import Classroom
from models.dispatch_request import DispatchRequest
from models.shift import Demand, Shift, ShiftKind
from models.training import TrainingCourse, TrainingSession
from services.filling import request_of
from services.notifying import managers_of, tell_managers, tell_office, tell_requester
from services.unit import Unit
from services.wording import Said

_CALLED: Mapping[ShiftKind, str] = {
    ShiftKind.CLASS_SESSION: "called_class",
    ShiftKind.EVENT: "called_event",
    ShiftKind.LECTURE: "called_lecture",
    ShiftKind.TRAINING: "called_training",
}
_CLASSROOM = (
    select(Classroom)
    .join(ClassSession, col(ClassSession.classroom_id) == Classroom.id)
    .where(col(ClassSession.id) == sa.bindparam("source_id"))
)
_COURSE = (
    select(TrainingCourse.title)
    .join(TrainingSession, col(TrainingSession.course_id) == TrainingCourse.id)
    .where(col(TrainingSession.id) == sa.bindparam("source_id"))
)


@dataclass(frozen=True)
class Side:
    """Who stands behind a shift: the request of an institution, or the one that runs the classroom; else the office.

    `about` and `facts` are what notices name it by.
    """

    about: Row
    facts: Mapping[str, Any]
    request: DispatchRequest | None = None
    run_by: UUID | None = None


def side_of(unit: Unit, shift: Shift) -> Side:
    """Return whose a shift is; a request comes locked, since it changes with its shift."""
    request = request_of(unit, shift)
    if request is not None:
        facts = {"no": request.request_no, "starts_at": shift.starts_at, "language": request.languages[0]}
        return Side(request, facts, request=request)
    room = _classroom(unit, shift)
    called = Said("parts", _CALLED.get(shift.kind, "called_activity"), {"name": _name(unit, shift, room)})
    facts = {"activity": called, "starts_at": shift.starts_at}
    return Side(shift, facts, run_by=room.organization_id if room is not None else None)


def _classroom(unit: Unit, shift: Shift) -> Classroom | None:
    if shift.kind is not ShiftKind.CLASS_SESSION:
        return None
    return unit.session.exec(_CLASSROOM, params={"source_id": shift.source_id}).one()


def _name(unit: Unit, shift: Shift, room: Classroom | None) -> str | None:
    if room is not None:
        return room.name
    if shift.kind is ShiftKind.TRAINING:
        return unit.session.exec(_COURSE, params={"source_id": shift.source_id}).one()
    return shift.title


def role_of(unit: Unit, demand_id: UUID) -> str | Said:
    """Return what somebody does on a place, with the language where one is asked for."""
    demand = unit.get(Demand, demand_id)
    if demand.language is None:
        return demand.role
    return Said("parts", "role_in_language", {"role": demand.role, "language": demand.language})


def is_of_institution(unit: Unit, shift: Shift) -> bool:
    """Return whether anybody but the office reads what is written about a shift: who asked for it, or who runs the class."""
    side = side_of(unit, shift)
    return side.request is not None or (side.run_by is not None and bool(managers_of(unit, side.run_by)))


def tell_concerned(
    unit: Unit,
    shift: Shift,
    kind: str,
    facts: Mapping[str, Any] | None = None,
    *,
    about: Row | None = None,
    once: str | None = None,
) -> None:
    """Tell the office what happened on a shift, and those who run its classroom; nobody twice.

    `kind` is what the office is told of a dispatch (`office_…`); of all else the same is told as `activity_…`.
    """
    side = side_of(unit, shift)
    told = {**side.facts, **(facts or {})}
    if side.request is None:
        kind = f"activity_{kind.removeprefix('office_')}"
    tell_office(unit, kind, about or side.about, told, once=once, and_managers_of=side.run_by)


def tell_institution(  # noqa: PLR0913 - one notice to either
    unit: Unit,
    shift: Shift,
    kind: str,
    facts: Mapping[str, Any] | None = None,
    *,
    of_class: str | None = None,
    about: Row | None = None,
    once: str | None = None,
) -> None:
    """Tell the institution that asked for a dispatch, or those who run a class what they are not told with the office."""
    side = side_of(unit, shift)
    told = {**side.facts, **(facts or {})}
    if side.request is not None:
        tell_requester(unit, side.request.organization_id, kind, about or side.about, told, once=once)
    elif side.run_by is not None and of_class is not None:
        tell_managers(unit, side.run_by, of_class, about or side.about, told)
