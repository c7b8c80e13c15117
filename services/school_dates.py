"""The days of a fiscal year that are not to be missed on the way to a school, the same for every learner (domain.md Ⅱ 1-2)."""

from datetime import date
from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.fields import Items
from models.schooling import SchoolDeadline, SchoolDeadlineCreate, SchoolDeadlineMove, SchoolDeadlineView
from services.errors import invalid
from services.fiscal_years import first_day, last_day
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
    """Write a day of a year down; the same one twice is refused. Raises `InvalidFields` for a day of another year."""
    must_fit(unit, draft.fiscal_year, draft.due_on, "/due_on")
    row = unit.add(SchoolDeadline(**draft.model_dump(), **unit.stamp()))
    unit.audit("school_deadline.add", row)
    return _show(unit, row)


def move(unit: Unit, deadline_id: UUID, draft: SchoolDeadlineMove) -> SchoolDeadlineView:
    """Set another day; who was told of the old one is told that it moved. Raises `NotFound`, `Stale`, `InvalidFields`."""
    row = _take(unit, deadline_id)
    must_fit(unit, row.fiscal_year, draft.due_on, "/due_on")
    row.due_on = draft.due_on
    row.touch(unit.now)
    unit.audit("school_deadline.move", row, fields=["due_on"])
    return _show(unit, row)


def remove(unit: Unit, deadline_id: UUID) -> None:
    """Take a day away that was written down by mistake; who was told of it is told so. Raises `NotFound`, `Stale`."""
    row = _take(unit, deadline_id)
    unit.audit("school_deadline.remove", row, facts={"year": row.fiscal_year, "goal": row.goal, "code": row.code})
    unit.session.delete(row)


def must_fit(unit: Unit, year: int, day: date, pointer: str) -> None:
    """Refuse a day that cannot be one of this fiscal year, and warn of one that is over: a slip of the pen tells nobody in time.

    Formalities of entering a school fall in April after the year.
    """
    first, last = first_day(year), last_day(year) + relativedelta(months=1)
    if not first <= day <= last:
        raise invalid(pointer, "FIELD_RANGE", min=first, max=last)
    if day < unit.today:
        unit.warn("TGT_DAY_OVER", day=day)


def _take(unit: Unit, deadline_id: UUID) -> SchoolDeadline:
    row = unit.lock(SchoolDeadline, deadline_id)
    unit.expect(row)
    return row


def _show(unit: Unit, row: SchoolDeadline) -> SchoolDeadlineView:
    verbs = ["move"] if may(unit.actor, Permission.SCHOOL_DATES_WRITE) else []
    return SchoolDeadlineView(**row.model_dump(), actions=verbs)
