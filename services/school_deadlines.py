"""Days on the way to a school: the year's and a learner's own, and the notice of each 30 and 7 days ahead (domain.md Ⅱ 1-2)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.enrollment import ClassEnrollmentStatus, Enrollment
from models.fields import Items
from models.learner import ConsentScope, GuardianConsent, Learner, SchoolStage
from models.record import Notice
from models.schooling import (
    DeadlineCode,
    DeadlineNotice,
    LearnerDeadline,
    LearnerTarget,
    SchoolDeadline,
    SchoolDeadlineCreate,
    SchoolDeadlineMove,
    SchoolDeadlineView,
    TargetStatus,
)
from services.notifying import tell_guardian, tell_managers
from services.policies import Permission, may
from services.unit import Unit

KIND, TO_MANAGERS = "deadline_near", "deadline_near_manager"


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
    """Set another day. Raises `NotFound`, `Stale`."""
    row = _take(unit, deadline_id)
    row.due_on = draft.due_on
    row.touch(unit.now)
    unit.audit("school_deadline.move", row, fields=["due_on"])
    return _show(unit, row)


def remove(unit: Unit, deadline_id: UUID) -> None:
    """Take a day away that was written down by mistake. Raises `NotFound`, `Stale`."""
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


# What counts for a learner: her own days, and the year's where she has no own word on them.
_HAS_OWN_WORD = sa.exists().where(
    col(LearnerDeadline.target_id) == col(LearnerTarget.id), col(LearnerDeadline.code) == col(SchoolDeadline.code)
)
_COUNTING = sa.union_all(
    sa.select(
        col(LearnerTarget.id).label("target_id"),
        col(SchoolDeadline.code),
        col(SchoolDeadline.due_on),
        sa.false().label("own"),
    )
    .join(
        SchoolDeadline,
        sa.and_(
            col(SchoolDeadline.fiscal_year) == col(LearnerTarget.fiscal_year),
            col(SchoolDeadline.goal) == col(LearnerTarget.goal),
        ),
    )
    .where(~_HAS_OWN_WORD),
    sa.select(
        col(LearnerDeadline.target_id), col(LearnerDeadline.code), col(LearnerDeadline.due_on), sa.true().label("own")
    ).where(col(LearnerDeadline.due_on).is_not(None)),
).subquery("counting")
_DAYS = sa.select(
    _COUNTING.c.target_id,
    _COUNTING.c.code,
    _COUNTING.c.due_on,
    _COUNTING.c.own,
    col(DeadlineNotice.due_on).label("told_of"),
    col(DeadlineNotice.days_ahead),
    col(DeadlineNotice.told_on),
).join(
    DeadlineNotice,
    sa.and_(col(DeadlineNotice.target_id) == _COUNTING.c.target_id, col(DeadlineNotice.code) == _COUNTING.c.code),
    isouter=True,
)


class CountingDay(NamedTuple):
    """A day that counts for a target, and what was last told of it: of which day, how many days ahead, and when."""

    target_id: UUID
    code: DeadlineCode
    due_on: date
    own: bool
    told_of: date | None
    days_ahead: int | None
    told_on: date | None


def days_of(unit: Unit, target_ids: Collection[UUID]) -> list[CountingDay]:
    """Return the days that count for these targets, soonest first; one query for any number."""
    statement = _DAYS.where(_COUNTING.c.target_id.in_(target_ids)).order_by(_COUNTING.c.due_on, _COUNTING.c.code)
    return [CountingDay(*row) for row in unit.rows(statement)]


def due_targets(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the targets with a day of which the family has still to be told."""
    told = col(DeadlineNotice.due_on) == _COUNTING.c.due_on
    untold = [
        sa.and_(
            _COUNTING.c.due_on <= unit.today + timedelta(days=ahead),
            sa.or_(col(DeadlineNotice.id).is_(None), ~told, col(DeadlineNotice.days_ahead) > ahead),
        )
        for ahead in unit.rules.deadline_notice_days
    ]
    due = _DAYS.where(_COUNTING.c.due_on >= unit.today, sa.or_(*untold)).with_only_columns(_COUNTING.c.target_id)
    return (
        select(LearnerTarget.id)
        .join(Learner, col(Learner.id) == LearnerTarget.learner_id)
        .where(LearnerTarget.status == TargetStatus.AIMED_AT, col(LearnerTarget.id).in_(due), _is_with_us(unit))
    )


def _is_with_us(unit: Unit) -> Any:
    """The condition that a learner has not left, and if a child takes part with her guardian's consent."""
    learns = sa.exists().where(
        col(Enrollment.learner_id) == col(Learner.id),
        col(Enrollment.status).not_in([ClassEnrollmentStatus.COMPLETED, ClassEnrollmentStatus.LEFT]),
    )
    consented = sa.exists().where(
        col(GuardianConsent.learner_id) == col(Learner.id),
        col(GuardianConsent.scope) == ConsentScope.PARTICIPATION,
        col(GuardianConsent.signed_on) <= unit.today,
        sa.or_(col(GuardianConsent.revoked_on).is_(None), col(GuardianConsent.revoked_on) > unit.today),
    )
    return sa.and_(learns, sa.or_(col(Learner.school_stage) == SchoolStage.ADULT, consented))


def notify(unit: Unit, target: LearnerTarget) -> None:
    """Tell the guardian and the classroom's managers of the days of a locked target that are near, once each.

    Once 30 days ahead and once 7 days ahead; where the sweep or the target comes late, what is nearest alone. A day
    that has moved since it was told is told anew.
    """
    if unit.session.exec(due_targets(unit).where(LearnerTarget.id == target.id)).first() is None:
        return
    learner = unit.get(Learner, target.learner_id)
    for day in days_of(unit, [target.id]):
        ahead = _mark(unit, day)
        if ahead is not None:
            _note(unit, day, ahead)
            _tell(unit, learner, target, day)


def _mark(unit: Unit, day: CountingDay) -> int | None:
    """Return the mark that has come and was not told of, if there is one."""
    left = (day.due_on - unit.today).days
    come = [ahead for ahead in unit.rules.deadline_notice_days if 0 <= left <= ahead]
    if not come:
        return None
    ahead = min(come)
    told = day.told_of == day.due_on and day.days_ahead is not None and day.days_ahead <= ahead
    return None if told else ahead


def _note(unit: Unit, day: CountingDay, ahead: int) -> None:
    told = select(DeadlineNotice).where(DeadlineNotice.target_id == day.target_id, DeadlineNotice.code == day.code)
    row = unit.session.exec(told).one_or_none()
    facts: dict[str, Any] = {"due_on": day.due_on, "days_ahead": ahead, "told_on": unit.today}
    if row is None:
        unit.session.add(DeadlineNotice(target_id=day.target_id, code=day.code, **facts))
    else:
        row.sqlmodel_update(facts)


def _tell(unit: Unit, learner: Learner, target: LearnerTarget, day: CountingDay) -> None:
    facts = {"deadline": day.code, "on": day.due_on, "goal": target.goal}
    if learner.guardian_name is not None and learner.school_stage is not SchoolStage.ADULT:
        tell_guardian(unit, learner, KIND, target, facts)
    link = f"{unit.rules.public_url}/v1/learners/{learner.id}"
    tell_managers(unit, learner.organization_id, TO_MANAGERS, target, {**facts, "link": link})


def moot(unit: Unit, notices: Iterable[Notice]) -> set[UUID]:
    """Return the notices about days that need no telling any more: over, moved, given up, or the learner is gone."""
    about = [notice for notice in notices if notice.kind in {KIND, TO_MANAGERS}]
    if not about:
        return set()
    asked: Sequence[UUID] = [notice.object_id for notice in about]
    current = {(day.target_id, day.code, day.due_on) for day in days_of(unit, asked) if day.due_on >= unit.today}
    with_us = (
        select(LearnerTarget.id)
        .join(Learner, col(Learner.id) == LearnerTarget.learner_id)
        .where(LearnerTarget.status == TargetStatus.AIMED_AT, col(LearnerTarget.id).in_(asked), _is_with_us(unit))
    )
    alive = set(unit.session.exec(with_us))
    return {one.id for one in about if one.object_id not in alive or _told_of(one) not in current}


def _told_of(notice: Notice) -> tuple[UUID, DeadlineCode, date]:
    facts: Mapping[str, Any] = notice.facts
    return notice.object_id, DeadlineCode(facts["deadline"]), date.fromisoformat(facts["on"]["day"])
