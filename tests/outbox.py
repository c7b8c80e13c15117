"""What waits to be mailed, what was, and the links that mails carry."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from api.db import Wiring
from models.account import Account, AccountStatus, LinkPurpose, OneTimeLink, Role
from models.record import Notice, NoticeStatus
from services import inviting
from services.notifying import tell_account
from tests.conftest import NOW
from tests.factories import Make


def notices(wiring: Wiring) -> list[Notice]:
    """Return every notice, oldest first."""
    with wiring.unit(write=False) as unit:
        return list(unit.session.exec(select(Notice).order_by(col(Notice.id))))


def sent_kinds(wiring: Wiring) -> list[str]:
    """The kinds of all notices, sorted."""
    return sorted(notice.kind for notice in notices(wiring))


def link_tokens(wiring: Wiring, account_id: UUID) -> list[str]:
    """Return the tokens of an account's one-time links, oldest first; they are stored nowhere."""
    statement = select(OneTimeLink.id).where(OneTimeLink.account_id == account_id).order_by(col(OneTimeLink.id))
    with wiring.unit(write=False) as unit:
        return [wiring.vault.link_token(link_id) for link_id in unit.session.exec(statement)]


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage) -> str:
    text: str = message.get_content()
    return text.replace("\r\n", "\n")


def invited(make: Make, **over: Any) -> Account:
    account = make.account(Role.TRAINER, status=AccountStatus.INVITED, **over)
    with make.wiring.unit() as it:
        inviting.send_link(it, it.get(Account, account.id), LinkPurpose.INVITATION)
    return account


def mails(wiring: Wiring) -> list[EmailMessage]:
    return [read(path.read_bytes()) for path in sorted((wiring.settings.var / "mail").glob("*"))]


def states(wiring: Wiring) -> list[NoticeStatus]:
    return [notice.status for notice in notices(wiring)]


def told(make: Make, kind: str = "offer_filled", **over: Any) -> Account:
    account = make.account(Role.TRAINER, **over)
    with make.wiring.unit() as it:
        tell_account(it, account, kind, account, {"starts_at": NOW})
    return account
