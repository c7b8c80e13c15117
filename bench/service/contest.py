"""One database's part of the contest: its servers, side by side, and what each run of load found."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

from bench.service.running import Request, Sample, Server, claim_request, list_request, serving
from bench.service.server import Role
from bench.service.stage import Stage, postgresql_database, set_stage, sqlite_database

DATABASES: Final = {"sqlite": sqlite_database, "postgresql": postgresql_database}
WARM_UP: Final = 40
"""Requests of each kind that go before the first measured one."""
PREBUILT_TIMES: Final = 20
NAME: Final = "kakehashi_bench"


@dataclass(frozen=True)
class Entrant:
    """What takes part, by name."""

    name: str
    plays: str
    threads: int | None = None
    tuned: bool = True

    @property
    def writes(self) -> bool:
        """Whether its claims use up the stage's targets."""
        return self.plays != "prebuilt"


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    rounds: int
    seconds: float
    claims: int
    shifts: int

    def targets(self, entrants: Sequence[Entrant]) -> int:
        """Return how many claims all rounds and warm-ups need."""
        return sum(WARM_UP + self.rounds * self.claims for entrant in entrants if entrant.writes)


@dataclass
class Contest:
    """Servers over one filled database. `samples` maps (case, entrant) to its runs in order."""

    database: str
    stage: Stage
    effort: Effort
    servers: dict[Entrant, Server]
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def warm_up(self) -> None:
        """Let every server compile what it compiles once."""
        for entrant, server in self.servers.items():
            server.load([list_request(self.stage.reader)] * WARM_UP, 0, 200)
            server.load(self._claims(entrant, WARM_UP), 0, 201)

    def play(self) -> None:
        """Measure each entrant once: the list, then the claim."""
        for entrant, server in self.servers.items():
            sample = server.load([list_request(self.stage.reader)], self.effort.seconds, 200)
            self.samples["list", entrant.name].append(sample)
        for entrant, server in self.servers.items():
            sample = server.load(self._claims(entrant, self.effort.claims), 0, 201)
            self.samples["claim", entrant.name].append(sample)

    def _claims(self, entrant: Entrant, count: int) -> list[Request]:
        if entrant.writes:
            return [claim_request(target) for target in self.stage.take(count)]
        # Enough of them that the CPU time, which the kernel tells in hundredths of a second, can be divided.
        return [claim_request(self.stage.example)] * (count * PREBUILT_TIMES)


@contextmanager
def prepared(database: str, entrants: Sequence[Entrant], effort: Effort, folder: Path) -> Iterator[Contest]:
    """Fill a database, start a server for each entrant over it and see that all answer the same."""
    with ExitStack() as stack:
        url = stack.enter_context(DATABASES[database](folder, NAME))
        stage = set_stage(url, shifts=effort.shifts, claims=effort.targets(entrants) + len(entrants) + 1)
        bodies = folder / database
        bodies.mkdir()
        with serving(Role("product", url)) as first:
            (bodies / "list.json").write_bytes(_answer(first, list_request(stage.reader), 200))
            (bodies / "claim.json").write_bytes(_answer(first, claim_request(stage.example), 201))
        servers = {
            entrant: stack.enter_context(serving(Role(entrant.plays, url, entrant.threads, entrant.tuned, str(bodies))))
            for entrant in entrants
        }
        _agree(stage, servers)
        yield Contest(database, stage, effort, servers)


def _answer(server: Server, request: Request, expected: int) -> bytes:
    status, body = server.ask(request)
    if status != expected:
        message = f"{request[0]} answered {status}: {body.decode()}"
        raise RuntimeError(message)
    return body


def _agree(stage: Stage, servers: dict[Entrant, Server]) -> None:
    """Refuse to compare answers that differ: the same shifts in full, and an assignment with the same fields."""
    lists, claims = [], []
    for server in servers.values():
        lists.append(orjson.loads(_answer(server, list_request(stage.reader), 200))["items"])
        (target,) = stage.take(1)
        claims.append(_shape(orjson.loads(_answer(server, claim_request(target), 201))))
    for answers in (lists, claims):
        for answer in islice(answers, 1, None):
            if answer != answers[0]:
                message = f"the answers differ:\n{answers[0]}\n{answer}"
                raise RuntimeError(message)


def _shape(body: dict[str, Any]) -> dict[str, Any]:
    """Return a claim's answer without what is each claim's own: identifiers and names."""
    own = {"id", "shift_id", "demand_id", "volunteer_id", "badge_name", "confirmed_at"}
    return {name: value for name, value in body.items() if name not in own} | {"fields": sorted(body)}
