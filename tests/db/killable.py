"""The service in a process of its own, to be killed: `python -m tests.db.killable <descriptor> <instant>`.

It listens on the socket it inherits and reads its settings from the environment, as `kakehashi serve` does; only its
clock stands still at the given instant, so that the rows of the tests lie ahead of it.
"""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import uvicorn

from api.main import create_app
from api.settings import PREFIX, Settings, read_settings
from services.clock import SetClock
from tests.processes import unmeasured

ROOT = Path(__file__).parents[2]


@contextmanager
def running(settings: Settings, now: datetime) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start the service over a database; its address, and its process, which is killed in the end if it still lives."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        server = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.db.killable", str(listening.fileno()), now.isoformat()],
            cwd=ROOT,
            env=_environment(settings),
            pass_fds=[listening.fileno()],
        )
    try:
        yield server, process
    finally:
        process.kill()
        process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    own = {name: text for name, text in unmeasured().items() if not name.startswith(PREFIX)}
    return own | {PREFIX + "ENVIRONMENT": settings.environment, PREFIX + "DATABASE_URL": settings.database_url}


def main(descriptor: int, now: datetime) -> None:
    """Serve until killed."""
    app = create_app(read_settings(), clock=SetClock(now), with_worker=False)
    uvicorn.Server(uvicorn.Config(app, log_config=None)).run([socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
