"""The days of a fiscal year that are not to be missed on the way to a school, the same for every learner (domain.md Ⅱ 1-2)."""

from uuid import UUID

from sqlmodel import col, select

from models.fields import Items
from models.schooling import SchoolDeadline, SchoolDeadlineCreate, SchoolDeadlineMove, SchoolDeadlineView
from services.policies import Permission, may
from services.unit import Unit


def list_year(unit: Unit, fiscal_year: int) -> Items[SchoolDeadlineView]:
    """Return the days of a fiscal year, soonest first."""
    rows = unit.session.exec(
        select(SchoolDeadline)
        .where(SchoolDeadline.fiscal_year == fiscal_year)
        .order_by(col(SchoolDeadline.due_on), col(SchoolDeadline.id))
    )
    return Items(items=[_show(unit, row) for row in rows])


def add(unit: Unit, draft: SchoolDeadlineCreate) -> SchoolDeadlineView:
    """Write a day of a year down; the same one twice is refused."""
    row = unit.add(SchoolDeadline(**draft.model_dump(), **unit.stamp()))
    unit.audit("school_deadline.add", row)
    return _show(unit, row)


def move(unit: Unit, deadline_id: UUID, draft: SchoolDeadlineMove) -> SchoolDeadlineView:
    """Set another day; who was told of the old one is told that it moved. Raises `NotFound`, `Stale`."""
    row = _take(unit, deadline_id)
    row.due_on = draft.due_on
    row.touch(unit.now)
    unit.audit("school_deadline.move", row, fields=["due_on"])
    return _show(unit, row)


def remove(unit: Unit, deadline_id: UUID) -> None:
    """Take a day away that was written down by mistake; who was told of it is told so. Raises `NotFound`, `Stale`."""
    row = _take(unit, deadline_id)
    unit.audit("school_deadline.remove", row, facts={"year": row.fiscal_year, "goal": row.goal, "code": row.code})
    unit.session.delete(row)


def _take(unit: Unit, deadline_id: UUID) -> SchoolDeadline:
    row = unit.lock(SchoolDeadline, deadline_id)
    unit.expect(row)
    return row


def _show(unit: Unit, row: SchoolDeadline) -> SchoolDeadlineView:
    verbs = ["move"] if may(unit.actor, Permission.SCHOOL_DATES_WRITE) else []
    return SchoolDeadlineView(**row.model_dump(), actions=verbs)
