"""Rounds of intake: planned by the office, open between two days, or rolling (plan, III 2-1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.recruitment import Intake, RecruitmentRound, RoundDraft, RoundPatch, RoundStatus, RoundView
from services.errors import Refused, invalid
from services.paging import Ask, Order, Page, page, scope_of
from services.unit import Unit


def list_rounds(unit: Unit, ask: Ask, status: RoundStatus | None) -> Page[RoundView]:
    """Return rounds, the latest first."""
    statement = select(RecruitmentRound)
    if status is not None:
        statement = statement.where(_is(status, unit.today))
    order = Order((RecruitmentRound.opens_on, RecruitmentRound.id), descending=True)
    return page(unit, ask, statement, order, _show_rounds, scope_of("rounds", status))


def _is(status: RoundStatus, today: date) -> Any:
    begun = col(RecruitmentRound.opens_on) <= today
    over = sa.func.coalesce(col(RecruitmentRound.closes_on) < today, sa.false())
    return {RoundStatus.PLANNED: ~begun, RoundStatus.OPEN: begun & ~over, RoundStatus.CLOSED: over}[status]


def create_round(unit: Unit, draft: RoundDraft) -> RoundView:
    """Plan a round. Raises `InvalidFields` for days out of order, and a round that never closes."""
    _check_days(draft.intake, draft.model_dump())
    row = unit.add(RecruitmentRound(**_columns(draft.model_dump()), **unit.stamp()))
    unit.audit("recruitment_round.create", row)
    return show_round(unit, row)


def read_round(unit: Unit, round_id: UUID) -> RoundView:
    """Return a round. Raises `NotFound`."""
    return show_round(unit, unit.get(RecruitmentRound, round_id))


def change_round(unit: Unit, round_id: UUID, patch: RoundPatch) -> RoundView:
    """Change a round; applications keep theirs. Raises `NotFound`, `Stale`, `InvalidFields`."""
    row = unit.lock(RecruitmentRound, round_id)
    unit.expect(row)
    changes = _columns(patch.changes())
    _check_days(row.intake, {**row.model_dump(), **changes})
    row.sqlmodel_update(changes)
    row.touch(unit.now)
    unit.audit("recruitment_round.change", row, fields=list(changes))
    return show_round(unit, row)


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as columns keep them: each kind once, as text."""
    columns = dict(fields)
    if "activity_kinds" in columns:
        columns["activity_kinds"] = sorted({str(kind) for kind in columns["activity_kinds"]})
    return columns


def _check_days(intake: Intake, days: Mapping[str, Any]) -> None:
    if days["closes_on"] is None:
        if intake is Intake.ROUND:
            raise invalid("/closes_on", "FIELD_MISSING")
    elif days["closes_on"] < days["opens_on"]:
        raise invalid("/closes_on", "FIELD_CONFLICT", other="opens_on")
    if days["starts_on"] is not None and days["starts_on"] < days["opens_on"]:
        raise invalid("/starts_on", "FIELD_CONFLICT", other="opens_on")


def round_for(unit: Unit, round_id: UUID | None) -> RecruitmentRound | None:
    """Return the round an application belongs to: the one named, else the rolling intake that is open, else none.

    Raises `InvalidFields` for an unknown one, `Refused` (`VOL_ROUND`) for one that is not open today.
    """
    if round_id is None:
        rolling = select(RecruitmentRound).where(
            RecruitmentRound.intake == Intake.ROLLING, _is(RoundStatus.OPEN, unit.today)
        )
        return unit.session.exec(rolling.order_by(col(RecruitmentRound.opens_on).desc())).first()
    row = unit.session.get(RecruitmentRound, round_id)
    if row is None:
        raise invalid("/round_id")
    if status_of(row, unit.today) is not RoundStatus.OPEN:
        raise Refused("VOL_ROUND", {"opens_on": row.opens_on, "closes_on": row.closes_on})
    return row


def status_of(row: RecruitmentRound, today: date) -> RoundStatus:
    """Return how a round stands on a day."""
    if today < row.opens_on:
        return RoundStatus.PLANNED
    return RoundStatus.OPEN if row.closes_on is None or today <= row.closes_on else RoundStatus.CLOSED


def show_round(unit: Unit, row: RecruitmentRound) -> RoundView:
    """Return a round with the status it has today."""
    return RoundView.model_validate({**row.model_dump(), "status": status_of(row, unit.today)})


def _show_rounds(unit: Unit, rows: list[RecruitmentRound]) -> list[RoundView]:
    return [show_round(unit, row) for row in rows]
