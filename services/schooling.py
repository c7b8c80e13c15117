"""Where learners stand in school, with the history, and what they aim at (domain.md §1 row 9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.fields import Items
from models.learner import Learner, SchoolStage
from models.pairing import Pairing
from models.schooling import (
    DeadlineView,
    LearnerDeadline,
    LearnerDeadlines,
    LearnerTarget,
    LearnerTargetCreate,
    LearnerTargetView,
    SchoolStageChange,
    SchoolStageEntry,
    SchoolStageView,
    TargetStatus,
)
from services import advice_states
from services.child_safety import refuse_child_among_adults
from services.erasing import put_off_erasing
from services.errors import NotFound, invalid
from services.policies import permissions_of
from services.queries import find, find_learner, visible_learners
from services.resting_pairings import rest_pairings
from services.school_dates import must_fit
from services.school_deadlines import CountingDay, days_of
from services.unit import Unit


def list_stages(unit: Unit, learner_id: UUID) -> Items[SchoolStageView]:
    """Return where a learner stood, latest first. Raises `NotFound`."""
    find(unit, visible_learners(unit.actor), Learner, learner_id)
    return Items(items=[SchoolStageView.model_validate(change) for change in _changes(unit, learner_id)])


def _changes(unit: Unit, learner_id: UUID) -> Sequence[SchoolStageChange]:
    return unit.session.exec(
        select(SchoolStageChange)
        .where(SchoolStageChange.learner_id == learner_id)
        .order_by(col(SchoolStageChange.since).desc(), col(SchoolStageChange.id).desc())
    ).all()


def move_on(unit: Unit, learner_id: UUID, draft: SchoolStageEntry) -> Items[SchoolStageView]:
    """Write down that a learner stands elsewhere in school from a day on.

    Raises `NotFound`, `Stale`, `InvalidFields` for where she stands already, a day to come or before her last change,
    and a child without a guardian, `Refused` (`CLS_ADULTS`) for a child that comes to a class for adults.
    """
    learner = _take(unit, learner_id)
    latest = max((change.since for change in _changes(unit, learner_id)), default=draft.since)
    if not latest <= draft.since <= unit.today:
        raise invalid("/since", "FIELD_RANGE", min=latest, max=unit.today)
    if draft.stage is learner.school_stage:
        raise invalid("/stage", "FIELD_DUPLICATE")
    if draft.stage is not SchoolStage.ADULT and learner.guardian_name is None:
        raise invalid("/stage", "FIELD_CONFLICT", other="guardian")
    if learner.school_stage is SchoolStage.ADULT:
        refuse_child_among_adults(unit, learner)
        rest_pairings(unit, Pairing.learner_id, learner.id)  # of children more is asked: see `services/pair_rules.py`
    learner.school_stage = draft.stage
    note_stage(unit, learner, draft.since)
    learner.touch(unit.now)
    put_off_erasing(unit, learner)
    unit.audit("learner.move_on", learner, fields=["school_stage"])
    return list_stages(unit, learner_id)


def note_stage(unit: Unit, learner: Learner, since: date) -> None:
    """Write a line of a learner's history: she stands where she stands since a day."""
    unit.add(SchoolStageChange(learner_id=learner.id, stage=learner.school_stage, since=since, made_at=unit.now))


def _take(unit: Unit, learner_id: UUID) -> Learner:
    learner = find_learner(unit, learner_id)
    unit.expect(learner)
    return learner


def list_targets(unit: Unit, learner_id: UUID) -> Items[LearnerTargetView]:
    """Return what a learner aims and aimed at, latest first, with the days that count for her. Raises `NotFound`."""
    find(unit, visible_learners(unit.actor), Learner, learner_id)
    rows = unit.session.exec(
        select(LearnerTarget).where(LearnerTarget.learner_id == learner_id).order_by(col(LearnerTarget.id).desc())
    ).all()
    return Items(items=_show_all(unit, rows))


def aim(unit: Unit, learner_id: UUID, draft: LearnerTargetCreate) -> LearnerTargetView:
    """Write down what a learner aims at; the same twice is refused. Raises `NotFound`, `Stale`."""
    learner = _take(unit, learner_id)
    target = unit.add(
        LearnerTarget(learner_id=learner.id, **draft.model_dump(), status=TargetStatus.AIMED_AT, **unit.stamp())
    )
    learner.touch(unit.now)
    put_off_erasing(unit, learner)
    unit.audit("learner_target.aim", target)
    return _show(unit, target)


def end(unit: Unit, learner_id: UUID, target_id: UUID, verb: str) -> LearnerTargetView:
    """Note that a target is met, or given up: nothing more is told of its days. Raises `NotFound`, `Stale`, `WrongState`."""
    learner, target = _take_target(unit, learner_id, target_id)
    target.status = TargetStatus(advice_states.TARGET.next(target.status, verb))
    target.touch(unit.now)
    put_off_erasing(unit, learner)
    unit.audit(f"learner_target.{verb}", target)
    return _show(unit, target)


def set_own_days(unit: Unit, learner_id: UUID, target_id: UUID, draft: LearnerDeadlines) -> LearnerTargetView:
    """Say anew in which days a learner differs from the year's.

    Raises `NotFound`, `Stale`, `WrongState` (`TGT_STATE`), `InvalidFields` for one kind of day twice, and a day of another
    year than the target's.
    """
    learner, target = _take_target(unit, learner_id, target_id)
    target.status = TargetStatus(advice_states.TARGET.next(target.status, "deadlines"))
    own = {entry.code: entry.due_on for entry in draft.items}
    if len(own) < len(draft.items):
        raise invalid("/items", "FIELD_DUPLICATE")
    for position, entry in enumerate(draft.items):
        if entry.due_on is not None:
            must_fit(unit, target.fiscal_year, entry.due_on, f"/items/{position}/due_on")
    unit.session.execute(sa.delete(LearnerDeadline).where(col(LearnerDeadline.target_id) == target.id))
    unit.session.add_all(LearnerDeadline(target_id=target.id, code=code, due_on=day) for code, day in own.items())
    target.touch(unit.now)
    put_off_erasing(unit, learner)
    unit.audit("learner_target.deadlines", target, fields=["deadlines"])
    return _show(unit, target)


def _take_target(unit: Unit, learner_id: UUID, target_id: UUID) -> tuple[Learner, LearnerTarget]:
    learner = find_learner(unit, learner_id)
    target = unit.lock(LearnerTarget, target_id)
    if target.learner_id != learner_id:
        raise NotFound
    unit.expect(target)
    return learner, target


def _show(unit: Unit, target: LearnerTarget) -> LearnerTargetView:
    return _show_all(unit, [target])[0]


def _show_all(unit: Unit, targets: Sequence[LearnerTarget]) -> list[LearnerTargetView]:
    days: defaultdict[UUID, list[CountingDay]] = defaultdict(list)
    for day in days_of(unit, [target.id for target in targets]):
        days[day.target_id].append(day)
    permissions = permissions_of(unit.actor.roles)
    return [
        LearnerTargetView(
            **target.model_dump(),
            deadlines=[_show_day(day) for day in days[target.id]],
            actions=advice_states.TARGET.open_to(target.status, permissions),
        )
        for target in targets
    ]


def _show_day(day: CountingDay) -> DeadlineView:
    told = day.told_on if day.told_of == day.due_on else None
    return DeadlineView(code=day.code, due_on=day.due_on, own=day.own, told_on=told)
