"""How soon `kakehashi serve` with the demo's data is ready, and what it holds while nobody asks for anything."""

import os
import socket
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.service.contest import DATABASES
from bench.service.running import Server, started

STARTS: Final = 3
SETTLING: Final = 3.0
"""Seconds of rest before the memory is read: the worker's first sweeps are over by then."""


@dataclass(frozen=True)
class Footprint:
    """Seconds to the first `/readyz` on an empty database and on a filled one, and resident megabytes at rest."""

    first_start_s: float
    start_s: float
    idle_mb: float


def footprint(database: str, folder: Path) -> Footprint:
    """Start the service on an empty database, which it migrates and fills, and again on the filled one."""
    home = folder / f"{database}-serve"
    home.mkdir()
    with DATABASES[database](home, "kakehashi_bench_serve") as url:
        first, _ = _start(url, home, rest=0)
        again = [_start(url, home, rest=SETTLING) for _ in range(STARTS)]
    return Footprint(first, statistics.median(took for took, _ in again), statistics.median(held for _, held in again))


def _start(url: str, home: Path, *, rest: float) -> tuple[float, float]:
    port = _free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    environment = {**os.environ, "KAKEHASHI_DATABASE_URL": url, "KAKEHASHI_VAR": str(home)}
    with started(command, environment, port) as (server, took):
        return took, _at_rest(server, rest)


def _at_rest(server: Server, rest: float) -> float:
    time.sleep(rest)
    return server.memory_mb()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
