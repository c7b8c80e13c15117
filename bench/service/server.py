"""One server in a process of its own: `python -m bench.service.server` with a `Role` as JSON and a listening socket."""

import gc
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from api.db import Database, Wiring
from api.main import create_app
from api.settings import Settings
from bench.service import prebuilt, recipe
from bench.service.season import NOW
from services.clock import SetClock
from tests.databases import settings_for

ROOMY = 72
"""Connections of the recipe: two for each client, or its yield-dependencies deadlock."""


@dataclass(frozen=True)
class Role:
    """What a server plays: the product, the recipe, or FastAPI with prebuilt bytes."""

    plays: str
    url: str
    threads: int | None = None
    tuned: bool = True
    bodies: str = ""

    def to_json(self) -> str:
        """Return it as an argument of the command line."""
        return json.dumps(asdict(self))


def application(role: Role) -> FastAPI:
    """Return the application of a role; all but the untuned recipe get the product's limiter and collector settings."""
    settings = settings_for(role.url, threads=role.threads, sqlite_synchronous="FULL")
    if role.plays == "product":
        return create_app(settings, clock=SetClock(NOW), with_worker=False)
    app = FastAPI(lifespan=_lifespan(settings.threads_or_default) if role.tuned else None)
    if role.plays == "prebuilt":
        bodies = Path(role.bodies)
        app.include_router(prebuilt.routes(bodies / "list.json", bodies / "claim.json"))
        return app
    app.state.wiring = _wiring(settings)
    app.include_router(recipe.router)
    return app


def _wiring(settings: Settings) -> Wiring:
    database = Database(settings.database_url, ROOMY, settings.sqlite_synchronous)
    return Wiring(settings, database, SetClock(NOW), settings.vault(), settings.rules())


def _lifespan(threads: int) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        yield

    return lifespan


def main(role: str, descriptor: str) -> None:
    """Serve on a socket that the parent opened."""
    listening = socket.socket(fileno=int(descriptor))
    config = uvicorn.Config(application(Role(**json.loads(role))), access_log=False, log_level="warning")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
