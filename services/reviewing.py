"""Quarterly reviews of the indicators: frozen values, what is said of them, and actions that carry over until closed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.account import Account, AccountStatus, Role
from models.indicator import Figure, Indicator
from models.review_cycle import (
    ActionClosing,
    ActionCreate,
    ReviewAction,
    ReviewActionView,
    ReviewCreate,
    ReviewCycle,
    ReviewPatch,
    ReviewStatus,
    ReviewSummary,
    ReviewValue,
    ReviewValueView,
    ReviewView,
)
from services import council_states
from services.errors import NotFound, WrongState, invalid
from services.figuring_indicators import Past, current, quarter_end, read_past, target_line
from services.indicators import in_order
from services.notifying import tell_account
from services.paging import Ask, Order, Page, page, scope_of
from services.policies import permissions_of
from services.unit import Unit
from services.wording import name_in


def list_reviews(unit: Unit, ask: Ask) -> Page[ReviewSummary]:
    """Return the reviews, latest quarter first."""
    order = Order((ReviewCycle.fiscal_year, ReviewCycle.quarter, ReviewCycle.id), descending=True)
    return page(unit, ask, select(ReviewCycle), order, _summaries, scope_of("reviews"))


def read_review(unit: Unit, review_id: UUID) -> ReviewView:
    """Return a review, whole. Raises `NotFound`."""
    return _show(unit, unit.get(ReviewCycle, review_id))


def begin(unit: Unit, draft: ReviewCreate) -> ReviewView:
    """Begin the review of a quarter: the indicators' values as of its last day are written down.

    Raises `InvalidFields` for a quarter that is not over, or has its review.
    """
    as_of = quarter_end(draft.fiscal_year, draft.quarter)
    if as_of >= unit.today:
        raise invalid("/quarter", "FIELD_RANGE", max=unit.today)
    review = unit.add(ReviewCycle(**draft.model_dump(), as_of=as_of, status=ReviewStatus.OPEN, **unit.stamp()))
    rows = in_order(unit)
    past = read_past(unit, rows, as_of)
    unit.session.add_all(_freeze(review, row, past) for row in rows)
    unit.session.flush()
    unit.audit("review_cycle.begin", review)
    return _show(unit, review)


def _freeze(review: ReviewCycle, indicator: Indicator, past: Past) -> ReviewValue:
    figure = current(indicator, past, review.as_of)
    return ReviewValue(
        review_cycle_id=review.id,
        indicator_id=indicator.id,
        value=figure.value if figure else None,
        measured_on=figure.as_of if figure else None,
        source=figure.source if figure else None,
        revision=figure.revision if figure else None,
        definition_version=indicator.definition_version,
        target_line=target_line(indicator, review.as_of),
    )


def change(unit: Unit, review_id: UUID, patch: ReviewPatch) -> ReviewView:
    """Write what is said of the quarter and its values. Raises `NotFound`, `Stale`, `WrongState`, `InvalidFields`."""
    review = _take(unit, review_id)
    _must_be_open(review)
    if patch.comment is not None:
        review.comment = patch.comment
    values = {indicator.code: value for value, indicator in _values(unit, review)}
    for code, comment in (patch.comments or {}).items():
        if code not in values:
            raise invalid(f"/comments/{code}")
        values[code].comment = comment
    review.touch(unit.now)
    unit.audit("review_cycle.change", review, fields=list(patch.changes()))
    return _show(unit, review)


def decide(unit: Unit, review_id: UUID, draft: ActionCreate) -> ReviewView:
    """Decide what shall be done; whoever shall do it is told.

    Raises `NotFound`, `Stale`, `WrongState` (`REV_STATE`), `InvalidFields` for an owner who is not of the staff, a day
    that is over or an unknown indicator.
    """
    review = _take(unit, review_id)
    review.status = ReviewStatus(council_states.REVIEW.next(review.status, "actions"))
    owner = _owner(unit, draft.owner_id)
    if draft.due_on < unit.today:
        raise invalid("/due_on", "FIELD_RANGE", min=unit.today)
    unit.add(
        ReviewAction(
            **draft.model_dump(exclude={"indicator"}),
            indicator_id=_indicator(unit, draft.indicator),
            review_cycle_id=review.id,
            status=ReviewStatus.OPEN,
            made_at=unit.now,
        )
    )
    review.touch(unit.now)
    unit.audit("review_cycle.decide", review)
    facts = {"action": draft.text, "due_on": draft.due_on, "year": review.fiscal_year, "quarter": review.quarter}
    tell_account(unit, owner, "review_action", review, facts)
    return _show(unit, review)


def _owner(unit: Unit, account_id: UUID) -> Account:
    account = unit.session.get(Account, account_id)
    if account is None or account.status is not AccountStatus.ACTIVE or not _STAFF & {*account.roles}:
        raise invalid("/owner_id")
    return account


_STAFF = {Role.ADMIN, Role.COORDINATOR}


def _indicator(unit: Unit, code: str | None) -> UUID | None:
    if code is None:
        return None
    found = unit.session.exec(select(Indicator.id).where(Indicator.code == code)).one_or_none()
    if found is None:
        raise invalid("/indicator")
    return found


def close_action(unit: Unit, review_id: UUID, action_id: UUID, draft: ActionClosing) -> ReviewView:
    """Close an action where it is shown, in its own review or one it was carried into, with what came of it.

    Raises `NotFound`, `Stale`, `WrongState` (`REV_STATE`).
    """
    review = _take(unit, review_id)
    action = unit.lock(ReviewAction, action_id)
    if all(action_id != shown.id for shown, _ in _actions(unit, review)):
        raise NotFound
    action.status = ReviewStatus(council_states.REVIEW_ACTION.next(action.status, "close"))
    action.outcome, action.closed_at = draft.outcome, unit.now
    review.touch(unit.now)
    unit.audit("review_cycle.close_action", review, facts={"action": str(action.id)})
    return _show(unit, review)


def close(unit: Unit, review_id: UUID) -> ReviewView:
    """Close a review; actions still open show in every later one. Raises `NotFound`, `Stale`, `WrongState`."""
    review = _take(unit, review_id)
    review.status = ReviewStatus(council_states.REVIEW.next(review.status, "close"))
    review.closed_at = unit.now
    review.touch(unit.now)
    unit.audit("review_cycle.close", review)
    return _show(unit, review)


def _take(unit: Unit, review_id: UUID) -> ReviewCycle:
    review = unit.lock(ReviewCycle, review_id)
    unit.expect(review)
    return review


def _must_be_open(review: ReviewCycle) -> None:
    if review.status is not ReviewStatus.OPEN:
        raise WrongState(code="REV_STATE", state=review.status, allowed=council_states.REVIEW.verbs(review.status))


def _values(unit: Unit, review: ReviewCycle) -> Sequence[tuple[ReviewValue, Indicator]]:
    return unit.session.exec(
        select(ReviewValue, Indicator)
        .join(Indicator, col(Indicator.id) == ReviewValue.indicator_id)
        .where(ReviewValue.review_cycle_id == review.id)
        .order_by(col(Indicator.position))
    ).all()


def _actions(unit: Unit, review: ReviewCycle) -> Sequence[tuple[ReviewAction, ReviewCycle]]:
    """Return the review's own actions, and those of earlier quarters that were open when it began."""
    earlier = sa.tuple_(col(ReviewCycle.fiscal_year), col(ReviewCycle.quarter)) < sa.tuple_(
        sa.literal(review.fiscal_year), sa.literal(review.quarter)
    )
    left = sa.or_(col(ReviewAction.closed_at).is_(None), col(ReviewAction.closed_at) >= review.created_at)
    return unit.session.exec(
        select(ReviewAction, ReviewCycle)
        .join(ReviewCycle, col(ReviewCycle.id) == ReviewAction.review_cycle_id)
        .where(sa.or_(col(ReviewCycle.id) == review.id, sa.and_(earlier, left)))
        .order_by(col(ReviewAction.due_on), col(ReviewAction.id))
    ).all()


def _summaries(unit: Unit, reviews: Sequence[ReviewCycle]) -> list[ReviewSummary]:
    return [ReviewSummary(**_shown(unit, review)) for review in reviews]


def _show(unit: Unit, review: ReviewCycle) -> ReviewView:
    values = _values(unit, review)
    codes = {indicator.id: indicator.code for _, indicator in values}
    return ReviewView(
        **_shown(unit, review),
        values=[_show_value(unit, value, indicator) for value, indicator in values],
        review_actions=[_show_action(action, made_in, review, codes) for action, made_in in _actions(unit, review)],
    )


def _shown(unit: Unit, review: ReviewCycle) -> dict[str, Any]:
    return {
        **review.model_dump(),
        "actions": council_states.REVIEW.open_to(review.status, permissions_of(unit.actor.roles)),
    }


def _show_value(unit: Unit, value: ReviewValue, indicator: Indicator) -> ReviewValueView:
    figure = None
    if value.measured_on is not None:
        frozen = value.model_dump(include={"value", "source", "definition_version", "target_line", "revision"})
        figure = Figure(**frozen, as_of=value.measured_on)
    name = name_in(indicator.names, unit.language, indicator.code)
    return ReviewValueView(code=indicator.code, name=name, figure=figure, comment=value.comment)


def _show_action(
    action: ReviewAction, made_in: ReviewCycle, review: ReviewCycle, codes: Mapping[UUID, str]
) -> ReviewActionView:
    return ReviewActionView(
        **action.model_dump(),
        indicator=codes.get(action.indicator_id) if action.indicator_id else None,
        carried=made_in.id != review.id,
    )
