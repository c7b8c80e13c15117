"""Many callers at once, over real sockets: who they are, what stands there to be raced for, and what was answered."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlmodel import col, func, select

from api.authn import issue
from api.db import Wiring
from models.account import Role
from models.assignment import Assignment, Booking
from models.organization import Facility, Organization
from models.volunteer import Volunteer
from services.unit import Unit
from tests.makers import people, work

DAY: Final = datetime(2025, 11, 20, 1, tzinfo=UTC)
"""10:00 in Kanazawa on the day of the first shift, ten days after the clock of the tests."""

R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What one caller was told."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The JSON of the answer."""
        return json.loads(self.content)

    @property
    def said(self) -> tuple[int, str | None]:
        """Status, and the code of a problem."""
        return self.status, self.body.get("code")


@dataclass(frozen=True)
class Caller:
    """Somebody with a token of her own, at a server."""

    token: str
    volunteer: Volunteer | None = None

    @property
    def person(self) -> Volunteer:
        """The volunteer she is."""
        assert self.volunteer is not None
        return self.volunteer


@dataclass(frozen=True, eq=False)
class Call:
    """One POST, or another method, which then means whatever version there is."""

    caller: Caller
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    method: str = "POST"

    def to(self, connection: HTTPConnection) -> Answer:
        """Send it and read the answer."""
        headers = {"Authorization": f"Bearer {self.caller.token}", "Content-Type": "application/json"}
        if self.key is not None:
            headers["Idempotency-Key"] = self.key
        if self.method != "POST":
            headers["If-Match"] = "*"
        connection.request(self.method, self.path, json.dumps(self.body), headers)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def connect(server: str) -> HTTPConnection:
    """Open a connection of one's own."""
    return HTTPConnection(server.removeprefix("http://"), timeout=300)


def at_once(server: str, calls: Sequence[Call]) -> list[Answer]:
    """Send every call from a thread of its own, all connected before the first is sent."""
    start = threading.Barrier(len(calls))

    def send(call: Call) -> Answer:
        connection = connect(server)
        try:
            connection.connect()
            start.wait(300)
            return call.to(connection)
        finally:
            connection.close()

    return together(send, calls)


def together(do: Callable[[T], R], many: Sequence[T]) -> list[R]:
    """Do something for each, a thread for each; the results in their order."""
    with ThreadPoolExecutor(len(many)) as pool:
        return list(pool.map(do, many))


def tally(answers: Iterable[Answer]) -> Counter[tuple[int, str | None]]:
    """Count the answers by status and code."""
    return Counter(answer.said for answer in answers)


def callers(wiring: Wiring, count: int) -> list[Caller]:
    """Volunteers who could come at any time, as often as they like, each signed in."""
    with wiring.unit() as unit:
        rows = [people.volunteer(unit, rules=(), max_per_month=31) for _ in range(count)]
    return [signed_in(wiring, row) for row in rows]


def signed_in(wiring: Wiring, volunteer: Volunteer) -> Caller:
    """A volunteer with a token of hers."""
    with wiring.unit() as unit:
        return Caller(_token(wiring, people.account_of(unit, volunteer).id), volunteer)


def clerk(wiring: Wiring, organization: Organization) -> Caller:
    """Somebody who asks for an institution."""
    with wiring.unit() as unit:
        return Caller(_token(wiring, people.account(unit, Role.REQUESTER, organization=organization).id))


def staff(wiring: Wiring, role: Role) -> Caller:
    """Somebody of the office."""
    with wiring.unit() as unit:
        return Caller(_token(wiring, people.account(unit, role).id))


def _token(wiring: Wiring, account_id: UUID) -> str:
    return issue(account_id, wiring.vault.secret_key, wiring.clock(), timedelta(days=1000))


def shifts(
    wiring: Wiring, count: int, *, places: int = 1, apart: timedelta = timedelta(0), first: int = 0
) -> list[work.Opened]:
    """Open shifts at one centre, `first` days after `DAY`, at the same time or each `apart` from the one before."""
    with wiring.unit() as unit:
        centre = people.facility(unit)
        return [_shift(unit, centre, DAY + timedelta(days=first) + n * apart, places) for n in range(count)]


def _shift(unit: Unit, centre: Facility, starts_at: datetime, places: int) -> work.Opened:
    owner = unit.get(Organization, centre.organization_id)
    return work.shift_with_demand(
        unit, owner=owner, place=centre, starts_at=starts_at, matched_at=unit.now, demand={"places": places}
    )


def claim(caller: Caller, opened: work.Opened, key: str | None = None) -> Call:
    """Her claim of a place."""
    return Call(caller, f"/v1/shifts/{opened.shift.id}/claims", key=key)


def accept(caller: Caller, offer_id: UUID) -> Call:
    """Her yes to an offer."""
    return Call(caller, f"/v1/offers/{offer_id}/accept")


def held(wiring: Wiring) -> tuple[int, int]:
    """Count the assignments there are, and the bookings that are active."""
    with wiring.unit(write=False) as unit:
        assignments = unit.session.exec(select(func.count()).select_from(Assignment)).one()
        active = select(func.count()).select_from(Booking).where(col(Booking.active))
        return assignments, unit.session.exec(active).one()
