"""The load, in a process of its own: connections that send the next request as soon as the last is answered.

`python -m bench.service.load PORT CONNECTIONS SECONDS` reads the requests from its input, one line of JSON
`[head, body]` each. With SECONDS 0 each is sent once; else the first is repeated for as long. Prints JSON.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import cast

import httptools
import uvloop


@dataclass
class Tally:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, requests: Iterator[bytes], until: float, tally: Tally, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._until = until
        self._tally = tally
        self._done = done
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            self._done.set_result(None)
            return
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._tally.latencies.append(time.perf_counter() - self._sent_at)
        self._tally.statuses[self._parser.get_status_code()] += 1
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server hung up"))


async def send(port: int, connections: int, seconds: float, requests: list[bytes]) -> dict[str, object]:
    """Send and return how long it took, the statuses and the latencies in seconds, sorted."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    source: Iterable[bytes] = repeat(requests[0]) if seconds else requests
    waiting = iter(source)
    began = time.perf_counter()
    until = began + seconds if seconds else float("inf")
    ends = []
    for _ in range(min(connections, len(requests)) if not seconds else connections):
        done: asyncio.Future[None] = loop.create_future()
        await loop.create_connection(lambda done=done: Connection(waiting, until, tally, done), "127.0.0.1", port)  # type: ignore[misc]
        ends.append(done)
    await asyncio.gather(*ends)
    took = time.perf_counter() - began
    return {"took": took, "statuses": dict(tally.statuses), "latencies": sorted(tally.latencies)}


def request_bytes(head: str, body: str) -> bytes:
    """Return a request as it goes over the wire."""
    return f"{head}\r\nHost: bench\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}".encode()


def main(port: str, connections: str, seconds: str) -> None:
    """Answer the command line."""
    requests = [request_bytes(*json.loads(line)) for line in sys.stdin]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(send(int(port), int(connections), float(seconds), requests))
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
