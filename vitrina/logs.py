"""Logs: one JSON object a line, or readable lines on a terminal; the request id is on each."""

import asyncio
import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

import msgspec
import structlog

from .api.edge import REQUEST_ID, AccessLog
from .settings import Settings


def set_up_logs(settings: Settings) -> AccessLog:
    """Send our own and the libraries' logs to standard error in the form that the settings ask for.

    The answer writes the lines of the access log, or none if the level is above info.
    """
    readable = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    level = getattr(logging, settings.log_level.upper())
    lines = Lines(sys.stderr.buffer)
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
    ]
    if readable:
        # Without the values of variables, among which tokens and passwords are.
        lines_of_errors = structlog.dev.plain_traceback
        readable_lines = structlog.dev.ConsoleRenderer(exception_formatter=lines_of_errors)
        render: list[Any] = [readable_lines, lambda _logger, _name, text: text.encode()]
    else:
        render = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_encode)]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: lines,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[_Forward()], force=True)
    if level > logging.INFO:
        return _silent
    return structlog.get_logger("vitrina.access").info if readable else lines.access


def _silent(event: str, **fields: Any) -> None:
    """The access log when only worse things are logged."""


class Lines:
    """Writes lines to a stream: ordinary ones at once, those of the access log a few at a time.

    A line for each request is most of what is logged; a write to the system for each would be
    a good part of what a small request costs.
    """

    WAIT = 0.1  # seconds until a line of the access log is out
    MOST = 64 * 1024  # bytes that wait at most

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: list[bytes] = []
        self._size = 0
        self._encoder = msgspec.json.Encoder(enc_hook=repr)

    def access(self, event: str, **fields: Any) -> None:
        """One line of the access log."""
        fields |= {"event": event, "level": "info", "timestamp": datetime.now(UTC)}
        line = self._encoder.encode(fields)
        if not self._waiting:
            asyncio.get_running_loop().call_later(self.WAIT, self.flush)
        self._waiting.append(line)
        self._size += len(line)
        if self._size > self.MOST:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._stream.write(b"\n".join(self._waiting) + b"\n")
            self._waiting.clear()
            self._size = 0
        self._stream.flush()

    def msg(self, line: bytes) -> None:
        """What structlog calls for every other line: out at once, after what came before it."""
        self.flush()
        self._stream.write(line + b"\n")
        self._stream.flush()

    debug = info = warning = error = critical = exception = fatal = log = msg


def _add_request_id(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = REQUEST_ID.get()
    if request_id:
        event["request_id"] = request_id
    return event


def _encode(event: Any, **_options: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)


class _Forward(logging.Handler):
    """Hands the standard library's records to structlog, so that all lines have one form."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)
