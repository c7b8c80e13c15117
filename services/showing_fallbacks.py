"""Fallbacks as each caller may see them: which way, when and the outcome for everybody, the rest for staff."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.fallback import Fallback, FallbackBrief, FallbackView
from services import states
from services.policies import permissions_of
from services.unit import Unit

_FOR_ALL = {"id", "version", "request_id", "channel", "arranged_for", "reopened", "status", "outcome"}
_FOR_STAFF = {"organization_id", "note", "minutes", "problem_code"}


def fallbacks_of(unit: Unit, request_id: UUID) -> Sequence[Fallback]:
    """Return the fallbacks of a request in the order in which they were arranged."""
    statement = select(Fallback).where(Fallback.request_id == request_id)
    return unit.session.exec(statement.order_by(col(Fallback.created_at), col(Fallback.id))).all()


def show_brief(fallback: Fallback) -> FallbackBrief:
    """Return a fallback as it stands at its request."""
    return FallbackBrief.model_validate(fallback)


def show_fallback(unit: Unit, fallback: Fallback) -> FallbackView:
    """Return a fallback as the caller may see it."""
    staff: dict[str, Any] = {}
    if unit.actor.is_staff:
        staff = {**fallback.model_dump(include=_FOR_STAFF), "arranged_by": fallback.created_by}
    shown = fallback.model_dump(include=_FOR_ALL)
    return FallbackView(**shown, **staff, actions=verbs_on(unit, fallback))


def verbs_on(unit: Unit, fallback: Fallback) -> list[str]:
    """Return the verbs open to the caller: an outcome once its time has come; a search is not dropped but given up."""
    barred = {"outcome"} if fallback.arranged_for > unit.now else set()
    if fallback.reopened:
        barred.add("drop")
    verbs = states.FALLBACK.open_to(fallback.status, permissions_of(unit.actor.roles))
    return [verb for verb in verbs if verb not in barred]
