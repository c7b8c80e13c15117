"""Messages on the day, relayed between volunteer and institution without anybody's address (domain.md §4.3)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.assignment import ANNOUNCED, Assignment
from models.message import AssignmentMessage, MessageCode, MessageCreate, MessageSide, MessageView
from models.shift import Shift
from services import states
from services.acting_for import arrival
from services.concerned import is_of_institution, side_of, tell_institution
from services.errors import Refused, WrongState, invalid
from services.free_text import refuse_personal_details
from services.notifying import tell_office, tell_volunteer
from services.paging import Ask, Order, Page, page, scope_of
from services.queries import find, visible_assignments
from services.showing_work import show_assignment
from services.standing import take_assignment
from services.unit import Unit


def _side(unit: Unit, assignment: Assignment) -> MessageSide:
    """Return whose side the caller is on; who asks for dispatches or runs classes and helps as well is on that one."""
    if unit.actor.is_staff:
        return MessageSide.STAFF
    return MessageSide.VOLUNTEER if assignment.volunteer_id == unit.actor.volunteer_id else MessageSide.REQUESTER


def send(unit: Unit, assignment_id: UUID, draft: MessageCreate) -> MessageView:
    """Tell the other side something, from a day before the start to a day after the end.

    Raises `InvalidFields` for personal details, for `other` without words and for a side that cannot be written to,
    `Refused` (`ASG_MESSAGE_WINDOW`) at another time, `WrongState` for somebody who is not coming (any more).
    """
    assignment, shift = take_assignment(unit, assignment_id)
    arrival(unit, draft.on_behalf, since=assignment.created_at)
    _refuse_other_times(unit, assignment, shift)
    refuse_personal_details(draft.text, "/text")
    if draft.code is MessageCode.OTHER and draft.text is None:
        raise invalid("/text", "FIELD_MISSING")
    sender = _side(unit, assignment)
    message = unit.add(
        AssignmentMessage(
            assignment_id=assignment.id,
            sender=sender,
            receiver=_receiver(unit, shift, sender, draft.to),
            sender_account_id=unit.actor.account_id,
            code=draft.code,
            text=draft.text,
            sent_at=unit.now,
        )
    )
    unit.audit("assignment.message", assignment, subject=assignment.volunteer_id, on_behalf=draft.on_behalf)
    _relay(unit, assignment, shift, message)
    return _show(message)


def _refuse_other_times(unit: Unit, assignment: Assignment, shift: Shift) -> None:
    if assignment.status not in ANNOUNCED:
        allowed = states.ASSIGNMENT.verbs(assignment.status)
        raise WrongState(code="ASG_STATE", state=assignment.status, allowed=allowed)
    days = timedelta(days=unit.rules.message_days)
    opens, closes = shift.starts_at - days, shift.ends_at + days
    if not opens <= unit.now <= closes:
        raise Refused("ASG_MESSAGE_WINDOW", {"opens": opens, "closes": closes})


def _receiver(unit: Unit, shift: Shift, sender: MessageSide, to: MessageSide | None) -> MessageSide:
    """Return whom a message goes to: the other side, or the one that staff name.

    Where nobody but the office stands behind an activity, staff are its other side.
    """
    behind = MessageSide.REQUESTER if is_of_institution(unit, shift) else MessageSide.STAFF
    if sender is MessageSide.STAFF and to is None:
        raise invalid("/to", "FIELD_MISSING")
    others = {MessageSide.VOLUNTEER: {behind}, MessageSide.REQUESTER: {MessageSide.VOLUNTEER}}
    allowed = others.get(sender, {MessageSide.VOLUNTEER, behind} - {sender})
    if to is not None and to not in allowed:
        raise invalid("/to")
    return to or next(iter(allowed))


def _relay(unit: Unit, assignment: Assignment, shift: Shift, message: AssignmentMessage) -> None:
    facts: dict[str, Any] = {
        "starts_at": shift.starts_at,
        "message": message.code,
        "text": message.text,
        "link": f"{unit.rules.public_url}/v1/assignments/{assignment.id}/messages",
    }
    if message.receiver is MessageSide.VOLUNTEER:
        tell_volunteer(unit, assignment.volunteer_id, "message_to_volunteer", message, facts)
        return
    facts["badge_name"] = show_assignment(unit, assignment).badge_name
    if message.receiver is MessageSide.STAFF:
        tell_office(unit, "activity_message", message, {**side_of(unit, shift).facts, **facts})
    else:
        tell_institution(unit, shift, "message_to_requester", facts, of_class="activity_message", about=message)


def list_messages(unit: Unit, ask: Ask, assignment_id: UUID) -> Page[MessageView]:
    """Return the messages about an assignment, oldest first: all to staff, to a side what it wrote or was told.

    Raises `NotFound`.
    """
    assignment = find(unit, visible_assignments(unit.actor), Assignment, assignment_id)
    statement = select(AssignmentMessage).where(AssignmentMessage.assignment_id == assignment.id)
    side = _side(unit, assignment)
    if side is not MessageSide.STAFF:
        statement = statement.where(
            sa.or_(col(AssignmentMessage.sender) == side, col(AssignmentMessage.receiver) == side)
        )
    order = Order((AssignmentMessage.sent_at, AssignmentMessage.id))
    return page(unit, ask, statement, order, _show_all, scope_of("messages", assignment.id, side))


def _show_all(_: Unit, messages: Sequence[AssignmentMessage]) -> list[MessageView]:
    return [_show(message) for message in messages]


def _show(message: AssignmentMessage) -> MessageView:
    return MessageView.model_validate(message.model_dump())
