"""Letters to a guardian that have not left yet: they go where she is reached today, and to her telephone where no mail does."""

from sqlmodel import col, select

from models.learner import Learner
from models.record import Notice, NoticeChannel, NoticeStatus
from services.unit import Unit


def readdress(unit: Unit, learner: Learner) -> None:
    """Send what waits for a locked learner's guardian to the address that is hers now; without one she is telephoned.

    What is on its way to the old address is sent to the new one as well: who reads the old one, nobody knows.
    """
    waiting = (
        select(Notice)
        .where(
            Notice.learner_id == learner.id,
            Notice.status == NoticeStatus.PENDING,
            Notice.channel == NoticeChannel.MAIL,
        )
        .order_by(col(Notice.id))
        .with_for_update(key_share=True)
    )
    for notice in unit.session.exec(waiting.execution_options(populate_existing=True)):
        if learner.guardian_email is None:
            hand_to_phone(unit, notice)
        else:
            notice.address = learner.guardian_email
            _begin_anew(unit, notice)


def hand_to_phone(unit: Unit, notice: Notice) -> None:
    """Put a locked letter to a guardian on the phone list; its tries are calls from here on."""
    notice.channel, notice.address = NoticeChannel.TO_PHONE, None
    _begin_anew(unit, notice)


def _begin_anew(unit: Unit, notice: Notice) -> None:
    notice.attempts, notice.due_at, notice.leased_until = 0, unit.now, None
