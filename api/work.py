"""The unit of work: one function call that opens a transaction, does one verb, renders, commits, and only then answers."""

import hashlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from fastapi import Response
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, select

from api.callers import read_actor
from api.constraints import broken_constraint, is_lost_race
from api.db import Wiring
from api.papers import PDF
from api.problems import part
from api.sheets import WRITERS
from models.fields import ChangedView, ObjectView
from models.record import IdempotentAnswer
from services.actor import SYSTEM
from services.errors import Forbidden, Kept, Refused, Unavailable
from services.outcome import Outcomes
from services.paging import Page
from services.paper import Paper
from services.policies import Permission, may
from services.sheet import Sheet
from services.unit import Unit

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 4
IDEMPOTENCY_HOURS = 24


@dataclass(frozen=True)
class Caller:
    """Whom the token names and what the operation wants; who that is now is read inside the transaction."""

    account_id: UUID | None
    permission: Permission | None = None


ANYONE = Caller(None)


@dataclass(frozen=True)
class Work:
    """The unit of work of one request."""

    wiring: Wiring
    language: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    if_match: str | None = None
    key: str | None = None
    body_digest: str = ""

    def write(
        self,
        caller: Caller,
        verb: Callable[Concatenate[Unit, P], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Do one verb in one transaction and answer only when it is committed.

        Raises the verb's `DomainError`s, `Unauthenticated` for an account that is gone or disabled, `Forbidden`
        without the permission, `Unavailable` when the race was lost too often.
        """
        return self._transact(caller, lambda unit: self._once(unit, verb, args, kwargs))

    def write_unkept(
        self,
        caller: Caller,
        verb: Callable[Concatenate[Unit, P], Any],
        again: Callable[Concatenate[Unit, P], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Do a verb whose answer holds what must not be kept, and whose every reading is logged.

        A repeat under the same key does nothing once more; it is answered by `again`, as things are then.
        """

        def repeat(unit: Unit, _: Response) -> Any:
            return again(unit, *args, **kwargs)

        return self._transact(caller, lambda unit: self._once(unit, verb, args, kwargs, again=repeat))

    def create_unkept(
        self,
        caller: Caller,
        verb: Callable[Concatenate[Unit, P], Any],
        read: Callable[[Unit, UUID], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Do a verb that makes something new whose view must not be kept: a repeat is answered by reading it, as it is then."""

        def repeat(unit: Unit, first: Response) -> Any:
            return read(unit, UUID(first.headers["location"].rpartition("/")[2]))

        return self._transact(caller, lambda unit: self._once(unit, verb, args, kwargs, status=201, again=repeat))

    def create(
        self,
        caller: Caller,
        verb: Callable[Concatenate[Unit, P], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Do a verb that makes something new: 201 with its `Location`."""
        return self._transact(caller, lambda unit: self._once(unit, verb, args, kwargs, status=201))

    def begin(
        self,
        caller: Caller,
        verb: Callable[Concatenate[Unit, P], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Do a verb that makes what the worker will finish: 202 with its `Location`."""
        return self._transact(caller, lambda unit: self._once(unit, verb, args, kwargs, status=202))

    def many(
        self,
        caller: Caller,
        verb: Callable[Concatenate[Unit, P], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Do a verb whose parts succeed or fail one by one: 207."""
        return self._transact(caller, lambda unit: self._once(unit, verb, args, kwargs, status=207))

    def in_turn(
        self,
        caller: Caller,
        begin: Callable[Concatenate[Unit, P], Sequence[Callable[[Unit], None]]],
        finish: Callable[Concatenate[Unit, P], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Do what is too much for one transaction: `begin` gives the steps, each is done in one of its own, `finish` answers.

        Whatever interrupts it, the steps that were done stand; `begin` gives what is left when it is asked again.
        """

        def first(unit: Unit) -> tuple[Response | None, Sequence[Callable[[Unit], None]]]:
            known = self._remembered(unit) if self.key is not None else None
            return known, [] if known else begin(unit, *args, **kwargs)

        known, steps = self._transact(caller, first)
        if known is not None:
            return known
        for step in steps:
            self._transact(caller, step)
        return self._transact(caller, lambda unit: self._once(unit, finish, args, kwargs))

    def preview(
        self,
        caller: Caller,
        verb: Callable[Concatenate[Unit, P], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Do a verb that tells what it touched, answer that, and undo everything: nothing is written, told or kept.

        Raises what the verb would raise if it were meant.
        """
        return self._transact(caller, lambda unit: self._undo(unit, verb(unit, *args, **kwargs)))

    def _undo(self, unit: Unit, outcome: Any) -> Response:
        answer = self._render(unit, outcome, 200)
        unit.session.rollback()
        return answer

    def read(
        self,
        caller: Caller,
        query: Callable[Concatenate[Unit, P], Any],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response:
        """Answer a question; nothing is written."""
        with Session(self.wiring.database.reading) as session, session.begin():
            unit = self._unit(session, caller)
            return self._render(unit, query(unit, *args, **kwargs), 200)

    def fetch(self, query: Callable[Concatenate[Unit, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return a plain value for work that must happen outside a transaction, such as checking a password."""
        with Session(self.wiring.database.reading) as session, session.begin():
            return query(self._unit(session, ANYONE), *args, **kwargs)

    def _transact(self, caller: Caller, step: Callable[[Unit], R | Kept]) -> R:
        for attempt in range(1, TRIES + 1):
            try:
                outcome = self._attempt(caller, step)
            except (IntegrityError, OperationalError, StaleDataError) as error:
                self._settle(error, attempt)
            else:
                if isinstance(outcome, Kept):
                    raise outcome.error
                return outcome
        raise Unavailable

    def _attempt(self, caller: Caller, step: Callable[[Unit], R | Kept]) -> R | Kept:
        with Session(self.wiring.database.writing, expire_on_commit=False) as session, session.begin():
            return step(self._unit(session, caller))

    def _settle(self, error: IntegrityError | OperationalError | StaleDataError, attempt: int) -> None:
        """Raise what a failed transaction stands for, or pause before it is run again."""
        if is_lost_race(error):
            time.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311 - jitter, not a secret
            return
        known = broken_constraint(error) if isinstance(error, IntegrityError) else None
        raise known or error

    def _unit(self, session: Session, caller: Caller) -> Unit:
        wiring = self.wiring
        now = wiring.clock()
        actor = read_actor(session, caller.account_id) if caller.account_id else SYSTEM
        if caller.permission is not None and not may(actor, caller.permission):
            raise Forbidden
        return Unit(
            session,
            actor,
            now,
            wiring.rules,
            wiring.vault,
            self.language,
            self.if_match,
            kept_roll=wiring.kept_roll,
        )

    def _once(
        self,
        unit: Unit,
        verb: Callable[..., Any],
        args: Any,
        kwargs: Any,
        status: int = 200,
        again: Callable[[Unit, Response], Any] | None = None,
    ) -> Response | Kept:
        """Run the verb, or answer what it answered the first time under this key; with `again` what that says now."""
        if self.key is None or unit.actor.account_id is None:
            return self._answer(unit, verb(unit, *args, **kwargs), status)
        first = self._remembered(unit)
        if first is not None:
            return first if again is None else self._said_again(unit, again(unit, first), first.status_code)
        memory = self._remember(unit, unit.actor.account_id, self.key)
        outcome = verb(unit, *args, **kwargs)
        answer = self._answer(unit, outcome, status)
        if isinstance(outcome, Outcomes) and outcome.failed:
            unit.session.delete(memory)  # or a repeat, when what failed would succeed, could never heal it
        elif isinstance(answer, Response):
            memory.status = answer.status_code
            memory.headers = {name: answer.headers[name] for name in ("etag", "location") if name in answer.headers}
            memory.body = bytes(answer.body).decode() if again is None else ""
        return answer

    def _said_again(self, unit: Unit, outcome: Any, status: int) -> Response:
        answer = self._render(unit, outcome, status)
        answer.headers["Idempotent-Replayed"] = "true"
        return answer

    def _answer(self, unit: Unit, outcome: Any, status: int) -> Response | Kept:
        return outcome if isinstance(outcome, Kept) else self._render(unit, outcome, status)

    def _remembered(self, unit: Unit) -> Response | None:
        row = unit.session.exec(
            select(IdempotentAnswer).where(
                IdempotentAnswer.account_id == unit.actor.account_id,
                IdempotentAnswer.method == self.method,
                IdempotentAnswer.path == self.path,
                IdempotentAnswer.key == self.key,
            )
        ).one_or_none()
        if row is None:
            return None
        if row.created_at <= unit.now - timedelta(hours=IDEMPOTENCY_HOURS):
            unit.session.delete(row)
            unit.session.flush()  # the key is free again before it is taken again
            return None
        if row.body_digest != self._digest(unit):
            raise Refused("IDEMPOTENCY_REUSE")
        return Response(row.body, row.status, {**row.headers, "Idempotent-Replayed": "true"}, "application/json")

    def _remember(self, unit: Unit, account_id: UUID, key: str) -> IdempotentAnswer:
        """Take the key at once: a twin that runs beside this one waits at the unique key, loses, and replays."""
        return unit.add(
            IdempotentAnswer(
                account_id=account_id,
                method=self.method,
                path=self.path,
                key=key,
                body_digest=self._digest(unit),
                created_at=unit.now,
            )
        )

    def _digest(self, unit: Unit) -> str:
        """Return what makes two requests under one key the same: what was said, and in what capacity.

        Whoever has other roles by now, or serves another institution, is not answered what she might read before.
        """
        actor = unit.actor
        said = [self.body_digest, *(f"{name}={value}" for name, value in sorted(self.query))]
        return digest(repr([said, sorted(actor.roles), actor.organization_id, actor.volunteer_id]).encode())

    def _render(self, unit: Unit, outcome: Any, status: int) -> Response:
        """Render inside the transaction, so that what is answered is what was committed."""
        if outcome is None:
            return Response(status_code=204)
        headers = {"Content-Language": self.language, "Vary": "Accept-Language, Authorization"}
        if isinstance(outcome, Outcomes):
            headers |= {"ETag": outcome.of.etag} if outcome.of else {}
            outcome = {"items": [part(each, self.language, unit.zone) for each in outcome.parts]}
        if isinstance(outcome, Sheet):
            media, write = WRITERS[outcome.form]
            headers["Content-Disposition"] = f'attachment; filename="{outcome.name}.{outcome.form}"'
            return Response(write(outcome), status, headers, media)
        if isinstance(outcome, Paper):
            from api.printing import to_pdf  # noqa: PLC0415 - few requests print, and the library is large

            headers["Content-Disposition"] = f'inline; filename="{outcome.name}.pdf"'
            headers["Content-Language"] = outcome.language  # it stays as it was issued, whoever prints it
            return Response(to_pdf(outcome, self.wiring.settings.font_file), status, headers, PDF)
        shown = outcome.changed if isinstance(outcome, ChangedView) else outcome
        if isinstance(shown, ObjectView):
            headers |= self._label(unit, shown, status)
        elif isinstance(outcome, Page) and outcome.next_cursor:
            headers["Link"] = f'<{self.path}?{urlencode([*self.query, ("cursor", outcome.next_cursor)])}>; rel="next"'
        return Response(to_json(outcome, unit.zone), status, headers, "application/json")

    def _label(self, unit: Unit, shown: ObjectView, status: int) -> dict[str, str]:
        """Let remarks travel with an object, and return the headers that say which version it is and where it lives."""
        shown.warnings = unit.warnings
        headers = {} if unit.rehearsed else {"ETag": f'"{shown.id}.{shown.version}"'}
        if status in {201, 202}:
            headers["Location"] = f"{shown.collection or self.path}/{shown.id}"
        return headers


def to_json(outcome: BaseModel | dict[str, Any] | bytes, zone: ZoneInfo) -> bytes:
    """Serialise an answer; instants leave in the foundation's zone."""
    if isinstance(outcome, bytes):
        return outcome
    if isinstance(outcome, BaseModel):
        return outcome.model_dump_json(by_alias=True, context={"zone": zone}).encode()
    return orjson.dumps(outcome, default=_zoned(zone))


def _zoned(zone: ZoneInfo) -> Callable[[Any], Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value.model_dump(mode="json", by_alias=True, context={"zone": zone})
        return value.astimezone(zone).isoformat() if isinstance(value, datetime) else str(value)

    return plain


def digest(body: bytes) -> str:
    """Return the digest by which two bodies under one idempotency key are compared."""
    return hashlib.sha256(body).hexdigest()
