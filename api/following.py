"""Server-sent events of something that is being made: short reads now and then, and nothing held in between.

The generator is asynchronous: between two reads it holds no thread and no connection, so that any number of clients may
follow. Each read is a unit of work like any other, so whoever may no longer see the object hears no more of it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any, Final

import orjson
from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from services.errors import DomainError

PAUSE: Final = 1.0
"""Seconds between two reads."""
SIGN_OF_LIFE: Final = 15.0
"""Seconds of silence after which a comment is sent, so that proxies and clients keep the connection."""


EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["progress", "end"]},
        "data": {"type": "string", "contentMediaType": "application/json", "description": "The object in short"},
    },
}
"""One event, as the OpenAPI document tells it."""
STREAMED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Server-sent events", "content": {"text/event-stream": {"schema": EVENT}}}
}


class EventStream(StreamingResponse):
    """A stream of server-sent events."""

    media_type = "text/event-stream"


async def follow(read: Callable[[], Response], last: Collection[str], seconds: float) -> EventStream:
    """Return the stream of what `read` answers, until its `status` is one of the `last` or so many seconds passed.

    Raises what the first read raises.
    """
    first = await run_in_threadpool(read)
    stream = _events(read, bytes(first.body), last, seconds)
    return EventStream(stream, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


async def _events(
    read: Callable[[], Response], body: bytes, last: Collection[str], seconds: float
) -> AsyncIterator[bytes]:
    until = time.monotonic() + seconds
    yield _event("progress", body)
    spoke = time.monotonic()
    while not _is_over(body, last) and time.monotonic() < until:
        await asyncio.sleep(PAUSE)
        try:
            now = bytes((await run_in_threadpool(read)).body)
        except DomainError:  # it is gone, or may not be seen any more
            return
        if now != body:
            body, spoke = now, time.monotonic()
            yield _event("progress", body)
        elif time.monotonic() - spoke >= SIGN_OF_LIFE:
            spoke = time.monotonic()
            yield b": still at it\n\n"
    yield _event("end", body)


def _event(name: str, body: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + body + b"\n\n"


def _is_over(body: bytes, last: Collection[str]) -> bool:
    shown: dict[str, Any] = orjson.loads(body)
    return shown["status"] in last
