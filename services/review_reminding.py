"""What a review decided and nobody did in time: its owner is told once, and the office sees it until it is closed."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.account import Account
from models.review_cycle import ReviewAction, ReviewCycle, ReviewStatus
from models.worklist import Subject, WorkCode
from services.entering import Entry, post
from services.notifying import already_told, tell_account, told_as
from services.office_days import at_local
from services.unit import Unit


def _late(unit: Unit) -> tuple[Any, ...]:
    """Return the conditions of an action that should be done by now; the day on which it is due is still its owner's."""
    return ReviewAction.status == ReviewStatus.OPEN, col(ReviewAction.due_on) < unit.today


def due_actions(unit: Unit) -> SelectOfScalar[UUID]:
    """Return the overdue actions of which the owner has not heard that they are."""
    found: Sequence[ReviewAction] = unit.session.exec(select(ReviewAction).where(*_late(unit))).all()
    told = already_told(unit, [told_as(_once(action), action.owner_id) for action in found])
    silent = [action.id for action in found if told_as(_once(action), action.owner_id) not in told]
    return select(ReviewAction.id).where(col(ReviewAction.id).in_(silent))


def remind_owner(unit: Unit, action: ReviewAction) -> None:
    """Tell the owner of a locked action that it is overdue, once."""
    if action.status is not ReviewStatus.OPEN or action.due_on >= unit.today:
        return
    owner, review = unit.get(Account, action.owner_id), unit.get(ReviewCycle, action.review_cycle_id)
    tell_account(unit, owner, "review_action_overdue", review, _facts(action, review), once=_once(action))


def _once(action: ReviewAction) -> str:
    return f"review_action_overdue:{action.id}"


def _facts(action: ReviewAction, review: ReviewCycle) -> dict[str, Any]:
    return {"action": action.text, "due_on": action.due_on, "year": review.fiscal_year, "quarter": review.quarter}


def actions_overdue(unit: Unit) -> Iterator[Entry]:
    """Entries of the worklist: what a review decided and is overdue, with who shall do it."""
    rows = unit.session.exec(
        select(ReviewAction, ReviewCycle, Account)
        .join(ReviewCycle, col(ReviewCycle.id) == ReviewAction.review_cycle_id)
        .join(Account, col(Account.id) == ReviewAction.owner_id)
        .where(*_late(unit))
    )
    for action, review, owner in rows:
        yield Entry(
            WorkCode.ACTION_OVERDUE,
            Subject(type="review_action", id=action.id, no=None),
            at_local(unit, action.due_on, unit.rules.office_closes),
            post(f"/v1/review-cycles/{review.id}/actions/{action.id}/close"),
            facts={**_facts(action, review), "who": owner.display_name},
        )
