"""Processes of the bench: servers with what they cost, and the load sent to them."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Final

from bench.service.server import Role
from bench.service.stage import Target

TICK: Final = os.sysconf("SC_CLK_TCK")
CONNECTIONS: Final = 32
PATIENCE: Final = 60.0
"""Seconds within which a server must answer for the first time."""
LIST_PATH: Final = "/v1/shifts?claimable=true&limit=20"

Request = tuple[str, str]
"""Head without length, and body."""


@dataclass(frozen=True)
class Sample:
    """One run of load: per second, server CPU in microseconds per request, latencies in milliseconds."""

    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Server:
    """A process that serves."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """Return the CPU time that all its threads have used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory_mb(self) -> float:
        """Return its resident memory in megabytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        resident = next(line for line in lines if line.startswith("VmRSS"))
        return int(resident.split()[1]) / 1024

    def ask(self, request: Request) -> tuple[int, bytes]:
        """Send one request and return status and body."""
        method, path = request[0].split(" ")[:2]
        headers = dict(line.split(": ", 1) for line in request[0].split("\r\n")[1:])
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, request[1].encode() or None, headers)
            answer: HTTPResponse = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def load(self, requests: Sequence[Request], seconds: float, expected: int) -> Sample:
        """Send the first request for so many seconds, or with 0 each one once; every answer must be as expected."""
        command = [sys.executable, "-m", "bench.service.load", str(self.port), str(CONNECTIONS), str(seconds)]
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        before = self.cpu_seconds()
        answer = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own module
        spent = self.cpu_seconds() - before
        result = json.loads(answer.stdout)
        if set(result["statuses"]) != {str(expected)}:
            message = f"expected {expected} only: {result['statuses']}"
            raise RuntimeError(message)
        return _sample(result["latencies"], result["took"], spent)


def _sample(latencies: Sequence[float], took: float, spent: float) -> Sample:
    count = len(latencies)
    return Sample(
        per_second=count / took,
        cpu_us=spent / count * 1e6,
        p50_ms=latencies[count // 2] * 1000,
        p99_ms=latencies[min(count - 1, count * 99 // 100)] * 1000,
    )


@contextmanager
def serving(role: Role) -> Iterator[Server]:
    """Run a server of the bench for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        port = listening.getsockname()[1]
        command = [sys.executable, "-m", "bench.service.server", role.to_json(), str(listening.fileno())]
        process = subprocess.Popen(command, pass_fds=[listening.fileno()])  # noqa: S603 - our own module
    with _ended(process):
        yield Server(process.pid, port)


@contextmanager
def started(command: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[tuple[Server, float]]:
    """Run a command that serves; give it with the seconds until `/readyz` answered."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    with _ended(process):
        server = Server(process.pid, port)
        while not _ready(server):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                message = "the service did not become ready"
                raise RuntimeError(message)
            time.sleep(0.01)
        yield server, time.perf_counter() - began


def _ready(server: Server) -> bool:
    try:
        return server.ask(("GET /readyz HTTP/1.1", ""))[0] == 200  # noqa: PLR2004 - OK
    except OSError:
        return False


@contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def list_request(token: str) -> Request:
    """Return the request for the list of claimable shifts."""
    return f"GET {LIST_PATH} HTTP/1.1\r\nAuthorization: Bearer {token}", ""


def claim_request(target: Target) -> Request:
    """Return the request that takes a place."""
    head = f"POST /v1/shifts/{target.shift_id}/claims HTTP/1.1\r\nAuthorization: Bearer {target.token}"
    return f"{head}\r\nContent-Type: application/json", "{}"
