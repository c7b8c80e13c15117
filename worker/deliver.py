"""Deliver due notices: lease the rows, send with no transaction open, mark them. It may die anywhere in between."""

import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from api.db import Wiring
from models.account import LinkPurpose, OneTimeLink
from models.learner import Learner
from models.record import Notice, NoticeChannel, NoticeStatus
from services import school_deadlines
from services.notifying import facts_of_the_house, unpack
from services.readdressing import hand_to_phone
from services.unit import Unit
from services.wording import UnknownText, negotiate, say
from worker.channels.mail import Letter, Send, compose, sender

log = structlog.get_logger()

TRIES = 12
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
LEASE = timedelta(minutes=10)  # longer than a batch takes while the mail server answers at all
STALE = timedelta(days=7)

_PAGES = {
    LinkPurpose.INVITATION: "invitations",
    LinkPurpose.SETUP: "invitations",
    LinkPurpose.PASSWORD_RESET: "password-resets",
}
_CALLS = {
    LinkPurpose.INVITATION: "invitations",
    LinkPurpose.SETUP: "invitations",
    LinkPurpose.PASSWORD_RESET: "password-reset",
}


def deliver_due(wiring: Wiring, limit: int = 50) -> int:
    """Send what is due, at most `limit` mails, and return how many left.

    A mail that cannot be sent is tried again after a pause that doubles from one minute, and given up after 12 tries; what
    is given up of a guardian's is told by telephone.
    """
    with wiring.unit() as unit:
        letters, until = _lease(unit, limit), unit.now + LEASE
    send = sender(wiring.settings, wiring.clock())
    sent = 0
    while letters:
        letter = letters.pop(0)
        error = _try(wiring, send, letter)
        if error is None:
            _mark_sent(wiring, letter, until)
            sent += 1
        elif _is_away(error):
            _postpone(wiring, [letter, *letters], until)
            break
        else:
            _postpone(wiring, [letter], until)
    return sent


def _lease(unit: Unit, limit: int) -> list[Letter]:
    """Take due mails for a while, so that no other worker sends them too, and write their texts."""
    statement = (
        select(Notice)
        .where(
            Notice.status == NoticeStatus.PENDING,
            Notice.channel == NoticeChannel.MAIL,
            col(Notice.due_at) <= unit.now,
            sa.or_(col(Notice.leased_until).is_(None), col(Notice.leased_until) <= unit.now),
        )
        .order_by(col(Notice.due_at), col(Notice.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = unit.session.exec(statement).all()
    moot = school_deadlines.moot(unit, due)
    return [letter for notice in due if (letter := _take(unit, notice, moot=notice.id in moot)) is not None]


def _take(unit: Unit, notice: Notice, *, moot: bool) -> Letter | None:
    """Return the letter of a notice, or nothing for one that must not be sent any more."""
    if not moot and notice.created_at <= unit.now - STALE:
        _give_up(unit, notice)
        return None
    letter = None if moot else _write(unit, notice)
    if letter is None:
        notice.status = NoticeStatus.FAILED
        return None
    notice.attempts += 1
    notice.leased_until = unit.now + LEASE
    return letter


def _write(unit: Unit, notice: Notice) -> Letter | None:
    """Write the text in the notice's language, times in the foundation's zone."""
    one_time = _one_time_link(unit, notice)
    if one_time is None or notice.address is None:
        return None
    language = negotiate(notice.language)
    facts = {**facts_of_the_house(unit), **unpack(notice.facts), **one_time}
    if notice.learner_id is not None and "first_name" not in facts:  # older notices do not say which child it is
        facts["first_name"] = unit.get(Learner, notice.learner_id).first_name
    try:
        subject, body = (
            say("notices", f"{notice.kind}_{part}", language, facts, unit.zone) for part in ("subject", "body")
        )
    except UnknownText:
        log.error("notice_without_text", notice=str(notice.id), kind=notice.kind)  # noqa: TRY400 - frames hold links
        return None
    return Letter(notice.id, notice.address, language, subject, body)


def _one_time_link(unit: Unit, notice: Notice) -> dict[str, Any] | None:
    """Return the link that is written nowhere but in the mail, where a notice has one; None if it no longer opens."""
    if notice.object_type != OneTimeLink.__tablename__:
        return {}
    link = unit.get(OneTimeLink, notice.object_id)
    if link.used_at is not None or link.expires_at <= unit.now:
        return None
    token, base = unit.vault.link_token(link.id), unit.rules.public_url
    call = f'POST {base}/v1/auth/{_CALLS[link.purpose]}/{token} {{"password": "…"}}'
    return {"link": f"{base}/{_PAGES[link.purpose]}/{token}\n(API: {call})"}


def _try(wiring: Wiring, send: Send, letter: Letter) -> Exception | None:
    try:
        send(compose(wiring.settings, letter, wiring.clock()))
    except Exception as error:  # noqa: BLE001 - one letter must not hold up the others, whatever is wrong with it
        # Its name alone: texts of the server repeat addresses, and frames hold links and passwords.
        log.warning("mail_not_sent", notice=str(letter.notice_id), error=type(error).__name__)
        return error
    return None


def _is_away(error: Exception) -> bool:
    """Return whether the server cannot be reached at all: the rest of the batch would wait for it one by one."""
    return isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)


def _mark_sent(wiring: Wiring, letter: Letter, until: datetime) -> None:
    with wiring.unit() as unit:
        notice = unit.lock(Notice, letter.notice_id)
        if notice.leased_until == until:
            notice.status, notice.sent_at, notice.leased_until = NoticeStatus.SENT, unit.now, None


def _postpone(wiring: Wiring, letters: Sequence[Letter], until: datetime) -> None:
    with wiring.unit() as unit:
        for letter in sorted(letters, key=lambda one: one.notice_id):
            notice = unit.lock(Notice, letter.notice_id)
            if _waits(notice, until):
                _try_later(unit, notice)


def _waits(notice: Notice, until: datetime) -> bool:
    """Return whether a letter is still to be sent, and by us: meanwhile consent may be withdrawn, a learner erased, an
    address corrected, or our lease over and another worker at it."""
    return notice.status is NoticeStatus.PENDING and notice.leased_until == until


def _try_later(unit: Unit, notice: Notice) -> None:
    notice.leased_until = None
    notice.due_at = unit.now + min(FIRST_PAUSE * 2 ** (notice.attempts - 1), LONGEST_PAUSE)
    if notice.attempts >= TRIES:
        _give_up(unit, notice)


def _give_up(unit: Unit, notice: Notice) -> None:
    """Try a mail no more. A guardian, who has no account in which she could read it, is put on the phone list: she always has a telephone."""
    if notice.learner_id is None:
        notice.status = NoticeStatus.FAILED
        return
    hand_to_phone(unit, notice)
