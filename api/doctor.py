"""Is this installation fit for work? One sentence for each thing that is wrong; settings that cannot stand come first."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPException
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func, select

from api import dumping
from api.db import Wiring
from api.migrating import applied, is_ahead, newest, pending
from api.refusal import Refusal
from api.settings import PREFIX, Settings
from models.record import AuditEvent, Notice, NoticeChannel, NoticeStatus
from services.checking import lost_identities, lost_incidents
from worker.channels.mail import connected

LEAST_FREE_BYTES: Final = 500_000_000
MOST_OFF: Final = timedelta(seconds=5)
MOST_AHEAD: Final = timedelta(minutes=1)
WAITS_TOO_LONG: Final = timedelta(hours=1)

Check = Callable[[Wiring], Iterator[str]]


def examine(wiring: Wiring) -> Iterator[tuple[str, list[str]]]:
    """Give each thing looked at, with the sentences about what is wrong with it; without a database the rest of it waits."""
    fit = True
    for name, check, needs_tables in CHECKS:
        if fit or not needs_tables:
            found = list(check(wiring))
            fit = fit and not (found and name in _FOUNDATIONS)
            yield name, found


def _settings(wiring: Wiring) -> Iterator[str]:
    for name in wiring.settings.left_at_default():
        yield f"{PREFIX}{name.upper()} has no value of your own."
    if wiring.settings.environment != "production":
        yield f"{PREFIX}ENVIRONMENT is {wiring.settings.environment}: for people's data set it to production."


def _database(wiring: Wiring) -> Iterator[str]:
    try:
        applied(wiring)
    except SQLAlchemyError as error:
        yield f"The database does not answer: {getattr(error, 'orig', None) or error}"


def _schema(wiring: Wiring) -> Iterator[str]:
    if is_ahead(wiring):
        yield f"The database is at revision {applied(wiring)}, this program knows {newest()}: install the newer version."
    elif pending(wiring):
        yield "The database lacks migrations: run `kakehashi migrate`."


def _client_keys(wiring: Wiring) -> Iterator[str]:
    with wiring.unit(write=False) as unit:
        lost, untold = lost_identities(unit), lost_incidents(unit)
    if lost:
        yield f"No key in {PREFIX}CLIENT_KEYS opens {lost} identities of families or of who came to a consultation: add the key they were written with."
    if untold:
        yield f"No key in {PREFIX}CLIENT_KEYS opens {untold} texts of incidents: add the key they were written with."


def _clock(wiring: Wiring) -> Iterator[str]:
    with wiring.unit(write=False) as unit:
        latest: datetime | None = unit.session.scalar(select(func.max(col(AuditEvent.at))))
        theirs = unit.session.scalar(sa.func.now()) if wiring.database.dialect == "postgresql" else None
        ours = wiring.clock()
    if latest is not None and latest > ours + MOST_AHEAD:
        yield f"The clock says {ours:%Y-%m-%d %H:%M:%S} UTC, and something was done later: {latest:%Y-%m-%d %H:%M:%S}."
    if isinstance(theirs, datetime) and abs(theirs - ours) > MOST_OFF:
        yield f"The clock of this machine and the database's differ by {abs(theirs - ours)}: let both ask a time server."


def _disk(wiring: Wiring) -> Iterator[str]:
    for folder in sorted(_folders(wiring.settings)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"written")
        except OSError as error:
            yield f"Nothing can be written to {folder}: {error}"
            continue
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE_BYTES:
            yield f"The disk of {folder} has only {free // 1_000_000} MB left."


def _folders(settings: Settings) -> set[Path]:
    file = make_url(settings.database_url).database if settings.is_sqlite else None
    return {settings.var.resolve()} | ({Path(file).resolve().parent} if file else set())


def _mail_server(wiring: Wiring) -> Iterator[str]:
    settings = wiring.settings
    if settings.smtp_host is None:
        yield f"{PREFIX}SMTP_HOST is not set: mails are kept in {settings.var / 'mail'} and reach nobody."
        return
    try:
        with connected(settings, settings.smtp_host) as server:
            server.noop()
    except (OSError, SMTPException) as error:
        yield f"The mail server {settings.smtp_host}:{settings.smtp_port} does not take our mail: {error}"


def _outbox(wiring: Wiring) -> Iterator[str]:
    with wiring.unit(write=False) as unit:
        mails = select(func.count()).select_from(Notice).where(Notice.channel == NoticeChannel.MAIL)
        waiting = Notice.status == NoticeStatus.PENDING, col(Notice.due_at) <= unit.now - WAITS_TOO_LONG
        late = unit.session.exec(mails.where(*waiting)).one()
        failed = unit.session.exec(
            mails.where(Notice.status == NoticeStatus.FAILED, col(Notice.created_at) > unit.now - timedelta(days=7))
        ).one()
    if late:
        yield f"{late} mails are overdue by more than an hour: is a worker running?"
    if failed:
        yield f"{failed} mails of the last 7 days were given up: `kakehashi mail --retry` tries them again."


def _backup_programs(wiring: Wiring) -> Iterator[str]:
    if wiring.database.dialect == "postgresql":
        for name in dumping.PROGRAMS:
            try:
                dumping.program(wiring, name)
            except Refusal as refusal:
                yield str(refusal)


_FOUNDATIONS: Final = frozenset({"database", "schema"})
CHECKS: Final[tuple[tuple[str, Check, bool], ...]] = (
    ("settings", _settings, False),
    ("disk", _disk, False),
    ("mail server", _mail_server, False),
    ("programs for backups", _backup_programs, False),
    ("database", _database, False),
    ("schema", _schema, True),
    ("clock", _clock, True),
    ("client keys", _client_keys, True),
    ("outbox", _outbox, True),
)
"""What is looked at, in order, and whether that needs a database that is fit."""
