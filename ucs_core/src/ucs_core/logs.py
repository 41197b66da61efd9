"""What a node tells its operator: one JSON object a line on standard error, or plain lines on a terminal.

Tracebacks name files, lines and exceptions with the gist of what they say, never the values of variables: those hold
tokens and other people's data. What libraries log goes the same way.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog

from ucs_sdk.redaction import gist, without_secrets

Event = structlog.typing.EventDict


def configure_logs() -> None:
    """Send the process's own log to standard error."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _told,
            renderer,
        ],
        # Where standard error is when something is said: it may have been put elsewhere since.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING)


class _Bridge(logging.Handler):
    """Hands the records of libraries over."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        failure = {"exc_info": record.exc_info} if record.exc_info and record.exc_info[1] else {}
        log.log(max(record.levelno, logging.WARNING), record.getMessage(), logger=record.name, **failure)


def _told(logger: object, method: str, event: Event) -> Event:
    """Word the exception, and strike out what looks like a secret."""
    failure = event.pop("exc_info", None)
    error = sys.exc_info()[1] if failure is True else failure[1] if isinstance(failure, tuple) else failure
    if isinstance(error, BaseException):
        event["exception"] = "\n\nof which came:\n\n".join(reversed([*_chain(error)]))
    return {name: without_secrets(value) if isinstance(value, str) else value for name, value in event.items()}


def _chain(error: BaseException) -> Iterator[str]:
    """An exception and those that it came of, the latest first."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        frames = traceback.extract_tb(cause.__traceback__)
        # The source line is left out: it is in the file, and the file may have changed since.
        places = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
        yield "\n".join([*places, gist(cause)])
        if isinstance(cause, BaseExceptionGroup):
            for part in cause.exceptions:
                yield from _chain(part)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
