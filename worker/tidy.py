"""Throw away what has served its time: answers under idempotency keys, refresh tokens, and changes nobody asks for."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col

from api.db import Wiring
from api.work import IDEMPOTENCY_HOURS
from models.account import RefreshToken
from models.record import IdempotentAnswer
from services import roster_changes


def tidy(wiring: Wiring) -> None:
    """Delete idempotent answers older than 24 hours, refresh tokens past their life, changes that every reader knows."""
    with wiring.unit() as unit:
        oldest = unit.now - timedelta(hours=IDEMPOTENCY_HOURS)
        unit.session.execute(sa.delete(IdempotentAnswer).where(col(IdempotentAnswer.created_at) <= oldest))
        unit.session.execute(sa.delete(RefreshToken).where(col(RefreshToken.expires_at) <= unit.now))
        roster_changes.forget(unit)
