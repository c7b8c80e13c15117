"""Logs as JSON lines on standard error. Tracebacks go without the values of variables: those may be secrets or people."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog


def configure() -> None:
    """Set up logging for the whole process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_rows,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=_Stderr()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )


_OF_A_ROW = re.compile(r"^(DETAIL|CONTEXT): .*(?:\n(?!\[SQL|The above|During|Traceback).*)*", re.MULTILINE)


def without_rows(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out of a traceback where PostgreSQL quotes the row that it refused: that may be a person."""
    if "exception" in event:
        event["exception"] = _OF_A_ROW.sub(r"\1: (withheld)", event["exception"])
    return event


class _Stderr:
    """Standard error as it is at each line, so that whoever redirects it gets the lines."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
