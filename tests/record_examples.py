"""Record the examples of the OpenAPI document from the tour: `python -m tests.record_examples` writes api/examples.json.

The tour is played against a service with the demo data, its clock standing at 2025-11-10; the first success of each
operation is kept, lists cut to their first item, tokens blanked.
"""

import json
import re
import socket
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.main import create_app, wire
from api.migrating import migrate
from api.settings import Environment, Settings
from services import demo
from services.clock import SetClock
from tests.tour import play

TARGET = Path(__file__).parent.parent / "api" / "examples.json"
SECRETS = frozenset({"access_token", "refresh_token"})


class Recorder:
    """Passes everything through and keeps what was said."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.said: list[tuple[str, str, int, bytes, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked, answered, status = bytearray(), bytearray(), 0

        async def hear() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def tell(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            answered.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, hear, tell)
        self.said.append((scope["method"], scope["path"], status, bytes(asked), bytes(answered)))


def record() -> dict[str, Any]:
    """Play the tour and return the examples by `METHOD /path`."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(environment=Environment.TEST, database_url=f"sqlite:///{folder}/tour.db", var=Path(folder))
        clock = SetClock(datetime(2025, 11, 10, tzinfo=UTC))
        wiring = wire(settings, clock)
        migrate(wiring)
        with wiring.unit() as unit:
            demo.load(unit)
        wiring.database.close()
        app = create_app(settings, clock=clock, with_worker=False)
        recorder = Recorder(app)
        _serve_while_played(recorder)
    return _examples(recorder, list(app.openapi()["paths"]))


def _serve_while_played(recorder: Recorder) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(recorder, log_config=None))
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    play(f"http://127.0.0.1:{listening.getsockname()[1]}")
    running.should_exit = True
    thread.join(10)


def _examples(recorder: Recorder, paths: list[str]) -> dict[str, Any]:
    examples: dict[str, Any] = {}
    for method, path, status, asked, answered in recorder.said:
        name = f"{method} {_template(path, paths)}"
        if not 200 <= status < 300 or name in examples:
            continue
        examples[name] = {"status": status, "response": _shortened(json.loads(answered))}
        if asked.startswith(b"{"):
            examples[name]["request"] = json.loads(asked)
    return dict(sorted(examples.items()))


def _template(path: str, paths: list[str]) -> str:
    fitting = [one for one in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path)]
    return min(fitting, key=lambda one: one.count("{"))


def _shortened(value: Any) -> Any:
    if isinstance(value, list):
        return [_shortened(entry) for entry in value[:1]]
    if isinstance(value, dict):
        return {name: "…" if name in SECRETS else _shortened(entry) for name, entry in value.items()}
    return value


if __name__ == "__main__":
    TARGET.write_text(json.dumps(record(), ensure_ascii=False, indent=1) + "\n", "utf-8")
