"""When a volunteer can come, told by herself or taken down by staff: weekly windows, and times away."""

from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlmodel import col, select

from models.availability import (
    AvailabilityException,
    AvailabilityRule,
    AvailabilityView,
    AwayReason,
    ExceptionDraft,
    ExceptionView,
    MonthOff,
    RuleChange,
    RuleDraft,
    RuleView,
)
from models.fields import OnBehalf
from models.volunteer import Volunteer
from services.acting_for import arrival_of_volunteer
from services.errors import NotFound, WrongState, invalid
from services.office_days import at_local
from services.touching import noticing_clashes
from services.unit import Unit
from services.volunteering import take_near

Told = TypeVar("Told", AvailabilityRule, AvailabilityException)


def read_availability(unit: Unit, volunteer_id: UUID) -> AvailabilityView:
    """Return what a volunteer has said of her time and is not over yet. Raises `NotFound`, `Forbidden`."""
    volunteer = take_near(unit, volunteer_id)
    rules = unit.session.exec(
        select(AvailabilityRule)
        .where(
            AvailabilityRule.volunteer_id == volunteer.id,
            sa.or_(col(AvailabilityRule.valid_to).is_(None), col(AvailabilityRule.valid_to) >= unit.today),
        )
        .order_by(col(AvailabilityRule.weekday), col(AvailabilityRule.starts), col(AvailabilityRule.id))
    )
    absences = unit.session.exec(
        select(AvailabilityException)
        .where(
            AvailabilityException.volunteer_id == volunteer.id,
            col(AvailabilityException.ends_at) > unit.now,
        )
        .order_by(col(AvailabilityException.starts_at), col(AvailabilityException.id))
    )
    return AvailabilityView(
        rules=[show_rule(row) for row in rules], exceptions=[show_exception(row) for row in absences]
    )


def add_rule(unit: Unit, volunteer_id: UUID, draft: RuleDraft) -> RuleView:
    """Add a weekly window. Raises `NotFound`, `Forbidden`, `InvalidFields` for ends before starts."""
    volunteer = _addressed(unit, volunteer_id, draft.on_behalf)
    _check_order(draft)
    rule = AvailabilityRule(volunteer_id=volunteer.id, **draft.model_dump(exclude={"on_behalf"}), **unit.stamp())
    with noticing_clashes(unit, volunteer.id):
        unit.add(rule)
    _changed(unit, volunteer, rule, "availability_rule.create", on_behalf=draft.on_behalf)
    return show_rule(rule)


def change_rule(unit: Unit, volunteer_id: UUID, rule_id: UUID, draft: RuleChange) -> RuleView:
    """Replace a weekly window. Raises `NotFound`, `Forbidden`, `Stale`, `InvalidFields`."""
    volunteer, rule = _take(unit, AvailabilityRule, volunteer_id, rule_id)
    _check_order(draft)
    columns = draft.model_dump()
    changed = [name for name, value in columns.items() if getattr(rule, name) != value]
    with noticing_clashes(unit, volunteer.id):
        for name in changed:
            setattr(rule, name, columns[name])
        rule.touch(unit.now)
    _changed(unit, volunteer, rule, "availability_rule.change", fields=changed)
    return show_rule(rule)


def end_rule(unit: Unit, volunteer_id: UUID, rule_id: UUID) -> None:
    """End a weekly window with yesterday; one that has not begun before today leaves no trace in the past and goes.

    Raises `NotFound`, `Forbidden`, `Stale`.
    """
    volunteer, rule = _take(unit, AvailabilityRule, volunteer_id, rule_id)
    yesterday = unit.today - timedelta(days=1)
    with noticing_clashes(unit, volunteer.id):
        if rule.valid_from > yesterday:
            unit.session.delete(rule)
        else:
            rule.valid_to = min(rule.valid_to or date.max, yesterday)
            rule.touch(unit.now)
    _changed(unit, volunteer, rule, "availability_rule.end")


def add_exception(unit: Unit, volunteer_id: UUID, draft: ExceptionDraft) -> ExceptionView:
    """Add a time away. Raises `NotFound`, `Forbidden`, `InvalidFields` for an end before the start."""
    volunteer = _addressed(unit, volunteer_id, draft.on_behalf)
    if draft.ends_at <= draft.starts_at:
        raise invalid("/ends_at", "FIELD_CONFLICT", other="starts_at")
    return _go_away(unit, volunteer, draft.starts_at, draft.ends_at, draft.reason, draft.on_behalf)


def take_month_off(unit: Unit, volunteer_id: UUID, draft: MonthOff) -> ExceptionView:
    """Be away for the rest of a month, or all of one to come.

    Raises `NotFound`, `Forbidden`, `Stale`, `InvalidFields` for a month that is over.
    """
    volunteer = _addressed(unit, volunteer_id, draft.on_behalf)
    first = date.fromisoformat(f"{draft.month}-01")
    ends_at = at_local(unit, first + relativedelta(months=1), time.min)
    if ends_at <= unit.now:
        raise invalid("/month", "FIELD_RANGE", min=f"{unit.today:%Y-%m}")
    starts_at = max(unit.now, at_local(unit, first, time.min))
    return _go_away(unit, volunteer, starts_at, ends_at, AwayReason.OTHER, draft.on_behalf)


def _go_away(
    unit: Unit,
    volunteer: Volunteer,
    starts_at: datetime,
    ends_at: datetime,
    reason: AwayReason,
    on_behalf: OnBehalf | None,
) -> ExceptionView:
    absence = AvailabilityException(
        volunteer_id=volunteer.id, starts_at=starts_at, ends_at=ends_at, reason=reason, **unit.stamp()
    )
    with noticing_clashes(unit, volunteer.id):
        unit.add(absence)
    _changed(unit, volunteer, absence, "availability_exception.create", on_behalf=on_behalf)
    return show_exception(absence)


def remove_exception(unit: Unit, volunteer_id: UUID, exception_id: UUID) -> None:
    """Take back a time away that is still to come.

    Raises `NotFound`, `Forbidden`, `Stale`, `WrongState` (`VOL_STATE`) once it has begun: it was true, and stays.
    """
    volunteer, absence = _take(unit, AvailabilityException, volunteer_id, exception_id)
    if absence.starts_at <= unit.now:
        raise WrongState(code="VOL_STATE", state="begun")
    unit.session.delete(absence)
    _changed(unit, volunteer, absence, "availability_exception.remove")


def _check_order(draft: RuleChange) -> None:
    if draft.ends <= draft.starts:
        raise invalid("/ends", "FIELD_CONFLICT", other="starts")
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise invalid("/valid_to", "FIELD_CONFLICT", other="valid_from")


def _addressed(unit: Unit, volunteer_id: UUID, on_behalf: OnBehalf | None) -> Volunteer:
    """Return the volunteer something is added to; `If-Match` is about her."""
    volunteer = take_near(unit, volunteer_id, lock=True)
    arrival_of_volunteer(unit, volunteer_id, on_behalf)
    unit.expect(volunteer)
    return volunteer


def _take(unit: Unit, table: type[Told], volunteer_id: UUID, row_id: UUID) -> tuple[Volunteer, Told]:
    volunteer = take_near(unit, volunteer_id, lock=True)
    row = unit.lock(table, row_id)
    if row.volunteer_id != volunteer.id:
        raise NotFound
    unit.expect(row)
    return volunteer, row


def _changed(
    unit: Unit, volunteer: Volunteer, row: AvailabilityRule | AvailabilityException, action: str, **beside: Any
) -> None:
    volunteer.touch(unit.now)
    unit.audit(action, row, subject=volunteer.id, **beside)


def show_rule(rule: AvailabilityRule) -> RuleView:
    """Return a weekly window."""
    return RuleView.model_validate(rule.model_dump())


def show_exception(absence: AvailabilityException) -> ExceptionView:
    """Return a time away."""
    return ExceptionView.model_validate(absence.model_dump())
