"""Give mails that were given up another chance, once the operator has mended what kept them."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from api.db import Wiring
from models.record import Notice, NoticeChannel, NoticeStatus
from worker.deliver import STALE


def try_again(wiring: Wiring) -> int:
    """Make every mail given up, and young enough to be of use, due now; return how many.

    One without an address is not to be sent any more: who got it did not want it, or is erased.
    """
    with wiring.unit() as unit:
        given_up = (
            col(Notice.status) == NoticeStatus.FAILED,
            col(Notice.channel) == NoticeChannel.MAIL,
            col(Notice.address).is_not(None),
            col(Notice.created_at) > unit.now - STALE,
        )
        fresh = {"status": NoticeStatus.PENDING, "attempts": 0, "due_at": unit.now, "leased_until": None}
        done: Any = unit.session.execute(sa.update(Notice).where(*given_up).values(**fresh))
        count: int = done.rowcount
    return count
