"""Throw away what has served its time: answers under idempotency keys, refresh tokens, what letters said, and changes nobody asks for."""

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import col

from api.db import Wiring
from api.work import IDEMPOTENCY_HOURS
from models.account import RefreshToken
from models.record import IdempotentAnswer, Notice, NoticeChannel, NoticeStatus
from services import roster_changes
from services.calling import KEPT

LETTER_DAYS: Final = 90
"""For how long it is kept what a letter said and where it went; that it was sent, about what and to whom, stays."""


def tidy(wiring: Wiring) -> None:
    """Delete idempotent answers older than 24 hours, refresh tokens past their life, changes that every reader knows.

    What letters said is emptied after `LETTER_DAYS`: it names people who may be erased meanwhile (domain.md §9). One for the
    telephone that nobody told is emptied too: the phone list has not shown it for long.
    """
    with wiring.unit() as unit:
        oldest = unit.now - timedelta(hours=IDEMPOTENCY_HOURS)
        unit.session.execute(sa.delete(IdempotentAnswer).where(col(IdempotentAnswer.created_at) <= oldest))
        unit.session.execute(sa.delete(RefreshToken).where(col(RefreshToken.expires_at) <= unit.now))
        old = col(Notice.due_at) <= unit.now - timedelta(days=LETTER_DAYS)
        said = sa.or_(sa.cast(col(Notice.facts), sa.Text) != "{}", col(Notice.address).is_not(None))
        over = sa.or_(
            col(Notice.status).in_([NoticeStatus.SENT, NoticeStatus.FAILED]),
            sa.and_(col(Notice.channel) == NoticeChannel.TO_PHONE, col(Notice.created_at) <= unit.now - KEPT),
        )
        unit.session.execute(sa.update(Notice).where(over, old, said).values(facts={}, address=None))
        roster_changes.forget(unit)
