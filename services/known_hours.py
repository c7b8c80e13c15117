"""Sessions that were called off or stand at another hour than a family knows: what she was last told decides."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from models.class_session import ClassSession, FormerHours
from services.terms import GONE
from services.unit import Unit


class Moved(NamedTuple):
    """A session at other hours than a family knows: those that it knows, those that it has, and when it was moved last."""

    moved_from: datetime
    was_ends_at: datetime
    starts_at: datetime
    ends_at: datetime
    moved_at: datetime


class News(NamedTuple):
    """What a family has not heard of a classroom's hours: the starts called off, each with when it was, and what moved."""

    called_off: Mapping[datetime, datetime]
    moved: Sequence[Moved]


def remember(unit: Unit, session: ClassSession, starts_at: datetime, ends_at: datetime) -> None:
    """Keep which hours a session had until now."""
    unit.session.add(FormerHours(session_id=session.id, starts_at=starts_at, ends_at=ends_at, until=unit.now))


@dataclass(frozen=True)
class Changed:
    """A session that was called off, at `off_at`, or moved; `former` are the hours it had before, the oldest first."""

    starts_at: datetime
    ends_at: datetime
    off_at: datetime | None
    former: list[FormerHours] = field(default_factory=list)

    def known(self, since: datetime, heard: datetime | None) -> FormerHours | None:
        """Return the hours in which a family believes that learns here since then and was last told something at `heard`.

        None are those that the session has now, come back to or not.
        """
        told_before = (one for one in self.former if one.until >= since and (heard is None or one.until > heard))
        believed = next(told_before, None)
        is_so = believed and (believed.starts_at, believed.ends_at) == (self.starts_at, self.ends_at)
        return None if is_so else believed


def changed_sessions(unit: Unit, classroom_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Changed]]:
    """Return by classroom what was called off or moved and is not over yet at each of its hours, soonest first."""
    still_known = select(FormerHours.session_id).where(col(FormerHours.starts_at) > unit.now)
    rows = unit.session.exec(
        select(ClassSession, FormerHours)
        .join(FormerHours, col(FormerHours.session_id) == ClassSession.id, isouter=True)
        .where(
            col(ClassSession.classroom_id).in_(classroom_ids),
            sa.or_(col(ClassSession.status).in_(sorted(GONE)), col(FormerHours.id).is_not(None)),
            sa.or_(col(ClassSession.ends_at) > unit.now, col(ClassSession.id).in_(still_known)),
        )
        .order_by(col(ClassSession.starts_at), col(ClassSession.id), col(FormerHours.until), col(FormerHours.id))
    )
    found: dict[UUID, dict[UUID, Changed]] = defaultdict(dict)
    for session, former in rows:
        off_at = session.updated_at if session.status in GONE else None
        changed = found[session.classroom_id].setdefault(
            session.id, Changed(session.starts_at, session.ends_at, off_at)
        )
        if former is not None:
            changed.former.append(former)
    return defaultdict(list, {classroom_id: list(sessions.values()) for classroom_id, sessions in found.items()})


def news_for(unit: Unit, changed: Sequence[Changed], since: datetime | None, heard: datetime | None) -> News:
    """Return what a family has not heard that learns here since then and was last told something at `heard`.

    Who learns here no more hears of nothing, nor does anybody of what is over at the hours she knows and at its own.
    """
    off: dict[datetime, datetime] = {}
    moved = []
    for one, known in ((one, one.known(since, heard)) for one in changed if since):
        stood = [known.starts_at] if known and known.starts_at > unit.now else []
        if not stood and one.ends_at <= unit.now:
            continue
        if one.off_at is not None:
            off |= dict.fromkeys([one.starts_at, *stood], one.off_at) if not heard or heard < one.off_at else {}
        elif known is not None:
            moved.append(Moved(known.starts_at, known.ends_at, one.starts_at, one.ends_at, one.former[-1].until))
    return News(off, moved)
