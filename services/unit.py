"""What a verb of the domain works with: one transaction, who acts, what time it is, and what must be written beside.

A verb never commits, begins or rolls back; `api/work.py` owns the transaction and may run the verb again after a lost race.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.base import Aggregate, Row
from models.fields import OnBehalf, Warned
from models.record import AuditEvent
from services.actor import Actor
from services.credentials import Vault
from services.errors import NotFound, Stale
from services.rules import HouseRules
from services.wording import say

if TYPE_CHECKING:
    from services.kept_roll import KeptRoll

Found = TypeVar("Found", bound=Row)


@dataclass
class Unit:
    """One unit of work. `now` is one UTC instant for the whole of it; `zone` is the foundation's.

    `kept_roll` is the process's, None where rankings read everybody. `rehearsed` tells that what was done was taken back:
    versions that are shown have never been.
    """

    session: Session
    actor: Actor
    now: datetime
    rules: HouseRules
    vault: Vault
    language: str = "ja"
    if_match: str | None = None
    warnings: list[Warned] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    kept_roll: "KeptRoll | None" = None
    rehearsed: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The foundation's time zone, for rules about days and hours."""
        return self.rules.zone

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.zone).date()

    def local_day(self, instant: datetime) -> date:
        """Return the local day of an instant."""
        return instant.astimezone(self.zone).date()

    def get(self, table: type[Found], row_id: UUID) -> Found:
        """Return a row that must exist. Raises `NotFound`."""
        row = self.session.get(table, row_id)
        if row is None:
            raise NotFound
        return row

    def once(self, name: str, read: Callable[[], Any]) -> Any:
        """Return what `read` gives, reading it once per unit of work: small tables that rules ask for again and again."""
        if name not in self.memory:
            self.memory[name] = read()
        return self.memory[name]

    def rows(self, statement: Any, **parameters: Any) -> Any:
        """Return columns as plain rows, past the mapper that entities need; what is pending is written first.

        For statements built once and read with every request: it costs half of what the session's own way costs.
        """
        self.session.flush()
        return self.session.connection().execute(statement, parameters)

    def lock(self, table: type[Found], row_id: UUID) -> Found:
        """Return a row locked until the end of the transaction, as it is now. Raises `NotFound`.

        Lock order, to keep clear of deadlocks: volunteer, then shift, then anything else. SQLite's write
        transactions are exclusive from their start, so the lock is theirs already. The lock lets rows that merely
        point here be written (a notice to a volunteer who is claiming elsewhere), or they would wait in a circle.
        """
        row: Found | None = self.session.exec(_locking(table), params={"row_id": row_id}).one_or_none()
        if row is None:
            raise NotFound
        return row

    def take(self, table: type[Found], row_id: UUID) -> Found | None:
        """Return a row locked as by `lock`, or nothing where it is gone or another transaction has it: for sweeps."""
        statement = (
            select(table)
            .where(table.id == row_id)
            .with_for_update(key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        )
        return self.session.exec(statement).one_or_none()

    def take_all(self, table: type[Found], row_ids: Sequence[UUID]) -> Sequence[Found]:
        """Return those of some rows that are there and that no other transaction has, locked as by `lock`, in order."""
        statement = (
            select(table)
            .where(col(table.id).in_(row_ids))
            .order_by(col(table.id))
            .with_for_update(key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        )
        return self.session.exec(statement).all()

    def expect(self, row: Aggregate) -> None:
        """Honour `If-Match` for the object that the request addresses. Raises `Stale`."""
        if self.if_match is not None and not _matches(self.if_match, row.etag):
            raise Stale
        self.if_match = None

    def add(self, row: Found) -> Found:
        """Add a row and write it, so that a broken constraint shows here and later rows may point at it."""
        self.session.add(row)
        self.session.flush()
        return row

    def stamp(self) -> dict[str, Any]:
        """Return the columns every new aggregate starts with."""
        return {"created_at": self.now, "updated_at": self.now, "created_by": self.actor.account_id}

    def warn(self, code: str, **facts: object) -> None:
        """Let a remark travel with the success, once however many verbs of this unit make it."""
        warned = Warned(code=code, detail=say("problems", code, self.language, facts, self.zone))
        if warned not in self.warnings:
            self.warnings.append(warned)

    def audit(  # noqa: PLR0913 - one row has these columns
        self,
        action: str,
        row: Row,
        *,
        fields: tuple[str, ...] | list[str] = (),
        facts: Mapping[str, Any] | None = None,
        purpose: str | None = None,
        subject: UUID | None = None,
        on_behalf: OnBehalf | None = None,
    ) -> None:
        """Write who did what: names of fields, never values. `subject` is the volunteer it is about."""
        self.session.add(
            AuditEvent(
                at=self.now,
                actor_id=self.actor.account_id,
                roles=sorted(self.actor.roles),
                action=action,
                object_type=str(row.__tablename__),
                object_id=row.id,
                fields=sorted(fields),
                facts=dict(facts or {}),
                purpose=purpose,
                subject_volunteer_id=subject,
                on_behalf=on_behalf.model_dump(mode="json") if on_behalf else None,
            )
        )


@cache
def _locking(table: type[Row]) -> Any:
    statement = select(table).where(table.id == sa.bindparam("row_id")).with_for_update(key_share=True)
    return statement.execution_options(populate_existing=True)


def _matches(header: str, etag: str) -> bool:
    """Compare strongly (RFC 9110 §13.1.1): a weak validator never matches."""
    return header.strip() == "*" or etag in {candidate.strip() for candidate in header.split(",")}
