"""Mail: by SMTP where a server is set, else as files under `var/mail`, so that development loses no message."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from functools import partial
from pathlib import Path
from uuid import UUID

from api.settings import Settings

TIMEOUT_S = 20

Send = Callable[[EmailMessage], None]


@dataclass(frozen=True)
class Letter:
    """What one notice says to one address."""

    notice_id: UUID
    address: str
    language: str
    subject: str
    body: str


def compose(settings: Settings, letter: Letter, now: datetime) -> EmailMessage:
    """Return the mail of a letter; its `Message-ID` is the notice's, so that a second copy is known as one."""
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((settings.foundation_name, settings.mail_from))
    message["To"] = letter.address
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.notice_id}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    message["Content-Language"] = letter.language
    return message


def sender(settings: Settings, now: datetime) -> Send:
    """Return how mail leaves here."""
    if settings.smtp_host is None:
        return partial(_keep, settings.var / "mail", now)
    return partial(_submit, settings, settings.smtp_host)


def _keep(folder: Path, now: datetime, message: EmailMessage) -> None:
    """Write the mail under its final name only when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{now:%Y%m%dT%H%M%SZ}-{message['Message-ID'].strip('<>').partition('@')[0]}"
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes(message.as_bytes())
    unfinished.replace(folder / f"{name}.eml")


def _submit(settings: Settings, host: str, message: EmailMessage) -> None:
    with connected(settings, host) as server:
        server.send_message(message)


@contextmanager
def connected(settings: Settings, host: str) -> Iterator[smtplib.SMTP]:
    """Open a connection to the mail server and sign in. Raises `OSError` and `smtplib.SMTPException`."""
    with smtplib.SMTP(host, settings.smtp_port, timeout=TIMEOUT_S) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user is not None:
            server.login(settings.smtp_user, settings.smtp_password or "")
        yield server
