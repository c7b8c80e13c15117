"""Many calls to a server that is killed after so many answers."""

import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException

from tests.db.racing import Answer, Call, connect, together

CLIENTS = 8


@dataclass
class Storm:
    """Calls, the server they are sent to, and the answer after which it dies."""

    calls: Sequence[Call]
    server: str
    process: subprocess.Popen[bytes]
    last: int
    answered: dict[Call, Answer] = field(default_factory=dict)
    unanswered: list[Call] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def rage(self) -> None:
        """Send until the server is dead."""
        waiting = iter(self.calls)
        together(lambda _: self._send(waiting), range(CLIENTS))

    def _send(self, waiting: Iterator[Call]) -> None:
        with closing(connect(self.server)) as connection:
            while call := self._next(waiting):
                try:
                    answer = call.to(connection)
                except (OSError, HTTPException):
                    self.unanswered.append(call)
                    return
                self._note(call, answer)

    def _next(self, waiting: Iterator[Call]) -> Call | None:
        with self.lock:
            return next(waiting, None)

    def _note(self, call: Call, answer: Answer) -> None:
        with self.lock:
            self.answered[call] = answer
            if len(self.answered) == self.last:
                self.process.send_signal(signal.SIGKILL)
